//! What is kept of a member.

use std::net::TcpStream;

use crate::wheel::{NEVER, Tick};

/// An entry in the slab: all that a quiet member owns.
pub(super) struct Slot<M> {
    pub(super) socket: TcpStream,
    pub(super) generation: u32,
    /// When a whole frame last came; a client that sends a byte now and then has said nothing.
    pub(super) heard: Tick,
    /// When the host is asked, or, once it is leaving, when it is let go.
    pub(super) due: Tick,
    /// When the wheel comes up for it; never later than due.
    pub(super) armed: Tick,
    window: Tick,
    said: u16,
    pub(super) stage: Stage,
    /// Part of a frame was read and is kept aside.
    pub(super) halved: bool,
    /// Something waits for its socket.
    pub(super) waits: bool,
    /// A broadcast passed it by.
    pub(super) missed: bool,
    /// It is spared broadcasts for now.
    pub(super) quiet: bool,
    pub(super) member: M,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    /// Goodbye was said, and the host has been told.
    Leaving,
}

impl<M> Slot<M> {
    pub(super) fn new(socket: TcpStream, generation: u32, member: M, tick: Tick) -> Self {
        Self {
            socket,
            generation,
            heard: tick,
            due: tick,
            armed: NEVER,
            window: tick,
            said: 0,
            stage: Stage::Open,
            halved: false,
            waits: false,
            missed: false,
            quiet: false,
            member,
        }
    }

    /// From now on it is only waited for; what it still sends is counted anew.
    pub(super) fn begin_leaving(&mut self, tick: Tick) {
        (self.stage, self.window, self.said) = (Stage::Leaving, tick, 0);
    }

    /// Counts a frame; false if that was too many.
    pub(super) fn may_say(&mut self, tick: Tick, most: u16, window: Tick) -> bool {
        if tick - self.window >= window {
            (self.window, self.said) = (tick, 0);
        }
        self.said = self.said.saturating_add(1);
        self.said <= most
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]

    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Option<Slot<u64>>>() <= 40, "{}", size_of::<Option<Slot<u64>>>());
    }

    #[test]
    fn frames_are_counted_per_window() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut slot = Slot::new(socket, 0, (), 100);
        assert!((0..3).all(|_| slot.may_say(109, 3, 10)));
        assert!(!slot.may_say(109, 3, 10));
        assert!(slot.may_say(110, 3, 10));
    }
}
