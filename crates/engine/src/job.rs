//! What waits in a writer's inbox.

use sale::idempotency::Outcome;
use sale::{Command, Request, Sale};
use tokio::sync::oneshot;

use crate::handle::Unavailable;

/// Sends one answer.
pub(crate) type Reply = oneshot::Sender<Result<Outcome, Unavailable>>;

/// Sends the answers of several requests, in their order.
pub(crate) type Replies = oneshot::Sender<Result<Vec<Outcome>, Unavailable>>;

/// Looks at the sale, if there is one to look at, and is told when what it saw is durable.
pub(crate) type Look = Box<dyn FnOnce(Result<&Sale, Unavailable>) -> Seen + Send>;

/// Hands over what a look found, or why it found nothing.
pub(crate) type Seen = Box<dyn FnOnce(Result<(), Unavailable>) + Send>;

pub(crate) enum Job {
    /// One request.
    One(Request, Reply),
    /// Several requests of one caller, decided in this order.
    Many(Vec<Request>, Replies),
    /// A reader that must not see anything older than what it was told.
    Look(Look),
    /// Saves a snapshot now.
    Snapshot(oneshot::Sender<Result<u64, String>>),
    /// Finishes what waits, then ends.
    Stop,
}

impl Job {
    /// How much there is to decide in this, in requests or joining accounts.
    pub(crate) fn effort(&self) -> usize {
        let of = |request: &Request| match &request.command {
            Command::JoinMany { accounts } => accounts.len(),
            _ => 1,
        };
        match self {
            Self::One(request, _) => of(request),
            Self::Many(requests, _) => requests.iter().map(of).sum(),
            _ => 1,
        }
    }

    /// How much of a batch this takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Many(requests, _) => requests.len(),
            _ => 1,
        }
    }
}
