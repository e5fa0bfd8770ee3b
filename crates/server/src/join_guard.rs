//! The keys that sign challenges and wait tickets of joins, and the operator's groups of networks.

use std::path::Path;
use std::sync::Arc;

use domain::{Duration, Timestamp};
use guard::{AddressGroups, KeyRing};
use hmac::{Hmac, KeyInit, Mac};
use platform::Config;
use sha2::Sha256;

use crate::failure::Failure;

/// Longer than any challenge or wait ticket is good: at most ten minutes of waiting, then ten more.
const OVERLAP: Duration = Duration::from_mins(30);
/// Makes the key another than whatever else comes of the cluster's secret.
const LABEL: &[u8] = b"onsale join keys 1";

/// The keys: derived from the cluster's secret where there is one, otherwise from this folder.
///
/// Engine and gateways accept each other's challenges, since a fan may ask one and join at the other. They share no
/// folder but the secret, so that both sides derive the same key from it: HMAC-SHA256 of a label. A new secret is a new
/// key, and challenges that are under way have to be asked for again.
///
/// # Errors
/// The folder or a key in it cannot be used.
pub fn keys(config: &Config, folder: &Path, now: Timestamp) -> Result<Arc<KeyRing>, Failure> {
    let keys = match shared_keys(config) {
        Some(keys) => keys,
        None => KeyRing::load_or_generate(folder, OVERLAP, now).map_err(|error| Failure::of(&error))?,
    };
    Ok(Arc::new(keys))
}

/// The keys that all processes of a cluster derive; `None` without a secret.
pub fn shared_keys(config: &Config) -> Option<KeyRing> {
    derived(config.cluster.secret.as_ref()?.expose())
}

/// The groups of the operator's file; none without a file.
///
/// # Errors
/// The file cannot be used.
pub fn address_groups(config: &Config) -> Result<AddressGroups, Failure> {
    let file = config.limits.address_groups_file.as_deref();
    file.map_or_else(|| Ok(AddressGroups::default()), AddressGroups::load).map_err(|error| Failure::of(&error))
}

fn derived(secret: &str) -> Option<KeyRing> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    let key = mac.chain_update(LABEL).finalize().into_bytes().into();
    Some(KeyRing::new([(Timestamp::from_millis(0), key)], OVERLAP))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn one_secret_is_one_key_and_another_is_another() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let key = |secret| derived(secret).unwrap().current(now).unwrap();
        assert_eq!(key("a-secret-of-a-cluster"), key("a-secret-of-a-cluster"));
        assert_ne!(key("a-secret-of-a-cluster"), key("a-secret-of-another"));
    }
}
