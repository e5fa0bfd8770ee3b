//! What clients say, and what they must not say.

use std::io::Write;

use crowd::{CrowdOptions, Leave};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::hall::{Hall, goodbye, hear, say};

/// A masked frame with a mask of zeros.
fn raw(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    bytes.extend_from_slice(payload);
    bytes
}

#[test]
fn a_text_reaches_the_host_and_its_answer_the_client() {
    let hall = Hall::open(CrowdOptions { threads: 2, ..CrowdOptions::default() });
    let mut clients: Vec<_> = (0..10).map(|_| hall.client().1).collect();
    for (index, client) in clients.iter_mut().enumerate() {
        say(client, &format!("hello-{index}"));
    }
    for (index, client) in clients.iter_mut().enumerate() {
        assert_eq!(hear(client), format!("hello-{index}"));
    }
    assert_eq!(hall.crowd.counts().members, 10);
}

#[test]
fn a_ping_is_answered() {
    let hall = Hall::open(CrowdOptions::default());
    let (_, mut client) = hall.client();
    client.send(Message::Ping(Bytes::from_static(b"there?"))).unwrap();
    assert_eq!(client.read().unwrap(), Message::Pong(Bytes::from_static(b"there?")));
}

#[test]
fn frames_in_pieces_are_put_together() {
    let hall = Hall::open(CrowdOptions::default());
    let (_, mut client) = hall.client();
    client.get_mut().set_nodelay(true).unwrap();
    let text = "a longer text, so that there is something to cut up";
    let bytes = [raw(0x81, text.as_bytes()), raw(0x81, b"and another")].concat();
    for piece in bytes.chunks(7) {
        client.get_mut().write_all(piece).unwrap();
        // An answer to a ping in between would break the frame, so only time can cut the stream here.
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert_eq!(hear(&mut client), text);
    assert_eq!(hear(&mut client), "and another");
}

#[test]
fn what_came_with_the_handshake_is_heard() {
    use std::net::{TcpListener, TcpStream};
    use tokio_tungstenite::tungstenite::{WebSocket, protocol::Role};

    let hall = Hall::open(CrowdOptions::default());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    let mut leftover = raw(0x81, b"early");
    leftover.extend_from_slice(&raw(0x81, b"later")[..8]);
    hall.crowd.enter(server, leftover, crate::hall::Cadence::default()).unwrap();
    let mut client = WebSocket::from_raw_socket(client, Role::Client, None);
    assert_eq!(hear(&mut client), "0");
    assert_eq!(hear(&mut client), "early");
    client.get_mut().write_all(&raw(0x81, b"later")[8..]).unwrap();
    assert_eq!(hear(&mut client), "later");
}

#[test]
fn what_must_not_be_said_is_answered_with_its_code() {
    let hall = Hall::open(CrowdOptions::default());
    let mut too_big = vec![0x81, 0x80 | 126];
    too_big.extend_from_slice(&513_u16.to_be_bytes());
    let cases = [
        (too_big, 1009, Leave::TooBig),
        (b"\x81\x02hi".to_vec(), 1002, Leave::Malformed),
        (raw(0x01, b"hi"), 1003, Leave::Unsupported),
        (raw(0x82, b"hi"), 1003, Leave::Unsupported),
        (raw(0x81, b"\xFF"), 1007, Leave::NotText),
        (raw(0x83, b""), 1002, Leave::Malformed),
    ];
    for (bytes, code, why) in cases {
        let (_, mut client) = hall.client();
        client.get_mut().write_all(&bytes).unwrap();
        assert_eq!((goodbye(&mut client), hall.why_left()), (code, why), "{bytes:x?}");
    }
    hall.wait_for_len(0);
}

#[test]
fn who_says_too_much_is_told_so() {
    let hall = Hall::open(CrowdOptions { messages_in_max: 20, ..CrowdOptions::default() });
    let (_, mut client) = hall.client();
    let flood = raw(0x81, b"x").repeat(5_000);
    client.get_mut().write_all(&flood).unwrap();
    assert_eq!((goodbye(&mut client), hall.why_left()), (1008, Leave::TooMany));
}
