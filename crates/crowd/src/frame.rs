//! Frames as the server sends them: unmasked, whole.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A text.
pub(crate) const TEXT: u8 = 0x1;
/// Goodbye.
pub(crate) const CLOSE: u8 = 0x8;
/// Are you there?
pub(crate) const PING: u8 = 0x9;
/// Yes.
pub(crate) const PONG: u8 = 0xA;

/// Bytes of payload that a control frame may have.
pub(crate) const CONTROL_MAX: usize = 125;

/// A frame that is encoded once and sent to many.
#[derive(Clone)]
pub struct SharedFrame(Arc<[u8]>);

impl SharedFrame {
    /// A text, ready to be sent.
    pub fn text(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 10);
        encode(&mut bytes, TEXT, text.as_bytes());
        Self(bytes.into())
    }

    pub(crate) fn ping() -> Self {
        let mut bytes = Vec::with_capacity(2);
        encode(&mut bytes, PING, &[]);
        Self(bytes.into())
    }

    /// The frame as it stands on the wire.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SharedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frame of {} bytes", self.0.len())
    }
}

/// A frame that is replaced while it goes round: whoever is told later is told what is newer.
#[derive(Debug)]
pub struct LatestFrame(Mutex<SharedFrame>);

impl LatestFrame {
    /// Begins with this one.
    pub fn new(frame: SharedFrame) -> Self {
        Self(Mutex::new(frame))
    }

    /// From now on this one.
    pub fn replace(&self, frame: SharedFrame) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = frame;
    }

    /// The latest.
    pub fn get(&self) -> SharedFrame {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What everybody is told.
#[derive(Debug, Clone)]
pub(crate) enum Said {
    /// This.
    This(SharedFrame),
    /// Whatever is the latest when it is each one's turn.
    Latest(Arc<LatestFrame>),
}

impl Said {
    pub(crate) fn now(&self) -> SharedFrame {
        match self {
            Self::This(frame) => frame.clone(),
            Self::Latest(latest) => latest.get(),
        }
    }
}

/// Appends a whole frame.
pub(crate) fn encode(into: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    into.push(0x80 | opcode);
    match payload.len() {
        short @ 0..=125 => into.push(short as u8),
        middle @ 126..=0xFFFF => {
            into.push(126);
            into.extend_from_slice(&(middle as u16).to_be_bytes());
        }
        long => {
            into.push(127);
            into.extend_from_slice(&(long as u64).to_be_bytes());
        }
    }
    into.extend_from_slice(payload);
}

/// Appends a close frame; a reason that is too long is cut between two characters.
pub(crate) fn encode_close(into: &mut Vec<u8>, code: u16, reason: &str) {
    let reason = &reason[..reason.floor_char_boundary(CONTROL_MAX - 2)];
    into.extend_from_slice(&[0x80 | CLOSE, reason.len() as u8 + 2]);
    into.extend_from_slice(&code.to_be_bytes());
    into.extend_from_slice(reason.as_bytes());
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]

    use std::io::Cursor;

    use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;

    use super::*;

    #[test]
    fn another_implementation_reads_every_length() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let frame = SharedFrame::text(&"x".repeat(length));
            let mut cursor = Cursor::new(frame.as_bytes());
            let (header, told) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
            assert!(header.is_final && header.mask.is_none());
            assert_eq!((told, cursor.position() as usize + length), (length as u64, frame.as_bytes().len()));
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_two_characters() {
        let mut bytes = Vec::new();
        encode_close(&mut bytes, 1001, &"é".repeat(100));
        assert_eq!(bytes.len(), 2 + 2 + 122);
        assert!(std::str::from_utf8(&bytes[4..]).is_ok());
    }
}
