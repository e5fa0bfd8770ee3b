//! What an account may do.

use serde::{Deserialize, Serialize};

/// The role of an account. Each includes the ones before it in this list only where a route says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys tickets for itself.
    Fan,
    /// Runs the sales of its organiser.
    Organiser,
    /// Runs the installation.
    Operator,
}
