//! What all connections of one sale share: frames written once, and who must be woken by which event.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use domain::{AccountId, Currency, OrderId, PlaceNumber, Timestamp};
use link::Wake;
use pace::{Estimate, Estimator};
use platform::{Clock, Shutdown};
use sale::{SaleView, Stage};
use tokio::sync::{Notify, broadcast, watch};

use super::messages::ToClient;
use crate::desk::Desk;
use crate::wire::status::{SeatChangesBody, StatusBody, areas};

/// How often seats and status are looked at.
const TICK: Duration = Duration::from_millis(100);
/// A status frame is sent every so many ticks at most: twice a second.
const STATUS_TICKS: u32 = 5;
/// Steps of seat changes that are remembered: about half a minute.
const STEPS_KEPT: usize = 300;

/// A frame that many connections send.
pub(super) type Frame = Arc<str>;

/// Shared live state of one sale.
pub struct Hub {
    seen: ArcSwap<SaleView>,
    estimator: Mutex<Estimator>,
    steps: Mutex<VecDeque<Step>>,
    woken: Mutex<Woken>,
    pub(super) status: watch::Sender<Frame>,
    pub(super) changes: broadcast::Sender<SeatStep>,
}

/// One step of seat changes, as sent.
#[derive(Clone)]
pub(super) struct SeatStep {
    pub(super) from: u64,
    pub(super) frame: Frame,
}

struct Step {
    from: u64,
    changes: Vec<(u32, u8)>,
}

/// Who waits for what.
#[derive(Default)]
struct Woken {
    accounts: HashMap<AccountId, Vec<Arc<Notify>>>,
    places: BTreeMap<PlaceNumber, AccountId>,
    orders: HashMap<OrderId, AccountId>,
    admitted_through: u32,
}

impl Hub {
    /// Starts the hub of a sale. It ends with the process.
    pub fn start(desk: Desk, currency: Currency, clock: Arc<dyn Clock>, shutdown: Shutdown) -> Arc<Self> {
        let view = desk.view();
        let hub = Arc::new(Self {
            seen: ArcSwap::new(view),
            estimator: Mutex::default(),
            steps: Mutex::default(),
            woken: Mutex::default(),
            status: watch::Sender::new(Frame::from("")),
            changes: broadcast::channel(256).0,
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

    /// Something of this account has changed that was asked for here.
    pub fn nudge(&self, account: AccountId) {
        lock(&self.woken).notify(&account);
    }

    /// Wakes `notify` whenever something of this account may have changed.
    pub(super) fn register(&self, account: AccountId, notify: &Arc<Notify>) {
        lock(&self.woken).accounts.entry(account).or_default().push(Arc::clone(notify));
    }

    /// What belongs to the account now, so that events of it are recognised.
    pub(super) fn belongs(&self, account: AccountId, place: PlaceNumber, order: Option<OrderId>) {
        let mut woken = lock(&self.woken);
        woken.places.insert(place, account);
        if let Some(order) = order {
            woken.orders.insert(order, account);
        }
    }

    /// Forgets a connection, and with the last one of an account what belonged to it.
    pub(super) fn unregister(&self, account: AccountId, notify: &Arc<Notify>) {
        let mut woken = lock(&self.woken);
        let Some(all) = woken.accounts.get_mut(&account) else { return };
        all.retain(|it| !Arc::ptr_eq(it, notify));
        if all.is_empty() {
            woken.accounts.remove(&account);
            woken.places.retain(|_, owner| *owner != account);
            woken.orders.retain(|_, owner| *owner != account);
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
                    self.measure(&view, clock.now());
                    self.step(&view);
                    if desk.is_connected() != connected {
                        connected = !connected;
                        // No status replaces this before everybody had the time to send it.
                        ticks = 0;
                        self.status.send_replace(connection(connected, view.at).text().into());
                        // Whatever was missed meanwhile is looked at again.
                        lock(&self.woken).notify_all();
                    }
                    if ticks >= STATUS_TICKS && view.version != status_version {
                        (ticks, status_version) = (0, view.version);
                        let body = StatusBody::of(&view, currency, view.at);
                        self.status.send_replace(ToClient::Status(&body).text().into());
                    }
                }
                wake = wakes.next() => match wake {
                    Some(wake) => self.wake(&wake),
                    None => return,
                },
                _ = shutdown.wait() => return,
            }
        }
    }

    /// How long somebody waits who has so many people before them; `None` if nothing honest can be said.
    pub fn wait_for(&self, ahead: u32) -> Option<Estimate> {
        lock(&self.estimator).wait_for(ahead)
    }

    fn measure(&self, view: &SaleView, now: Timestamp) {
        let mut estimator = lock(&self.estimator);
        let rate = view.effective_pace().rate;
        let per_second = rate.map(|rate| f64::from(rate.count) * 1_000.0 / f64::from(rate.interval.as_millis().max(1)));
        estimator.set_configured(per_second);
        estimator.set_paused(view.stage != Stage::Open);
        estimator.observe(now, u64::from(view.admitted_total));
    }

    /// Remembers and sends what changed since the view before.
    fn step(&self, view: &Arc<SaleView>) {
        let before = self.seen.load_full();
        if view.version == before.version {
            return;
        }
        let changes = difference(&before.seats, &view.seats);
        if changes.is_empty() && before.areas == view.areas {
            // The seats keep their version, so that each step begins where the one before ended.
            return;
        }
        let frame = ToClient::SeatChanges {
            from: before.version,
            version: view.version,
            changes: &changes,
            areas: &areas(view),
        };
        let step = SeatStep { from: before.version, frame: frame.text().into() };
        {
            let mut steps = lock(&self.steps);
            steps.push_back(Step { from: before.version, changes });
            while steps.len() > STEPS_KEPT {
                steps.pop_front();
            }
            self.seen.store(Arc::clone(view));
        }
        let _ = self.changes.send(step);
    }

    fn wake(&self, wake: &Wake) {
        let mut woken = lock(&self.woken);
        if woken.accounts.is_empty() {
            return;
        }
        if wake.all {
            return woken.notify_all();
        }
        wake.accounts.iter().for_each(|account| woken.notify(account));
        wake.places.iter().for_each(|place| woken.notify_place(*place));
        wake.orders.iter().for_each(|order| woken.notify_order(*order));
        if let Some(through) = wake.admitted_through {
            woken.admitted(through);
        }
    }
}

impl Woken {
    fn notify(&self, account: &AccountId) {
        self.accounts.get(account).into_iter().flatten().for_each(|notify| notify.notify_one());
    }

    fn notify_place(&self, place: PlaceNumber) {
        if let Some(account) = self.places.get(&place) {
            self.notify(account);
        }
    }

    fn notify_order(&self, order: OrderId) {
        if let Some(account) = self.orders.get(&order) {
            self.notify(account);
        }
    }

    fn notify_all(&self) {
        self.accounts.values().flatten().for_each(|notify| notify.notify_one());
    }

    fn admitted(&mut self, through: u32) {
        let newly = PlaceNumber(self.admitted_through + 1)..=PlaceNumber(through.max(self.admitted_through + 1));
        self.places.range(newly).for_each(|(_, account)| self.notify(account));
        self.admitted_through = self.admitted_through.max(through);
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
