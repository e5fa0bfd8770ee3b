//! What all connections of one sale share: frames written once, and who must be woken by which event.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use crowd::{MemberId, SharedFrame};
use domain::{AccountId, Currency, OrderId, PlaceNumber, Problem, Timestamp};
use engine::Unavailable;
use link::Wake;
use pace::{Estimate, Estimator};
use platform::{Clock, Shutdown};
use sale::{SaleView, Stage};
use tokio::sync::watch;

use super::messages::ToClient;
use super::room::Room;
use super::woken::{Waker, Woken};
use crate::desk::Desk;
use crate::edge_state::Edge;
use crate::problem::ApiResult;
use crate::sale_clock::SaleClock;
use crate::sales::FanSale;
use crate::wire::status::{SeatChangesBody, StatusBody, areas};

/// How often seats and status are looked at.
const TICK: Duration = Duration::from_millis(100);
/// A status frame is sent every so many ticks at most: twice a second.
const STATUS_TICKS: u32 = 5;
/// Steps of seat changes that are remembered: about half a minute.
const STEPS_KEPT: usize = 300;
/// Who is more steps behind is sent all seats.
const STEPS_SENT_MAX: usize = 50;

/// A frame that many connections send.
pub(super) type Frame = Arc<str>;

/// Shared live state of one sale.
pub struct Hub {
    seen: ArcSwap<SaleView>,
    estimator: Mutex<Estimator>,
    steps: Mutex<VecDeque<Step>>,
    woken: Mutex<Woken>,
    room: ArcSwapOption<Room>,
    /// The writer is gone from here: no room is opened any more.
    over: Mutex<bool>,
    pub(super) status: watch::Sender<Frame>,
    clock: SaleClock,
}

struct Step {
    from: u64,
    changes: Vec<(u32, u8)>,
    frame: SharedFrame,
}

/// The seat changes since some version.
pub(super) enum Steps {
    /// In order; then the seats have this version.
    UpTo(u64, Vec<SharedFrame>),
    /// All seats say it shorter, or nobody remembers.
    TooMany,
}

impl Hub {
    /// Starts the hub of a sale. It ends with its writer, if that is here, or with the process.
    pub fn start(desk: Desk, currency: Currency, clock: Arc<dyn Clock>, shutdown: Shutdown) -> Arc<Self> {
        let view = desk.view();
        let hub = Arc::new(Self {
            seen: ArcSwap::new(view),
            estimator: Mutex::default(),
            steps: Mutex::default(),
            woken: Mutex::default(),
            room: ArcSwapOption::empty(),
            over: Mutex::default(),
            status: watch::Sender::new(Frame::from("")),
            clock: SaleClock::default(),
        });
        let running = Arc::clone(&hub);
        tokio::spawn(async move { running.run(desk, currency, clock, shutdown).await });
        hub
    }

    /// The view the last change of seats led to: its version is that of the seats.
    pub fn latest(&self) -> Arc<SaleView> {
        self.seen.load_full()
    }

    /// The seats that changed since a version; `None` if that is too long ago or has not been.
    pub fn changes_since(&self, since: u64) -> Option<SeatChangesBody> {
        let steps = lock(&self.steps);
        let latest = self.latest();
        let mut changed = BTreeMap::new();
        if since != latest.version {
            let first = steps.iter().position(|step| step.from == since)?;
            steps.range(first..).flat_map(|step| &step.changes).for_each(|(seat, state)| {
                changed.insert(*seat, *state);
            });
        }
        Some(SeatChangesBody { version: latest.version, changes: changed.into_iter().collect(), areas: areas(&latest) })
    }

    /// The steps of seats since a version, as sent.
    pub(super) fn steps_since(&self, since: u64) -> Steps {
        let steps = lock(&self.steps);
        let version = self.seen.load().version;
        if since == version {
            return Steps::UpTo(version, Vec::new());
        }
        match steps.iter().position(|step| step.from == since) {
            Some(first) if steps.len() - first <= STEPS_SENT_MAX => {
                Steps::UpTo(version, steps.range(first..).map(|step| step.frame.clone()).collect())
            }
            _ => Steps::TooMany,
        }
    }

    /// The room of the sale, opened with the first connection.
    ///
    /// # Errors
    /// The sale is no longer here.
    pub(super) fn room(&self, edge: &Edge, sale: &Arc<FanSale>) -> ApiResult<Arc<Room>> {
        if let Some(room) = self.room.load_full() {
            return Ok(room);
        }
        let over = lock(&self.over);
        if *over {
            return Err(Unavailable::Stopped.into());
        }
        if let Some(room) = self.room.load_full() {
            return Ok(room);
        }
        let room = Room::open(edge.clone(), Arc::clone(sale))
            .map_err(|error| Problem::new("internal", "Something went wrong on our side.").internal(error))?;
        self.room.store(Some(Arc::clone(&room)));
        Ok(room)
    }

    /// Ends the room, which knows the sale that this hub is of: with it everything of the sale is given back.
    async fn close_room(&self) {
        let room = {
            let mut over = lock(&self.over);
            *over = true;
            self.room.swap(None)
        };
        if let Some(room) = room {
            room.close().await;
        }
    }

    /// Something of this account has changed that was asked for here.
    pub fn nudge(&self, account: AccountId) {
        let mut ids = Vec::new();
        let woken = lock(&self.woken);
        woken.account(&account, &mut ids);
        self.look(&ids);
    }

    /// Wakes `waker` whenever something of this account may have changed.
    pub(super) fn register(&self, account: AccountId, waker: Waker) {
        lock(&self.woken).register(account, waker);
    }

    /// What belongs to the account now, so that events of it are recognised.
    pub(super) fn belongs(&self, account: AccountId, place: PlaceNumber, order: Option<OrderId>) {
        lock(&self.woken).belongs(account, place, order);
    }

    /// Forgets a connection, and with the last one of an account what belonged to it.
    pub(super) fn unregister(&self, account: AccountId, waker: &Waker) {
        lock(&self.woken).unregister(account, waker);
    }

    /// There is mail for a connection.
    pub(super) fn wake_member(&self, id: MemberId) {
        if let Some(room) = self.room.load().as_ref() {
            room.wake(id);
        }
    }

    async fn run(self: Arc<Self>, desk: Desk, currency: Currency, clock: Arc<dyn Clock>, shutdown: Shutdown) {
        let mut wakes = desk.wakes();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (mut status_version, mut ticks, mut connected) = (u64::MAX, 0u32, true);
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    let view = desk.view();
                    ticks += 1;
                    let now = clock.now();
                    self.measure(&view, now);
                    let time = self.clock.at(&view, now);
                    let stepped = self.step(&view);
                    if desk.is_connected() != connected {
                        connected = !connected;
                        // No status replaces this before everybody had the time to send it.
                        ticks = 0;
                        let text = connection(connected, time).text();
                        if let Some(room) = self.room.load().as_ref() {
                            room.tell_connection(&text);
                        }
                        self.status.send_replace(text.into());
                        // Whatever was missed meanwhile is looked at again.
                        self.wake_everybody();
                    }
                    if let Some(room) = self.room.load().as_ref() {
                        room.set_per_second(self.per_second());
                        room.tell_seats(stepped);
                        room.tell_status(&view);
                    }
                    if ticks >= STATUS_TICKS && view.version != status_version {
                        (ticks, status_version) = (0, view.version);
                        let body = StatusBody::of(&view, currency, time);
                        self.status.send_replace(ToClient::Status(&body).text().into());
                    }
                }
                wake = wakes.next() => match wake {
                    Some(wake) => self.wake(&wake),
                    None => {
                        // The writer is gone from here: whoever is connected comes again, to where the sale is now.
                        return self.close_room().await;
                    }
                },
                _ = shutdown.wait() => return,
            }
        }
    }

    /// The sale's time when this process's clock says `clock`.
    pub fn time(&self, view: &SaleView, clock: Timestamp) -> Timestamp {
        self.clock.at(view, clock)
    }

    /// How long somebody waits who has so many people before them; `None` if nothing honest can be said.
    pub fn wait_for(&self, ahead: u32) -> Option<Estimate> {
        lock(&self.estimator).wait_for(ahead)
    }

    /// How many people are let in in a second, rounded up; 0 while nobody is or nothing is known.
    pub(super) fn per_second(&self) -> u32 {
        lock(&self.estimator).per_second().map_or(0, |rate| rate.ceil() as u32)
    }

    fn measure(&self, view: &SaleView, now: Timestamp) {
        let mut estimator = lock(&self.estimator);
        let rate = view.effective_pace().rate;
        let per_second = rate.map(|rate| f64::from(rate.count) * 1_000.0 / f64::from(rate.interval.as_millis().max(1)));
        estimator.set_configured(per_second);
        estimator.set_paused(view.stage != Stage::Open);
        estimator.observe(now, u64::from(view.admitted_total));
    }

    /// Remembers what changed since the view before; true if something did.
    fn step(&self, view: &Arc<SaleView>) -> bool {
        let before = self.seen.load_full();
        if view.version == before.version {
            return false;
        }
        let changes = difference(&before.seats, &view.seats);
        if changes.is_empty() && before.areas == view.areas {
            // The seats keep their version, so that each step begins where the one before ended.
            return false;
        }
        let frame = ToClient::SeatChanges {
            from: before.version,
            version: view.version,
            changes: &changes,
            areas: &areas(view),
        };
        let frame = SharedFrame::text(&frame.text());
        let mut steps = lock(&self.steps);
        steps.push_back(Step { from: before.version, changes, frame });
        while steps.len() > STEPS_KEPT {
            steps.pop_front();
        }
        self.seen.store(Arc::clone(view));
        true
    }

    fn wake(&self, wake: &Wake) {
        let mut ids = Vec::new();
        let mut woken = lock(&self.woken);
        if woken.wake(wake, &mut ids)
            && let Some(room) = self.room.load().as_ref()
        {
            room.look_all();
        }
        self.look(&ids);
    }

    fn wake_everybody(&self) {
        lock(&self.woken).wake_tasks();
        if let Some(room) = self.room.load().as_ref() {
            room.look_all();
        }
    }

    /// Called while it is certain that none of these is forgotten, so that nothing is kept for one who is gone.
    fn look(&self, ids: &[MemberId]) {
        if let Some(room) = self.room.load().as_ref().filter(|_| !ids.is_empty()) {
            room.look(ids);
        }
    }
}

/// Fans keep their place while the engine is away, and are told so.
fn connection(connected: bool, server_time_ms: Timestamp) -> ToClient<'static> {
    if connected { ToClient::Reconnected { server_time_ms } } else { ToClient::Reconnecting { server_time_ms } }
}

/// The seats whose two bits differ.
fn difference(before: &[u8], after: &[u8]) -> Vec<(u32, u8)> {
    let mut changes = Vec::new();
    for (byte, (old, new)) in before.iter().zip(after).enumerate().filter(|(_, (old, new))| old != new) {
        for nth in 0..4 {
            let (was, is) = (old >> (nth * 2) & 3, new >> (nth * 2) & 3);
            if was != is {
                changes.push((byte as u32 * 4 + nth, is));
            }
        }
    }
    changes
}

/// Locks; what a panic left behind is still a whole value.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn only_seats_that_differ_are_sent() {
        assert_eq!(difference(&[0b0000_0000, 0b11], &[0b1001_0000, 0b11]), [(2, 1), (3, 2)]);
        assert_eq!(difference(&[1, 2, 3], &[1, 2, 3]), []);
    }
}
