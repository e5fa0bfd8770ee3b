//! A secret: a text that is used, but never shown.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A secret text. It has no `Display` and no `Serialize`, and its `Debug` is a mask.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What stands in the place of a secret wherever settings are shown.
pub(crate) const MASK: &str = "********";

impl Secret {
    /// Wraps a secret that came from elsewhere, such as the data folder.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that signs or sends it. Never log what this returns.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Reads a secret; an empty text is none.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    String::deserialize(deserializer).map(|text| Some(Secret(text)).filter(|secret| !secret.0.is_empty()))
}
