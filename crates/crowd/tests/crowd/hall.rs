//! A crowd with a door, and clients of another implementation.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crowd::{Crowd, CrowdOptions, Host, Leave, MemberId, Next, Outbox, SharedFrame};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

/// Nothing here takes longer, unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub type Client = WebSocket<TcpStream>;

/// Answers every text; `every N` asks for a count every N ms, `bye` for a goodbye, `big` for a large frame.
pub struct Echo {
    left: Mutex<Sender<(MemberId, Leave)>>,
    here: Mutex<Sender<MemberId>>,
    big: SharedFrame,
}

#[derive(Clone, Copy, Default)]
pub struct Cadence {
    every_ms: u32,
    count: u32,
}

impl Host for Echo {
    type Member = Cadence;

    fn on_text(&self, _: MemberId, member: &mut Cadence, text: &str, out: &mut Outbox) {
        match text.split_once(' ') {
            Some(("every", ms)) => {
                member.every_ms = ms.parse().unwrap();
                out.ask_in(Duration::ZERO);
            }
            None if text == "bye" => out.close(4000, "as you wish"),
            None if text == "big" => out.shared(&self.big),
            _ => out.text(text),
        }
    }

    fn on_due(&self, _: Instant, id: MemberId, member: &mut Cadence, out: &mut Outbox) -> Next {
        if member.count == 0 {
            self.here.lock().unwrap().send(id).unwrap();
        }
        let missed = if out.missed_broadcast() { "missed " } else { "" };
        out.text(&format!("{missed}{}", member.count));
        member.count += 1;
        match member.every_ms {
            0 => Next::Never,
            ms => Next::In(Duration::from_millis(u64::from(ms))),
        }
    }

    fn on_leave(&self, id: MemberId, _: &Cadence, why: Leave) {
        self.left.lock().unwrap().send((id, why)).unwrap();
    }
}

pub struct Hall {
    pub crowd: Crowd<Echo>,
    pub left: Receiver<(MemberId, Leave)>,
    here: Receiver<MemberId>,
    address: SocketAddr,
}

impl Hall {
    pub fn open(options: CrowdOptions) -> Self {
        let ((left_in, left), (here_in, here)) = (channel(), channel());
        let big = SharedFrame::text(&"x".repeat(100_000));
        let echo = Echo { left: Mutex::new(left_in), here: Mutex::new(here_in), big };
        let crowd = Crowd::start(options, Arc::new(echo)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, door) = (listener.local_addr().unwrap(), crowd.clone());
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let socket = tungstenite::accept(socket.unwrap()).unwrap().into_inner();
                if door.enter(socket, Vec::new(), Cadence::default()).is_err() {
                    return;
                }
            }
        });
        Self { crowd, left, here, address }
    }

    /// A client that has heard the first count.
    pub fn client(&self) -> (MemberId, Client) {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let (mut client, _) = tungstenite::client("ws://hall/", socket).unwrap();
        assert_eq!(hear(&mut client), "0");
        (self.here.recv_timeout(PATIENCE).unwrap(), client)
    }

    pub fn why_left(&self) -> Leave {
        self.left.recv_timeout(PATIENCE).unwrap().1
    }

    pub fn wait_for_len(&self, len: usize) {
        let begun = Instant::now();
        while self.crowd.len() != len {
            assert!(begun.elapsed() < PATIENCE, "{} are here, not {len}", self.crowd.len());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The next text.
pub fn hear(client: &mut Client) -> String {
    loop {
        match client.read().unwrap() {
            Message::Text(text) => return text.to_string(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("expected a text, not {other:?}"),
        }
    }
}

pub fn say(client: &mut Client, text: &str) {
    client.send(Message::text(text)).unwrap();
}

/// Reads up to the server's goodbye, and returns its code.
pub fn goodbye(client: &mut Client) -> u16 {
    loop {
        if let Message::Close(frame) = client.read().unwrap() {
            return frame.unwrap().code.into();
        }
    }
}
