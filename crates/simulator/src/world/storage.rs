//! The simulated journal: the trait of the real ones over the simulated disk. Whoever appends is told when the world
//! says so, and what became of the batch is up to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{SaleId, Timestamp};
use journal::{Batch, Done, Journal, JournalError, ReplayEach};
use sale::Recorded;

use super::device::Device;
use super::dice::Dice;
use super::frames::{self, Row};

/// The one sale of an evening.
pub(crate) const SALE: SaleId = SaleId::new(1);

/// What becomes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Written, synced, told so.
    Durable,
    /// An error, and nothing of it is there.
    Lost,
    /// An error, and it is there all the same: the connection broke in the commit, or the sync failed late.
    Kept,
    /// A sync that failed, was tried again and then succeeded, with nothing behind it. Only as sabotage.
    Pretended,
}

/// A snapshot beside the journal.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) sequence: u64,
    pub(crate) state: Vec<u8>,
}

/// What survives every crash.
#[derive(Default)]
pub(crate) struct Storage(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    device: Device,
    rows: Vec<Row>,
    last_frame: usize,
    waiting: Vec<(u64, Batch, Done)>,
    tickets: u64,
    snapshot: Option<Snapshot>,
    /// Sabotage: batches go to the end, whatever their sequence says.
    has_no_key: bool,
    /// Sabotage: nothing is ever synced.
    never_syncs: bool,
}

impl Inner {
    fn checksum(&self, sequence: u64) -> u32 {
        sequence.checked_sub(1).and_then(|index| self.rows.get(index as usize)).map_or(0, |row| row.checksum)
    }

    fn payload(&self, row: &Row) -> &[u8] {
        self.device.bytes().get(row.start..row.start + row.len).unwrap_or_default()
    }

    fn check_key(&self, batch: &Batch) -> Result<(), JournalError> {
        let (sale, expected) = (batch.sale, self.rows.len() as u64 + 1);
        match batch.first {
            first if first == expected || self.has_no_key => Ok(()),
            first if first < expected => Err(JournalError::Deposed { sale, sequence: first }),
            found => Err(JournalError::Gap { sale, expected, found }),
        }
    }

    fn write(&mut self, batch: &Batch) {
        let start = self.device.bytes().len();
        let frame = frames::frame(batch.first, &batch.payloads, self.checksum(self.rows.len() as u64));
        self.device.write(&frame);
        if frames::read(self.device.bytes(), start, &mut self.rows).is_some() {
            self.last_frame = start;
        }
    }
}

impl Storage {
    /// A journal with these ways of being broken.
    pub(crate) fn new(has_no_key: bool, never_syncs: bool) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Inner { has_no_key, never_syncs, ..Inner::default() })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many events are there: the sequence of the last.
    pub(crate) fn len(&self) -> u64 {
        self.inner().rows.len() as u64
    }

    /// The number under which the batch that was appended last waits.
    pub(crate) fn ticket(&self) -> u64 {
        self.inner().tickets
    }

    /// A batch never gets there: its sender died first.
    pub(crate) fn cancel(&self, ticket: u64) {
        self.inner().waiting.retain(|(of, ..)| *of != ticket);
    }

    /// Everything so far is safe.
    pub(crate) fn synced(&self) {
        self.inner().device.sync();
    }

    /// What became of a batch. The first sequence of it, if it is there now.
    pub(crate) fn finish(&self, ticket: u64, fate: Fate) -> Option<u64> {
        let mut inner = self.inner();
        let at = inner.waiting.iter().position(|(of, ..)| *of == ticket)?;
        let (_, batch, done) = inner.waiting.swap_remove(at);
        let storage = || Err(JournalError::Storage("simulated".into()));
        let (landed, result) = match (inner.check_key(&batch), fate) {
            (Err(error), _) => (false, Err(error)),
            (Ok(()), Fate::Lost) => (false, storage()),
            (Ok(()), Fate::Pretended) => (false, Ok(())),
            (Ok(()), Fate::Durable) => (true, Ok(())),
            (Ok(()), Fate::Kept) => (true, storage()),
        };
        if landed {
            inner.write(&batch);
            if !inner.never_syncs {
                inner.device.sync();
            }
        }
        drop(inner);
        done(result);
        landed.then_some(batch.first)
    }

    /// The power goes while a batch is being written: its frame may be whole, torn or missing.
    pub(crate) fn power_cut(&self, ticket: u64, dice: &mut Dice) -> Result<(), String> {
        let mut inner = self.inner();
        if let Some((_, batch, _)) = inner.waiting.iter().find(|(of, ..)| *of == ticket)
            && inner.check_key(batch).is_ok()
        {
            let frame = frames::frame(batch.first, &batch.payloads, inner.checksum(inner.rows.len() as u64));
            inner.device.write(&frame);
        }
        inner.waiting.clear();
        inner.device.power_cut(dice);
        let found = frames::scan(inner.device.bytes())?;
        inner.device.truncate(found.end);
        (inner.rows, inner.last_frame) = (found.rows, found.last_frame);
        Ok(())
    }

    /// Flips a bit of what has been there for some time; which one. Flipping it again repairs it.
    pub(crate) fn flip(&self, dice: &mut Dice) -> Option<u64> {
        let mut inner = self.inner();
        let bits = (inner.last_frame as u64 * 8).min(u64::from(u32::MAX)) as u32;
        let bit = (bits > 0).then(|| u64::from(dice.below(bits)))?;
        inner.device.flip(bit);
        Some(bit)
    }

    /// Somebody restored the file from a copy.
    pub(crate) fn repair(&self, bit: u64) {
        self.inner().device.flip(bit);
    }

    /// Whether a start would notice that the file is damaged.
    pub(crate) fn scan(&self) -> Result<(), String> {
        frames::scan(self.inner().device.bytes()).map(drop)
    }

    /// Keeps a snapshot.
    pub(crate) fn keep_snapshot(&self, snapshot: Snapshot) {
        self.inner().snapshot = Some(snapshot);
    }

    /// The snapshot, if there is one.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        self.inner().snapshot.clone()
    }

    /// The checksums of the events after a sequence, so many at most: what a relay sends.
    pub(crate) fn checksums(&self, after: u64, most: usize) -> Vec<u32> {
        self.inner().rows.iter().skip(after as usize).take(most).map(|row| row.checksum).collect()
    }

    /// The last events, for a failure's report.
    pub(crate) fn tail(&self, count: u64) -> Vec<(u64, Timestamp, String)> {
        let mut tail = Vec::new();
        let _ = self.replay(SALE, self.len().saturating_sub(count), &mut |sequence, payload| {
            let recorded: Recorded = postcard::from_bytes(payload).map_err(|error| error.to_string())?;
            tail.push((sequence, recorded.at, format!("{:?}", recorded.event)));
            Ok(())
        });
        tail
    }
}

impl Journal for Storage {
    fn append(&self, batch: Batch, done: Done) {
        let mut inner = self.inner();
        inner.tickets += 1;
        let ticket = inner.tickets;
        inner.waiting.push((ticket, batch, done));
    }

    fn replay(&self, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError> {
        let inner = self.inner();
        if after > inner.rows.len() as u64 {
            return Err(JournalError::Gap { sale, expected: after, found: after + 1 });
        }
        let mut checksum = inner.checksum(after);
        for (index, row) in inner.rows.iter().enumerate().skip(after as usize) {
            let (sequence, payload) = (index as u64 + 1, inner.payload(row));
            checksum = frames::chain(checksum, payload);
            if checksum != row.checksum {
                return Err(JournalError::Damaged { sale, sequence });
            }
            each(sequence, payload).map_err(|detail| JournalError::Unreadable { sale, sequence, detail })?;
        }
        Ok(())
    }

    fn sales(&self) -> Result<Vec<SaleId>, JournalError> {
        Ok(vec![SALE])
    }
}

/// Sabotage: a replay that passes over an event now and then.
pub(crate) struct Skipping(pub(crate) Arc<Storage>);

impl Journal for Skipping {
    fn append(&self, batch: Batch, done: Done) {
        self.0.append(batch, done);
    }

    fn replay(&self, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError> {
        self.0.replay(sale, after, &mut |sequence, payload| match sequence % 53 {
            0 => Ok(()),
            _ => each(sequence, payload),
        })
    }

    fn sales(&self) -> Result<Vec<SaleId>, JournalError> {
        self.0.sales()
    }
}
