//! The least handshake: enough for a benchmark among friends.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

const HEAD_MAX: usize = 4_096;

/// Answers an upgrade; returns what was read beyond it.
pub fn answer(mut socket: &TcpStream) -> io::Result<Vec<u8>> {
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    let (head, leftover) = read_head(socket)?;
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim())
    });
    let key = key.ok_or_else(|| io::Error::other("This is no upgrade."))?;
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    socket.write_all(answer.as_bytes())?;
    Ok(leftover)
}

/// Asks for an upgrade, and reads the answer; what comes after it is not kept.
pub fn ask(mut socket: &TcpStream) -> io::Result<()> {
    socket.write_all(
        b"GET / HTTP/1.1\r\nHost: hold\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
          Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )?;
    match read_head(socket)?.0 {
        head if head.starts_with("HTTP/1.1 101") => Ok(()),
        head => Err(io::Error::other(head)),
    }
}

fn read_head(mut socket: &TcpStream) -> io::Result<(String, Vec<u8>)> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 1_024]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let leftover = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), leftover));
        }
        let count = socket.read(&mut piece)?;
        if count == 0 || bytes.len() > HEAD_MAX {
            return Err(io::Error::other("The head did not come."));
        }
        bytes.extend_from_slice(&piece[..count]);
    }
}
