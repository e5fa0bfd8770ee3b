//! Signed ticket codes that a gate can verify without a network.
//!
//! A [`TicketKey`] signs [`TicketClaims`] into a [`TicketCode`]; a [`TicketVerifier`] that knows the public keys
//! reads the claims back. [`QrGrid`] is the code as there is to draw it, [`qr_svg`] draws it. Whether a ticket was
//! already used is not in the code: that is for the gate to know.
//!
//! **Invariant:** reads no clock; randomness only in [`TicketKey::generate`], files only in [`key_file`].

mod claims;
mod code;
mod id;
mod key;
pub mod key_file;
mod public_key;
mod qr;
mod qr_grid;
mod verifier;

pub use claims::{TicketClaims, TicketPlace};
pub use code::{CODE_CHARS_MAX, CODE_PREFIX, CodeError, TicketCode};
pub use id::{ParseTicketIdError, TicketId};
pub use key::TicketKey;
pub use key_file::KeyFileError;
pub use public_key::{KeyId, PublicKeyError, PublishedKey, TicketPublicKey};
pub use qr::qr_svg;
pub use qr_grid::{QUIET_ZONE, QrError, QrGrid, QrRun};
pub use verifier::TicketVerifier;
