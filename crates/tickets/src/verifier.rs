//! What a gate holds: the public keys, several at a time so that keys can be rotated while tickets are out.

use crate::claims::TicketClaims;
use crate::code::{CodeError, Parts};
use crate::public_key::{PublicKeyError, PublishedKey, TicketPublicKey};

/// Verifies ticket codes with public keys alone: no network, no secret.
///
/// To rotate: publish the new key beside the old one, sign with the new one, and drop the old one after the last
/// performance whose tickets it signed.
#[derive(Debug, Clone, Default)]
pub struct TicketVerifier {
    keys: Vec<TicketPublicKey>,
}

impl TicketVerifier {
    /// A verifier that knows these keys; without any it refuses every code.
    pub fn new(keys: impl IntoIterator<Item = TicketPublicKey>) -> Self {
        let mut verifier = Self::default();
        keys.into_iter().for_each(|key| verifier.add(key));
        verifier
    }

    /// A verifier from what `GET /v1/keys/tickets` published.
    ///
    /// # Errors
    /// The first key that is not usable.
    pub fn from_published(keys: &[PublishedKey]) -> Result<Self, PublicKeyError> {
        let keys: Vec<_> = keys.iter().map(TicketPublicKey::try_from).collect::<Result<_, _>>()?;
        Ok(Self::new(keys))
    }

    /// Accepts the tickets of this key from now on.
    pub fn add(&mut self, key: TicketPublicKey) {
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    /// The keys, for publication.
    pub fn published(&self) -> Vec<PublishedKey> {
        self.keys.iter().map(TicketPublicKey::publish).collect()
    }

    /// What the ticket of this code says, if one of the keys signed it.
    ///
    /// # Errors
    /// When the code is malformed, of an unknown key, or changed.
    pub fn verify(&self, code: &str) -> Result<TicketClaims, CodeError> {
        let parts = Parts::of(code)?;
        // Two keys may share an id of four bytes: every one that has it is asked.
        let mut refused = CodeError::KeyUnknown;
        for key in self.keys.iter().filter(|key| key.id() == parts.key) {
            if key.verifying().verify_strict(&parts.message, &parts.signature).is_ok() {
                return Ok(parts.claims);
            }
            refused = CodeError::SignatureWrong;
        }
        Err(refused)
    }
}
