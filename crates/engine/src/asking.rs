//! How many ask at once: the most requests that lately waited for an answer at the same time.
//!
//! Clients that ask again as soon as they are answered are all waiting once so many requests have gathered: waiting
//! for more would be in vain.

use std::time::{Duration, Instant};

/// How long "lately" is; it is twice that just before one ends.
const LATELY: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(crate) struct Asking {
    since: Instant,
    most: usize,
    /// In the time before `since`.
    most_before: usize,
}

impl Asking {
    pub(crate) fn new(now: Instant) -> Self {
        Self { since: now, most: 0, most_before: 0 }
    }

    /// So many are waiting now.
    pub(crate) fn note(&mut self, waiting: usize, now: Instant) {
        let elapsed = now.saturating_duration_since(self.since);
        if elapsed >= LATELY {
            // After a longer pause nothing of before counts.
            self.most_before = if elapsed < LATELY * 2 { self.most } else { 0 };
            (self.most, self.since) = (0, now);
        }
        self.most = self.most.max(waiting);
    }

    /// The most that waited at once, lately.
    pub(crate) fn at_once(&self) -> usize {
        self.most.max(self.most_before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_of_the_last_moments_counts_and_is_forgotten() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let mut asking = Asking::new(began);
        asking.note(7, at(10));
        asking.note(3, at(20));
        assert_eq!(asking.at_once(), 7);
        asking.note(2, at(110));
        assert_eq!(asking.at_once(), 7, "it was lately");
        asking.note(2, at(210));
        assert_eq!(asking.at_once(), 2);
        asking.note(9, at(220));
        asking.note(1, at(900));
        assert_eq!(asking.at_once(), 1, "a pause forgets");
    }
}
