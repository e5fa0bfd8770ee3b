//! The writer: decides, commits in groups, answers after the commit, and recovers by replay.

use domain::{AccountId, Duration, Timestamp};
use sale::{Answer, Command, Event, Recorded, Sale};

use super::faults::Fault;
use super::network::{Message, Reply};
use super::{Happening, World};
use crate::{Invariant, Sabotage};

/// Deadlines further away than this (a year) stand still because of a pause.
const FAR_MS: i64 = 365 * 24 * 3_600_000;

/// Commands that shared a commit.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The sequence of its first event.
    first: u64,
    events: Vec<Recorded>,
    replies: Vec<Reply>,
    /// Who was given a place, in the order in which the requests arrived.
    joined: Vec<AccountId>,
}

impl Batch {
    fn from(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.replies.is_empty()
    }

    fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }
}

/// The writer of the sale.
#[derive(Default)]
pub(crate) struct Writer {
    /// The state with everything decided; `None` while the writer is down.
    pub(crate) sale: Option<Sale>,
    /// Grows with every crash; what belongs to an earlier writer is void.
    epoch: u32,
    open: Batch,
    in_flight: Option<Batch>,
    /// Batches of deposed writers that may still reach the disk.
    stale: Vec<(u32, Batch)>,
    wake_at: Option<Timestamp>,
}

impl Writer {
    /// Everything that was decided is durable.
    pub(crate) fn is_idle(&self) -> bool {
        self.sale.is_some() && self.in_flight.is_none() && self.open.is_empty() && self.stale.is_empty()
    }
}

impl World {
    /// A request reaches the writer. Nobody answers while it is down.
    pub(crate) fn arrives(&mut self, message: Message) {
        let now = self.clock.now();
        let Some(sale) = self.writer.sale.as_mut() else { return };
        let outcome = sale.handle(&message.request, now, &mut self.writer.open.events);
        if let (Command::Join { account }, Ok(Answer::Joined(_))) = (&message.request.command, &outcome) {
            self.writer.open.joined.push(*account);
        }
        let Message { from: to, number, request } = message;
        let reply = Reply { to, number, request, outcome };
        if self.sabotage == Some(Sabotage::AnswerBeforeCommit) {
            self.reply(reply);
        } else {
            self.writer.open.replies.push(reply);
        }
        self.after_step();
    }

    /// A deadline, the opening or the next interval has come.
    pub(crate) fn wakes(&mut self, epoch: u32) {
        if epoch != self.writer.epoch {
            return;
        }
        let now = self.clock.now();
        self.writer.wake_at = self.writer.wake_at.filter(|at| *at > now);
        if let Some(sale) = self.writer.sale.as_mut() {
            let out = &mut self.writer.open.events;
            sale.advance(now, out);
            if self.sabotage == Some(Sabotage::LetOneMoreIn) && sale.line().waiting() > 0 {
                let (through, until) = (sale.line().through_for(1), now + sale.settings().grace);
                let recorded = Recorded { at: now, key: None, event: Event::Admitted { through, until } };
                sale.apply(&recorded);
                out.push(recorded);
            }
            self.after_step();
        }
    }

    fn after_step(&mut self) {
        self.check_step();
        self.schedule_wakeup();
        if self.writer.in_flight.is_none() {
            self.begin_commit();
        }
    }

    fn schedule_wakeup(&mut self) {
        let now = self.clock.now();
        let next = self.writer.sale.as_mut().and_then(Sale::next_wakeup);
        let Some(at) = next.filter(|at| at.as_millis() - now.as_millis() < FAR_MS) else { return };
        if at <= now {
            self.tally.report(Invariant::Stuck, || format!("the writer would wake for ever: {at:?} at {now:?}"));
        } else if self.writer.wake_at.is_none_or(|known| at < known) {
            self.writer.wake_at = Some(at);
            self.clock.at(at, Happening::Wakes { epoch: self.writer.epoch });
        }
    }

    fn begin_commit(&mut self) {
        if self.writer.open.is_empty() {
            return;
        }
        if self.sabotage == Some(Sabotage::ReorderArrivals) {
            for recorded in &mut self.writer.open.events {
                if let Event::Joined { accounts, .. } | Event::LobbyJoined { accounts } = &mut recorded.event {
                    accounts.reverse();
                }
            }
        }
        let next = Batch::from(self.writer.open.end());
        self.writer.in_flight = Some(std::mem::replace(&mut self.writer.open, next));
        let slow = self.faults.strikes(Fault::DiskSlow, &mut self.dice);
        let delay = if slow { self.dice.span(500, 5_000) } else { self.dice.span(1, 12) };
        self.clock.after(delay, Happening::Commits { epoch: self.writer.epoch });
    }

    /// The disk is done with a batch, if nothing went wrong.
    pub(crate) fn commits(&mut self, epoch: u32) {
        if epoch != self.writer.epoch {
            return self.stale_commits(epoch);
        }
        if self.faults.strikes(Fault::CrashLost, &mut self.dice)
            || self.faults.strikes(Fault::DiskError, &mut self.dice)
        {
            // After a failed fsync nobody knows what is on the disk: stop and recover, never try again.
            self.writer.in_flight = None;
            return self.crash_writer();
        }
        let Some(batch) = self.writer.in_flight.take() else { return };
        if self.faults.strikes(Fault::WriterDeposed, &mut self.dice) {
            let delay = self.dice.span(1, 8_000);
            self.clock.after(delay, Happening::Commits { epoch });
            self.writer.stale.push((epoch, batch));
            return self.crash_writer();
        }
        let answers = !self.faults.strikes(Fault::CrashUnanswered, &mut self.dice);
        if !self.land(batch, answers) || !answers {
            return self.crash_writer();
        }
        self.begin_commit();
    }

    /// A batch of a writer that has been replaced reaches the disk: it counts only if nobody wrote there.
    fn stale_commits(&mut self, epoch: u32) {
        let Some(at) = self.writer.stale.iter().position(|(of, _)| *of == epoch) else { return };
        let (_, batch) = self.writer.stale.remove(at);
        if self.sabotage == Some(Sabotage::NoFence) && batch.first < self.disk.len() {
            self.disk.overwrite(batch.first, &batch.events);
            return self.reader_applies(batch.first, &batch.events);
        }
        let taken = batch.first < self.disk.len();
        let landed = self.land(batch, true);
        self.tally.require(Invariant::Fence, !(taken && landed), || "a replaced writer overwrote its successor".into());
    }

    /// Appends a batch; what is durable is read, and its answers leave.
    fn land(&mut self, batch: Batch, answers: bool) -> bool {
        if self.disk.append(batch.first, &batch.events).is_err() {
            return false;
        }
        self.check_arrival_order(&batch.events, &batch.joined);
        self.reader_applies(batch.first, &batch.events);
        if answers {
            batch.replies.into_iter().for_each(|reply| self.reply(reply));
        }
        if self.dice.chance(2) {
            self.disk.keep_snapshot(self.disk.len(), self.reader.sale.to_snapshot());
        }
        true
    }

    /// The writer stops; everything that is not durable is gone.
    pub(crate) fn crash_writer(&mut self) {
        let writer = &mut self.writer;
        writer.epoch += 1;
        writer.sale = None;
        writer.in_flight = None;
        writer.open = Batch::default();
        writer.wake_at = None;
        if self.sabotage == Some(Sabotage::ForgetDurableBatch) && self.dice.chance(500) {
            self.disk.forget_last_batch();
        }
        let delay = self.dice.span(50, 4_000);
        self.clock.after(delay, Happening::Recovers { epoch: self.writer.epoch });
    }

    /// A writer reads the journal and goes on.
    pub(crate) fn recovers(&mut self, epoch: u32) {
        if epoch != self.writer.epoch {
            return;
        }
        let use_snapshot = self.dice.chance(500);
        let Some(sale) = self.disk.recover(use_snapshot) else {
            return self.tally.report(Invariant::Replay, || "the journal cannot be read".into());
        };
        let same = sale.state_hash() == self.reader.sale.state_hash();
        self.tally.require(Invariant::Replay, same, || "a recovered writer differs from what readers saw".into());
        self.writer.open = Batch::from(self.disk.len());
        self.writer.sale = Some(sale);
        // Deadlines that passed meanwhile come up at once.
        self.clock.after(Duration::from_millis(0), Happening::Wakes { epoch });
    }
}
