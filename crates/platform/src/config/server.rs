//! Section `server`: who may connect, and how the server stops.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde::Deserialize;

use super::kind::{Kind, Setting};

/// Who may connect, and how the server stops.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Address fans see in their browser, without a slash at the end.
    pub public_url: String,
    /// Other origins whose pages may call the API with a session.
    pub allowed_origins: Vec<String>,
    /// Networks of the proxies in front, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Seconds that open requests get to finish on shutdown.
    pub shutdown_seconds: u32,
    /// Threads that answer requests; 0: as many as there are processors.
    pub threads: u32,
}

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "server.listen", kind: Kind::Address },
    Setting { name: "server.public_url", kind: Kind::Origin { may_be_empty: true } },
    Setting { name: "server.allowed_origins", kind: Kind::Origins },
    Setting { name: "server.trusted_proxies", kind: Kind::Networks },
    Setting { name: "server.shutdown_seconds", kind: Kind::Whole { min: 0, max: 600, unit: "seconds" } },
    Setting { name: "server.threads", kind: Kind::Whole { min: 0, max: 1_024, unit: "threads" } },
];

impl ServerConfig {
    /// How long open requests get to finish on shutdown.
    pub fn shutdown_patience(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds.into())
    }

    /// True if pages of this origin may call the API with a session: the site's own and the configured ones.
    pub fn allows_origin(&self, origin: &str) -> bool {
        origin == self.public_url || self.allowed_origins.iter().any(|allowed| allowed == origin)
    }

    /// True if this address is one of the proxies in front.
    pub fn trusts(&self, address: std::net::IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// Fills in the public address of a server that is only used on this machine.
    pub(super) fn settled(mut self) -> Self {
        if self.public_url.is_empty() {
            self.public_url = format!("http://localhost:{}", self.listen.port());
        }
        self
    }
}
