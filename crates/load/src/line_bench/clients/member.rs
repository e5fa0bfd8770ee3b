//! One connection of many: its state is a few words, and it owns a buffer only while half a frame is in it.

use std::io::{self, ErrorKind, Read, Write};

use mio::net::TcpStream;

use super::frames::{self, Kind};
use super::told::Told;
use crate::client::parse_head;

/// Instead of how many are ahead: the turn has come.
const LET_IN: i64 = -2;
/// With fewer ahead than this, one is near.
const NEAR: i64 = 20_000;
/// Bytes of half a frame, at most.
const PARTIAL_BYTES_MAX: usize = 1024 * 1024;

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The request has not gone out.
    Connecting,
    /// The answer to the request has not come.
    Upgrading,
    /// Frames come.
    Open,
}

/// One connection.
#[derive(Debug)]
pub struct Member {
    /// The socket.
    pub stream: TcpStream,
    /// How far it is.
    pub stage: Stage,
    number: i64,
    ahead: i64,
    told_ms: i64,
    partial: Vec<u8>,
}

/// What hearing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Goes on.
    More,
    /// The handshake was answered just now.
    Opened,
    /// It is over.
    Ended,
}

impl Member {
    /// A connection that is being made.
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, stage: Stage::Connecting, number: 0, ahead: -1, told_ms: 0, partial: Vec::new() }
    }

    /// The socket is connected: the request goes out.
    ///
    /// # Errors
    /// It is not connected after all.
    pub fn ask(&mut self, request: &[u8]) -> io::Result<()> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        self.stage = Stage::Upgrading;
        // It fits into the buffer of a new socket, or the socket is no good.
        self.stream.write_all(request)
    }

    /// Reads everything there is.
    pub fn hear(&mut self, buffer: &mut [u8], counts: &mut Told) -> Heard {
        let before = self.stage;
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Heard::Ended,
                Ok(read) => {
                    let bytes = buffer.get(..read).unwrap_or_default();
                    if !self.take(bytes, counts) {
                        return Heard::Ended;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Heard::Ended,
            }
        }
        if before != Stage::Open && self.stage == Stage::Open { Heard::Opened } else { Heard::More }
    }

    /// Takes bytes, after those kept from before; false if the connection is of no further use.
    fn take(&mut self, bytes: &[u8], counts: &mut Told) -> bool {
        if self.partial.is_empty() {
            return match self.consume(bytes, counts) {
                Some(used) => self.keep(bytes.get(used..).unwrap_or_default()),
                None => false,
            };
        }
        let mut partial = std::mem::take(&mut self.partial);
        partial.extend_from_slice(bytes);
        match self.consume(&partial, counts) {
            Some(used) => self.keep(partial.get(used..).unwrap_or_default()),
            None => false,
        }
    }

    fn keep(&mut self, rest: &[u8]) -> bool {
        // An empty one owns no memory.
        self.partial = rest.to_vec();
        rest.len() <= PARTIAL_BYTES_MAX
    }

    /// How many of the bytes are done with; `None` if the connection is of no further use.
    fn consume(&mut self, bytes: &[u8], counts: &mut Told) -> Option<usize> {
        let mut at = 0;
        if self.stage != Stage::Open {
            let Some(head) = parse_head_of_upgrade(bytes)? else { return Some(0) };
            (at, self.stage) = (head, Stage::Open);
        }
        while let Some(frame) = frames::first(bytes.get(at..).unwrap_or_default()) {
            at += frame.bytes;
            match frame.kind {
                Kind::Data => self.listen(frame.payload, counts),
                Kind::Ping => self.stream.write_all(&frames::pong(frame.payload)).ok()?,
                Kind::Close => return None,
                Kind::Other => {}
            }
        }
        Some(at)
    }

    /// A position is told by the place itself, or by how far the line has been let in.
    fn listen(&mut self, text: &[u8], counts: &mut Told) {
        counts.frames += 1;
        counts.frame_bytes += text.len() as u64;
        let Some(told_ms) = frames::number_after(text, b"\"server_time_ms\":") else { return };
        if let Some(ahead) = frames::number_after(text, b"\"ahead\":") {
            self.number = frames::number_after(text, b"\"number\":").unwrap_or(self.number);
            let waits = frames::holds(text, b"\"stage\":\"waiting\"");
            (self.ahead, self.told_ms) = (if waits { ahead } else { LET_IN }, told_ms);
        } else if let Some(through) = frames::number_after(text, b"\"admitted_through\":")
            && self.number > 0
            && self.ahead != LET_IN
        {
            let ahead = self.number - through - 1;
            (self.ahead, self.told_ms) = (if ahead < 0 { LET_IN } else { ahead }, told_ms);
        }
    }

    /// Counts it, and the age of its position.
    pub fn tell(&self, now_ms: i64, told: &mut Told) {
        if self.stage != Stage::Open {
            return;
        }
        told.open += 1;
        match self.ahead {
            // Who no longer waits has no position that could grow old.
            LET_IN => {}
            ahead if ahead < 0 => told.untold += 1,
            ahead if ahead < NEAR => told.near.add(now_ms - self.told_ms),
            _ => told.far.add(now_ms - self.told_ms),
        }
    }
}

/// The length of the answer's head: `Some(None)` while it is not whole, `None` if it is a refusal.
fn parse_head_of_upgrade(bytes: &[u8]) -> Option<Option<usize>> {
    // 101 announces no other answer, unlike the rest of 1xx.
    match parse_head(bytes).ok()? {
        None => Some(None),
        Some(head) if head.status == 101 => Some(Some(head.bytes)),
        Some(_) => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    fn member() -> (Member, std::net::TcpStream) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        stream.set_nonblocking(true).unwrap();
        (Member::new(TcpStream::from_std(stream)), listener.accept().unwrap().0)
    }

    fn frame(text: &str) -> Vec<u8> {
        let mut bytes = vec![0x81, 126];
        bytes.extend((text.len() as u16).to_be_bytes());
        bytes.extend(text.as_bytes());
        bytes
    }

    #[test]
    fn a_handshake_and_frames_may_come_in_any_pieces() {
        let mut stream = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n".to_vec();
        stream.extend(frame(
            r#"{"type":"place","place":{"number":30000,"stage":"waiting","ahead":29000,"server_time_ms":1000}}"#,
        ));
        stream.extend(frame(r#"{"type":"status","server_time_ms":2000,"line":{"admitted_through":25000}}"#));
        for size in [1, 7, 60, 1_000] {
            let (mut member, _server) = member();
            let mut counts = Told::default();
            for piece in stream.chunks(size) {
                assert!(member.take(piece, &mut counts));
            }
            assert_eq!((member.stage, counts.frames, member.partial.is_empty()), (Stage::Open, 2, true));
            assert_eq!((member.ahead, member.told_ms), (4_999, 2_000));
            let mut told = Told::default();
            member.tell(2_500, &mut told);
            assert_eq!((told.open, told.near.count(), told.far.count(), told.untold), (1, 1, 0, 0));
        }
    }

    #[test]
    fn a_refused_handshake_ends_the_connection() {
        let (mut member, _server) = member();
        assert!(!member.take(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", &mut Told::default()));
    }
}
