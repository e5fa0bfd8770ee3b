//! Section `cluster`: which part of the work this process does, and where the others are.

use std::net::SocketAddr;

use serde::Deserialize;

use super::kind::{Kind, Setting};
use super::secret::{self, Secret};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    All,
    /// Holds connections, and asks an engine.
    Gateway,
    /// Everything, and takes gateways.
    Engine,
}

/// Which part of the work this process does, and where the others are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterConfig {
    /// What this process does.
    pub role: Role,
    /// Engine: where gateways connect.
    pub listen: SocketAddr,
    /// Gateway: where the engines take gateways.
    pub engines: Vec<String>,
    /// Gateway: where the engines serve HTTP.
    pub engines_http: Vec<String>,
    /// Engine: what it is called among several; empty: its `listen`.
    pub name: String,
    /// Engine: where the others reach its HTTP server; empty: `server.listen`.
    pub own_http: String,
    /// What gateways and engine know and nobody else.
    #[serde(deserialize_with = "secret::optional")]
    pub secret: Option<Secret>,
    /// Another secret that is accepted as well.
    #[serde(deserialize_with = "secret::optional")]
    pub secret_also: Option<Secret>,
    /// Frames for everybody that one process sends in a second, at most.
    pub live_frames_per_second: u32,
}

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "cluster.role", kind: Kind::OneOf(&["all", "gateway", "engine"]) },
    Setting { name: "cluster.listen", kind: Kind::Address },
    Setting { name: "cluster.engines", kind: Kind::Hosts },
    Setting { name: "cluster.engines_http", kind: Kind::Origins },
    Setting { name: "cluster.name", kind: Kind::Name },
    Setting { name: "cluster.own_http", kind: Kind::Origin { may_be_empty: true } },
    Setting { name: "cluster.secret", kind: Kind::Secret },
    Setting { name: "cluster.secret_also", kind: Kind::Secret },
    Setting { name: "cluster.live_frames_per_second", kind: Kind::Whole { min: 100, max: 10_000_000, unit: "frames" } },
];
