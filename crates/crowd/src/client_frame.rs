//! Frames as a client sends them (RFC 6455, section 5.2): masked, whole and short.

use crate::frame::{CLOSE, CONTROL_MAX, PING, PONG, TEXT};
use crate::host::Leave;

/// Bytes of the longest header of a masked frame.
pub(crate) const HEADER_MAX: usize = 14;

const CONTINUATION: u8 = 0x0;
const BINARY: u8 = 0x2;

/// One frame of a client, unmasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientFrame<'a> {
    Text(&'a str),
    Ping(&'a [u8]),
    Pong,
    /// With the code to answer with, if the client gave one.
    Close(Option<u16>),
}

/// What stands at the beginning of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    /// Not yet a whole frame; nothing was changed.
    Partial,
    /// A frame of so many bytes.
    Whole(ClientFrame<'a>, usize),
    /// Something this server does not take.
    Refused(Leave),
}

/// Reads the first frame, unmasking it in place. What is refused is refused at the first byte that shows it, so it
/// does not matter how the bytes were cut up on their way.
pub(crate) fn parse(bytes: &mut [u8], frame_in_max: usize) -> Parsed<'_> {
    let Some(header) = read_header(bytes, frame_in_max) else { return Parsed::Partial };
    let header = match header {
        Ok(header) => header,
        Err(why) => return Parsed::Refused(why),
    };
    let end = header.start + header.length;
    let Some(payload) = bytes.get_mut(header.start..end) else { return Parsed::Partial };
    unmask(payload, header.mask);
    match understand(header.opcode, payload) {
        Ok(frame) => Parsed::Whole(frame, end),
        Err(why) => Parsed::Refused(why),
    }
}

struct Header {
    opcode: u8,
    mask: [u8; 4],
    start: usize,
    length: usize,
}

fn read_header(bytes: &[u8], frame_in_max: usize) -> Option<Result<Header, Leave>> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (last, reserved, opcode) = (first & 0x80 != 0, first & 0x70, first & 0x0F);
    let (masked, short) = (second & 0x80 != 0, usize::from(second & 0x7F));
    let is_control = matches!(opcode, CLOSE | PING | PONG);
    let refused = match opcode {
        _ if reserved != 0 || !masked => Some(Leave::Malformed),
        CONTINUATION | BINARY => Some(Leave::Unsupported),
        TEXT => (!last).then_some(Leave::Unsupported),
        _ if is_control => (!last || short > CONTROL_MAX).then_some(Leave::Malformed),
        _ => Some(Leave::Malformed),
    };
    if let Some(why) = refused {
        return Some(Err(why));
    }
    let (length, at) = match short {
        126 => (u64::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?)), 4),
        127 => (u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?), 10),
        short => (short as u64, 2),
    };
    // The shortest form is required, so that nobody hides a length.
    if (short == 126 && length < 126) || (short == 127 && length <= 0xFFFF) {
        return Some(Err(Leave::Malformed));
    }
    if !is_control && length > frame_in_max as u64 {
        return Some(Err(Leave::TooBig));
    }
    let mask = *bytes.get(at..)?.first_chunk()?;
    Some(Ok(Header { opcode, mask, start: at + 4, length: length as usize }))
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

fn understand(opcode: u8, payload: &[u8]) -> Result<ClientFrame<'_>, Leave> {
    match opcode {
        TEXT => std::str::from_utf8(payload).map(ClientFrame::Text).map_err(|_| Leave::NotText),
        PING => Ok(ClientFrame::Ping(payload)),
        PONG => Ok(ClientFrame::Pong),
        _ => match payload.split_first_chunk() {
            None if payload.is_empty() => Ok(ClientFrame::Close(None)),
            None => Err(Leave::Malformed),
            Some((code, reason)) => {
                let code = u16::from_be_bytes(*code);
                let may_be_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
                if !may_be_sent {
                    return Err(Leave::Malformed);
                }
                std::str::from_utf8(reason).map(|_| ClientFrame::Close(Some(code))).map_err(|_| Leave::NotText)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]

    use proptest::prelude::*;
    use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

    use super::*;

    const MAX: usize = 512;

    /// A frame as another implementation writes its header.
    fn frame(opcode: OpCode, is_final: bool, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let header = FrameHeader { is_final, rsv1: false, rsv2: false, rsv3: false, opcode, mask };
        header.format(payload.len() as u64, &mut bytes).unwrap();
        let mask = mask.unwrap_or_default();
        bytes.extend(payload.iter().enumerate().map(|(index, byte)| byte ^ mask[index % 4]));
        bytes
    }

    fn text(payload: &str) -> Vec<u8> {
        frame(OpCode::Data(Data::Text), true, Some([1, 200, 3, 77]), payload.as_bytes())
    }

    fn control(control: Control, payload: &[u8]) -> Vec<u8> {
        frame(OpCode::Control(control), true, Some([9, 8, 7, 6]), payload)
    }

    fn refusal(mut bytes: Vec<u8>) -> Leave {
        match parse(&mut bytes, MAX) {
            Parsed::Refused(why) => why,
            other => panic!("expected a refusal, not {other:?}"),
        }
    }

    #[test]
    fn texts_of_every_length_form_are_read() {
        for length in [0, 1, 125, 126, 512] {
            let said = "x".repeat(length);
            let mut bytes = text(&said);
            let total = bytes.len();
            assert_eq!(parse(&mut bytes, MAX), Parsed::Whole(ClientFrame::Text(&said), total));
        }
        let (said, mut bytes) = ("y".repeat(70_000), text(&"y".repeat(70_000)));
        assert!(matches!(parse(&mut bytes, 100_000), Parsed::Whole(ClientFrame::Text(text), _) if text == said));
    }

    #[test]
    fn what_this_server_does_not_take_is_refused_by_name() {
        let (mask, data) = (Some([1, 2, 3, 4]), |data| OpCode::Data(data));
        assert_eq!(refusal(text(&"x".repeat(513))), Leave::TooBig);
        assert_eq!(refusal(frame(data(Data::Text), true, None, b"hi")), Leave::Malformed);
        assert_eq!(refusal(frame(data(Data::Text), false, mask, b"hi")), Leave::Unsupported);
        assert_eq!(refusal(frame(data(Data::Continue), true, mask, b"hi")), Leave::Unsupported);
        assert_eq!(refusal(frame(data(Data::Binary), true, mask, b"hi")), Leave::Unsupported);
        assert_eq!(refusal(frame(data(Data::Text), true, mask, b"\xFF\xFE")), Leave::NotText);
        assert_eq!(refusal(frame(OpCode::Control(Control::Ping), false, mask, b"")), Leave::Malformed);
        assert_eq!(refusal(control(Control::Ping, &[0; 126])), Leave::Malformed);
        assert_eq!(refusal(control(Control::Close, &[3])), Leave::Malformed);
        assert_eq!(refusal(control(Control::Close, &1005_u16.to_be_bytes())), Leave::Malformed);
        assert_eq!(refusal(vec![0xC1, 0x80]), Leave::Malformed, "a reserved bit");
        assert_eq!(refusal(vec![0x83, 0x80]), Leave::Malformed, "a reserved opcode");
        assert_eq!(refusal(vec![0x81, 0xFE, 0, 5]), Leave::Malformed, "a longer form than needed");
        assert_eq!(refusal(vec![0x81, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0]), Leave::TooBig);
    }

    #[test]
    fn controls_are_read() {
        let mut bytes = control(Control::Ping, b"abc");
        assert_eq!(parse(&mut bytes, MAX), Parsed::Whole(ClientFrame::Ping(b"abc"), 9));
        let mut bytes = control(Control::Close, &[0x03, 0xE8, b'o', b'k']);
        assert_eq!(parse(&mut bytes, MAX), Parsed::Whole(ClientFrame::Close(Some(1000)), 10));
        let mut bytes = control(Control::Close, &[]);
        assert_eq!(parse(&mut bytes, MAX), Parsed::Whole(ClientFrame::Close(None), 6));
    }

    /// What is understood of bytes that arrive in these pieces, keeping only an incomplete frame in between.
    fn understood(bytes: &[u8], cuts: &[usize]) -> (Vec<String>, Option<Leave>, usize) {
        let (mut kept, mut told, mut from) = (Vec::new(), Vec::new(), 0);
        let ends = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([bytes.len()]);
        let mut ends: Vec<usize> = ends.collect();
        ends.sort_unstable();
        for end in ends {
            kept.extend_from_slice(&bytes[from..end]);
            from = end;
            loop {
                match parse(&mut kept, MAX) {
                    Parsed::Partial => break,
                    Parsed::Refused(why) => return (told, Some(why), 0),
                    Parsed::Whole(frame, length) => {
                        told.push(format!("{frame:?}"));
                        kept.drain(..length);
                    }
                }
            }
            assert!(kept.len() < MAX + HEADER_MAX);
        }
        (told, None, kept.len())
    }

    fn client_bytes() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            6 => "[a-zé]{0,200}".prop_map(|said| text(&said)),
            2 => prop::collection::vec(any::<u8>(), 0..=125).prop_map(|said| control(Control::Ping, &said)),
            1 => prop::collection::vec(any::<u8>(), 0..40),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn how_the_bytes_were_cut_up_makes_no_difference(
            bytes in client_bytes(),
            cuts in prop::collection::vec(any::<usize>(), 0..12),
        ) {
            prop_assert_eq!(understood(&bytes, &cuts), understood(&bytes, &[]));
        }

        #[test]
        fn arbitrary_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..700)) {
            if let Parsed::Whole(_, length) = parse(&mut bytes, MAX) {
                prop_assert!(length >= 6);
            }
        }
    }
}
