//! Signed texts: `PREFIX` and the base64url of key id, body and HMAC-SHA256.
//!
//! Whom a text is for is signed but not in it: who verifies knows it anyway, the text stays short, and a stolen one
//! names nobody. HMAC and not Ed25519, because only our own processes verify, and all of them hold the keys.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{AccountId, SaleId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::keys::{KeyId, KeyRing, SealKey};

const TAG_BYTES: usize = 32;
/// Bytes that any text has, and room for how they are decoded.
const DECODED_BYTES_MAX: usize = 128;
/// Bytes of account and sale, which every text is bound to.
const HOLDER_BYTES: usize = 16 + 4;

/// Names one signed text, so that it can be used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(u128);

impl TokenId {
    /// The id with these 128 bits.
    pub const fn new(bits: u128) -> Self {
        Self(bits)
    }

    /// The 128 bits of this id.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// A new id from the operating system's randomness.
    ///
    /// # Errors
    /// When the operating system has none to give.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Why a signed text was refused, before what it says is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Not the form of such a text.
    #[error("This is not a text of the expected form.")]
    Malformed,
    /// Signed with a key that is not, or no longer, held here.
    #[error("This text was signed with a key that is not accepted here.")]
    KeyUnknown,
    /// Changed, forged, or made for another account, sale or session.
    #[error("The signature of this text does not fit.")]
    Forged,
}

/// One kind of signed text.
pub(crate) struct Kind {
    /// What the text begins with. Signed too, so that one kind never passes for another.
    pub(crate) prefix: &'static str,
    /// Bytes of the body; each kind has one length, so that nothing can be moved between body and holder.
    pub(crate) body_bytes: usize,
}

/// Whom a text is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder<'a> {
    pub(crate) account: AccountId,
    pub(crate) sale: SaleId,
    /// The hash of the session, of the texts that are bound to one.
    pub(crate) session_hash: &'a [u8],
}

impl KeyRing {
    /// The text with this body; `None` if no key signs at this instant.
    pub(crate) fn seal(&self, kind: &Kind, body: &[u8], holder: Holder<'_>, now: Timestamp) -> Option<String> {
        debug_assert_eq!(body.len(), kind.body_bytes, "the body of {}", kind.prefix);
        let key = self.signing(now)?;
        let tag = mac(key, kind, body, holder)?.finalize().into_bytes();
        let bytes = [&key.id().bytes()[..], body, &tag[..]].concat();
        Some(format!("{}{}", kind.prefix, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The body of a text of this kind that was signed for this holder. Only the canonical spelling passes.
    pub(crate) fn open(
        &self,
        kind: &Kind,
        text: &str,
        holder: Holder<'_>,
        now: Timestamp,
    ) -> Result<Vec<u8>, TokenFault> {
        let mut bytes = [0; DECODED_BYTES_MAX];
        let length = KeyId::BYTES + kind.body_bytes + TAG_BYTES;
        let encoded = text.strip_prefix(kind.prefix).ok_or(TokenFault::Malformed)?;
        // Anything longer is refused unread.
        if encoded.len() != (length * 4).div_ceil(3) {
            return Err(TokenFault::Malformed);
        }
        let decoded = URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes).map_err(|_| TokenFault::Malformed)?;
        let bytes = bytes.get(..decoded).ok_or(TokenFault::Malformed)?;
        let (id, rest) = bytes.split_first_chunk::<{ KeyId::BYTES }>().ok_or(TokenFault::Malformed)?;
        let (body, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(TokenFault::Malformed)?;
        // Two keys may share an id of four bytes: every one that has it is asked.
        let mut refused = TokenFault::KeyUnknown;
        for key in self.verifying(KeyId::new(*id), now) {
            if mac(key, kind, body, holder).is_some_and(|mac| mac.verify_slice(tag).is_ok()) {
                return Ok(body.to_vec());
            }
            refused = TokenFault::Forged;
        }
        Err(refused)
    }
}

fn mac(key: &SealKey, kind: &Kind, body: &[u8], holder: Holder<'_>) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.secret()).ok()?;
    let mut bound = [0; HOLDER_BYTES];
    bound[..16].copy_from_slice(&holder.account.bits().to_be_bytes());
    bound[16..].copy_from_slice(&holder.sale.get().to_be_bytes());
    for part in [kind.prefix.as_bytes(), &key.id().bytes(), body, &bound, holder.session_hash] {
        mac.update(part);
    }
    Some(mac)
}

/// Reads the fixed fields of a body one after the other.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], TokenFault> {
        let (field, rest) = self.0.split_first_chunk::<N>().ok_or(TokenFault::Malformed)?;
        self.0 = rest;
        Ok(*field)
    }

    pub(crate) fn id(&mut self) -> Result<TokenId, TokenFault> {
        self.take().map(u128::from_be_bytes).map(TokenId)
    }

    pub(crate) fn instant(&mut self) -> Result<Timestamp, TokenFault> {
        self.take().map(i64::from_be_bytes).map(Timestamp::from_millis)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, TokenFault> {
        self.take::<1>().map(|[byte]| byte)
    }
}
