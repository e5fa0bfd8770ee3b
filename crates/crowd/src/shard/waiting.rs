//! What sockets did not take at once.

use std::collections::{HashMap, VecDeque};

use crate::frame::SharedFrame;
use crate::host::Leave;
use crate::wheel::Tick;

/// A table that has grown beyond this gives its memory back once it is empty.
const TABLE_KEPT: usize = 1_024;

/// Bytes that still have to go out.
pub(super) enum Rest {
    Shared(SharedFrame),
    Own(Box<[u8]>),
}

impl Rest {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(frame) => frame.as_bytes(),
            Self::Own(bytes) => bytes,
        }
    }
}

struct Queue {
    rests: VecDeque<Rest>,
    /// How much of the first is gone.
    gone: usize,
    /// How much is left of all.
    left: usize,
    /// When the socket last took something.
    since: Tick,
}

/// The few members whose sockets are full.
pub(super) struct Waiting {
    queues: HashMap<u32, Queue>,
    left_max: usize,
}

impl Waiting {
    pub(super) fn new(left_max: usize) -> Self {
        Self { queues: HashMap::new(), left_max }
    }

    /// Keeps what is left of a frame after so many bytes; an error if that is more than may wait.
    pub(super) fn keep(&mut self, key: u32, rest: Rest, gone: usize, tick: Tick) -> Result<(), Leave> {
        let empty = || Queue { rests: VecDeque::with_capacity(1), gone, left: 0, since: tick };
        let queue = self.queues.entry(key).or_insert_with(empty);
        let behind_others = if queue.rests.is_empty() { gone } else { 0 };
        queue.left += rest.bytes().len() - behind_others;
        queue.rests.push_back(rest);
        if queue.left > self.left_max { Err(Leave::Behind) } else { Ok(()) }
    }

    /// Sends what the socket takes. Returns how many bytes that was; all, if the member waits no longer.
    pub(super) fn drain(
        &mut self,
        key: u32,
        tick: Tick,
        mut send: impl FnMut(&[u8]) -> Result<usize, Leave>,
    ) -> Result<Drained, Leave> {
        let Some(queue) = self.queues.get_mut(&key) else { return Ok(Drained::All(0)) };
        let mut sent = 0;
        while let Some(rest) = queue.rests.front() {
            let bytes = &rest.bytes()[queue.gone..];
            let took = send(bytes)?;
            (sent, queue.left) = (sent + took, queue.left - took);
            if took > 0 {
                queue.since = tick;
            }
            if took < bytes.len() {
                queue.gone += took;
                return Ok(Drained::Some(sent));
            }
            queue.gone = 0;
            queue.rests.pop_front();
        }
        self.remove(key);
        Ok(Drained::All(sent))
    }

    /// Those whose sockets took nothing for so many ticks.
    pub(super) fn stuck(&self, tick: Tick, after: Tick) -> Vec<u32> {
        let is_stuck = |queue: &Queue| tick.saturating_sub(queue.since) >= after;
        self.queues.iter().filter(|(_, queue)| is_stuck(queue)).map(|(key, _)| *key).collect()
    }

    pub(super) fn remove(&mut self, key: u32) {
        self.queues.remove(&key);
        if self.queues.is_empty() && self.queues.capacity() > TABLE_KEPT {
            self.queues = HashMap::new();
        }
    }
}

/// What a socket took.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Drained {
    Some(usize),
    All(usize),
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]

    use super::*;

    fn own(bytes: &[u8]) -> Rest {
        Rest::Own(bytes.into())
    }

    #[test]
    fn what_waits_goes_out_in_order_and_once() {
        let (mut waiting, mut taken) = (Waiting::new(100), Vec::new());
        waiting.keep(1, own(b"abcdef"), 2, 0).unwrap();
        waiting.keep(1, Rest::Shared(SharedFrame::text("x")), 0, 0).unwrap();
        for (room, expected) in [(0, Drained::Some(0)), (3, Drained::Some(3)), (9, Drained::All(4))] {
            let mut room = room;
            let drained = waiting.drain(1, 5, |bytes| {
                let took = bytes.len().min(room);
                room -= took;
                taken.extend_from_slice(&bytes[..took]);
                Ok(took)
            });
            assert_eq!(drained, Ok(expected));
        }
        assert_eq!(taken, b"cdef\x81\x01x");
        assert!(waiting.queues.is_empty());
    }

    #[test]
    fn more_than_may_wait_is_refused() {
        let mut waiting = Waiting::new(10);
        assert_eq!(waiting.keep(1, own(&[0; 15]), 5, 0), Ok(()));
        assert_eq!(waiting.keep(1, own(&[0; 1]), 0, 0), Err(Leave::Behind));
    }

    #[test]
    fn only_progress_keeps_one_from_being_stuck() {
        let mut waiting = Waiting::new(100);
        waiting.keep(1, own(b"ab"), 0, 10).unwrap();
        waiting.keep(2, own(b"ab"), 0, 10).unwrap();
        waiting.drain(1, 20, |_| Ok(0)).unwrap();
        waiting.drain(2, 20, |_| Ok(1)).unwrap();
        assert_eq!(waiting.stuck(29, 20), []);
        assert_eq!(waiting.stuck(30, 20), [1]);
    }
}
