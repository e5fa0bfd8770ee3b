//! What one thread of a crowd is asked from outside.

use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::crowd::Refused;
use crate::frame::Said;
use crate::host::MemberId;

/// Broadcasts that may wait for a thread.
const BROADCASTS_WAITING_MAX: usize = 64;

/// Single members to wake that may wait, whatever the number of members.
const WAKES_WAITING_MIN: usize = 1_024;

/// A connection on its way in.
pub(crate) struct Entry<M> {
    pub(crate) id: MemberId,
    pub(crate) socket: TcpStream,
    pub(crate) leftover: Vec<u8>,
    pub(crate) member: M,
}

/// Everything that has been asked since the thread last looked.
pub(crate) struct Asked<M> {
    pub(crate) entries: Vec<Entry<M>>,
    pub(crate) wakes: Vec<MemberId>,
    pub(crate) wake_all: Option<Duration>,
    pub(crate) broadcasts: Vec<(Said, Duration)>,
    pub(crate) stop: Option<Duration>,
}

impl<M> Default for Asked<M> {
    fn default() -> Self {
        Self { entries: Vec::new(), wakes: Vec::new(), wake_all: None, broadcasts: Vec::new(), stop: None }
    }
}

impl<M> Asked<M> {
    fn is_empty(&self) -> bool {
        self.entries.is_empty()
            && self.wakes.is_empty()
            && self.wake_all.is_none()
            && self.broadcasts.is_empty()
            && self.stop.is_none()
    }
}

/// Between a thread and everybody else. It also hands out the thread's keys, so that who enters has an id at once.
pub(crate) struct Inbox<M> {
    thread: u8,
    inner: Mutex<Inner<M>>,
}

struct Inner<M> {
    asked: Asked<M>,
    free: Vec<(u32, u32)>,
    keys: u32,
    stage: Stage,
}

#[derive(PartialEq, Eq)]
enum Stage {
    Open,
    Closed,
}

/// Whether the thread has to be woken for what was put in: only for the first thing.
pub(crate) type Wakes = bool;

impl<M> Inbox<M> {
    pub(crate) fn new(thread: u8) -> Self {
        let inner = Inner { asked: Asked::default(), free: Vec::new(), keys: 0, stage: Stage::Open };
        Self { thread, inner: Mutex::new(inner) }
    }

    pub(crate) fn enter(&self, socket: TcpStream, leftover: Vec<u8>, member: M) -> Result<(MemberId, Wakes), Refused> {
        let mut inner = self.open()?;
        let wakes = inner.asked.is_empty();
        let (key, generation) = match inner.free.pop() {
            Some(free) => free,
            None => {
                inner.keys += 1;
                (inner.keys - 1, 0)
            }
        };
        let id = MemberId::new(self.thread, key, generation);
        inner.asked.entries.push(Entry { id, socket, leftover, member });
        Ok((id, wakes))
    }

    pub(crate) fn wake(&self, ids: impl Iterator<Item = MemberId>) -> Wakes {
        let Ok(mut inner) = self.open() else { return false };
        let wakes = inner.asked.is_empty();
        inner.asked.wakes.extend(ids.filter(|id| id.thread() == usize::from(self.thread)));
        // When more is asked for than there are members, everybody is meant, or near enough.
        if inner.asked.wakes.len() > WAKES_WAITING_MIN.max(inner.keys as usize) {
            inner.asked.wakes = Vec::new();
            inner.asked.wake_all = Some(Duration::ZERO);
        }
        wakes && !inner.asked.is_empty()
    }

    pub(crate) fn wake_all(&self, within: Duration) -> Wakes {
        let Ok(mut inner) = self.open() else { return false };
        let wakes = inner.asked.is_empty();
        inner.asked.wake_all = Some(inner.asked.wake_all.map_or(within, |asked| asked.min(within)));
        wakes
    }

    pub(crate) fn broadcast(&self, said: Said, spread: Duration) -> Result<Wakes, Refused> {
        let mut inner = self.open()?;
        let wakes = inner.asked.is_empty();
        if inner.asked.broadcasts.len() >= BROADCASTS_WAITING_MAX {
            return Err(Refused::Busy);
        }
        inner.asked.broadcasts.push((said, spread));
        Ok(wakes)
    }

    /// The last thing that can be asked.
    pub(crate) fn stop(&self, patience: Duration) -> Wakes {
        let Ok(mut inner) = self.open() else { return false };
        inner.stage = Stage::Closed;
        inner.asked.stop = Some(patience);
        true
    }

    /// Takes everything, but only so many broadcasts, and takes back the keys of those who left.
    pub(crate) fn take(&self, freed: &mut Vec<(u32, u32)>, broadcasts_most: usize) -> Asked<M> {
        let mut inner = self.lock();
        inner.free.append(freed);
        let mut asked = std::mem::take(&mut inner.asked);
        if asked.broadcasts.len() > broadcasts_most {
            inner.asked.broadcasts = asked.broadcasts.split_off(broadcasts_most);
        }
        asked
    }

    pub(crate) fn thread(&self) -> u8 {
        self.thread
    }

    /// Refuses everything from now on, and drops what waits. Returns how many were on their way in.
    pub(crate) fn close(&self) -> usize {
        let mut inner = self.lock();
        inner.stage = Stage::Closed;
        std::mem::take(&mut inner.asked).entries.len()
    }

    fn open(&self) -> Result<MutexGuard<'_, Inner<M>>, Refused> {
        let inner = self.lock();
        if inner.stage == Stage::Closed { Err(Refused::Stopping) } else { Ok(inner) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<M>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::SharedFrame;

    #[test]
    fn too_many_single_wakes_become_one_for_all() {
        let inbox = Inbox::<()>::new(0);
        assert!(inbox.wake([MemberId::new(0, 1, 0)].into_iter()));
        assert!(!inbox.wake([MemberId::new(0, 1, 0)].into_iter()), "it is awake already");
        inbox.wake((0..2_000).map(|key| MemberId::new(0, key, 0)));
        let asked = inbox.take(&mut Vec::new(), 0);
        assert_eq!((asked.wakes.len(), asked.wake_all), (0, Some(Duration::ZERO)));
    }

    #[test]
    fn somebody_elses_members_wake_nobody() {
        let inbox = Inbox::<()>::new(0);
        assert!(!inbox.wake([MemberId::new(1, 1, 0)].into_iter()));
    }

    #[test]
    fn broadcasts_do_not_pile_up() {
        let inbox = Inbox::<()>::new(0);
        let frame = SharedFrame::text("x");
        let taken = (0..100).filter(|_| inbox.broadcast(Said::This(frame.clone()), Duration::ZERO).is_ok()).count();
        assert_eq!(taken, BROADCASTS_WAITING_MAX);
        assert_eq!(inbox.take(&mut Vec::new(), 10).broadcasts.len(), 10);
        assert_eq!(inbox.take(&mut Vec::new(), 100).broadcasts.len(), BROADCASTS_WAITING_MAX - 10);
    }

    #[test]
    fn after_a_stop_nothing_is_taken() {
        let inbox = Inbox::<()>::new(0);
        assert!(inbox.stop(Duration::ZERO));
        assert!(!inbox.stop(Duration::ZERO));
        assert!(matches!(inbox.broadcast(Said::This(SharedFrame::text("x")), Duration::ZERO), Err(Refused::Stopping)));
    }
}
