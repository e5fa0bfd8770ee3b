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
/// key; what the other of two secrets has signed is accepted as well (`cluster.secret_also`).
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
    let also = config.cluster.secret_also.as_ref().map(|secret| secret.expose());
    ring(config.cluster.secret.as_ref()?.expose(), also)
}

/// The groups of the operator's file; none without a file.
///
/// # Errors
/// The file cannot be used.
pub fn address_groups(config: &Config) -> Result<AddressGroups, Failure> {
    let file = config.limits.address_groups_file.as_deref();
    file.map_or_else(|| Ok(AddressGroups::default()), AddressGroups::load).map_err(|error| Failure::of(&error))
}

/// Signs by the first, accepts both.
fn ring(secret: &str, also: Option<&str>) -> Option<KeyRing> {
    // A key that has not started yet is accepted and does not sign.
    let never = Timestamp::from_millis(i64::MAX / 2);
    let also = also.and_then(derived).map(|key| (never, key));
    Some(KeyRing::new([(Timestamp::from_millis(0), derived(secret)?)].into_iter().chain(also), OVERLAP))
}

fn derived(secret: &str) -> Option<[u8; 32]> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    Some(mac.chain_update(LABEL).finalize().into_bytes().into())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use domain::{AccountId, SaleId};
    use guard::{TokenId, WaitFacts};

    use super::*;

    #[test]
    fn one_secret_is_one_key_and_another_is_another() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let key = |secret| ring(secret, None).unwrap().current(now).unwrap();
        assert_eq!(key("a-secret-of-a-cluster"), key("a-secret-of-a-cluster"));
        assert_ne!(key("a-secret-of-a-cluster"), key("a-secret-of-another"));
    }

    #[test]
    fn while_a_secret_is_replaced_both_are_accepted_and_one_signs() {
        let (old, new) = ("a-secret-of-a-cluster", "a-secret-of-another");
        let now = Timestamp::from_millis(1_800_000_000_000);
        let (account, sale) = (AccountId::new(7), SaleId::new(3));
        let facts = WaitFacts { id: TokenId::new(1), not_before: now, expires_at: now + Duration::from_mins(5) };
        let rings = [(old, None), (old, Some(new)), (new, Some(old)), (new, None)];
        let rings = rings.map(|(secret, also)| ring(secret, also).unwrap());
        let accepts = |by: &KeyRing, signed_by: &KeyRing| {
            let ticket = signed_by.issue_wait(facts, account, sale, now).unwrap();
            by.verify_wait(&ticket.text, account, sale, now).is_ok()
        };
        // Each step of the change is beside the one before for a while: what either signs, the other accepts.
        for pair in rings.windows(2) {
            assert!(accepts(&pair[0], &pair[1]) && accepts(&pair[1], &pair[0]));
        }
        assert_ne!(rings[1].current(now), rings[2].current(now));
        assert!(!accepts(&rings[3], &rings[0]), "the old one is dead after it");
    }
}
