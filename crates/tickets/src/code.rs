//! The ticket code: `ONSALE1.` and the base32 of version, key id, claims and Ed25519 signature.
//!
//! Base32 (RFC 4648 without padding), not base64url: its letters are in the alphanumeric mode of a QR code, so that a
//! code fits QR version 6 (41 modules a side) at error correction M instead of version 8 (49), with larger modules in
//! the same space. Base45 would reach version 6 too, but has spaces, `$` and `%` in it, which break in shells, URLs
//! and mails.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use domain::Problem;
use ed25519_dalek::Signature;
use serde::Serialize;

use crate::claims::{CLAIMS_BYTES_MAX, TicketClaims};
use crate::public_key::KeyId;

/// What every code begins with. Signed too, so that a signature made for something else is never a ticket.
pub const CODE_PREFIX: &str = "ONSALE1.";
/// Characters of the longest code; anything longer is refused unread.
pub const CODE_CHARS_MAX: usize = CODE_PREFIX.len() + (UNSIGNED_BYTES_MAX + SIGNATURE_BYTES) * 8 / 5 + 1;

/// The layout of the bytes. A new layout gets a new number.
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 1 + KeyId::BYTES;
const SIGNATURE_BYTES: usize = Signature::BYTE_SIZE;
const UNSIGNED_BYTES_MAX: usize = HEADER_BYTES + CLAIMS_BYTES_MAX;

/// QR version 6 at error correction M takes 154 alphanumeric characters.
const _: () = assert!(CODE_CHARS_MAX <= 154);

/// A signed ticket code, as printed, mailed and drawn.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct TicketCode(String);

/// Why a code was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not the form of a ticket code: mistyped, cut off, or something else altogether.
    #[error("This is not a ticket code.")]
    Malformed,
    /// Signed with a key that this gate does not hold.
    #[error("This ticket was signed with a key that is not known here. Update the keys of this gate.")]
    KeyUnknown,
    /// Changed or forged.
    #[error("The signature of this ticket is wrong. It was changed or forged.")]
    SignatureWrong,
}

impl CodeError {
    /// The stable code of this outcome.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "ticket_malformed",
            Self::KeyUnknown => "ticket_key_unknown",
            Self::SignatureWrong => "ticket_signature_wrong",
        }
    }
}

impl From<CodeError> for Problem {
    fn from(error: CodeError) -> Self {
        Problem::new(error.code(), error.to_string()).at("/code")
    }
}

impl TicketCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Joins what is signed (as [`unsigned`] made it) and its signature.
    pub(crate) fn join(mut unsigned: Vec<u8>, signature: &Signature) -> Self {
        unsigned.extend(signature.to_bytes());
        Self(format!("{CODE_PREFIX}{}", BASE32_NOPAD.encode(&unsigned)))
    }
}

impl fmt::Display for TicketCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The bytes in front of the signature: version, key id, claims.
pub(crate) fn unsigned(key: KeyId, claims: &TicketClaims) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(UNSIGNED_BYTES_MAX + SIGNATURE_BYTES);
    bytes.push(VERSION);
    bytes.extend(key.bytes());
    claims.write(&mut bytes);
    bytes
}

/// The bytes the signature is over: the prefix and what [`unsigned`] made.
pub(crate) fn message(unsigned: &[u8]) -> Vec<u8> {
    [CODE_PREFIX.as_bytes(), unsigned].concat()
}

/// A code taken apart; nothing in it is to be believed before the signature is verified.
pub(crate) struct Parts {
    pub(crate) key: KeyId,
    pub(crate) claims: TicketClaims,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: Signature,
}

impl Parts {
    /// Takes a code apart. Only the canonical spelling passes: capital letters, no stray bits at the end.
    pub(crate) fn of(code: &str) -> Result<Self, CodeError> {
        if code.len() > CODE_CHARS_MAX {
            return Err(CodeError::Malformed);
        }
        let text = code.strip_prefix(CODE_PREFIX).ok_or(CodeError::Malformed)?;
        let bytes = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| CodeError::Malformed)?;
        let (unsigned, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>().ok_or(CodeError::Malformed)?;
        let Some(([VERSION, key @ ..], claims)) = unsigned.split_first_chunk::<HEADER_BYTES>() else {
            return Err(CodeError::Malformed);
        };
        Ok(Self {
            key: KeyId::new(*key),
            claims: TicketClaims::read(claims).ok_or(CodeError::Malformed)?,
            message: message(unsigned),
            signature: Signature::from_bytes(signature),
        })
    }
}
