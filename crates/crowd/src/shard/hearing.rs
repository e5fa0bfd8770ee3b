//! Reading from members.

use std::io::{self, Read};
use std::ops::ControlFlow::{self, Break, Continue};

use super::slot::Stage;
use super::{READ_MAX, Shard};
use crate::client_frame::{ClientFrame, HEADER_MAX, Parsed, parse};
use crate::host::{Host, Leave, MemberId};
use crate::wheel::ticks;

/// Reads that are thrown away while a member takes its leave; after them it is cut.
const DISCARDED_MAX: u16 = 16;

/// A table of half frames that has grown beyond this gives its memory back once it is empty.
const HALVES_KEPT: usize = 1_024;

impl<H: Host> Shard<H> {
    /// Reads until the socket is empty. What a client may make us read is bounded by its frames, which are counted.
    pub(super) fn read(&mut self, key: u32, to_the_end: bool) {
        let mut buffer = std::mem::take(&mut self.buffer);
        while self.read_once(key, &mut buffer, to_the_end).is_continue() {}
        self.buffer = buffer;
    }

    fn read_once(&mut self, key: u32, buffer: &mut [u8], to_the_end: bool) -> ControlFlow<()> {
        // The front is kept free for the half frame that was there before.
        let front = self.options.frame_in_max + HEADER_MAX;
        let Some(slot) = self.slot(key) else { return Break(()) };
        let count = match slot.socket.read(&mut buffer[front..]) {
            Ok(count) if count > 0 => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Continue(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Break(()),
            Ok(_) | Err(_) => {
                self.leave(key, Leave::Lost);
                return Break(());
            }
        };
        let mut from = front;
        if std::mem::take(&mut slot.halved)
            && let Some(half) = self.halves.remove(&key)
        {
            from -= half.len();
            buffer[from..front].copy_from_slice(&half);
        }
        self.hear(key, &mut buffer[from..front + count]);
        // A read that did not fill the buffer has emptied the socket; whatever comes after it is reported anew.
        if count == READ_MAX || to_the_end { Continue(()) } else { Break(()) }
    }

    /// Understands what came, answers it in one write, and keeps half a frame.
    pub(super) fn hear(&mut self, key: u32, bytes: &mut [u8]) {
        let window = ticks(self.options.messages_in_window);
        let Some(slot) = self.slots.get_mut(key as usize).and_then(Option::as_mut) else { return };
        if slot.stage == Stage::Leaving {
            if !slot.may_say(self.tick, DISCARDED_MAX, window) {
                self.free(key);
            }
            return;
        }
        let id = MemberId::new(self.inbox.thread(), key, slot.generation);
        let mut at = 0;
        let why = loop {
            let (frame, length) = match parse(&mut bytes[at..], self.options.frame_in_max) {
                Parsed::Partial => break None,
                Parsed::Refused(why) => break Some(why),
                Parsed::Whole(frame, length) => (frame, length),
            };
            at += length;
            slot.heard = self.tick;
            if !slot.may_say(self.tick, self.options.messages_in_max, window) {
                break Some(Leave::TooMany);
            }
            match frame {
                ClientFrame::Text(text) => self.host.on_text(id, &mut slot.member, text, &mut self.outbox),
                ClientFrame::Ping(payload) => self.outbox.pong(payload),
                ClientFrame::Pong => {}
                ClientFrame::Close(code) => {
                    self.outbox.close(code.unwrap_or(1000), "");
                    break Some(Leave::Closed);
                }
            }
            if self.outbox.is_closing() {
                break Some(Leave::Dismissed);
            }
        };
        if why.is_none() && at < bytes.len() {
            slot.halved = true;
            self.halves.insert(key, bytes[at..].into());
        } else if self.halves.is_empty() && self.halves.capacity() > HALVES_KEPT {
            self.halves.shrink_to_fit();
        }
        match why.filter(|why| why.code().is_some()) {
            Some(why) => self.refuse(key, why),
            None => self.settle(key, why),
        }
    }
}
