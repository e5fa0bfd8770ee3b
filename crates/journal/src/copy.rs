//! Copying the events of a sale from one journal to another.

use std::sync::mpsc;

use domain::SaleId;

use crate::{Batch, Journal, JournalError, Payloads};

/// Events in one batch of a copy.
const EVENTS_MAX: usize = 2_000;
/// Bytes in one batch of a copy, after which it is sent.
const BYTES_MAX: usize = 1 << 20;

/// Where the events come from; called with the sequence after which they are wanted.
type Source<'a> = dyn FnMut(u64, &mut crate::ReplayEach<'_>) -> Result<(), JournalError> + 'a;

/// Copies what `to` does not have yet of a sale, and gives the sequence of its last event. What is there already is
/// compared first: a sale that has gone on in both places is not touched.
///
/// # Errors
/// A journal cannot be read or written, or `to` has an event that the source has not.
pub fn copy_sale(sale: SaleId, from: &mut Source<'_>, to: &dyn Journal) -> Result<u64, JournalError> {
    let mut present = 0;
    to.replay(sale, 0, &mut |sequence, _| {
        present = sequence;
        Ok(())
    })?;
    compare(sale, from, to, present)?;
    let mut open = Copy { sale, to, next: present + 1, payloads: Payloads::default(), bytes: 0, failed: None };
    let read = from(present, &mut |_, payload| open.take(payload));
    if let Some(error) = open.failed.take() {
        return Err(error);
    }
    read?;
    open.flush()?;
    Ok(open.next - 1)
}

/// The first `present` events are the same in both.
fn compare(sale: SaleId, from: &mut Source<'_>, to: &dyn Journal, present: u64) -> Result<(), JournalError> {
    if present == 0 {
        return Ok(());
    }
    let mut digest = crc32fast::Hasher::new();
    let mut last = 0;
    // Events come in order and without gaps, so equal checksums over all of them mean equal events.
    from(0, &mut |sequence, payload| {
        if sequence <= present {
            digest.update(&(payload.len() as u64).to_be_bytes());
            digest.update(payload);
            last = sequence;
        }
        Ok(())
    })?;
    let mut theirs = crc32fast::Hasher::new();
    to.replay(sale, 0, &mut |_, payload| {
        theirs.update(&(payload.len() as u64).to_be_bytes());
        theirs.update(payload);
        Ok(())
    })?;
    if last != present || digest.finalize() != theirs.finalize() {
        return Err(JournalError::Deposed { sale, sequence: present });
    }
    Ok(())
}

struct Copy<'a> {
    sale: SaleId,
    to: &'a dyn Journal,
    next: u64,
    payloads: Payloads,
    bytes: usize,
    failed: Option<JournalError>,
}

impl Copy<'_> {
    fn take(&mut self, payload: &[u8]) -> Result<(), String> {
        self.payloads.push(payload);
        self.bytes += payload.len();
        if self.payloads.len() < EVENTS_MAX && self.bytes < BYTES_MAX {
            return Ok(());
        }
        self.flush().map_err(|error| {
            let told = error.to_string();
            self.failed = Some(error);
            told
        })
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        if self.payloads.is_empty() {
            return Ok(());
        }
        let count = self.payloads.len() as u64;
        self.bytes = 0;
        let batch = Batch { sale: self.sale, first: self.next, payloads: std::mem::take(&mut self.payloads) };
        let (tell, told) = mpsc::channel();
        self.to.append(batch, Box::new(move |result| drop(tell.send(result))));
        told.recv().unwrap_or(Err(JournalError::Closed))?;
        self.next += count;
        Ok(())
    }
}
