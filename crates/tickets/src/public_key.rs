//! The public half of a ticket key, in the forms in which it travels to a gate: base64, JSON, PEM.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePublicKey, EncodePublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Names a key inside a code: the first 4 bytes of the SHA-256 of the public key, printed as 8 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 4]);

/// The public half of a ticket key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TicketPublicKey {
    key: VerifyingKey,
    id: KeyId,
}

/// A public key as `GET /v1/keys/tickets` publishes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedKey {
    /// The key id, 8 hex digits.
    pub id: String,
    /// The 32 bytes of the key in standard base64.
    pub public_key: String,
}

/// A text that is not a usable Ed25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Not base64 of 32 bytes, not PEM, or not a point of the curve.
    #[error("This is not an Ed25519 public key.")]
    Malformed,
    /// A key for which anyone can make signatures.
    #[error("This public key is weak: signatures for it can be forged.")]
    Weak,
    /// The id beside the key is that of another key.
    #[error("The id does not belong to this public key.")]
    IdWrong,
}

impl PublicKeyError {
    /// The stable code of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "public_key_malformed",
            Self::Weak => "public_key_weak",
            Self::IdWrong => "public_key_id_wrong",
        }
    }
}

impl KeyId {
    /// Bytes of an id.
    pub(crate) const BYTES: usize = 4;

    pub(crate) const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn bytes(self) -> [u8; Self::BYTES] {
        self.0
    }

    pub(crate) fn of(key: &VerifyingKey) -> Self {
        let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(key.as_bytes()));
        Self([a, b, c, d])
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

impl TicketPublicKey {
    pub(crate) fn from_verifying(key: VerifyingKey) -> Self {
        Self { key, id: KeyId::of(&key) }
    }

    fn checked(key: VerifyingKey) -> Result<Self, PublicKeyError> {
        if key.is_weak() { Err(PublicKeyError::Weak) } else { Ok(Self::from_verifying(key)) }
    }

    pub(crate) fn verifying(&self) -> &VerifyingKey {
        &self.key
    }

    /// The id that codes signed with this key carry.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The 32 bytes of the key in standard base64.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.key.as_bytes())
    }

    /// Reads what [`Self::to_base64`] wrote.
    ///
    /// # Errors
    /// When the text is not a usable key.
    pub fn from_base64(text: &str) -> Result<Self, PublicKeyError> {
        let bytes = STANDARD.decode(text).map_err(|_| PublicKeyError::Malformed)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| PublicKeyError::Malformed)?;
        Self::checked(VerifyingKey::from_bytes(&bytes).map_err(|_| PublicKeyError::Malformed)?)
    }

    /// The key as PEM (SubjectPublicKeyInfo, RFC 8410), readable by OpenSSL.
    pub fn to_pem(&self) -> String {
        // Encoding 32 bytes into 44 has no way to fail; an empty text is refused by every reader.
        self.key.to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }

    /// Reads a PEM key.
    ///
    /// # Errors
    /// When the text is not a usable key.
    pub fn from_pem(pem: &str) -> Result<Self, PublicKeyError> {
        Self::checked(VerifyingKey::from_public_key_pem(pem).map_err(|_| PublicKeyError::Malformed)?)
    }

    /// The key as the API publishes it.
    pub fn publish(&self) -> PublishedKey {
        PublishedKey { id: self.id.to_string(), public_key: self.to_base64() }
    }
}

impl TryFrom<&PublishedKey> for TicketPublicKey {
    type Error = PublicKeyError;

    fn try_from(published: &PublishedKey) -> Result<Self, PublicKeyError> {
        let key = Self::from_base64(&published.public_key)?;
        if key.id.to_string() == published.id { Ok(key) } else { Err(PublicKeyError::IdWrong) }
    }
}

impl fmt::Debug for TicketPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TicketPublicKey({})", self.id)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use crate::TicketKey;

    #[test]
    fn a_key_reads_back_from_every_form() {
        let key = TicketKey::from_seed(&[7; 32]).public_key();
        assert_eq!(TicketPublicKey::from_base64(&key.to_base64()), Ok(key));
        assert_eq!(TicketPublicKey::from_pem(&key.to_pem()), Ok(key));
        let json = serde_json::to_string(&key.publish()).unwrap();
        let published: PublishedKey = serde_json::from_str(&json).unwrap();
        assert_eq!(TicketPublicKey::try_from(&published), Ok(key));
    }

    #[test]
    fn an_id_of_another_key_is_refused() {
        let mut published = TicketKey::from_seed(&[7; 32]).public_key().publish();
        published.id = TicketKey::from_seed(&[8; 32]).id().to_string();
        assert_eq!(TicketPublicKey::try_from(&published), Err(PublicKeyError::IdWrong));
    }

    #[test]
    fn the_neutral_point_is_refused_as_weak() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(TicketPublicKey::from_base64(&STANDARD.encode(neutral)), Err(PublicKeyError::Weak));
    }

    #[test]
    fn texts_that_are_no_keys_are_refused() {
        for text in ["", "AAAA", "not base64!", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            assert_eq!(TicketPublicKey::from_base64(text), Err(PublicKeyError::Malformed), "{text:?}");
            assert_eq!(TicketPublicKey::from_pem(text), Err(PublicKeyError::Malformed), "{text:?}");
        }
    }
}
