//! Simulated time: it passes by jumping to whatever happens next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use domain::{Duration, Timestamp};

use super::Happening;

/// The clock and everything that is going to happen.
#[derive(Default)]
pub(crate) struct Clock {
    now_ms: i64,
    scheduled: u64,
    heap: BinaryHeap<Reverse<(i64, u64, u32)>>,
    slots: Vec<Option<Happening>>,
    free: Vec<u32>,
}

impl Clock {
    /// The present instant in true time; what the clocks of processes show is another matter.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_ms)
    }

    /// Has something happen after a while. What is scheduled first happens first at the same instant.
    pub(crate) fn after(&mut self, delay: Duration, happening: Happening) {
        self.at(self.now() + delay, happening);
    }

    /// Has something happen at an instant, at the earliest now.
    pub(crate) fn at(&mut self, at: Timestamp, happening: Happening) {
        let slot = self.free.pop().unwrap_or(self.slots.len() as u32);
        match self.slots.get_mut(slot as usize) {
            Some(empty) => *empty = Some(happening),
            None => self.slots.push(Some(happening)),
        }
        self.scheduled += 1;
        self.heap.push(Reverse((at.as_millis().max(self.now_ms), self.scheduled, slot)));
    }

    /// Goes on to the next happening.
    pub(crate) fn next(&mut self) -> Option<Happening> {
        let Reverse((at, _, slot)) = self.heap.pop()?;
        self.now_ms = at;
        self.free.push(slot);
        self.slots.get_mut(slot as usize)?.take()
    }
}
