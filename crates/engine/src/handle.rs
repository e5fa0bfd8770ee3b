//! A cheap handle on one sale's writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use crossbeam_channel::{Sender, TrySendError};
use domain::SaleId;
use metrics::Counter;
use sale::idempotency::Outcome;
use sale::{Recorded, Request, Sale, SaleView};
use tokio::sync::{broadcast, oneshot};

use crate::bell::Bell;
use crate::job::{Job, Seen};
use crate::recent::{Measured, Recent};

/// Why there is no answer. Nothing is known to have happened; the same request with the same key may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The inbox is full.
    #[error("the writer's inbox is full")]
    Overloaded,
    /// The commit failed, and the writer recovers.
    #[error("the journal could not commit; the writer recovers")]
    CommitFailed,
    /// The writer has ended.
    #[error("the writer has ended")]
    Stopped,
}

/// Events that have become durable together.
#[derive(Debug)]
pub struct Committed {
    /// Of which sale.
    pub sale: SaleId,
    /// The sequence of the first.
    pub first: u64,
    /// The events, in order.
    pub events: Vec<Recorded>,
}

/// A handle on one sale. Cloning it is cheap.
#[derive(Clone)]
pub struct SaleHandle {
    pub(crate) sale: SaleId,
    pub(crate) inbox: Sender<Job>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) view: Arc<ArcSwap<SaleView>>,
    /// Weak: when the writer ends, so does its feed.
    pub(crate) feed: broadcast::WeakSender<Arc<Committed>>,
    pub(crate) overloaded: Counter,
    pub(crate) commits: Arc<Recent>,
    pub(crate) term: u64,
    pub(crate) ended: Arc<AtomicBool>,
}

impl SaleHandle {
    /// Which sale.
    pub fn sale(&self) -> SaleId {
        self.sale
    }

    /// How often the sale had changed hands when this process took it; 0 where there is only one.
    pub fn term(&self) -> u64 {
        self.term
    }

    /// The writer has ended: there will be no more answers and no more views.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Carries out a request; returns when the answer is durable.
    ///
    /// # Errors
    /// There is no answer. A full inbox answers at once.
    pub async fn submit(&self, request: impl Into<Request>) -> Result<Outcome, Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::One(request.into(), reply))?;
        answer.await.unwrap_or(Err(Unavailable::Stopped))
    }

    /// Carries out several requests in this order; returns when all answers are durable.
    ///
    /// # Errors
    /// There is no answer to any of them.
    pub async fn submit_many(&self, requests: Vec<Request>) -> Result<Vec<Outcome>, Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Many(requests, reply))?;
        answer.await.unwrap_or(Err(Unavailable::Stopped))
    }

    /// Looks at the sale as it is after everything that was asked before; returns when that is durable.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Sale) -> T + Send + 'static,
    ) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        let look = move |sale: Result<&Sale, Unavailable>| -> Seen {
            let found = sale.map(look);
            Box::new(move |durable| drop(reply.send(durable.and(found))))
        };
        self.send(Job::Look(Box::new(look)))?;
        answer.await.unwrap_or(Err(Unavailable::Stopped))
    }

    /// The latest view: shared, without a lock, at most a view interval old.
    pub fn view(&self) -> Arc<SaleView> {
        self.view.load_full()
    }

    /// Every batch from now on, once it is durable. A reader that falls behind is told so and must look afresh.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Committed>> {
        // After the writer's end there is nothing to hear, and the reader learns that at once.
        self.feed.upgrade().map_or_else(|| broadcast::channel(1).1, |feed| feed.subscribe())
    }

    /// How long commits took within the last `window`; `None` if there were none.
    pub fn commits_within(&self, window: std::time::Duration) -> Option<Measured> {
        self.commits.within(window)
    }

    /// Jobs waiting in the inbox, and how many may.
    pub fn inbox(&self) -> (usize, usize) {
        (self.inbox.len(), self.inbox.capacity().unwrap_or(usize::MAX))
    }

    /// Share of the inbox that is taken, from 0 to 1.
    pub fn inbox_fill(&self) -> f64 {
        self.inbox.len() as f64 / self.inbox.capacity().unwrap_or(usize::MAX).max(1) as f64
    }

    /// Saves a snapshot now and returns its sequence.
    ///
    /// # Errors
    /// Why it could not be saved.
    pub async fn save_snapshot(&self) -> Result<u64, String> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Snapshot(reply)).map_err(|error| error.to_string())?;
        answer.await.unwrap_or_else(|_| Err(Unavailable::Stopped.to_string()))
    }

    fn send(&self, job: Job) -> Result<(), Unavailable> {
        self.inbox.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => {
                self.overloaded.increment(1);
                Unavailable::Overloaded
            }
            TrySendError::Disconnected(_) => Unavailable::Stopped,
        })?;
        self.bell.touch(|| self.inbox.len());
        Ok(())
    }
}
