//! The keys that sign: one signs at a time, the one before is still accepted for a while.

mod folder;

use std::fmt;

use domain::{Duration, Timestamp};
use sha2::{Digest, Sha256};

pub use folder::KeyRingError;

/// Keys in one ring: enough for a rotation every few minutes; more is a mistake.
pub const KEYS_MAX: usize = 16;

/// Names a key inside a text: the first 4 bytes of a hash of its secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// Bytes of an id.
    pub(crate) const BYTES: usize = 4;

    pub(crate) const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn bytes(self) -> [u8; Self::BYTES] {
        self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A secret and from when on it signs. `Debug` shows its id only.
pub(crate) struct SealKey {
    id: KeyId,
    starts_at: Timestamp,
    secret: [u8; Self::BYTES],
}

impl SealKey {
    pub(crate) const BYTES: usize = 32;

    pub(crate) fn new(starts_at: Timestamp, secret: [u8; Self::BYTES]) -> Self {
        let hash: [u8; 32] = Sha256::new().chain_update(b"onsale key id").chain_update(secret).finalize().into();
        let [a, b, c, d, ..] = hash;
        Self { id: KeyId([a, b, c, d]), starts_at, secret }
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn secret(&self) -> &[u8] {
        &self.secret
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealKey").field("id", &self.id).field("starts_at", &self.starts_at).finish_non_exhaustive()
    }
}

/// The keys of an installation. Every process that issues or verifies holds the same ones.
///
/// A key signs from its start until the next one starts, and is accepted for `overlap` longer: at least as long as
/// anything signed lives. A key that has not started yet is accepted already, because another process's clock may be
/// a little ahead.
#[derive(Debug)]
pub struct KeyRing {
    /// By start, the oldest first.
    keys: Vec<SealKey>,
    overlap: Duration,
}

impl KeyRing {
    /// A ring with these secrets, each with the instant from which on it signs.
    pub fn new(secrets: impl IntoIterator<Item = (Timestamp, [u8; 32])>, overlap: Duration) -> Self {
        let mut keys: Vec<_> = secrets.into_iter().map(|(starts_at, secret)| SealKey::new(starts_at, secret)).collect();
        keys.sort_by_key(|key| key.starts_at);
        Self { keys, overlap }
    }

    /// The id of the key that signs now.
    pub fn current(&self, now: Timestamp) -> Option<KeyId> {
        self.signing(now).map(SealKey::id)
    }

    pub(crate) fn signing(&self, now: Timestamp) -> Option<&SealKey> {
        self.keys.iter().rfind(|key| key.starts_at <= now)
    }

    /// The keys with this id that are still accepted.
    pub(crate) fn verifying(&self, id: KeyId, now: Timestamp) -> impl Iterator<Item = &SealKey> {
        let ends = self.keys.iter().skip(1).map(|next| Some(next.starts_at + self.overlap)).chain([None]);
        let accepted = self.keys.iter().zip(ends).filter(move |(_, end)| end.is_none_or(|end| now < end));
        accepted.map(|(key, _)| key).filter(move |key| key.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    #[test]
    fn a_key_signs_until_the_next_starts_and_is_accepted_a_little_longer() {
        let ring = KeyRing::new([(at(200), [2; 32]), (at(100), [1; 32])], Duration::from_secs(30));
        let (old, new) = (SealKey::new(at(0), [1; 32]).id(), SealKey::new(at(0), [2; 32]).id());
        assert_eq!(ring.current(at(99)), None);
        assert_eq!([at(100), at(199), at(200)].map(|now| ring.current(now)), [Some(old), Some(old), Some(new)]);
        let accepted = |id, now| ring.verifying(id, now).count() == 1;
        assert!(accepted(old, at(229)) && !accepted(old, at(230)));
        assert!(accepted(new, at(199)) && accepted(new, at(1_000_000)));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let ring = KeyRing::new([(at(0), [0xAB; 32])], Duration::from_secs(30));
        let printed = format!("{ring:?}");
        assert!(!printed.contains("171") && !printed.to_lowercase().contains("abab"), "{printed}");
    }
}
