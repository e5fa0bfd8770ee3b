//! What a host says to one member.

use std::time::Duration;

use crate::frame::{PONG, SharedFrame, TEXT, encode, encode_close};
use crate::host::Next;

/// A scratch buffer this large is given back after use.
const SCRATCH_KEPT: usize = 64 * 1_024;

/// Collects what is said to one member in one call; all of it leaves in one write.
#[derive(Debug, Default)]
pub struct Outbox {
    // A single shared frame, the usual case, is never copied.
    shared: Option<SharedFrame>,
    bytes: Vec<u8>,
    frames: u32,
    stage: Stage,
    next: Option<Next>,
    missed: bool,
    quiet: Option<bool>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Open,
    Closing,
}

/// What is to be written.
pub(crate) enum Said<'a> {
    Nothing,
    Shared(SharedFrame),
    Own(&'a [u8]),
}

impl Outbox {
    /// Says a text.
    pub fn text(&mut self, text: &str) {
        self.add(|bytes| encode(bytes, TEXT, text.as_bytes()));
    }

    /// Says what others are told, too.
    pub fn shared(&mut self, frame: &SharedFrame) {
        if self.stage == Stage::Open && self.frames == 0 {
            self.shared = Some(frame.clone());
            self.frames = 1;
        } else {
            self.add(|bytes| bytes.extend_from_slice(frame.as_bytes()));
        }
    }

    /// Says goodbye; nothing can be said after it. The code is one of RFC 6455, section 7.4.
    pub fn close(&mut self, code: u16, reason: &str) {
        self.add(|bytes| encode_close(bytes, code, reason));
        self.stage = Stage::Closing;
    }

    /// Makes the member due after this long, whatever was agreed before.
    pub fn ask_in(&mut self, delay: Duration) {
        self.next = Some(Next::In(delay));
    }

    /// Spares the member broadcasts from now on, or no longer. What passed it by meanwhile is
    /// [missed](Self::missed_broadcast), and it is asked for at once when that ends.
    pub fn set_quiet(&mut self, quiet: bool) {
        self.quiet = Some(quiet);
    }

    /// True if a broadcast passed this member by, because something was still waiting for its socket or it was quiet.
    pub fn missed_broadcast(&self) -> bool {
        self.missed
    }

    pub(crate) fn pong(&mut self, payload: &[u8]) {
        self.add(|bytes| encode(bytes, PONG, payload));
    }

    pub(crate) fn set_missed(&mut self, missed: bool) {
        self.missed = missed;
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.stage == Stage::Closing
    }

    pub(crate) fn frames(&self) -> u32 {
        self.frames
    }

    pub(crate) fn quiet(&self) -> Option<bool> {
        self.quiet
    }

    pub(crate) fn next(&self) -> Option<Next> {
        self.next
    }

    pub(crate) fn said(&mut self) -> Said<'_> {
        match self.shared.take() {
            Some(frame) => Said::Shared(frame),
            None if self.bytes.is_empty() => Said::Nothing,
            None => Said::Own(&self.bytes),
        }
    }

    pub(crate) fn reset(&mut self) {
        if self.bytes.capacity() > SCRATCH_KEPT {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        (self.shared, self.frames, self.stage, self.next, self.missed) = (None, 0, Stage::Open, None, false);
        self.quiet = None;
    }

    fn add(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        if self.stage == Stage::Closing {
            return;
        }
        if let Some(frame) = self.shared.take() {
            self.bytes.extend_from_slice(frame.as_bytes());
        }
        encode(&mut self.bytes);
        self.frames += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(outbox: &mut Outbox) -> Vec<u8> {
        match outbox.said() {
            Said::Own(bytes) => bytes.to_vec(),
            _ => panic!("expected bytes of its own"),
        }
    }

    #[test]
    fn what_is_said_keeps_its_order() {
        let mut outbox = Outbox::default();
        outbox.shared(&SharedFrame::text("a"));
        outbox.text("b");
        outbox.shared(&SharedFrame::text("c"));
        assert_eq!(outbox.frames(), 3);
        assert_eq!(own(&mut outbox), b"\x81\x01a\x81\x01b\x81\x01c");
    }

    #[test]
    fn one_shared_frame_is_not_copied() {
        let mut outbox = Outbox::default();
        outbox.shared(&SharedFrame::text("a"));
        assert!(matches!(outbox.said(), Said::Shared(_)));
    }

    #[test]
    fn nothing_is_said_after_goodbye() {
        let mut outbox = Outbox::default();
        outbox.close(1000, "");
        outbox.text("b");
        outbox.shared(&SharedFrame::text("c"));
        assert_eq!(own(&mut outbox), b"\x88\x02\x03\xE8");
        outbox.reset();
        assert!(!outbox.is_closing() && matches!(outbox.said(), Said::Nothing));
    }
}
