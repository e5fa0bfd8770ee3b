//! A text that must not be printed: an API key, a webhook secret.

use std::fmt;

use subtle::ConstantTimeEq;

/// A secret text. `Debug` hides it, comparing takes the same time wherever the difference is.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The secret with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether there is nothing in it; such a secret matches nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `candidate` is this secret. Reveals no more than the length.
    pub fn matches(&self, candidate: &str) -> bool {
        !self.is_empty() && bool::from(self.0.as_bytes().ct_eq(candidate.as_bytes()))
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_itself_alone_and_prints_nothing() {
        let secret = Secret::new("swordfish");
        assert!(secret.matches("swordfish"));
        assert!(!secret.matches("swordfisH"));
        assert!(!secret.matches("swordfish2"));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn an_empty_secret_matches_nothing() {
        assert!(!Secret::new("").matches(""));
    }
}
