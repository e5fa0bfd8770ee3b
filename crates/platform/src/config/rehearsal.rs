//! Section `rehearsal`: load runs against a real server.

use serde::Deserialize;

use super::kind::{Kind, Setting};

/// Load runs against a real server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RehearsalConfig {
    /// A sale may be a rehearsal, and an operator may create accounts without password for virtual fans.
    pub enabled: bool,
}

pub(super) const SETTINGS: &[Setting] = &[Setting { name: "rehearsal.enabled", kind: Kind::Switch }];
