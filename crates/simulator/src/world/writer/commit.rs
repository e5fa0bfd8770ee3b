//! From what was decided to what is durable, and only then to the answers.

use std::sync::{Arc, PoisonError};

use journal::{Journal, JournalError};
use sale::Event;

use super::{Batch, World};
use crate::world::Happening;
use crate::world::faults::Fault;
use crate::world::storage::{Fate, SALE, Snapshot};
use crate::{Invariant, Sabotage};

impl World {
    /// Hands what was decided to the journal, or answers at once if nothing has changed.
    pub(super) fn begin_commit(&mut self, epoch: u32) {
        let reorders = self.sabotage == Some(Sabotage::ReorderArrivals);
        let Some(writer) = self.writers.find(epoch).filter(|writer| writer.in_flight.is_none()) else { return };
        if writer.open.events.is_empty() {
            let replies = std::mem::take(&mut writer.open.replies);
            if !replies.is_empty() {
                self.answer_unchanged(epoch, replies);
            }
            return;
        }
        if reorders {
            for recorded in &mut writer.open.events {
                if let Event::Joined { accounts, .. } | Event::LobbyJoined { accounts } = &mut recorded.event {
                    accounts.reverse();
                }
            }
        }
        let next = Batch::from(writer.open.end());
        let batch = std::mem::replace(&mut writer.open, next);
        let Ok(encoded) = batch.encode() else {
            return self.tally.report(Invariant::Replay, || "an event cannot be encoded".into());
        };
        let news = Arc::clone(&self.writers.news);
        let tell = move |result| news.lock().unwrap_or_else(PoisonError::into_inner).push((epoch, result));
        self.storage.append(encoded, Box::new(tell));
        let ticket = self.storage.ticket();
        self.check_arrival_order(&batch.events, &batch.joined);
        if let Some(writer) = self.writers.find(epoch) {
            writer.in_flight = Some((ticket, batch));
        }
        let slow = self.faults.strikes(Fault::DiskSlow, &mut self.dice);
        let delay = if slow { self.dice.span(500, 5_000) } else { self.dice.span(1, 12) };
        self.clock.after(delay, Happening::Commits { epoch, ticket, is_late: false });
    }

    /// What needs no commit needs the lease: a writer that may have been replaced knows nothing for sure.
    fn answer_unchanged(&mut self, epoch: u32, replies: Vec<crate::world::network::Reply>) {
        let has_lease = self.writers.find(epoch).is_some_and(|writer| writer.lease_until.is_none());
        if !has_lease && self.sabotage != Some(Sabotage::StaleAnswers) {
            return;
        }
        let is_current = epoch == self.writers.current;
        let next = self.writers.find(epoch).map_or(0, |writer| writer.open.first);
        let durable = self.storage.len();
        self.tally.require(Invariant::Fence, next > durable || !is_current, || {
            format!("writer {epoch} answered from the state before event {next}, {durable} are durable")
        });
        self.tally.require(Invariant::Fence, is_current, || format!("writer {epoch} answered after it was replaced"));
        replies.into_iter().for_each(|reply| self.reply(reply));
    }

    /// The journal comes to a batch.
    pub(crate) fn commits(&mut self, epoch: u32, ticket: u64, is_late: bool) {
        let strikes = |world: &mut Self, fault| world.faults.strikes(fault, &mut world.dice);
        if strikes(self, Fault::ClockJump) {
            self.clock_jumps();
        }
        if !is_late && strikes(self, Fault::CrashLost) {
            self.storage.cancel(ticket);
            return self.crash_writer(epoch);
        }
        if !is_late && strikes(self, Fault::BatchLate) {
            let delay = self.dice.span(1, 9_000);
            self.clock.after(delay, Happening::Commits { epoch, ticket, is_late: true });
            return self.crash_writer(epoch);
        }
        if strikes(self, Fault::PowerCut) {
            return self.power_cut(ticket);
        }
        let fate = self.fate();
        let landed = self.storage.finish(ticket, fate);
        if let Some(first) = landed {
            self.lands(first);
        }
        if strikes(self, Fault::WriterPaused) {
            self.pause_writer(epoch);
        }
        if strikes(self, Fault::CrashUnanswered) {
            self.crash_writer(epoch);
        }
        for (epoch, result) in self.writers.take_news() {
            self.committed(epoch, result);
        }
        if landed.is_some() && strikes(self, Fault::BitFlip) {
            self.flip_a_bit();
        }
    }

    fn fate(&mut self) -> Fate {
        let now = self.clock.now();
        if self.faults.strikes(Fault::DiskFull, &mut self.dice) {
            self.writers.disk_full_until = now + self.dice.span(1_000, 30_000);
        }
        if now < self.writers.disk_full_until {
            return Fate::Lost;
        }
        if self.faults.strikes(Fault::CommitUnknown, &mut self.dice) {
            return Fate::Kept;
        }
        if !self.faults.strikes(Fault::SyncFails, &mut self.dice) {
            return Fate::Durable;
        }
        if self.sabotage == Some(Sabotage::RetrySync) {
            return Fate::Pretended;
        }
        // After a failed sync nobody knows what is on the disk: stop and recover, never try again.
        if self.dice.chance(500) { Fate::Kept } else { Fate::Lost }
    }

    /// A batch is durable, whoever knows of it.
    fn lands(&mut self, first: u64) {
        let expected = self.reader.applied() + 1;
        self.tally.require(Invariant::Fence, first == expected, || {
            format!("a batch from {first} was taken, {expected} was next: a replaced writer overwrote its successor")
        });
        if first == expected {
            self.reader_catches_up();
        }
        if self.dice.chance(2) {
            let mut state = self.reader.sale.to_snapshot();
            if self.faults.strikes(Fault::SnapshotTorn, &mut self.dice) {
                state.truncate(self.dice.below(state.len() as u32) as usize);
            }
            self.storage.keep_snapshot(Snapshot { sequence: self.reader.applied(), state });
        }
    }

    /// A writer hears what became of its batch.
    pub(crate) fn committed(&mut self, epoch: u32, result: Result<(), JournalError>) {
        if self.writers.is_put_off(epoch, Happening::Committed { epoch, result: result.clone() }) {
            return;
        }
        let Some(batch) = self.writers.find(epoch).and_then(|writer| writer.in_flight.take()) else { return };
        match result {
            Ok(()) => {
                batch.1.replies.into_iter().for_each(|reply| self.reply(reply));
                self.begin_commit(epoch);
            }
            // What was decided on top of it is void. The holder of the lease reads the journal again, also when it was
            // a late batch of its predecessor that took its sequence; anybody else ends.
            Err(_) => self.fails(epoch),
        }
    }

    fn fails(&mut self, epoch: u32) {
        let is_current = epoch == self.writers.current;
        self.writers.alive.retain(|writer| writer.epoch != epoch);
        if is_current {
            self.takes_over_after(200, 400);
        }
    }

    fn power_cut(&mut self, ticket: u64) {
        let cut = self.storage.power_cut(ticket, &mut self.dice);
        self.tally.require(Invariant::Replay, cut.is_ok(), || format!("after a power cut: {cut:?}"));
        let (durable, seen) = (journal_len(self), self.reader.applied());
        self.tally.require(Invariant::Acknowledged, durable >= seen, || {
            format!("{seen} events were durable, {durable} are left after a power cut")
        });
        self.crash_everything();
        self.reader_catches_up();
    }
}

fn journal_len(world: &World) -> u64 {
    let mut last = 0;
    let read = world.storage.replay(SALE, 0, &mut |sequence, _| {
        last = sequence;
        Ok(())
    });
    read.map_or(0, |()| last)
}
