//! What the organiser tells everybody in line.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The latest message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Plain text, at most `limits::ANNOUNCEMENT_CHARS_MAX` characters.
    pub text: String,
    /// Since when.
    pub at: Timestamp,
}
