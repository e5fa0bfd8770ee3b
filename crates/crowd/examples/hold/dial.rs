//! Clients that read and discard, and answer pings.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

use crate::handshake;

/// A masked, empty pong.
const PONG: [u8; 6] = [0x8A, 0x80, 0, 0, 0, 0];

/// Connects so many, and reads until the input of this process ends.
pub fn dial(address: &str, connections: usize) -> io::Result<()> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1_024));
    let mut sockets = Vec::with_capacity(connections);
    for index in 0..connections {
        let socket = TcpStream::connect(address)?;
        handshake::ask(&socket)?;
        socket.set_nonblocking(true)?;
        poll.registry().register(&mut SourceFd(&socket.as_raw_fd()), Token(index), Interest::READABLE)?;
        sockets.push(socket);
    }
    println!("ready");
    std::thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
    let mut buffer = vec![0; 64 * 1_024];
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &events {
            let mut socket = &sockets[event.token().0];
            while let Ok(count) = socket.read(&mut buffer)
                && count > 0
            {
                // The server of this benchmark sends pings alone, never together with a text.
                if buffer[..count] == [0x89, 0] {
                    let _ = socket.write(&PONG);
                }
                if count < buffer.len() {
                    break;
                }
            }
        }
    }
}
