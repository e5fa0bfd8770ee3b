//! The clock of the sandbox's edge; decisions take the instant as a value.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// Now, by the system's clock.
#[expect(clippy::disallowed_methods, reason = "this is the sandbox's clock")]
pub(super) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
