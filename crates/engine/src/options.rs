//! How the writer works.

use std::time::Duration;

use domain::limits;

/// Bounds and rhythms of the writers.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Requests waiting for one writer, at most. Beyond, [`crate::Unavailable::Overloaded`] is the answer.
    pub inbox_max: usize,
    /// Requests in one commit, at most. 1 gives every request a commit of its own.
    pub batch_max: usize,
    /// Readers get a new view at most this often.
    pub view_interval: Duration,
    /// A snapshot is saved after so many events.
    pub snapshot_every: u64,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            inbox_max: limits::WRITER_INBOX_COMMANDS_MAX,
            batch_max: limits::COMMIT_BATCH_COMMANDS_MAX,
            view_interval: Duration::from_millis(20),
            snapshot_every: 500_000,
        }
    }
}
