//! `Idempotency-Key`: the id a client gives its request, scoped to the account.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::request::Parts;
use domain::{AccountId, CommandId, limits};
use sale::{Command, Request, RequestKey};
use sha2::{Digest, Sha256};

use crate::problem::{ApiError, ApiResult};

/// What a client sent as `Idempotency-Key`; most requests have none.
#[derive(Default)]
pub struct Key(Option<HeaderValue>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.get("idempotency-key").cloned()))
    }
}

impl Key {
    /// The request for a command, with the client's key if it sent one.
    ///
    /// # Errors
    /// The key is empty, too long, or not printable ASCII.
    pub fn request(&self, account: AccountId, command: Command) -> ApiResult<Request> {
        let Some(key) = &self.0 else { return Ok(command.into()) };
        let text = key.to_str().ok().filter(|text| (1..=limits::IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len()));
        let Some(text) = text else {
            let max = limits::IDEMPOTENCY_KEY_CHARS_MAX;
            let sentence = format!("An Idempotency-Key has 1 to {max} printable ASCII characters.");
            return Err(ApiError::new("idempotency_key_invalid", sentence));
        };
        let digest = Sha256::new().chain_update(account.bits().to_be_bytes()).chain_update(text).finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        let key = RequestKey::new(CommandId::new(u128::from_be_bytes(id)), &command);
        Ok(Request { key: Some(key), command })
    }
}
