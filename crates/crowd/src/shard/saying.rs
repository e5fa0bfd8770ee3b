//! Writing to members.

use std::io::{self, Write};
use std::net::TcpStream;

use super::Shard;
use super::slot::Stage;
use super::waiting::{Drained, Rest};
use crate::frame::SharedFrame;
use crate::host::{Host, Leave};
use crate::outbox::Said;

impl<H: Host> Shard<H> {
    /// Sends what the outbox holds for a member, and sees to what follows: when it is due, and whether it leaves.
    pub(super) fn settle(&mut self, key: u32, why: Option<Leave>) {
        if let Some(next) = self.outbox.next() {
            self.schedule(key, next);
        }
        if let Some(quiet) = self.outbox.quiet() {
            self.set_quiet(key, quiet);
        }
        self.tally.frames(self.outbox.frames());
        let sent = self.say(key);
        self.outbox.reset();
        match (sent, why) {
            (Ok(()), None) => {}
            (Ok(()), Some(why)) if why != Leave::Closed => self.see_off(key, why),
            (Err(broken), why) => self.leave(key, why.unwrap_or(broken)),
            (Ok(()), Some(why)) => self.leave(key, why),
        }
    }

    fn say(&mut self, key: u32) -> Result<(), Leave> {
        let Some(slot) = self.slots.get_mut(key as usize).and_then(Option::as_mut) else { return Ok(()) };
        let said = self.outbox.said();
        let bytes = match &said {
            Said::Nothing => return Ok(()),
            Said::Shared(frame) => frame.as_bytes(),
            Said::Own(bytes) => bytes,
        };
        let sent = if slot.waits { 0 } else { send(&slot.socket, bytes)? };
        self.tally.bytes(sent);
        if sent == bytes.len() {
            return Ok(());
        }
        slot.waits = true;
        match said {
            Said::Nothing => Ok(()),
            Said::Own(bytes) => self.waiting.keep(key, Rest::Own(bytes[sent..].into()), 0, self.tick),
            Said::Shared(frame) => self.waiting.keep(key, Rest::Shared(frame), sent, self.tick),
        }
    }

    /// One frame of a broadcast, for everybody who is not spared it.
    pub(super) fn tell(&mut self, key: u32, frame: &SharedFrame) {
        match self.slot(key) {
            Some(slot) if slot.quiet => slot.missed = true,
            _ => self.pass_on(key, frame),
        }
    }

    fn set_quiet(&mut self, key: u32, quiet: bool) {
        let Some(slot) = self.slot(key) else { return };
        slot.quiet = quiet;
        if !quiet && slot.missed {
            self.wake(key);
        }
    }

    /// Sends one frame of a broadcast, or of the crowd itself, to a member whose socket is free.
    pub(super) fn pass_on(&mut self, key: u32, frame: &SharedFrame) {
        let Some(slot) = self.slots.get_mut(key as usize).and_then(Option::as_mut) else { return };
        if slot.stage == Stage::Leaving {
            return;
        }
        if slot.waits {
            slot.missed = true;
            return;
        }
        self.tally.frames(1);
        let bytes = frame.as_bytes();
        let kept = send(&slot.socket, bytes).and_then(|sent| {
            self.tally.bytes(sent);
            if sent == bytes.len() {
                return Ok(());
            }
            slot.waits = true;
            self.waiting.keep(key, Rest::Shared(frame.clone()), sent, self.tick)
        });
        if let Err(why) = kept {
            self.leave(key, why);
        }
    }

    /// A socket takes bytes again.
    pub(super) fn drain(&mut self, key: u32) {
        let Some(slot) = self.slots.get_mut(key as usize).and_then(Option::as_mut).filter(|slot| slot.waits) else {
            return;
        };
        match self.waiting.drain(key, self.tick, |bytes| send(&slot.socket, bytes)) {
            Ok(Drained::Some(sent)) => self.tally.bytes(sent),
            Ok(Drained::All(sent)) => {
                self.tally.bytes(sent);
                slot.waits = false;
                match slot.stage {
                    Stage::Leaving => slot.end_writing(),
                    Stage::Open if slot.missed || slot.due <= self.tick => self.wake(key),
                    Stage::Open => {}
                }
            }
            Err(why) => self.leave(key, why),
        }
    }
}

/// Sends as much as the socket takes. Less than all is returned only after it refused, so that its next readiness is
/// reported.
fn send(mut socket: &TcpStream, bytes: &[u8]) -> Result<usize, Leave> {
    let mut sent = 0;
    while sent < bytes.len() {
        match socket.write(&bytes[sent..]) {
            Ok(0) => return Err(Leave::Lost),
            Ok(took) => sent += took,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(Leave::Lost),
        }
    }
    Ok(sent)
}
