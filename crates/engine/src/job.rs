//! What waits in a writer's inbox.

use crossbeam_channel::Receiver;
use sale::idempotency::Outcome;
use sale::{Command, LOOK_AHEAD_MAX, Request, Sale};
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

    /// There is no answer, and this is why.
    pub(crate) fn refuse(self, error: Unavailable) {
        match self {
            Self::One(_, reply) => drop(reply.send(Err(error))),
            Self::Many(_, replies) => drop(replies.send(Err(error))),
            Self::Look(look) => look(Err(error))(Ok(())),
            Self::Snapshot(reply) => drop(reply.send(Err(error.to_string()))),
            Self::Stop => {}
        }
    }

    /// The request, if it is one alone.
    pub(crate) fn one(&self) -> Option<&Request> {
        match self {
            Self::One(request, _) => Some(request),
            _ => None,
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

/// Puts a job into the hand, and as many behind it as there are at once, weigh no more than `room` and can be looked ahead
/// for. One that asks to stop is the last.
pub(crate) fn take_more(first: Job, inbox: &Receiver<Job>, mut room: usize, hand: &mut Vec<Job>) {
    let mut next = Some(first);
    while let Some(job) = next {
        room = room.saturating_sub(job.weight());
        let last = matches!(job, Job::Stop) || room == 0 || hand.len() + 1 >= LOOK_AHEAD_MAX;
        hand.push(job);
        next = if last { None } else { inbox.try_recv().ok() };
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    fn ask() -> Job {
        Job::One(Command::Pause.into(), oneshot::channel().0)
    }

    fn hand(jobs: Vec<Job>, room: usize) -> (usize, usize) {
        let (inbox, waiting) = crossbeam_channel::unbounded();
        jobs.into_iter().for_each(|job| inbox.send(job).unwrap());
        let mut hand = Vec::new();
        take_more(waiting.recv().unwrap(), &waiting, room, &mut hand);
        (hand.len(), waiting.len())
    }

    #[test]
    fn a_hand_is_what_is_there_what_fits_and_nothing_behind_the_end() {
        let asks = |count| (0..count).map(|_| ask()).collect::<Vec<_>>();
        assert_eq!(hand(asks(3), 100), (3, 0));
        assert_eq!(hand(asks(40), 100), (LOOK_AHEAD_MAX, 40 - LOOK_AHEAD_MAX));
        assert_eq!(hand(asks(40), 5), (5, 35));
        assert_eq!(hand(asks(2), 0), (1, 1), "one is always taken");
        let many = Job::Many(vec![Command::Pause.into(); 7], oneshot::channel().0);
        assert_eq!(hand(vec![ask(), many, ask()], 5), (2, 1), "several of one caller are not divided");
        assert_eq!(hand(vec![ask(), Job::Stop, ask()], 100), (2, 1));
    }
}
