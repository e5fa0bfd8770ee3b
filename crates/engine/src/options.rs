//! How the writer works.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use domain::{SaleId, limits};

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
    /// Whether this process may answer for a sale now, where several processes share the sales. What needs an event is
    /// fenced by the journal; what needs none is only answered if this says so.
    pub may_answer: MayAnswer,
}

/// See [`EngineOptions::may_answer`].
#[derive(Clone)]
pub enum MayAnswer {
    /// There is no other process.
    Always,
    /// If this says so.
    If(Arc<dyn Fn(SaleId) -> bool + Send + Sync>),
}

impl MayAnswer {
    pub(crate) fn now(&self, sale: SaleId) -> bool {
        match self {
            Self::Always => true,
            Self::If(says) => says(sale),
        }
    }

    /// Several processes share the sales.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::If(_))
    }
}

impl fmt::Debug for MayAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_shared() { "If(_)" } else { "Always" })
    }
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            inbox_max: limits::WRITER_INBOX_COMMANDS_MAX,
            batch_max: limits::COMMIT_BATCH_COMMANDS_MAX,
            view_interval: Duration::from_millis(20),
            snapshot_every: 500_000,
            may_answer: MayAnswer::Always,
        }
    }
}
