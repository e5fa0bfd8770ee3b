//! The questions of one connection that wait for their answers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Asked, Waiting};
use crate::protocol::{Answered, Ask, LOST_AFTER, PING};

/// How often the pulse is felt. Time is counted in these, so that a process that stood still for a while first hears
/// what has come meanwhile.
pub(super) const FEEL: Duration = Duration::from_millis(250);
/// Between two pings.
const FEELS_PER_PING: u128 = PING.as_millis() / FEEL.as_millis();
/// A ping without an answer for so long is a loss.
const FEELS_LOST: u128 = LOST_AFTER.as_millis() / FEEL.as_millis();

/// Who waits, by the id of the question; and the ping that was not answered yet.
#[derive(Default)]
pub(super) struct Pending {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    last_id: u64,
    waiting: HashMap<u64, Waiting>,
    /// How often the pulse was felt since the last ping.
    felt: u128,
    pinged: bool,
    answered: bool,
}

/// What is to be done about the ping.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    /// Nothing.
    Wait,
    /// Send one.
    Ping,
    /// The last was not answered: the engine does not hear us.
    Lost,
}

impl Pending {
    /// Gives a question its id. `None` if nobody waits for the answer any more: then it need not be asked.
    pub(super) fn register(&self, asked: Asked, now: Instant) -> Option<Ask> {
        let patience = asked.waiting.patience(now)?;
        let mut inner = self.lock();
        inner.last_id += 1;
        let id = inner.last_id;
        inner.waiting.insert(id, asked.waiting);
        Some(Ask { id, patience_ms: millis(patience), question: asked.question })
    }

    /// Forgets a question that could not be sent: whoever asked has no answer.
    pub(super) fn forget(&self, id: u64) {
        self.lock().waiting.remove(&id);
    }

    /// Hands answers to those who wait. One that comes late is dropped.
    pub(super) fn answer(&self, answers: Vec<Answered>) {
        let mut inner = self.lock();
        for (id, answer) in answers {
            if let Some(waiting) = inner.waiting.remove(&id) {
                let _ = waiting.reply.send(answer.map_err(Into::into));
            }
        }
    }

    /// Forgets those for whom nobody waits any more.
    pub(super) fn sweep(&self, now: Instant) {
        self.lock().waiting.retain(|_, waiting| waiting.deadline > now);
    }

    /// The ping was answered.
    pub(super) fn pong(&self) {
        self.lock().answered = true;
    }

    /// Feels the pulse.
    pub(super) fn pulse(&self) -> Pulse {
        let mut inner = self.lock();
        inner.felt += 1;
        match (inner.pinged, inner.answered) {
            (true, false) if inner.felt > FEELS_LOST => Pulse::Lost,
            (true, false) => Pulse::Wait,
            (true, true) if inner.felt < FEELS_PER_PING => Pulse::Wait,
            _ => {
                (inner.felt, inner.pinged, inner.answered) = (0, true, false);
                Pulse::Ping
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(patience: Duration) -> u32 {
    u32::try_from(patience.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_without_an_answer_is_a_loss_and_with_one_is_none() {
        let pending = Pending::default();
        assert_eq!(pending.pulse(), Pulse::Ping);
        assert!((0..12).all(|_| pending.pulse() == Pulse::Wait), "three seconds");
        pending.pong();
        assert_eq!(pending.pulse(), Pulse::Ping);
        pending.pong();
        assert!((0..3).all(|_| pending.pulse() == Pulse::Wait), "one ping a second");
        assert_eq!(pending.pulse(), Pulse::Ping);
        assert!((0..12).all(|_| pending.pulse() == Pulse::Wait));
        assert_eq!(pending.pulse(), Pulse::Lost);
    }
}
