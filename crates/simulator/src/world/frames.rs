//! The form of the journal on the simulated disk: one frame per batch, and in it one row per event.
//!
//! A frame is its mark, the length and the CRC-32 of its body; the body is the first sequence, the number of rows, and
//! for each row its length, its checksum and the event. A row's checksum is that of the real journals: CRC-32 over the
//! one before it and the event.

use journal::Payloads;

const MARK: [u8; 4] = *b"OSJ1";
const HEAD: usize = 12;

/// Where an event is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) start: usize,
    pub(crate) len: usize,
    pub(crate) checksum: u32,
}

/// What was found on a disk.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) rows: Vec<Row>,
    /// The end of the last whole frame, and the start of that frame.
    pub(crate) end: usize,
    pub(crate) last_frame: usize,
}

/// The checksum of an event after the one with this checksum.
pub(crate) fn chain(before: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(before);
    hasher.update(payload);
    hasher.finalize()
}

/// A batch as a frame.
pub(crate) fn frame(first: u64, payloads: &Payloads, mut checksum: u32) -> Vec<u8> {
    let mut frame = Vec::with_capacity(256);
    frame.extend_from_slice(&MARK);
    frame.extend_from_slice(&[0; 8]);
    frame.extend_from_slice(&first.to_le_bytes());
    frame.extend_from_slice(&(payloads.len() as u32).to_le_bytes());
    for payload in payloads.iter() {
        checksum = chain(checksum, payload);
        frame.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        frame.extend_from_slice(&checksum.to_le_bytes());
        frame.extend_from_slice(payload);
    }
    let (length, sum) = ((frame.len() - HEAD) as u32, crc32fast::hash(&frame[HEAD..]));
    frame[4..8].copy_from_slice(&length.to_le_bytes());
    frame[8..12].copy_from_slice(&sum.to_le_bytes());
    frame
}

/// Reads every frame. A last one that is not whole was never acknowledged and is left out.
///
/// # Errors
/// A frame is not whole and others follow it: what follows was acknowledged, so nothing may be left out.
pub(crate) fn scan(bytes: &[u8]) -> Result<Scanned, String> {
    let mut found = Scanned { rows: vec![], end: 0, last_frame: 0 };
    while found.end < bytes.len() {
        let Some(end) = read(bytes, found.end, &mut found.rows) else {
            let rest = found.end + 1..bytes.len().saturating_sub(HEAD);
            let mut marks = rest.filter(|at| bytes[*at..].starts_with(&MARK));
            return match marks.find(|at| read(bytes, *at, &mut vec![]).is_some()) {
                Some(at) => Err(format!("the frame at {} is damaged, the one at {at} is whole", found.end)),
                None => Ok(found),
            };
        };
        (found.last_frame, found.end) = (found.end, end);
    }
    Ok(found)
}

/// Appends the rows of the frame that starts here, and tells where it ends; `None` if it is not whole.
pub(crate) fn read(bytes: &[u8], start: usize, rows: &mut Vec<Row>) -> Option<usize> {
    let head = bytes.get(start..start + HEAD)?;
    let end = start + HEAD + number(head, 4)? as usize;
    let body = bytes.get(start + HEAD..end)?;
    if !head.starts_with(&MARK) || crc32fast::hash(body) != number(head, 8)? {
        return None;
    }
    let mut at = 12;
    for _ in 0..number(body, 8)? {
        let (len, checksum) = (number(body, at)? as usize, number(body, at + 4)?);
        rows.push(Row { start: start + HEAD + at + 8, len, checksum });
        at += 8 + len;
    }
    Some(end)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
