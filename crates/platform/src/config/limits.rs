//! Section `limits`: what one client may ask for.

use std::num::{NonZeroU8, NonZeroU32};
use std::path::PathBuf;

use domain::Duration;
use serde::{Deserialize, Deserializer};

use super::kind::{Kind, Setting};

/// What one client may ask for. `None` (0 in the file): no limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Requests per second of one account.
    #[serde(deserialize_with = "zero_is_none")]
    pub requests_per_second_per_account: Option<NonZeroU32>,
    /// Joins of a line per minute of one account.
    #[serde(deserialize_with = "zero_is_none")]
    pub joins_per_minute_per_account: Option<NonZeroU32>,
    /// Joins of a line per second from one address.
    #[serde(deserialize_with = "zero_is_none")]
    pub joins_per_second_per_address: Option<NonZeroU32>,
    /// Joins of a line per second from one IPv4 /24 or IPv6 /48.
    #[serde(deserialize_with = "zero_is_none")]
    pub joins_per_second_per_network: Option<NonZeroU32>,
    /// Joins of a line per second from one group of networks.
    #[serde(deserialize_with = "zero_is_none")]
    pub joins_per_second_per_group: Option<NonZeroU32>,
    /// Which networks are one group.
    #[serde(deserialize_with = "empty_is_none")]
    pub address_groups_file: Option<PathBuf>,
    /// The work a device has to do before a join, doubled so many times. `None`: no work.
    #[serde(deserialize_with = "zero_is_none_small")]
    pub join_proof_difficulty: Option<NonZeroU8>,
    /// How long who would rather wait than work has to wait.
    #[serde(rename = "join_proof_wait_seconds", deserialize_with = "seconds")]
    pub join_proof_wait: Duration,
    /// Whoever comes in or chooses has to show an admission pass.
    pub admission_passes: bool,
    /// Log-ins and sign-ups per minute from one address.
    #[serde(deserialize_with = "zero_is_none")]
    pub logins_per_minute_per_address: Option<NonZeroU32>,
}

const PER_SECOND: Kind = Kind::Whole { min: 0, max: 1_000_000, unit: "per second" };
const PER_MINUTE: Kind = Kind::Whole { min: 0, max: 1_000_000, unit: "per minute" };

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "limits.requests_per_second_per_account", kind: PER_SECOND },
    Setting { name: "limits.joins_per_minute_per_account", kind: PER_MINUTE },
    Setting { name: "limits.joins_per_second_per_address", kind: PER_SECOND },
    Setting { name: "limits.joins_per_second_per_network", kind: PER_SECOND },
    Setting { name: "limits.joins_per_second_per_group", kind: PER_SECOND },
    Setting { name: "limits.address_groups_file", kind: Kind::File },
    Setting { name: "limits.join_proof_difficulty", kind: Kind::Whole { min: 0, max: 16, unit: "doublings" } },
    Setting { name: "limits.join_proof_wait_seconds", kind: Kind::Whole { min: 1, max: 600, unit: "seconds" } },
    Setting { name: "limits.admission_passes", kind: Kind::Switch },
    Setting { name: "limits.logins_per_minute_per_address", kind: PER_MINUTE },
];

fn zero_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NonZeroU32>, D::Error> {
    u32::deserialize(deserializer).map(NonZeroU32::new)
}

fn zero_is_none_small<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NonZeroU8>, D::Error> {
    u8::deserialize(deserializer).map(NonZeroU8::new)
}

fn empty_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let path = PathBuf::deserialize(deserializer)?;
    Ok(Some(path).filter(|path| !path.as_os_str().is_empty()))
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u32::deserialize(deserializer).map(Duration::from_secs)
}
