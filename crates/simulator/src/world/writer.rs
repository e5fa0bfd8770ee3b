//! The writers of the sale: one that has the lease, and those before it that are paused or do not know yet.
//!
//! A writer decides with the real sale, encodes with the engine's own code, hands its batch to the journal, answers
//! when it is told that the batch is durable, and recovers with the engine's own replay. What the engine's thread does
//! with channels and sleeping is done here by happenings.

pub(crate) mod batch;
pub(crate) mod commit;
pub(crate) mod recovery;

use std::sync::{Arc, Mutex, PoisonError};

use domain::{Duration, Timestamp};
use engine::SaleTime;
use journal::JournalError;
use sale::{Answer, Command, Event, PlaceStage, Recorded, Rejection, Sale};

use super::faults::Fault;
use super::network::{Message, Reply};
use super::{Happening, World};
use crate::{Invariant, Sabotage};
use batch::Batch;

/// Deadlines further away than this (a year) stand still because of a pause.
const FAR_MS: i64 = 365 * 24 * 3_600_000;
/// How long a lease holds after its holder was last seen running.
pub(crate) const LEASE_MS: u32 = 5_000;
/// Of the time passed, this part at most is added to catch up with the wall clock: one in a hundred.
const SLEW_PART: i64 = 100;

/// What the journal says of a batch, to the writer of this epoch.
pub(crate) type News = Arc<Mutex<Vec<(u32, Result<(), JournalError>)>>>;

/// A process that writes, or believes to.
pub(crate) struct Writer {
    /// Grows with every start.
    pub(crate) epoch: u32,
    pub(crate) sale: Sale,
    pub(crate) open: Batch,
    /// The batch that is with the journal, under this ticket.
    pub(crate) in_flight: Option<(u64, Batch)>,
    /// `None`: its clock alone tells the time.
    time: Option<SaleTime>,
    /// How far its clock is ahead of true time, and when that was last compared with the wall clock.
    clock: (i64, Timestamp),
    wake_at: Option<Timestamp>,
    /// What happened to it while it was paused.
    paused: Option<Vec<Happening>>,
    lease_until: Option<Timestamp>,
}

impl Writer {
    /// The time of the sale by this writer's clock, which counts on and follows the wall clock slowly, forwards only.
    fn now(&mut self, true_now: Timestamp, wall_ahead_ms: i64) -> Timestamp {
        let (ahead, compared) = self.clock;
        let passed = true_now.as_millis() - compared.as_millis();
        if passed >= 1_000 {
            let gain = (wall_ahead_ms - ahead).min(passed / SLEW_PART).max(0);
            self.clock = (ahead + gain, true_now);
        }
        let clock = Timestamp::from_millis(true_now.as_millis() + self.clock.0);
        self.time.as_mut().map_or(clock, |time| time.at(&self.sale, clock))
    }

    /// Everything that was decided is durable.
    fn is_idle(&self) -> bool {
        self.in_flight.is_none() && self.open.is_empty() && self.paused.is_none()
    }
}

/// All processes that write, or believe to.
pub(crate) struct Writers {
    alive: Vec<Writer>,
    /// The epoch of the one that has the lease.
    pub(crate) current: u32,
    pub(crate) news: News,
    disk_full_until: Timestamp,
}

impl Default for Writers {
    fn default() -> Self {
        Self { alive: vec![], current: 0, news: News::default(), disk_full_until: Timestamp::from_millis(0) }
    }
}

impl Writers {
    /// The one that has the lease, if it is up.
    pub(crate) fn holder(&self) -> Option<&Writer> {
        self.alive.iter().find(|writer| writer.epoch == self.current)
    }

    /// Everything that was decided is durable, and nobody else is around.
    pub(crate) fn are_idle(&self) -> bool {
        self.alive.len() == 1 && self.holder().is_some_and(Writer::is_idle)
    }

    /// What the writer of this epoch believes.
    pub(crate) fn sale(&self, epoch: u32) -> Option<&Sale> {
        self.alive.iter().find(|writer| writer.epoch == epoch).map(|writer| &writer.sale)
    }

    fn find(&mut self, epoch: u32) -> Option<&mut Writer> {
        self.alive.iter_mut().find(|writer| writer.epoch == epoch)
    }

    /// Notes something for when a writer goes on; false if it is not paused.
    fn is_put_off(&mut self, epoch: u32, happening: Happening) -> bool {
        let paused = self.find(epoch).and_then(|writer| writer.paused.as_mut());
        paused.map(|late| late.push(happening)).is_some()
    }

    fn take_news(&self) -> Vec<(u32, Result<(), JournalError>)> {
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl World {
    /// A request reaches a writer. Nobody answers where none is up.
    pub(crate) fn arrives(&mut self, epoch: u32, message: Message) {
        if self.writers.is_put_off(epoch, Happening::Arrives { epoch, message: message.clone() }) {
            return;
        }
        if self.faults.strikes(Fault::CrashDeciding, &mut self.dice) {
            return self.crash_writer(epoch);
        }
        if self.faults.strikes(Fault::WriterPaused, &mut self.dice) {
            return self.pause_writer(epoch);
        }
        let (true_now, wall) = (self.clock.now(), self.wall_ahead_ms);
        let sabotage = self.sabotage;
        let Some(writer) = self.writers.find(epoch) else { return };
        let now = writer.now(true_now, wall);
        let outcome = writer.sale.handle(&message.request, now, &mut writer.open.events);
        if let (Command::Join { account }, Ok(Answer::Joined(_))) = (&message.request.command, &outcome) {
            writer.open.joined.push(*account);
        }
        if sabotage == Some(Sabotage::NoBuyerLimit) {
            holds_all_the_same(writer, &message.request.command, &outcome, now, self.reader.holds.len() as u32);
        }
        let Message { from: to, number, gateway, request } = message;
        let reply = Reply { to, number, gateway, request, outcome };
        if sabotage == Some(Sabotage::AnswerBeforeCommit) {
            self.reply(reply);
        } else {
            writer.open.replies.push(reply);
        }
        self.after_step(epoch);
    }

    /// A deadline, the opening or the next interval has come.
    pub(crate) fn wakes(&mut self, epoch: u32) {
        if self.writers.is_put_off(epoch, Happening::Wakes { epoch }) {
            return;
        }
        let (true_now, wall) = (self.clock.now(), self.wall_ahead_ms);
        let sabotage = self.sabotage;
        let Some(writer) = self.writers.find(epoch) else { return };
        writer.wake_at = writer.wake_at.filter(|at| *at > true_now);
        if sabotage == Some(Sabotage::SleepsOn) {
            return;
        }
        let now = writer.now(true_now, wall);
        let (sale, out) = (&mut writer.sale, &mut writer.open.events);
        sale.advance(now, out);
        if sabotage == Some(Sabotage::LetOneMoreIn) && sale.line().waiting() > 0 {
            let (through, until) = (sale.line().through_for(1), now + sale.settings().grace);
            let recorded = Recorded { at: now, key: None, event: Event::Admitted { through, until } };
            sale.apply(&recorded);
            out.push(recorded);
        }
        self.after_step(epoch);
    }

    fn after_step(&mut self, epoch: u32) {
        self.check_step(epoch);
        self.schedule_wakeup(epoch);
        self.begin_commit(epoch);
    }

    fn schedule_wakeup(&mut self, epoch: u32) {
        let (true_now, wall) = (self.clock.now(), self.wall_ahead_ms);
        let Some(writer) = self.writers.find(epoch) else { return };
        let now = writer.now(true_now, wall);
        let Some(at) = writer.sale.next_wakeup().filter(|at| at.as_millis() - now.as_millis() < FAR_MS) else { return };
        if at <= now {
            self.tally.report(Invariant::Stuck, || format!("the writer would wake for ever: {at:?} at {now:?}"));
            return;
        }
        let at = Timestamp::from_millis(true_now.as_millis() + at.as_millis() - now.as_millis());
        if writer.wake_at.is_none_or(|known| at < known) {
            writer.wake_at = Some(at);
            self.clock.at(at, Happening::Wakes { epoch });
        }
    }

    /// A process is stopped for a while, as by a debugger or a hypervisor. Its lease runs out if that takes long.
    pub(crate) fn pause_writer(&mut self, epoch: u32) {
        let until = self.clock.now() + Duration::from_millis(LEASE_MS);
        let Some(writer) = self.writers.find(epoch).filter(|writer| writer.paused.is_none()) else { return };
        writer.paused = Some(Vec::new());
        // A lease that has run out is not had again, however short the next pause is.
        writer.lease_until.get_or_insert(until);
        let pause = self.dice.span(100, 60_000);
        self.clock.after(pause, Happening::Resumes { epoch });
        let takes_over = self.dice.span(10, 3_000);
        self.clock.at(until + takes_over, Happening::LeaseEnds { epoch, until });
    }

    /// A paused process goes on, and does not know that time has passed.
    pub(crate) fn resumes(&mut self, epoch: u32) {
        let now = self.clock.now();
        let Some(writer) = self.writers.find(epoch) else { return };
        let Some(late) = writer.paused.take() else { return };
        writer.lease_until = writer.lease_until.filter(|until| *until <= now);
        late.into_iter().for_each(|happening| self.happens(happening));
    }

    /// Nobody has seen the holder of the lease for its whole time.
    pub(crate) fn lease_ends(&mut self, epoch: u32, until: Timestamp) {
        let is_away = self.writers.find(epoch).is_some_and(|it| it.paused.is_some() && it.lease_until == Some(until));
        if is_away && epoch == self.writers.current {
            self.takes_over_after(10, 500);
        }
    }

    /// A process ends; everything of it that is not with the journal is gone.
    pub(crate) fn crash_writer(&mut self, epoch: u32) {
        let Some(at) = self.writers.alive.iter().position(|writer| writer.epoch == epoch) else { return };
        self.writers.alive.remove(at);
        if epoch == self.writers.current {
            self.takes_over_after(50, 6_000);
        }
    }

    /// Every process of the engine's machine ends.
    pub(crate) fn crash_everything(&mut self) {
        self.writers.alive.clear();
        self.takes_over_after(500, 8_000);
        self.crash_saga();
        self.crash_relays();
    }

    pub(crate) fn takes_over_after(&mut self, low_ms: u32, high_ms: u32) {
        self.writers.current += 1;
        let delay = self.dice.span(low_ms, high_ms);
        self.clock.after(delay, Happening::Recovers { epoch: self.writers.current });
    }

    /// What the wall clock shows jumps; a process that is running hardly notices, the next one starts with it.
    pub(crate) fn clock_jumps(&mut self) {
        let jump = match self.dice.below(8) {
            0 => 3_600_000,
            1 => -3_600_000,
            2 => -2 * 24 * 3_600_000,
            _ => i64::from(self.dice.below(120_000)) - 60_000,
        };
        self.wall_ahead_ms += jump;
    }

    /// The faults are over: every writer is started again, with the wall clock as wrong as it has become.
    pub(crate) fn calm_writers(&mut self) {
        self.writers.disk_full_until = self.clock.now();
        self.writers.alive.clear();
        self.takes_over_after(50, 500);
    }
}

/// Sabotage: who was refused for having too many gets the seats.
fn holds_all_the_same(
    writer: &mut Writer,
    command: &Command,
    outcome: &sale::idempotency::Outcome,
    now: Timestamp,
    holds: u32,
) {
    let Command::PlaceHold { account, choice: sale::Choice::These(places) } = command else { return };
    if !matches!(outcome, Err(Rejection::BuyerLimitReached { .. })) || !writer.open.events.is_empty() {
        return;
    }
    let items = sale::Items::from(places.clone());
    let Some(place) = writer.sale.line().place_of(*account) else { return };
    let chooses = writer.sale.line().stage(place) == Some(PlaceStage::Selecting);
    if chooses && writer.sale.floor().check_free(&items, None).is_ok() {
        let event = Event::SeatsHeld { place, hold: domain::HoldNumber(holds + 1), items };
        let recorded = Recorded { at: now.max(writer.sale.last_at()), key: None, event };
        writer.sale.apply(&recorded);
        writer.open.events.push(recorded);
    }
}
