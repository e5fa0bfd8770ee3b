//! One thread of a crowd: its members, their sockets and their times.

mod hearing;
mod saying;
mod slot;
mod turn;
mod waiting;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use socket2::SockRef;

use crate::client_frame::HEADER_MAX;
use crate::counts::{Tally, Totals};
use crate::frame::{Said, SharedFrame};
use crate::host::{Host, Leave, MemberId, Next};
use crate::inbox::{Entry, Inbox};
use crate::options::CrowdOptions;
use crate::outbox::Outbox;
use crate::sweep::{Rounds, Sweep};
use crate::wheel::{NEVER, TICK, Tick, Wheel, tick_at, ticks};
use slot::{Slot, Stage};
use waiting::Waiting;

/// The token under which the inbox reports. A key has 32 bits and never reaches it.
pub(crate) const INBOX: Token = Token(usize::MAX);

/// Events taken from the kernel at once.
const EVENTS_MAX: usize = 1_024;

/// Bytes read at once, into the one buffer that all members of a thread share.
const READ_MAX: usize = 16 * 1_024;

/// A thread's state. Everything in it is touched by this thread alone.
pub(crate) struct Shard<H: Host> {
    poll: Poll,
    inbox: Arc<Inbox<H::Member>>,
    host: Arc<H>,
    options: Arc<CrowdOptions>,
    tally: Tally,
    start: Instant,
    now: Instant,
    tick: Tick,
    slots: Vec<Option<Slot<H::Member>>>,
    held: usize,
    freed: Vec<(u32, u32)>,
    halves: HashMap<u32, Box<[u8]>>,
    waiting: Waiting,
    wheel: Wheel,
    ready: VecDeque<u32>,
    broadcasts: VecDeque<(Said, Sweep)>,
    wakes: Rounds,
    looks: Rounds,
    /// How much longer than set the present round of looks takes.
    ping_stretch: f64,
    stuck_look: Tick,
    busy: bool,
    ping: SharedFrame,
    outbox: Outbox,
    buffer: Vec<u8>,
    stop: Option<Instant>,
}

impl<H: Host> Shard<H> {
    pub(crate) fn new(
        poll: Poll,
        inbox: Arc<Inbox<H::Member>>,
        host: Arc<H>,
        options: Arc<CrowdOptions>,
        totals: Arc<Totals>,
    ) -> Self {
        let now = Instant::now();
        Self {
            poll,
            inbox,
            host,
            tally: Tally::new(totals),
            start: now,
            now,
            tick: 0,
            slots: Vec::new(),
            held: 0,
            freed: Vec::new(),
            halves: HashMap::new(),
            waiting: Waiting::new(options.pending_max),
            wheel: Wheel::new(),
            ready: VecDeque::new(),
            broadcasts: VecDeque::new(),
            wakes: Rounds::default(),
            looks: Rounds::default(),
            ping_stretch: 1.0,
            stuck_look: 0,
            busy: false,
            ping: SharedFrame::ping(),
            outbox: Outbox::default(),
            buffer: vec![0; options.frame_in_max + HEADER_MAX + READ_MAX],
            stop: None,
            options,
        }
    }

    /// Runs until the crowd is stopped.
    pub(crate) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS_MAX);
        loop {
            match self.poll.poll(&mut events, self.patience()) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    tracing::error!(%error, "the crowd cannot watch its sockets any more");
                    return self.drop_all();
                }
            }
            self.now = Instant::now();
            self.tick = tick_at(self.now, self.start);
            for event in events.iter().filter(|event| event.token() != INBOX) {
                let key = event.token().0 as u32;
                if event.is_writable() {
                    self.drain(key);
                }
                if event.is_readable() || event.is_read_closed() || event.is_error() {
                    self.read(key, event.is_read_closed() || event.is_error());
                }
            }
            self.take_asked();
            self.turn();
            self.tally.pass_on();
            if self.stop.is_some_and(|deadline| self.held == 0 || self.now >= deadline) {
                return;
            }
        }
    }

    fn patience(&self) -> Option<Duration> {
        if self.busy {
            return Some(Duration::ZERO);
        }
        if self.held == 0 && self.broadcasts.is_empty() && self.wakes.is_over() {
            return None;
        }
        let next = self.start + TICK * (self.tick + 1);
        Some(next.saturating_duration_since(Instant::now()))
    }

    fn take_asked(&mut self) {
        let asked = self.inbox.take(&mut self.freed, turn::BROADCASTS_MAX - self.broadcasts.len());
        for entry in asked.entries {
            self.enter(entry);
        }
        let keys = self.slots.len() as u32;
        for (said, spread) in asked.broadcasts {
            self.broadcasts.push_back((said, Sweep::new(keys, self.now, spread)));
        }
        if let Some(within) = asked.wake_all {
            self.wakes.begin(keys, self.now, within);
        }
        for id in asked.wakes {
            let slot = self.slots.get(id.key() as usize).and_then(Option::as_ref);
            if slot.is_some_and(|slot| slot.generation == id.generation()) {
                self.wake(id.key());
            }
        }
        if let Some(patience) = asked.stop {
            self.stop = Some(self.now + patience);
            for key in 0..keys {
                self.refuse(key, Leave::Stopped);
            }
        }
    }

    fn enter(&mut self, entry: Entry<H::Member>) {
        let Entry { id, socket, mut leftover, member } = entry;
        let (key, fd) = (id.key(), socket.as_raw_fd());
        if self.slots.len() <= key as usize {
            self.slots.resize_with(key as usize + 1, || None);
        }
        self.slots[key as usize] = Some(Slot::new(socket, id.generation(), member, self.tick));
        self.held += 1;
        self.tally.entered();
        // Edge-triggered for both, so nothing has to be changed when a socket fills up or is through: the kernel
        // reports a socket as writable only after it refused bytes.
        let interest = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.poll.registry().register(&mut SourceFd(&fd), Token(key as usize), interest) {
            tracing::warn!(%error, "a connection could not be watched");
            return self.leave(key, Leave::Lost);
        }
        self.ask(key);
        if !leftover.is_empty() {
            self.hear(key, &mut leftover);
        }
    }

    fn slot(&mut self, key: u32) -> Option<&mut Slot<H::Member>> {
        self.slots.get_mut(key as usize)?.as_mut()
    }

    /// Agrees when a member is due again.
    fn schedule(&mut self, key: u32, next: Next) {
        let due = match next {
            Next::Never => NEVER,
            Next::In(delay) => self.tick.saturating_add(ticks(delay)).min(NEVER - 1),
        };
        if let Some(slot) = self.slot(key) {
            slot.due = due;
        }
        self.arm(key);
    }

    /// Sees that the wheel comes up for a member no later than it is due. An entry that comes up before is kept: it
    /// arms anew when it finds the member not yet due, so moving a time back and forth does not fill the wheel.
    fn arm(&mut self, key: u32) {
        if let Some(slot) = self.slots.get_mut(key as usize).and_then(Option::as_mut)
            && slot.due < slot.armed
        {
            slot.armed = self.wheel.insert(key, slot.due);
        }
    }

    /// Tells a member why, if that can be told, and sees it off.
    fn refuse(&mut self, key: u32, why: Leave) {
        if self.slot(key).is_none_or(|slot| slot.stage == Stage::Leaving) {
            return;
        }
        if let Some(code) = why.code() {
            self.outbox.close(code, why.as_str());
        }
        self.settle(key, Some(why));
    }

    /// Goodbye was said: hears nothing more, and lets the socket go when the client has, or after a while.
    fn see_off(&mut self, key: u32, why: Leave) {
        self.tell_host(key, why);
        let linger = self.stop.map_or(self.options.linger, |deadline| deadline.saturating_duration_since(self.now));
        let tick = self.tick;
        if let Some(slot) = self.slot(key) {
            slot.begin_leaving(tick);
            if !slot.waits {
                slot.end_writing();
            }
        }
        self.schedule(key, Next::In(linger));
    }

    /// Lets a member go at once.
    fn leave(&mut self, key: u32, why: Leave) {
        self.tell_host(key, why);
        if let Some(slot) = self.slot(key)
            && matches!(why, Leave::Silent | Leave::Stuck | Leave::Behind)
        {
            // What it does not take would otherwise stay in the kernel for minutes.
            let _ = SockRef::from(&slot.socket).set_linger(Some(Duration::ZERO));
        }
        self.free(key);
    }

    fn tell_host(&mut self, key: u32, why: Leave) {
        let Some(slot) = self.slots.get(key as usize).and_then(Option::as_ref) else { return };
        if slot.stage == Stage::Open {
            self.tally.left(why);
            let id = MemberId::new(self.inbox.thread(), key, slot.generation);
            self.host.on_leave(id, &slot.member, why);
        }
    }

    fn free(&mut self, key: u32) {
        let Some(slot) = self.slots.get_mut(key as usize).and_then(Option::take) else { return };
        if slot.halved {
            self.halves.remove(&key);
        }
        if slot.waits {
            self.waiting.remove(key);
        }
        self.freed.push((key, slot.generation.wrapping_add(1) & MemberId::GENERATION_MAX));
        self.held -= 1;
        self.tally.freed(1);
    }

    fn drop_all(&mut self) {
        for key in 0..self.slots.len() as u32 {
            self.leave(key, Leave::Lost);
        }
    }
}

impl<H: Host> Drop for Shard<H> {
    fn drop(&mut self) {
        self.tally.turned_away(self.inbox.close());
        self.tally.freed(self.held);
        self.tally.pass_on();
    }
}

impl<M> Slot<M> {
    /// The client has been told everything; it sees the end and ends, too.
    fn end_writing(&self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}
