//! What is said in a sale's room. Everything here runs on the room's own thread and must not wait; whatever takes time
//! is left to the runtime, and its result comes by [`Post`].

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use crowd::{Host, LatestFrame, Leave, MemberId, Next, Outbox, SharedFrame};
use domain::Currency;
use sale::SaleView;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::hub::{Steps, lock};
use super::member::{Member, Tenths};
use super::messages::{FromClient, ToClient};
use super::own::{never_back, news};
use super::post::{Mail, Post};
use super::woken::Waker;
use crate::edge_state::Edge;
use crate::sales::FanSale;
use crate::wire::status::{SeatsBody, StatusBody};

/// Members whose writer or session is asked at once; the others wait for their turn.
const ASKED_AT_ONCE: usize = 1_024;

/// Says what is told to whom in one sale.
pub(super) struct Speaker {
    pub(super) here: Arc<Here>,
    runtime: Handle,
    start: Instant,
    /// The seats as last written, for all who want them at the same version.
    seats: Mutex<Option<(u64, SharedFrame)>>,
}

/// What the room's thread and others share.
pub(super) struct Here {
    pub(super) edge: Edge,
    pub(super) sale: Arc<FanSale>,
    pub(super) post: Post,
    /// How often everybody was asked to look again.
    pub(super) round: AtomicU32,
    /// How many people are let in in a second, rounded up.
    pub(super) per_second: AtomicU32,
    /// Positions told so far.
    pub(super) positions: AtomicU64,
    /// Who wants the seats.
    pub(super) seats: Mutex<HashSet<MemberId>>,
    /// The latest of what everybody is told, for those it passed by.
    pub(super) status: Arc<LatestFrame>,
    pub(super) connection: ArcSwapOption<SharedFrame>,
    asking: Semaphore,
}

impl Speaker {
    /// Needs a Tokio runtime.
    pub(super) fn new(edge: Edge, sale: Arc<FanSale>) -> Self {
        let status = Arc::new(LatestFrame::new(status(&sale.desk.view(), sale.facts.currency)));
        let here = Here {
            edge,
            sale,
            post: Post::default(),
            round: AtomicU32::new(0),
            per_second: AtomicU32::new(0),
            positions: AtomicU64::new(0),
            seats: Mutex::default(),
            status,
            connection: ArcSwapOption::empty(),
            asking: Semaphore::new(ASKED_AT_ONCE),
        };
        Self { here: Arc::new(here), runtime: Handle::current(), start: Instant::now(), seats: Mutex::default() }
    }

    fn at(&self, now: Instant) -> Tenths {
        u32::try_from(now.duration_since(self.start).as_millis() / 100).unwrap_or(Tenths::MAX)
    }

    fn greet(&self, at: Tenths, id: MemberId, member: &mut Member, out: &mut Outbox) {
        let Here { edge, sale, round, .. } = &*self.here;
        (member.greeted, member.round) = (true, round.load(Ordering::Acquire));
        let hello = StatusBody::of(&sale.desk.view(), sale.facts.currency, sale.time(edge.now()));
        out.text(&ToClient::Hello(&hello).text());
        if !sale.desk.is_connected() {
            out.text(&ToClient::Reconnecting { server_time_ms: sale.time(edge.now()) }.text());
        }
        if member.wants_seats {
            self.send_seats(id, member, out);
        }
        if let Some(account) = member.account {
            // Before the first look, so that nothing is missed between the two.
            sale.hub.register(account, Waker::Member(id));
            member.set_checked(at);
            self.look(id, member, false);
        }
    }

    /// Something everybody was told passed this one by.
    fn catch_up(&self, out: &mut Outbox) {
        if let Some(frame) = self.here.connection.load_full() {
            out.shared(&frame);
        }
        out.shared(&self.here.status.get());
    }

    /// Sends somebody to look where the member stands and, with `check`, whether it still is signed in.
    fn look(&self, id: MemberId, member: &Member, check: bool) {
        let Some(account) = member.account else { return };
        if !self.here.post.begin(id) {
            return;
        }
        let (here, known) = (Arc::clone(&self.here), member.order());
        let token = member.token.clone().filter(|_| check);
        self.runtime.spawn(async move {
            // Never closed, so there is no error.
            let _turn = here.asking.acquire().await.ok();
            let signed_out = match &token {
                Some(token) => here.is_signed_out(token).await,
                None => false,
            };
            let own = here.sale.desk.own(account, known).await.ok();
            if let Some((Some(place), order)) = &own {
                here.sale.hub.belongs(account, place.number, order.as_ref().map(|order| order.id));
            }
            if here.post.deliver(id, Mail { own, signed_out }) {
                here.sale.hub.wake_member(id);
            }
        });
    }

    /// Tells what was found out; false if that was goodbye.
    fn read(&self, at: Tenths, mail: Mail, member: &mut Member, out: &mut Outbox) -> bool {
        if mail.signed_out {
            bye(out, "signed_out");
            return false;
        }
        match mail.own {
            Some(mut own) => {
                let before = member.looked.then(|| member.own());
                never_back(&mut own, before.as_ref());
                let frames = news(&self.here.sale, self.here.edge.now(), before.as_ref(), &own);
                frames.iter().for_each(|frame| out.text(frame));
                member.set_own(own, at);
            }
            None => member.unanswered = true,
        }
        true
    }

    /// The position, computed from the shared view: costs the writer nothing.
    fn move_on(&self, at: Tenths, id: MemberId, member: &mut Member, out: &mut Outbox) {
        let Here { sale, edge, .. } = &*self.here;
        let Some(number) = member.moving(at, self.here.per_second.load(Ordering::Relaxed)) else { return };
        let view = sale.desk.view();
        if number.0 <= view.cursor {
            // Let in already: only the writer knows until when, and "nobody before you" would be behind the times.
            member.put_off(at);
            // Who was let in just now is being asked for already: once is enough.
            if !self.here.post.is_under_way(id) {
                self.look(id, member, false);
            }
            return;
        }
        if let Some(place) = member.set_ahead(view.ahead(number), at) {
            self.here.positions.fetch_add(1, Ordering::Relaxed);
            out.text(&ToClient::Place { place: sale.place_body(&place, edge.now()) }.text());
        }
    }

    /// All seats, and from there on each step.
    fn send_seats(&self, id: MemberId, member: &mut Member, out: &mut Outbox) {
        // Asking for steps first means that no step is missed between the two.
        lock(&self.here.seats).insert(id);
        self.send_all_seats(member, out);
    }

    fn send_all_seats(&self, member: &mut Member, out: &mut Outbox) {
        let view = self.here.sale.hub.latest();
        member.version = view.version;
        let mut kept = lock(&self.seats);
        if let Some((_, frame)) = kept.as_ref().filter(|(version, _)| *version == view.version) {
            return out.shared(frame);
        }
        let frame = SharedFrame::text(&ToClient::Seats(&SeatsBody::of(&view)).text());
        out.shared(&frame);
        *kept = Some((view.version, frame));
    }

    fn send_steps(&self, member: &mut Member, out: &mut Outbox) {
        match self.here.sale.hub.steps_since(member.version) {
            Steps::UpTo(version, frames) => {
                member.version = version;
                frames.iter().for_each(|frame| out.shared(frame));
            }
            Steps::TooMany => self.send_all_seats(member, out),
        }
    }
}

impl Host for Speaker {
    type Member = Member;

    fn on_text(&self, id: MemberId, member: &mut Member, text: &str, out: &mut Outbox) {
        if !member.may_say(self.at(Instant::now())) {
            return bye(out, "too_many_messages");
        }
        match serde_json::from_str(text) {
            Ok(FromClient::Ping) => {
                let server_time_ms = self.here.sale.time(self.here.edge.now());
                out.text(&ToClient::Pong { server_time_ms }.text());
            }
            Ok(FromClient::Seats { on: true }) => {
                member.wants_seats = true;
                self.send_seats(id, member, out);
            }
            Ok(FromClient::Seats { on: false }) => {
                member.wants_seats = false;
                lock(&self.here.seats).remove(&id);
            }
            Ok(FromClient::Quiet { on }) => {
                member.set_quiet(on);
                out.set_quiet(on);
                // Who looks again sees where it stands now, and who no longer looks is no longer due for that.
                out.ask_in(Duration::ZERO);
            }
            Err(_) => bye(out, "not_understood"),
        }
    }

    fn on_due(&self, now: Instant, id: MemberId, member: &mut Member, out: &mut Outbox) -> Next {
        let at = self.at(now);
        if !member.greeted {
            self.greet(at, id, member, out);
        } else if out.missed_broadcast() {
            self.catch_up(out);
        }
        if self.here.edge.shutdown.is_triggered() {
            bye(out, "shutting_down");
            return Next::Never;
        }
        if member.account.is_some() {
            let here = self.here.post.take(id);
            if let Some(mail) = here.mail
                && !self.read(at, mail, member, out)
            {
                return Next::Never;
            }
            let (round, check) = (self.here.round.load(Ordering::Acquire), member.is_unchecked(at));
            if here.look || check || member.round != round {
                member.round = round;
                if check {
                    member.set_checked(at);
                }
                self.look(id, member, check);
            }
            self.move_on(at, id, member, out);
        }
        if member.wants_seats {
            self.send_steps(member, out);
        }
        member.next(at, self.here.per_second.load(Ordering::Relaxed))
    }

    fn on_leave(&self, id: MemberId, member: &Member, why: Leave) {
        metrics::gauge!("onsale_live_connections").decrement(1);
        if matches!(why, Leave::Stuck | Leave::Behind) {
            metrics::counter!("onsale_live_too_slow_total").increment(1);
        }
        if let Some(account) = member.account {
            self.here.sale.hub.unregister(account, &Waker::Member(id));
            self.here.post.forget(id);
        }
        if member.wants_seats {
            lock(&self.here.seats).remove(&id);
        }
    }
}

impl Here {
    async fn is_signed_out(&self, token: &str) -> bool {
        let found = self.edge.sessions.find(token, self.edge.now()).await;
        found.is_err_and(|error| error.code() == "not_signed_in")
    }
}

/// The status of a view, for everybody.
pub(super) fn status(view: &SaleView, currency: Currency) -> SharedFrame {
    SharedFrame::text(&ToClient::Status(&StatusBody::of(view, currency, view.at)).text())
}

fn bye(out: &mut Outbox, reason: &'static str) {
    out.text(&ToClient::Bye { reason }.text());
    out.close(1001, reason);
}
