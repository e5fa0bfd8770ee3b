//! The crowd as others hold it.

use std::io;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::{Poll, Waker};
use socket2::SockRef;

use crate::counts::{Counts, Totals};
use crate::frame::{LatestFrame, Said, SharedFrame};
use crate::host::{Host, MemberId};
use crate::inbox::Inbox;
use crate::options::CrowdOptions;
use crate::shard::{INBOX, Shard};

/// Why something was not done.
#[derive(Debug)]
pub enum Refused {
    /// The crowd is stopping or has stopped.
    Stopping,
    /// As many members as allowed are here already.
    Full,
    /// Too many broadcasts are waiting; ask again later.
    Busy,
    /// The socket could not be prepared.
    Socket(io::Error),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stopping => f.write_str("The crowd is stopping."),
            Self::Full => f.write_str("No more connections can be held."),
            Self::Busy => f.write_str("Too many broadcasts are waiting."),
            Self::Socket(error) => write!(f, "The socket could not be prepared: {error}."),
        }
    }
}

impl std::error::Error for Refused {}

/// Holds connections after their WebSocket handshake. A clone is the same crowd; with the last one gone it ends.
pub struct Crowd<H: Host> {
    shared: Arc<Shared<H>>,
}

impl<H: Host> Clone for Crowd<H> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

struct Shared<H: Host> {
    doors: Vec<(Arc<Inbox<H::Member>>, Waker)>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    totals: Arc<Totals>,
    next: AtomicUsize,
    options: Arc<CrowdOptions>,
}

impl<H: Host> Crowd<H> {
    /// Starts the threads. Fails if the system gives no `epoll` or no thread.
    pub fn start(options: CrowdOptions, host: Arc<H>) -> io::Result<Self> {
        let (options, totals) = (Arc::new(options), Arc::new(Totals::default()));
        let (mut doors, mut shards) = (Vec::new(), Vec::new());
        for thread in 0..u8::try_from(options.threads.max(1)).unwrap_or(u8::MAX) {
            let (poll, inbox) = (Poll::new()?, Arc::new(Inbox::new(thread)));
            doors.push((Arc::clone(&inbox), Waker::new(poll.registry(), INBOX)?));
            shards.push(Shard::new(poll, inbox, Arc::clone(&host), Arc::clone(&options), Arc::clone(&totals)));
        }
        let threads = Mutex::new(Vec::new());
        let crowd = Self { shared: Arc::new(Shared { doors, threads, totals, next: AtomicUsize::new(0), options }) };
        for (number, shard) in shards.into_iter().enumerate() {
            let thread = std::thread::Builder::new().name(format!("crowd-{number}")).spawn(move || shard.run())?;
            crowd.shared.threads().push(thread);
        }
        Ok(crowd)
    }

    /// Takes a connection whose handshake is done, with whatever was already read beyond it. The member is due at
    /// once, so the host can say hello; that may happen before this returns.
    pub fn enter(&self, socket: TcpStream, leftover: Vec<u8>, member: H::Member) -> Result<MemberId, Refused> {
        let Shared { doors, totals, next, options, .. } = &*self.shared;
        prepare(&socket, options).map_err(Refused::Socket)?;
        if totals.members.fetch_add(1, Ordering::Relaxed) >= options.members_max {
            totals.members.fetch_sub(1, Ordering::Relaxed);
            return Err(Refused::Full);
        }
        let (inbox, waker) = &doors[next.fetch_add(1, Ordering::Relaxed) % doors.len()];
        match inbox.enter(socket, leftover, member) {
            Ok((id, wakes)) => {
                nudge(waker, wakes);
                Ok(id)
            }
            Err(refused) => {
                totals.members.fetch_sub(1, Ordering::Relaxed);
                Err(refused)
            }
        }
    }

    /// Makes these members due at once. Those who left are passed over.
    pub fn wake(&self, ids: &[MemberId]) {
        for (inbox, waker) in &self.shared.doors {
            nudge(waker, inbox.wake(ids.iter().copied()));
        }
    }

    /// Makes everybody due once from now on, evenly spread over this time.
    pub fn wake_all_within(&self, spread: Duration) {
        for (inbox, waker) in &self.shared.doors {
            nudge(waker, inbox.wake_all(spread));
        }
    }

    /// Sends a frame to everybody, evenly spread over this time. Whoever has something waiting for its socket is
    /// passed by, and due with [`crate::Outbox::missed_broadcast`] once that is through. Broadcasts overtake no other:
    /// one that is faster hurries the earlier one along. When this is refused, some may get it and some not.
    pub fn broadcast(&self, frame: &SharedFrame, spread: Duration) -> Result<(), Refused> {
        self.say(&Said::This(frame.clone()), spread)
    }

    /// Sends everybody the latest frame, evenly spread over this time: whoever comes late is sent what has replaced it
    /// meanwhile. Otherwise as [`broadcast`](Self::broadcast).
    pub fn broadcast_latest(&self, frame: &Arc<LatestFrame>, spread: Duration) -> Result<(), Refused> {
        self.say(&Said::Latest(Arc::clone(frame)), spread)
    }

    fn say(&self, said: &Said, spread: Duration) -> Result<(), Refused> {
        for (inbox, waker) in &self.shared.doors {
            nudge(waker, inbox.broadcast(said.clone(), spread)?);
        }
        Ok(())
    }

    /// Connections held now, also those that are just leaving.
    pub fn len(&self) -> usize {
        self.counts().members
    }

    /// True if nobody is here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was done so far. Frames and bytes are passed on after each turn of a thread.
    pub fn counts(&self) -> Counts {
        self.shared.totals.read()
    }

    /// Takes nobody in any more, tells everybody that the server is going away (1001), waits this long for them to
    /// take it, and ends. Blocks until the threads are gone; not to be called from a [`Host`].
    pub fn stop(&self, patience: Duration) {
        self.shared.stop(patience);
        let threads = std::mem::take(&mut *self.shared.threads());
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the crowd ended in a panic");
            }
        }
    }
}

impl<H: Host> Shared<H> {
    fn threads(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, patience: Duration) {
        for (inbox, waker) in &self.doors {
            nudge(waker, inbox.stop(patience));
        }
    }
}

impl<H: Host> Drop for Shared<H> {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}

fn prepare(socket: &TcpStream, options: &CrowdOptions) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    // A small frame must not wait for the last one's acknowledgement.
    socket.set_nodelay(true)?;
    match options.send_buffer {
        Some(bytes) => SockRef::from(socket).set_send_buffer_size(bytes),
        None => Ok(()),
    }
}

fn nudge(waker: &Waker, wakes: bool) {
    if wakes && let Err(error) = waker.wake() {
        tracing::error!(%error, "a thread of the crowd could not be woken");
    }
}
