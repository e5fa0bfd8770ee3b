//! The client's half of RFC 6455, as far as this benchmark needs it: whole frames from a server, pongs to it.

/// One frame at the beginning of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its content.
    pub payload: &'a [u8],
    /// Its length with the framing.
    pub bytes: usize,
}

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text or binary, or a part of either.
    Data,
    /// The server asks whether we are there.
    Ping,
    /// The server is about to close.
    Close,
    /// Anything else.
    Other,
}

/// The first frame; `None` while it is not whole.
pub fn first(bytes: &[u8]) -> Option<Frame<'_>> {
    let (opcode, short) = (bytes.first()? & 0x0f, bytes.get(1)? & 0x7f);
    let (head, length) = match short {
        126 => (4, u64::from(u16::from_be_bytes(*bytes.get(2..4)?.first_chunk()?))),
        127 => (10, u64::from_be_bytes(*bytes.get(2..10)?.first_chunk()?)),
        short => (2, u64::from(short)),
    };
    let end = head + usize::try_from(length).ok()?;
    let kind = match opcode {
        0..=2 => Kind::Data,
        8 => Kind::Close,
        9 => Kind::Ping,
        _ => Kind::Other,
    };
    Some(Frame { kind, payload: bytes.get(head..end)?, bytes: end })
}

/// An answer to a ping: masked, as everything from a client, with a key of zeroes.
pub fn pong(payload: &[u8]) -> Vec<u8> {
    let length = payload.len().min(125);
    let mut out = vec![0x8a, 0x80 | length as u8, 0, 0, 0, 0];
    out.extend_from_slice(payload.get(..length).unwrap_or_default());
    out
}

/// The upgrade request.
pub fn upgrade(path: &str, authority: &str, token: &str) -> Vec<u8> {
    let cookie = if token.is_empty() { String::new() } else { format!("Cookie: __Host-session={token}\r\n") };
    format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n{cookie}\r\n"
    )
    .into_bytes()
}

/// Whether these bytes are somewhere in a text.
pub fn holds(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len().max(1)).any(|window| window == what)
}

/// The whole number after `name` in a JSON text.
pub fn number_after(text: &[u8], name: &[u8]) -> Option<i64> {
    let first = *name.first()?;
    let mut from = 0;
    let at = loop {
        let at = from + text.get(from..)?.iter().position(|byte| *byte == first)?;
        if text.get(at..)?.starts_with(name) {
            break at + name.len();
        }
        from = at + 1;
    };
    let digits = text.get(at..)?.iter().take(18).take_while(|byte| byte.is_ascii_digit());
    let (count, number) =
        digits.fold((0, 0), |(count, number), byte| (count + 1, number * 10 + i64::from(byte - b'0')));
    (count > 0).then_some(number)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn frames_are_awaited_byte_by_byte_whatever_their_length() {
        for length in [0usize, 5, 125, 126, 300, 70_000] {
            let mut bytes = vec![0x81];
            match length {
                0..=125 => bytes.push(length as u8),
                126..=65_535 => bytes.extend([&[126][..], &(length as u16).to_be_bytes()].concat()),
                _ => bytes.extend([&[127][..], &(length as u64).to_be_bytes()].concat()),
            }
            bytes.extend(vec![b'x'; length]);
            assert_eq!(first(&bytes[..bytes.len() - 1]), None, "{length}");
            bytes.push(0x89);
            let frame = first(&bytes).unwrap();
            assert_eq!((frame.kind, frame.payload.len(), frame.bytes), (Kind::Data, length, bytes.len() - 1));
        }
        assert_eq!(first(&[0x89, 0]).unwrap().kind, Kind::Ping);
        assert_eq!(first(&[0x88, 2, 3, 233]).unwrap().kind, Kind::Close);
    }

    #[test]
    fn a_pong_says_what_the_ping_said() {
        assert_eq!(pong(b"ab"), [0x8a, 0x82, 0, 0, 0, 0, b'a', b'b']);
    }

    #[test]
    fn numbers_are_found_by_their_name() {
        let text = br#"{"type":"place","place":{"number":12,"ahead":34,"server_time_ms":1700000000123}}"#;
        assert_eq!(number_after(text, b"\"ahead\":"), Some(34));
        assert_eq!(number_after(text, b"\"server_time_ms\":"), Some(1_700_000_000_123));
        assert_eq!(number_after(text, b"\"stage\":"), None);
    }
}
