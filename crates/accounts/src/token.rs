//! Secret tokens: 256 random bits for the bearer, their SHA-256 for the file.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Problem;
use sha2::{Digest, Sha256};

use crate::problems;

/// Characters of a token: 32 bytes in base64url without padding. With SHA-256's own padding they fill one block.
const TOKEN_CHARS: usize = 43;

/// Proves a session; goes into the session cookie. Prints as `SessionToken(…)`.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

/// Lets its bearer create the first operator, once. Prints as `SetupToken(…)`.
#[derive(Clone, PartialEq, Eq)]
pub struct SetupToken(String);

/// What is stored and looked up instead of a token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenHash([u8; 32]);

impl SessionToken {
    pub(crate) fn draw() -> Result<Self, Problem> {
        Ok(Self(encode(&random()?)))
    }

    /// The token of these bytes, which must come from the operating system's random source.
    pub(crate) fn from_random(bytes: &[u8; 32]) -> Self {
        Self(encode(bytes))
    }

    /// The secret itself, for the cookie: 43 characters of the base64url alphabet.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::new(&self.0)
    }
}

impl SetupToken {
    pub(crate) fn draw() -> Result<Self, Problem> {
        Ok(Self(encode(&random()?)))
    }

    /// The secret itself, for the link: 43 characters of the base64url alphabet.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::new(&self.0)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

impl fmt::Debug for SetupToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupToken(…)")
    }
}

impl TokenHash {
    /// The hash of what a client sent, or nothing if it cannot be a token. The hash makes the look-up safe against
    /// timing: whoever measures it learns about a SHA-256, not about the token.
    pub(crate) fn of(token: &str) -> Option<Self> {
        (token.len() == TOKEN_CHARS).then(|| Self::new(token))
    }

    fn new(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Problem> {
        let bytes =
            bytes.try_into().map_err(|_| problems::unavailable("a token hash in accounts.db is not 32 bytes"))?;
        Ok(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| problems::unavailable(format_args!("no random bytes: {error}")))?;
    Ok(bytes)
}

fn encode(bytes: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_again_and_never_printed() -> Result<(), Problem> {
        let token = SessionToken::draw()?;
        assert!(TokenHash::of(token.as_str()) == Some(token.hash()));
        assert!(SessionToken::draw()? != token);
        assert_eq!(format!("{token:?}"), "SessionToken(…)");
        Ok(())
    }

    #[test]
    fn a_text_of_another_length_is_no_token() {
        assert!(TokenHash::of("").is_none());
        assert!(TokenHash::of(&"a".repeat(42)).is_none());
        assert!(TokenHash::of(&"a".repeat(65_536)).is_none());
    }
}
