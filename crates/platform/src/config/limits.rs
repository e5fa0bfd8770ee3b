//! Section `limits`: what one client may ask for.

use std::num::NonZeroU32;

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
    Setting { name: "limits.logins_per_minute_per_address", kind: PER_MINUTE },
];

fn zero_is_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NonZeroU32>, D::Error> {
    u32::deserialize(deserializer).map(NonZeroU32::new)
}
