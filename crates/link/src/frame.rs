//! Frames: a length of four bytes, lowest first, and so many bytes of postcard.
//!
//! Either side gives up on a frame that is announced longer than it takes: a handshake 4 KiB, the engine 8 MiB, a
//! gateway 64 MiB, because the description of the largest plan does not fit into less. Memory grows with the bytes
//! that arrive, not with those announced.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::error::LinkError;
use crate::protocol::ITEMS_PER_FRAME_MAX;

/// A frame of the handshake, at most.
pub const HELLO_BYTES_MAX: usize = 4 * 1024;
/// A frame to the engine, at most.
pub const TO_ENGINE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A frame from the engine, at most.
pub const FROM_ENGINE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A list is cut into frames of about this size.
const GATHERED_BYTES: usize = 256 * 1024;
/// Room made for each read.
const READ_BYTES: usize = 64 * 1024;

const LENGTH_BYTES: usize = 4;

/// Appends a value as one frame.
///
/// # Errors
/// It cannot be encoded; `out` is as before.
pub fn append<T: Serialize>(value: &T, out: &mut Vec<u8>) -> Result<(), LinkError> {
    let start = out.len();
    out.extend_from_slice(&[0; LENGTH_BYTES]);
    if let Err(error) = postcard::to_io(value, &mut *out) {
        out.truncate(start);
        return Err(error.into());
    }
    let length = (out.len() - start - LENGTH_BYTES) as u32;
    out[start..start + LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Reads a value that must be the whole frame.
///
/// # Errors
/// It is something else.
pub fn decode<T: DeserializeOwned>(frame: &[u8]) -> Result<T, LinkError> {
    match postcard::take_from_bytes(frame)? {
        (value, []) => Ok(value),
        _ => Err(LinkError::Breach("a frame is longer than what it says")),
    }
}

/// Writes bytes within a time.
///
/// # Errors
/// The connection failed, or the other side takes nothing.
pub async fn write<W: AsyncWrite + Unpin>(writer: &mut W, bytes: &[u8], within: Duration) -> Result<(), LinkError> {
    match tokio::time::timeout(within, writer.write_all(bytes)).await {
        Ok(written) => Ok(written?),
        Err(_) => Err(LinkError::Silent),
    }
}

/// Reads frames. A call that is given up loses nothing.
pub struct FrameReader<R> {
    reader: R,
    buffer: BytesMut,
    /// Of a frame.
    pub bytes_max: usize,
    /// Until the next byte must come.
    pub silence_max: Duration,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Reads frames of at most this size from here.
    pub fn new(reader: R, bytes_max: usize, silence_max: Duration) -> Self {
        Self { reader, buffer: BytesMut::new(), bytes_max, silence_max }
    }

    /// The next frame.
    ///
    /// # Errors
    /// The connection ended, is silent, or announces a frame that is too large.
    pub async fn next(&mut self) -> Result<Bytes, LinkError> {
        loop {
            if let Some(frame) = self.buffered()? {
                return Ok(frame);
            }
            self.buffer.reserve(READ_BYTES);
            let read = tokio::time::timeout(self.silence_max, self.reader.read_buf(&mut self.buffer));
            match read.await {
                Ok(Ok(0)) => return Err(LinkError::Closed),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => return Err(LinkError::Silent),
            }
        }
    }

    fn buffered(&mut self) -> Result<Option<Bytes>, LinkError> {
        let Some(length) = self.buffer.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let bytes = u32::from_le_bytes(*length) as usize;
        if bytes > self.bytes_max {
            return Err(LinkError::TooLarge { bytes, max: self.bytes_max });
        }
        if self.buffer.len() < LENGTH_BYTES + bytes {
            return Ok(None);
        }
        self.buffer.advance(LENGTH_BYTES);
        Ok(Some(self.buffer.split_to(bytes).freeze()))
    }
}

/// A list at the end of a message, gathered item by item and cut into frames of a bounded size.
pub(crate) struct Gathering {
    head: Vec<u8>,
    items: Vec<u8>,
    count: usize,
    bytes_max: usize,
}

impl Gathering {
    /// A message that begins with `head`: the place of its variant, and the fields before the list.
    pub(crate) fn new<H: Serialize>(head: &H, bytes_max: usize) -> Result<Self, LinkError> {
        let head = postcard::to_stdvec(head)?;
        Ok(Self { head, items: Vec::new(), count: 0, bytes_max })
    }

    /// Adds an item; a frame that is full goes to `out`.
    ///
    /// # Errors
    /// The item cannot be encoded, or is too large for any frame. It is left out.
    pub(crate) fn add<T: Serialize>(&mut self, item: &T, out: &mut Vec<u8>) -> Result<(), LinkError> {
        let start = self.items.len();
        if let Err(error) = postcard::to_io(item, &mut self.items) {
            self.items.truncate(start);
            return Err(error.into());
        }
        let (bytes, max) = (self.items.len() - start, self.bytes_max - self.head.len() - 2 * LENGTH_BYTES);
        if bytes > max {
            self.items.truncate(start);
            return Err(LinkError::TooLarge { bytes, max });
        }
        if self.items.len() > max {
            let last = self.items.split_off(start);
            self.finish(out);
            self.items = last;
        }
        self.count += 1;
        if self.count >= ITEMS_PER_FRAME_MAX || self.items.len() >= GATHERED_BYTES {
            self.finish(out);
        }
        Ok(())
    }

    /// Sends what there is to `out`.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.count > 0 {
            self.finish_even_if_empty(out);
        }
    }

    /// Sends what there is to `out`, be it an empty list.
    pub(crate) fn finish_even_if_empty(&mut self, out: &mut Vec<u8>) {
        let mut count = [0; 10];
        // Ten bytes hold any number.
        let count = postcard::to_slice(&self.count, &mut count).map_or(&mut [][..], |count| count);
        let length = (self.head.len() + count.len() + self.items.len()) as u32;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&self.head);
        out.extend_from_slice(count);
        out.append(&mut self.items);
        self.count = 0;
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use domain::Timestamp;

    use super::*;
    use crate::protocol::{Answered, FromEngine, Refusal, Reply};

    async fn read_all(bytes: &[u8], max: usize) -> (Vec<Bytes>, LinkError) {
        let mut reader = FrameReader::new(bytes, max, Duration::from_secs(1));
        let mut frames = Vec::new();
        loop {
            match reader.next().await {
                Ok(frame) => frames.push(frame),
                Err(error) => return (frames, error),
            }
        }
    }

    #[tokio::test]
    async fn what_was_gathered_reads_as_the_message_and_is_cut() {
        let mut gathering = Gathering::new(&0u32, 1_000_000).unwrap();
        let mut out = Vec::new();
        for id in 0..2_500u64 {
            let answered: Answered = (id, Err(Refusal::TooLate));
            gathering.add(&answered, &mut out).unwrap();
        }
        let large: Answered = (2_500, Ok(Reply::Bytes(vec![7; 900_000])));
        gathering.add(&large, &mut out).unwrap();
        gathering.finish(&mut out);
        let (frames, _) = read_all(&out, 1_000_000).await;
        let mut ids = Vec::new();
        for frame in &frames {
            let FromEngine::Answers(answers) = decode(frame).unwrap() else { panic!("answers") };
            assert!(answers.len() <= ITEMS_PER_FRAME_MAX);
            ids.extend(answers.iter().map(|(id, _)| *id));
        }
        assert_eq!(ids, (0..=2_500).collect::<Vec<_>>());
        assert_eq!(frames.len(), 3);
    }

    #[test]
    fn an_item_too_large_for_a_frame_is_left_out() {
        let (mut gathering, mut out) = (Gathering::new(&0u32, 1_000).unwrap(), Vec::new());
        let of = |bytes: usize| -> Answered { (1, Ok(Reply::Bytes(vec![7; bytes]))) };
        gathering.add(&of(600), &mut out).unwrap();
        assert!(matches!(gathering.add(&of(1_000), &mut out), Err(LinkError::TooLarge { .. })));
        gathering.add(&of(601), &mut out).unwrap();
        gathering.finish(&mut out);
        let first = u32::from_le_bytes(*out.first_chunk().unwrap()) as usize;
        let FromEngine::Answers(answers) = decode(&out[4..4 + first]).unwrap() else { panic!("answers") };
        assert_eq!(answers, [of(600)], "the second of fitting size has a frame of its own");
    }

    #[test]
    fn an_empty_tick_reads_as_one() {
        let at = Timestamp::from_millis(1_234_567);
        let mut out = Vec::new();
        Gathering::new(&(1u32, at), 1_000).unwrap().finish_even_if_empty(&mut out);
        let tick = decode(&out[4..]).unwrap();
        assert!(matches!(tick, FromEngine::Tick { server_time, sales } if server_time == at && sales.is_empty()));
    }

    #[tokio::test]
    async fn a_frame_announced_too_large_is_not_waited_for() {
        let (frames, error) = read_all(&[0, 0, 1, 0], 65_535).await;
        assert!(frames.is_empty() && matches!(error, LinkError::TooLarge { bytes: 65_536, .. }), "{error}");
    }

    #[tokio::test]
    async fn a_frame_cut_short_is_an_end() {
        let (frames, error) = read_all(&[2, 0, 0, 0, 1], 10).await;
        assert!(frames.is_empty() && matches!(error, LinkError::Closed), "{error}");
    }

    #[test]
    fn more_bytes_than_said_are_a_breach() {
        assert!(matches!(decode::<FromEngine>(&[2, 0]), Err(LinkError::Breach(_))));
        assert!(matches!(decode::<FromEngine>(&[2]), Ok(FromEngine::Pong)));
    }
}
