//! Relays that carry what is durable to readers elsewhere: at least once, in order, each with a cursor of its own.
//!
//! A relay reads after its cursor, delivers, waits for the receipt, and only then keeps the new cursor. A reader applies
//! what it has not seen: what comes again is known by its sequence.

use domain::Duration;

use super::faults::Fault;
use super::{Happening, World};
use crate::{Invariant, Sabotage};

/// How many relays and readers there are.
const RELAYS: usize = 2;
/// Events in one delivery.
const EVENTS_MAX: usize = 64;
/// A receipt that does not come in this time will not come.
const PATIENCE: Duration = Duration::from_secs(2);

/// A relay and the reader behind it.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    epoch: u32,
    /// Its latest appointment; earlier ones are void.
    turn: u32,
    /// What it has kept: every event up to here was delivered.
    cursor: u64,
    is_waiting: bool,
    /// What the reader has: the checksum of each event, in order.
    seen: Vec<u32>,
}

impl Relay {
    /// Every event was delivered and applied.
    fn is_done(&self, len: u64) -> bool {
        self.seen.len() as u64 == len && self.cursor == len
    }
}

/// All relays.
pub(crate) fn relays() -> Vec<Relay> {
    (0..RELAYS).map(|_| Relay::default()).collect()
}

impl World {
    /// Something new is durable.
    pub(crate) fn relays_hear(&mut self) {
        for index in 0..self.relays.len() as u32 {
            let relay = &mut self.relays[index as usize];
            if !relay.is_waiting {
                relay.is_waiting = true;
                let delay = self.dice.span(1, 200);
                self.relay_turns_after(index, delay);
            }
        }
    }

    fn relay_turns_after(&mut self, index: u32, delay: Duration) {
        let relay = &mut self.relays[index as usize];
        relay.turn += 1;
        self.clock.after(delay, Happening::RelayTurns { index, turn: relay.turn });
    }

    /// A relay reads on and delivers.
    pub(crate) fn relay_turns(&mut self, index: u32, turn: u32) {
        let (len, skips) = (self.storage.len(), self.sabotage == Some(Sabotage::CursorFirst));
        let relay = &mut self.relays[index as usize];
        if relay.turn != turn {
            return;
        }
        relay.is_waiting = relay.cursor < len;
        if !relay.is_waiting {
            return;
        }
        let (first, checksums) = (relay.cursor + 1, self.storage.checksums(relay.cursor, EVENTS_MAX));
        if skips {
            relay.cursor += checksums.len() as u64;
        }
        let epoch = relay.epoch;
        self.deliver(index, epoch, first, checksums);
        self.relay_turns_after(index, PATIENCE);
    }

    fn deliver(&mut self, index: u32, epoch: u32, first: u64, checksums: Vec<u32>) {
        if self.faults.strikes(Fault::DeliveryDuplicated, &mut self.dice) {
            let (delay, checksums) = (self.dice.span(10, 60_000), checksums.clone());
            self.clock.after(delay, Happening::Delivered { index, epoch, first, checksums });
        }
        if !self.faults.strikes(Fault::DeliveryLost, &mut self.dice) {
            let delay = self.dice.span(1, 60);
            self.clock.after(delay, Happening::Delivered { index, epoch, first, checksums });
        }
    }

    /// A delivery reaches a reader.
    pub(crate) fn delivered(&mut self, index: u32, epoch: u32, first: u64, checksums: &[u32]) {
        let seen = &mut self.relays[index as usize].seen;
        let next = seen.len() as u64 + 1;
        self.tally.require(Invariant::Feed, first <= next, || {
            format!("reader {index} was given event {first}, {next} was next")
        });
        for (sequence, checksum) in (first..).zip(checksums) {
            let same = seen.get(sequence as usize - 1).is_none_or(|known| known == checksum);
            self.tally.require(Invariant::Feed, same, || format!("reader {index} was given two events {sequence}"));
            if sequence == seen.len() as u64 + 1 {
                seen.push(*checksum);
            }
        }
        if !self.faults.strikes(Fault::DeliveryLost, &mut self.dice) {
            let (delay, through) = (self.dice.span(1, 60), first + checksums.len() as u64 - 1);
            self.clock.after(delay, Happening::Receipt { index, epoch, through });
        }
    }

    /// A receipt reaches its relay, which keeps the cursor and goes on.
    pub(crate) fn receipt(&mut self, index: u32, epoch: u32, through: u64) {
        if self.faults.strikes(Fault::RelayCrash, &mut self.dice) {
            return self.crash_relay(index);
        }
        let relay = &mut self.relays[index as usize];
        if relay.epoch == epoch && through > relay.cursor {
            relay.cursor = through;
            self.relay_turns_after(index, Duration::from_millis(1));
        }
    }

    fn crash_relay(&mut self, index: u32) {
        let relay = &mut self.relays[index as usize];
        relay.epoch += 1;
        relay.is_waiting = true;
        let delay = self.dice.span(50, 5_000);
        self.relay_turns_after(index, delay);
    }

    /// All relays stop, and start again with the cursors they kept.
    pub(crate) fn crash_relays(&mut self) {
        (0..self.relays.len() as u32).for_each(|index| self.crash_relay(index));
    }

    /// In the end every reader has every event.
    pub(crate) fn check_relays(&mut self) {
        let (len, all) = (self.storage.len(), self.storage.checksums(0, usize::MAX));
        for index in 0..self.relays.len() {
            let relay = &self.relays[index];
            let done = relay.is_done(len) && relay.seen == all;
            let what = format!("reader {index} has {} events of {len}, cursor {}", relay.seen.len(), relay.cursor);
            self.tally.require(Invariant::Feed, done, || what);
        }
    }
}
