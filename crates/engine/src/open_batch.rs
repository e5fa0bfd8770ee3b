//! The batch being decided: events to append, and the answers that wait for them.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::SaleId;
use journal::{Batch, Payloads};
use sale::idempotency::Outcome;
use sale::{Recorded, SaleView};
use tokio::sync::{broadcast, mpsc};

use crate::encode::append_event;
use crate::handle::{Committed, Unavailable};
use crate::job::{Replies, Reply, Seen};

/// An answer that waits until its batch is durable.
pub(crate) enum Waiting {
    One(Reply, Outcome),
    Many(Replies, Vec<Outcome>),
    Look(Seen),
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
    /// Requests and joining accounts in it.
    pub(crate) effort: usize,
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
        sabotage::crash_point("engine.before_answers");
        if result.is_ok() {
            if let Some(view) = self.new_view.take() {
                publish(&self.view, view);
            }
            if self.feed.receiver_count() > 0 {
                let _ = self.feed.send(Arc::new(self.committed));
            }
        }
        self.batch.release(result);
        sabotage::crash_point("engine.after_answers");
    }
}

/// Shows a view to everybody, unless a later one is shown already: an answer may be let out by another task than the
/// one that showed the view after it.
pub(crate) fn publish(shown: &ArcSwap<SaleView>, view: SaleView) {
    let view = Arc::new(view);
    shown.rcu(|now| Arc::clone(if now.version > view.version { now } else { &view }));
}

/// Where finished batches let their answers out.
///
/// Waking a task from a foreign thread costs a lock and often a system call. A batch has hundreds of answers, so the
/// journal's thread wakes one task for the whole batch, and that task wakes the others from inside the runtime.
#[derive(Clone)]
pub(crate) enum Exit {
    /// To the task that lets answers out.
    Task(mpsc::UnboundedSender<(Sealed, Result<(), Unavailable>)>),
    /// There is no runtime: on the thread that finished.
    Here,
}

impl Exit {
    /// An exit in the runtime this is called from, if any.
    pub(crate) fn open() -> Self {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return Self::Here };
        let (sender, mut finished) = mpsc::unbounded_channel::<(Sealed, Result<(), Unavailable>)>();
        // Bounded all the same: a writer has at most one batch with the journal.
        runtime.spawn(async move {
            while let Some((sealed, result)) = finished.recv().await {
                sealed.finish(result);
            }
        });
        Self::Task(sender)
    }

    /// Lets a batch out.
    pub(crate) fn let_out(&self, sealed: Sealed, result: Result<(), Unavailable>) {
        match self {
            Self::Here => sealed.finish(result),
            Self::Task(sender) => {
                if let Err(ended) = sender.send((sealed, result)) {
                    // The runtime is shutting down.
                    let (sealed, result) = ended.0;
                    sealed.finish(result);
                }
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use domain::{Area, Currency, Duration, PriceLevel, PriceLevelIndex, SeatingPlan, Timestamp};
    use sale::{Pace, Sale, Settings};

    use super::*;

    #[test]
    fn a_view_never_goes_back() {
        let settings = Settings {
            sale: SaleId::new(1),
            opens_at: Timestamp::from_millis(0),
            currency: Currency::from_code(*b"EUR"),
            prices: vec![100],
            tickets_per_buyer_max: 1,
            grace: Duration::from_secs(1),
            select_time: Duration::from_secs(1),
            pay_time: Duration::from_secs(1),
            pace: Pace::default(),
        };
        let level = PriceLevelIndex(0);
        let standing = Area { name: "Standing".into(), level, capacity: 5, x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        let plan = SeatingPlan {
            name: "Hall".into(),
            width: 1.0,
            height: 1.0,
            price_levels: vec![PriceLevel { name: "A".into(), color: "#336699".into() }],
            sections: vec![],
            rows: vec![],
            seats: vec![],
            areas: vec![standing],
        };
        let (mut sale, _) = Sale::create(settings, plan, Timestamp::from_millis(0)).unwrap();
        let shown = ArcSwap::from_pointee(sale.view(6, None));
        publish(&shown, sale.view(8, None));
        publish(&shown, sale.view(6, None));
        assert_eq!(shown.load().version, 8);
        publish(&shown, sale.view(9, None));
        assert_eq!(shown.load().version, 9);
    }
}
