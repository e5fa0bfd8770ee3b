//! From the journal back to a writer, by the engine's own replay.

use domain::{Duration, Timestamp};
use engine::SaleTime;
use engine::recovery::{Recovered, replay};
use journal::JournalError;
use sale::{Event, Recorded, Sale};

use super::{Batch, Writer};
use crate::world::faults::Fault;
use crate::world::storage::{SALE, Skipping};
use crate::world::{Happening, World};
use crate::{Invariant, Sabotage};

impl World {
    /// A writer reads the journal and goes on.
    pub(crate) fn recovers(&mut self, epoch: u32) {
        if epoch != self.writers.current {
            return;
        }
        let fails = self.faults.strikes(Fault::ReplayFails, &mut self.dice);
        if fails || self.faults.strikes(Fault::CrashRecovering, &mut self.dice) {
            return self.takes_over_after(200, 3_000);
        }
        let use_snapshot = self.dice.chance(500);
        let recovered = match self.recover(use_snapshot) {
            Ok(Some(recovered)) => recovered,
            other => {
                let what = other.err().map_or("it is empty".into(), |error| error.to_string());
                return self.tally.report(Invariant::Replay, || format!("the journal cannot be read: {what}"));
            }
        };
        let same = recovered.sale.state_hash() == self.reader.sale.state_hash();
        self.tally.require(Invariant::Replay, same, || "a recovered writer differs from what readers saw".into());
        self.start_writer(epoch, recovered);
    }

    /// A writer begins with a mark at the end of the journal, and answers nothing before that is durable: a batch of
    /// its predecessor may still be on its way, and whoever saw that batch acknowledged must not be told less.
    fn start_writer(&mut self, epoch: u32, mut recovered: Recovered) {
        let mut open = Batch::from(recovered.sequence + 1);
        if self.sabotage != Some(Sabotage::AnswerUnmarked) {
            let event = Event::Unchanged { place: None, order: None };
            let mark = Recorded { at: recovered.sale.last_at(), key: None, event };
            recovered.sale.apply(&mark);
            open.events.push(mark);
        }
        let (now, ahead) = (self.clock.now(), self.wall_ahead_ms);
        let clock = Timestamp::from_millis(now.as_millis() + ahead);
        self.reader.starts_at(now, clock);
        let frozen = self.sabotage == Some(Sabotage::TimeStandsStill);
        self.writers.alive.push(Writer {
            epoch,
            time: (!frozen).then(SaleTime::default),
            sale: recovered.sale,
            open,
            in_flight: None,
            clock: (ahead, now),
            wake_at: None,
            paused: None,
            lease_until: None,
        });
        self.begin_commit(epoch);
        self.gateways_learn(epoch);
        // Deadlines that passed meanwhile come up at once.
        self.clock.after(Duration::from_millis(0), Happening::Wakes { epoch });
    }

    /// A snapshot that cannot be read, or does not fit the journal, is passed over: the events are the truth.
    fn recover(&self, use_snapshot: bool) -> Result<Option<Recovered>, JournalError> {
        let skipping = Skipping(std::sync::Arc::clone(&self.storage));
        let skips = self.sabotage == Some(Sabotage::SkipOnReplay);
        let journal: &dyn journal::Journal = if skips { &skipping } else { &*self.storage };
        if let Some(snapshot) = self.storage.snapshot().filter(|_| use_snapshot)
            && let Ok(sale) = Sale::from_snapshot(&snapshot.state)
            && let Ok(recovered) = replay(SALE, journal, Some(sale), snapshot.sequence)
        {
            return Ok(recovered);
        }
        replay(SALE, journal, None, 0)
    }

    /// A bit of the journal flips. Whoever reads it must notice; then somebody restores it from a copy.
    pub(super) fn flip_a_bit(&mut self) {
        let Some(bit) = self.storage.flip(&mut self.dice) else { return };
        let noticed = self.storage.scan().is_err() || replay(SALE, &*self.storage, None, 0).is_err();
        self.tally.require(Invariant::Replay, noticed, || format!("bit {bit} flipped and nobody noticed"));
        self.storage.repair(bit);
    }
}
