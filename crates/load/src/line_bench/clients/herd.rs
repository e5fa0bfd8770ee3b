//! The loop around all connections of a process: one thread, one `epoll`, one buffer to read into.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token, Waker};
use socket2::{Domain, Socket, Type};

use super::frames::upgrade;
use super::member::{Heard, Member, Stage};
use super::told::Told;
use super::{ClientsArgs, Order};
use crate::line_bench::book::Book;

const WAKER: Token = Token(usize::MAX);
/// Bytes read at once.
const BUFFER_BYTES: usize = 256 * 1024;
/// Connections from one address, of the 28,000 that have a port there.
const CONNECTIONS_PER_ADDRESS: usize = 4_000;
/// Addresses that one round of connections comes from.
const ADDRESSES_MAX: u8 = 8;
/// Before a connection that failed or was cut is opened again.
const AGAIN_AFTER: Duration = Duration::from_millis(200);
/// A handshake that takes longer has failed.
const HANDSHAKE_MAX: Duration = Duration::from_secs(20);

/// All connections of a process.
pub struct Herd {
    poll: Poll,
    orders: Receiver<Order>,
    members: Vec<Option<Member>>,
    tokens: Book,
    addresses: Vec<SocketAddr>,
    turn: usize,
    source: Ipv4Addr,
    /// How often everybody reloaded. Each time from another address: a port that was just used stays closed for a minute,
    /// and a crowd of real devices would not share them.
    reloads: u8,
    path: String,
    at_once: usize,
    opening: VecDeque<(usize, Instant)>,
    to_open: VecDeque<usize>,
    again: VecDeque<(Instant, usize)>,
    counts: Told,
    buffer: Vec<u8>,
}

impl Herd {
    /// None of them open yet; with the way to give it orders.
    ///
    /// # Errors
    /// If the tokens cannot be read, or `epoll` not be had.
    pub fn new(arguments: &ClientsArgs) -> io::Result<(Self, Sender<Order>, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (sender, orders) = channel();
        let tokens = match &arguments.tokens {
            Some(path) => Book::read(path, arguments.first, arguments.count)?,
            None => Book::default(),
        };
        let herd = Self {
            poll,
            orders,
            members: (0..arguments.count).map(|_| None).collect(),
            tokens,
            addresses: arguments.addresses.clone(),
            turn: 0,
            source: arguments.source,
            reloads: 0,
            path: arguments.path.clone(),
            at_once: arguments.at_once.max(1),
            opening: VecDeque::new(),
            to_open: (0..arguments.count).collect(),
            again: VecDeque::new(),
            counts: Told::default(),
            buffer: vec![0; BUFFER_BYTES],
        };
        Ok((herd, sender, waker))
    }

    /// Runs until told to quit; `say` takes what is reported.
    ///
    /// # Errors
    /// If `epoll` fails, or nobody takes the report.
    pub fn run(&mut self, mut say: impl FnMut(&Told) -> io::Result<()>) -> io::Result<()> {
        let mut events = Events::with_capacity(4_096);
        loop {
            self.open_more();
            let patience = if self.idle() { None } else { Some(Duration::from_millis(20)) };
            match self.poll.poll(&mut events, patience) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            for event in &events {
                if event.token() != WAKER {
                    self.on_event(event.token().0, event.is_writable());
                }
            }
            while let Ok(order) = self.orders.try_recv() {
                match order {
                    Order::Told => say(&self.told())?,
                    Order::Reload => self.reload(),
                    Order::Quit => return Ok(()),
                }
            }
        }
    }

    fn idle(&self) -> bool {
        self.opening.is_empty() && self.to_open.is_empty() && self.again.is_empty()
    }

    fn told(&self) -> Told {
        let mut told = self.counts.clone();
        let now_ms = crate::clock::now_ms();
        self.members.iter().flatten().for_each(|member| member.tell(now_ms, &mut told));
        told
    }

    /// Closes all and opens all again, as a crowd does that reloads its pages.
    fn reload(&mut self) {
        self.members.iter_mut().for_each(|member| *member = None);
        self.reloads = self.reloads.wrapping_add(1);
        self.opening.clear();
        self.again.clear();
        self.to_open = (0..self.members.len()).collect();
    }

    fn open_more(&mut self) {
        let now = Instant::now();
        while let Some((_, index)) = self.again.pop_front_if(|(at, _)| *at <= now) {
            self.to_open.push_back(index);
        }
        let open = |members: &[Option<Member>], index: usize| {
            members.get(index).and_then(Option::as_ref).is_none_or(|member| member.stage == Stage::Open)
        };
        self.opening.retain(|(index, _)| !open(&self.members, *index));
        while let Some((index, _)) = self.opening.pop_front_if(|(_, since)| since.elapsed() > HANDSHAKE_MAX) {
            self.failed(index);
        }
        while self.opening.len() < self.at_once {
            let Some(index) = self.to_open.pop_front() else { return };
            match self.open(index) {
                Ok(()) => self.opening.push_back((index, now)),
                Err(_) => self.failed(index),
            }
        }
    }

    fn open(&mut self, index: usize) -> io::Result<()> {
        let address = self.addresses.get((index + self.turn) % self.addresses.len().max(1));
        let address = *address.ok_or_else(|| io::Error::other("there is no server"))?;
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        let [first, second, third, fourth] = self.source.octets();
        // The kernel looks for a free port by trying one after the other, so most of an address's stay free.
        let group = (index / CONNECTIONS_PER_ADDRESS) as u8;
        let second = second.wrapping_add(self.reloads.wrapping_mul(ADDRESSES_MAX)).wrapping_add(group);
        let source = Ipv4Addr::new(first, second, third, fourth);
        socket.bind(&SocketAddr::from((source, 0)).into())?;
        socket.set_nonblocking(true)?;
        match socket.connect(&address.into()) {
            Ok(()) => {}
            // On its way: writable when it is there.
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
            Err(error) => return Err(error),
        }
        let mut stream = mio::net::TcpStream::from_std(socket.into());
        self.poll.registry().register(&mut stream, Token(index), Interest::READABLE | Interest::WRITABLE)?;
        if let Some(slot) = self.members.get_mut(index) {
            *slot = Some(Member::new(stream));
        }
        Ok(())
    }

    fn on_event(&mut self, index: usize, writable: bool) {
        let Some(Some(member)) = self.members.get_mut(index) else { return };
        if member.stage == Stage::Connecting {
            if !writable {
                return;
            }
            let authority = member.stream.peer_addr().map(|address| address.to_string()).unwrap_or_default();
            if member.ask(&upgrade(&self.path, &authority, self.tokens.token(index))).is_err() {
                self.failed(index);
            }
            return;
        }
        let was_open = member.stage == Stage::Open;
        match member.hear(&mut self.buffer, &mut self.counts) {
            Heard::More | Heard::Opened => {}
            Heard::Ended if was_open => {
                self.counts.cut += 1;
                self.retry(index);
            }
            Heard::Ended => self.failed(index),
        }
    }

    fn failed(&mut self, index: usize) {
        self.counts.failed += 1;
        self.retry(index);
    }

    /// Later, at the next server.
    fn retry(&mut self, index: usize) {
        self.turn += 1;
        if let Some(slot) = self.members.get_mut(index) {
            *slot = None;
        }
        self.again.push_back((Instant::now() + AGAIN_AFTER, index));
    }
}
