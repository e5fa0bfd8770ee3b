//! Which signed texts were used already: each is accepted once.
//!
//! One process remembers what it accepted itself. With several gateways a text could be used once at each of them;
//! whatever is behind it (one place per account, the writer's own check at the hold) must therefore bear repetition.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

use crate::token::TokenId;

/// Remembers texts until they run out, and never more than so many.
#[derive(Debug)]
pub struct Exchanged {
    state: Mutex<State>,
    ids_max: usize,
}

#[derive(Debug)]
struct State {
    ids: HashSet<TokenId>,
    /// The first to run out is on top of the heap.
    ends: BinaryHeap<Reverse<(Timestamp, TokenId)>>,
    /// The latest instant seen: what was forgotten then stays over, also if the clock is set back.
    latest: Timestamp,
}

/// Why a text was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExchangeFault {
    /// It was accepted before, or its time is over.
    Used,
    /// As many are remembered as may be. Refused, since it could not be remembered.
    Full,
}

impl Exchanged {
    /// Remembers at most so many.
    pub fn new(ids_max: usize) -> Self {
        let state = State { ids: HashSet::new(), ends: BinaryHeap::new(), latest: Timestamp::from_millis(i64::MIN) };
        Self { state: Mutex::new(state), ids_max }
    }

    /// Accepts a verified text that runs out at `expires_at`: once.
    ///
    /// # Errors
    /// When it was accepted before, or cannot be remembered.
    pub fn accept(&self, id: TokenId, expires_at: Timestamp, now: Timestamp) -> Result<(), ExchangeFault> {
        let mut state = self.lock();
        state.look(id, expires_at, now, self.ids_max)?;
        state.ids.insert(id);
        state.ends.push(Reverse((expires_at, id)));
        Ok(())
    }

    /// Whether a text would be accepted, without accepting it: for whoever has to do something in between.
    ///
    /// # Errors
    /// As [`Self::accept`].
    pub fn look(&self, id: TokenId, expires_at: Timestamp, now: Timestamp) -> Result<(), ExchangeFault> {
        self.lock().look(id, expires_at, now, self.ids_max)
    }

    /// How many are remembered.
    pub fn count(&self) -> usize {
        self.lock().ids.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change leaves the two collections usable: at worst an id is kept for ever, which refuses.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn look(
        &mut self,
        id: TokenId,
        expires_at: Timestamp,
        now: Timestamp,
        ids_max: usize,
    ) -> Result<(), ExchangeFault> {
        self.latest = self.latest.max(now);
        self.forget();
        if expires_at <= self.latest || self.ids.contains(&id) {
            return Err(ExchangeFault::Used);
        }
        if self.ids.len() >= ids_max { Err(ExchangeFault::Full) } else { Ok(()) }
    }

    fn forget(&mut self) {
        while let Some(Reverse((end, id))) = self.ends.peek().copied() {
            if end > self.latest {
                break;
            }
            self.ends.pop();
            self.ids.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    const ONE: TokenId = TokenId::new(1);
    const TWO: TokenId = TokenId::new(2);

    #[test]
    fn each_is_accepted_once() {
        let exchanged = Exchanged::new(10);
        assert_eq!(exchanged.accept(ONE, at(60), at(0)), Ok(()));
        assert_eq!(exchanged.accept(ONE, at(60), at(59)), Err(ExchangeFault::Used));
        assert_eq!(exchanged.accept(TWO, at(60), at(59)), Ok(()));
    }

    #[test]
    fn looking_accepts_nothing() {
        let exchanged = Exchanged::new(1);
        assert_eq!([exchanged.look(ONE, at(60), at(0)), exchanged.look(ONE, at(60), at(0))], [Ok(()); 2]);
        assert_eq!(exchanged.accept(ONE, at(60), at(0)), Ok(()));
        assert_eq!(exchanged.look(ONE, at(60), at(0)), Err(ExchangeFault::Used));
        assert_eq!(exchanged.look(TWO, at(60), at(0)), Err(ExchangeFault::Full));
    }

    #[test]
    fn what_ran_out_is_forgotten_and_stays_over() {
        let exchanged = Exchanged::new(1);
        assert_eq!(exchanged.accept(ONE, at(60), at(0)), Ok(()));
        assert_eq!(exchanged.accept(TWO, at(90), at(59)), Err(ExchangeFault::Full));
        assert_eq!(exchanged.accept(TWO, at(90), at(60)), Ok(()));
        assert_eq!(exchanged.count(), 1);
        assert_eq!(exchanged.accept(ONE, at(60), at(0)), Err(ExchangeFault::Used), "the clock was set back");
    }

    #[test]
    fn many_at_once_accept_one() {
        let exchanged = Exchanged::new(10);
        let accepted = std::thread::scope(|scope| {
            let attempts: Vec<_> =
                (0..8).map(|_| scope.spawn(|| exchanged.accept(ONE, at(60), at(0)).is_ok())).collect();
            attempts.into_iter().filter_map(|attempt| attempt.join().ok()).filter(|accepted| *accepted).count()
        });
        assert_eq!(accepted, 1);
    }
}
