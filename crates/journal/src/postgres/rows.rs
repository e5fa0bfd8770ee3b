//! What a row of the table holds: consecutive events of one sale, as many as fit into it.
//!
//! A row costs PostgreSQL the same whatever is in it, up to some size: a place in a page, an entry in the index, a record in
//! the log. So the events of a batch share rows. The key is the sequence of a row's first event, and rows follow each
//! other without a gap: whoever goes on where the sale ends begins a row there, and of two writers who do so one collides.

use domain::SaleId;
use tokio_postgres::Row;

use super::read::{signed, small, unsigned};
use crate::chain::Tip;
use crate::{Batch, JournalError};

/// What [`unpack`] reads, in this order.
pub(super) const COLUMNS: &str = "sequence, count, checksum, payload";
/// Bytes of a row, unless a single event has more. Above about 2 kB PostgreSQL moves a value to another table, in pieces
/// (its documentation, "TOAST").
const ROW_BYTES: usize = 1_800;
/// Bytes before each event in a row: its checksum and its length, little-endian.
const HEAD_BYTES: usize = 8;

/// Rows to be written, by columns.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) sales: Vec<i64>,
    pub(super) sequences: Vec<i64>,
    pub(super) counts: Vec<i32>,
    pub(super) checksums: Vec<i64>,
    pub(super) payloads: Vec<Vec<u8>>,
}

impl Rows {
    /// Adds the events of a batch, which goes on after `tip`; gives where the sale ends then.
    ///
    /// # Errors
    /// A sequence or a length that no row can hold.
    pub(super) fn add(&mut self, batch: &Batch, mut tip: Tip) -> Result<Tip, JournalError> {
        // Whatever may be wrong is found first: a part of a batch must not be left here.
        let too_large = |_| JournalError::Storage("an event is too large for a row".into());
        let lengths: Result<Vec<u32>, _> = batch.payloads.iter().map(|payload| payload.len().try_into()).collect();
        let lengths = lengths.map_err(too_large)?;
        signed(tip.sequence + lengths.len() as u64)?;
        let mut sequence = signed(tip.sequence)?;
        let mut open = false;
        for (payload, length) in batch.payloads.iter().zip(lengths) {
            sequence += 1;
            tip = tip.after(payload);
            let fits = |row: &Vec<u8>| row.len() + HEAD_BYTES + payload.len() <= ROW_BYTES;
            if !open || !self.payloads.last().is_some_and(fits) {
                self.sales.push(i64::from(batch.sale.get()));
                self.sequences.push(sequence);
                self.counts.push(0);
                self.checksums.push(0);
                self.payloads.push(Vec::with_capacity(ROW_BYTES));
                open = true;
            }
            if let (Some(count), Some(checksum), Some(row)) =
                (self.counts.last_mut(), self.checksums.last_mut(), self.payloads.last_mut())
            {
                *count += 1;
                *checksum = i64::from(tip.checksum);
                row.extend_from_slice(&tip.checksum.to_le_bytes());
                row.extend_from_slice(&length.to_le_bytes());
                row.extend_from_slice(payload);
            }
        }
        Ok(tip)
    }
}

/// Takes the sequence, checksum and payload of an event.
pub(super) type Each<'a> = dyn FnMut(u64, u32, &[u8]) -> Result<(), JournalError> + 'a;

/// Gives every event of a row.
///
/// # Errors
/// It is not what was written, or `each` fails.
pub(super) fn unpack(sale: SaleId, row: &Row, each: &mut Each<'_>) -> Result<(), JournalError> {
    let first = unsigned(row.get(0))?;
    let (count, payload): (Option<i32>, &[u8]) = (row.get(1), row.get(3));
    match count {
        None => each(first, small(row.get(2))?, payload),
        Some(count) => {
            let mut last = None;
            unpack_events(sale, first, count, payload, &mut |sequence, checksum, event| {
                last = Some((sequence, checksum));
                each(sequence, checksum, event)
            })?;
            // What comes next is chained to this column.
            match last {
                Some((_, checksum)) if checksum == small(row.get(2))? => Ok(()),
                last => Err(JournalError::Damaged { sale, sequence: last.map_or(first, |(sequence, _)| sequence) }),
            }
        }
    }
}

fn unpack_events(
    sale: SaleId,
    first: u64,
    count: i32,
    payload: &[u8],
    each: &mut Each<'_>,
) -> Result<(), JournalError> {
    let mut rest = payload;
    let mut sequence = first;
    for _ in 0..count {
        let damaged = JournalError::Damaged { sale, sequence };
        let (checksum, length) = match (rest.first_chunk::<4>(), rest.get(4..).and_then(<[u8]>::first_chunk::<4>)) {
            (Some(checksum), Some(length)) => (u32::from_le_bytes(*checksum), u32::from_le_bytes(*length)),
            _ => return Err(damaged),
        };
        let end = usize::try_from(length).ok().and_then(|length| length.checked_add(HEAD_BYTES));
        let Some((event, after)) = end.and_then(|end| rest.split_at_checked(end)) else { return Err(damaged) };
        each(sequence, checksum, &event[HEAD_BYTES..])?;
        rest = after;
        sequence += 1;
    }
    if rest.is_empty() && count > 0 { Ok(()) } else { Err(JournalError::Damaged { sale, sequence }) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use crate::Payloads;

    const SALE: SaleId = SaleId::new(3);

    fn batch(first: u64, events: &[Vec<u8>]) -> Batch {
        let mut payloads = Payloads::default();
        events.iter().for_each(|event| payloads.push(event));
        Batch { sale: SALE, first, payloads }
    }

    fn unpacked(rows: &Rows, row: usize) -> Result<Vec<(u64, Vec<u8>)>, JournalError> {
        let mut events = Vec::new();
        let first = unsigned(rows.sequences[row]).unwrap();
        unpack_events(SALE, first, rows.counts[row], &rows.payloads[row], &mut |sequence, _, payload| {
            events.push((sequence, payload.to_vec()));
            Ok(())
        })?;
        Ok(events)
    }

    #[test]
    fn events_share_rows_and_a_large_one_has_its_own() {
        let mut events: Vec<Vec<u8>> = (0..40).map(|event| vec![event; 80]).collect();
        events.insert(20, vec![7; 9_000]);
        let mut rows = Rows::default();
        let tip = rows.add(&batch(5, &events), Tip { sequence: 4, checksum: 99 }).unwrap();
        assert_eq!(tip.sequence, 45);
        assert_eq!(rows.sequences, [5, 25, 26], "20 events of 88 bytes, the large one, the other 20");
        assert_eq!(rows.counts, [20, 1, 20]);
        assert_eq!(rows.checksums.last(), Some(&i64::from(tip.checksum)));
        let all: Vec<Vec<u8>> = (0..3).flat_map(|row| unpacked(&rows, row).unwrap()).map(|(_, event)| event).collect();
        assert_eq!(all, events);
    }

    #[test]
    fn batches_do_not_share_rows() {
        let mut rows = Rows::default();
        let tip = rows.add(&batch(1, &[b"a".to_vec(), b"b".to_vec()]), Tip::default()).unwrap();
        rows.add(&batch(3, &[b"c".to_vec()]), tip).unwrap();
        assert_eq!((rows.sequences.as_slice(), rows.counts.as_slice()), ([1, 3].as_slice(), [2, 1].as_slice()));
    }

    #[test]
    fn a_row_that_was_cut_or_grew_is_damaged() {
        let mut rows = Rows::default();
        rows.add(&batch(1, &[b"one".to_vec(), b"two".to_vec()]), Tip::default()).unwrap();
        let whole = rows.payloads[0].clone();
        for length in 0..whole.len() {
            rows.payloads[0] = whole[..length].to_vec();
            assert!(matches!(unpacked(&rows, 0), Err(JournalError::Damaged { .. })), "{length} bytes");
        }
        rows.payloads[0] = [whole.as_slice(), b"!"].concat();
        assert_eq!(unpacked(&rows, 0), Err(JournalError::Damaged { sale: SALE, sequence: 3 }));
    }
}
