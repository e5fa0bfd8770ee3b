//! The batch being decided: events to append, and the answers that wait for them.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::SaleId;
use journal::{Batch, Payloads};
use sale::idempotency::Outcome;
use sale::{Recorded, SaleView};
use tokio::sync::broadcast;

use crate::encode::append_event;
use crate::handle::{Committed, Unavailable};
use crate::job::{Replies, Reply};

/// An answer that waits until its batch is durable.
pub(crate) enum Waiting {
    One(Reply, Outcome),
    Many(Replies, Vec<Outcome>),
    Look(Box<dyn FnOnce(Result<(), Unavailable>) + Send>),
}

impl Waiting {
    /// Sends the answer, or the reason why there is none. Nobody may be listening any more; that is their choice.
    pub(crate) fn release(self, result: Result<(), Unavailable>) {
        match (self, result) {
            (Self::One(reply, outcome), Ok(())) => drop(reply.send(Ok(outcome))),
            (Self::One(reply, _), Err(error)) => drop(reply.send(Err(error))),
            (Self::Many(replies, outcomes), Ok(())) => drop(replies.send(Ok(outcomes))),
            (Self::Many(replies, _), Err(error)) => drop(replies.send(Err(error))),
            (Self::Look(tell), result) => tell(result),
        }
    }
}

/// What has been decided and not yet handed to the journal.
#[derive(Default)]
pub(crate) struct OpenBatch {
    pub(crate) events: Vec<Recorded>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) weight: usize,
}

impl OpenBatch {
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.waiting.is_empty()
    }

    /// Releases every answer with this result.
    pub(crate) fn release(self, result: Result<(), Unavailable>) {
        self.waiting.into_iter().for_each(|waiting| waiting.release(result));
    }

    /// The events as the journal keeps them.
    pub(crate) fn encode(&self, sale: SaleId, first: u64) -> Result<Batch, postcard::Error> {
        let mut payloads = Payloads::default();
        for event in &self.events {
            payloads.push_with(|bytes| append_event(event, bytes))?;
        }
        Ok(Batch { sale, first, payloads })
    }
}

/// A batch that the journal commits, and what happens then.
pub(crate) struct Sealed {
    pub(crate) batch: OpenBatch,
    pub(crate) committed: Committed,
    pub(crate) new_view: Option<SaleView>,
    pub(crate) view: Arc<ArcSwap<SaleView>>,
    pub(crate) feed: broadcast::Sender<Arc<Committed>>,
}

impl Sealed {
    /// Lets the answers out. Views come first, so that nobody who has an answer finds a view without it for longer
    /// than a view interval.
    pub(crate) fn finish(mut self, result: Result<(), Unavailable>) {
        if result.is_ok() {
            if let Some(view) = self.new_view.take() {
                self.view.store(Arc::new(view));
            }
            if self.feed.receiver_count() > 0 {
                let _ = self.feed.send(Arc::new(self.committed));
            }
        }
        self.batch.release(result);
    }
}
