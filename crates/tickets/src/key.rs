//! The signing key: held by the server alone, never printed.

use std::fmt;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signer, SigningKey};

use crate::claims::TicketClaims;
use crate::code::{self, TicketCode};
use crate::public_key::{KeyId, TicketPublicKey};

/// An Ed25519 key that signs tickets. `Debug` shows its id only; the secret is wiped when it is dropped.
pub struct TicketKey {
    signing: SigningKey,
    id: KeyId,
}

impl TicketKey {
    /// The key that this seed (its secret half, 32 random bytes) determines.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self::from_signing(SigningKey::from_bytes(seed))
    }

    /// A new key from the operating system's randomness.
    ///
    /// # Errors
    /// When the operating system has none to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self::from_seed(&seed))
    }

    fn from_signing(signing: SigningKey) -> Self {
        let id = KeyId::of(&signing.verifying_key());
        Self { signing, id }
    }

    /// The id that every code of this key carries.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What a gate needs to verify the tickets of this key.
    pub fn public_key(&self) -> TicketPublicKey {
        TicketPublicKey::from_verifying(self.signing.verifying_key())
    }

    /// The code of a ticket. The same key and claims always give the same code.
    pub fn sign(&self, claims: &TicketClaims) -> TicketCode {
        let unsigned = code::unsigned(self.id, claims);
        let signature = self.signing.sign(&code::message(&unsigned));
        TicketCode::join(unsigned, &signature)
    }

    /// The secret key as PKCS#8 PEM; `None` never happens for a key of the right length.
    ///
    /// Without the optional public half, because OpenSSL 3 does not read a PKCS#8 file that has it.
    pub(crate) fn to_pem(&self) -> Option<impl AsRef<str> + use<>> {
        let pair = KeypairBytes { secret_key: self.signing.to_bytes(), public_key: None };
        pair.to_pkcs8_pem(LineEnding::LF).ok().map(PemText)
    }

    /// The key of a PKCS#8 PEM text; `None` if it is not an Ed25519 key.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        SigningKey::from_pkcs8_pem(pem).ok().map(Self::from_signing)
    }
}

/// Hides the wiping string type of a dependency.
struct PemText<T>(T);

impl<T: std::ops::Deref<Target = String>> AsRef<str> for PemText<T> {
    fn as_ref(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketKey").field("id", &self.id).finish_non_exhaustive()
    }
}
