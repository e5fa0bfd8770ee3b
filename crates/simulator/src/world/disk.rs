//! The simulated journal: the bytes of the events, and a snapshot now and then.

use domain::Timestamp;
use sale::{Recorded, Sale};

/// The journal key `(sale, sequence)` is taken: another writer was here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occupied;

/// What survives every crash.
#[derive(Default)]
pub(crate) struct Disk {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    last_batch: usize,
    snapshot: Option<(u64, Vec<u8>)>,
}

impl Disk {
    /// How many events are durable: the sequence of the next one.
    pub(crate) fn len(&self) -> u64 {
        self.ends.len() as u64
    }

    /// Appends a whole batch, or nothing.
    ///
    /// # Errors
    /// Somebody else has written at this sequence.
    pub(crate) fn append(&mut self, first: u64, events: &[Recorded]) -> Result<(), Occupied> {
        if first != self.len() {
            return Err(Occupied);
        }
        self.last_batch = self.ends.len();
        for recorded in events {
            self.bytes = postcard::to_extend(recorded, std::mem::take(&mut self.bytes)).unwrap_or_default();
            self.ends.push(self.bytes.len());
        }
        Ok(())
    }

    /// Keeps a snapshot of the state after the first `len` events.
    pub(crate) fn keep_snapshot(&mut self, len: u64, state: Vec<u8>) {
        self.snapshot = Some((len, state));
    }

    /// Reads one event back.
    pub(crate) fn read(&self, sequence: u64) -> Option<Recorded> {
        let index = sequence as usize;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        postcard::from_bytes(self.bytes.get(start..*self.ends.get(index)?)?).ok()
    }

    /// The sale as the journal has it; from the snapshot and what follows it, or from the first event on.
    pub(crate) fn recover(&self, use_snapshot: bool) -> Option<Sale> {
        let (mut sale, from) = match &self.snapshot {
            Some((len, state)) if use_snapshot && *len <= self.len() => (Sale::from_snapshot(state).ok()?, *len),
            _ => (Sale::from_created(&self.read(0)?)?, 1),
        };
        for sequence in from..self.len() {
            sale.apply(&self.read(sequence)?);
        }
        Some(sale)
    }

    /// The last events, for a failure's report.
    pub(crate) fn tail(&self, count: u64) -> Vec<(u64, Timestamp, String)> {
        let events = (self.len().saturating_sub(count)..self.len()).filter_map(|at| Some((at, self.read(at)?)));
        events.map(|(at, recorded)| (at, recorded.at, format!("{:?}", recorded.event))).collect()
    }

    /// A disk that lied about its last batch.
    pub(crate) fn forget_last_batch(&mut self) {
        self.truncate(self.last_batch);
    }

    /// A journal without its key.
    pub(crate) fn overwrite(&mut self, first: u64, events: &[Recorded]) {
        self.truncate(first as usize);
        let _ = self.append(first, events);
    }

    fn truncate(&mut self, len: usize) {
        // The first event, which makes the sale, always stays.
        self.ends.truncate(len.max(1));
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
        self.last_batch = self.ends.len();
    }
}
