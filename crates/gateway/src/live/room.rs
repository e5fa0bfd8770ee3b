//! Where all live connections of one sale are: one thread, and a few hundred bytes for each.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crowd::{Crowd, CrowdOptions, MemberId, SharedFrame};
use domain::limits;
use sale::{SaleView, Stage};

use super::handshake::Shaken;
use super::host::{Here, Speaker, status};
use super::hub::lock;
use super::member::Member;
use crate::edge_state::Edge;
use crate::sales::FanSale;

/// A status is sent this often at most.
const STATUS_EVERY: Duration = Duration::from_millis(500);
/// Connections of one sale in one process.
const MEMBERS_MAX: usize = 2_000_000;
/// Frames of any kind a client may send within ten seconds. Above what it may say: who says too much is told so.
const FRAMES_IN_MAX: u16 = 100;
/// Asking who is still there may take this part of what may be sent; each ping costs an answer, too.
const PINGS_OF_FRAMES: f64 = 16.0;
/// How long it takes to agree with everybody anew when they are looked at.
const AGREE_WITHIN: Duration = Duration::from_secs(1);
/// How long goodbyes may take at the end.
const GOODBYE: Duration = Duration::from_secs(5);

/// All live connections of one sale.
pub(super) struct Room {
    crowd: Crowd<Speaker>,
    here: Arc<Here>,
    said: Mutex<Said>,
}

/// What everybody was told last, and until when that takes.
struct Said {
    version: u64,
    stage: Stage,
    announced: Option<Arc<sale::Announcement>>,
    at: Instant,
    until: Instant,
    seats_until: Instant,
    seats_wait: bool,
    /// The version with which the last round of the status began.
    begun_with: u64,
    /// Positions told when that round began, and when that was.
    positions: u64,
    begun: Instant,
    /// At which speed of the line everybody's next look was agreed.
    agreed_for: u32,
}

impl Room {
    /// Opens the room, and closes it with the process. Needs a Tokio runtime.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn open(edge: Edge, sale: Arc<FanSale>) -> io::Result<Arc<Self>> {
        let (view, now, shutdown) = (sale.desk.view(), Instant::now(), edge.shutdown.clone());
        let said = Said {
            version: view.version,
            stage: view.stage,
            announced: view.announcement.clone(),
            at: now,
            until: now,
            seats_until: now,
            seats_wait: false,
            begun_with: view.version,
            positions: 0,
            begun: now,
            agreed_for: 0,
        };
        let speaker = Speaker::new(edge, sale);
        let here = Arc::clone(&speaker.here);
        let frames_per_second = here.edge.options.live_frames_per_second;
        let crowd = Crowd::start(options(frames_per_second), Arc::new(speaker))?;
        let room = Arc::new(Self { crowd, here, said: Mutex::new(said) });
        let closing = Arc::downgrade(&room);
        tokio::spawn(async move {
            shutdown.wait().await;
            if let Some(room) = closing.upgrade() {
                room.close().await;
            }
        });
        Ok(room)
    }

    /// Takes a connection.
    pub(super) fn enter(&self, shaken: Shaken, member: Member) {
        let connections = metrics::gauge!("onsale_live_connections");
        // Before it enters, for it may leave at once.
        connections.increment(1);
        if let Err(error) = self.crowd.enter(shaken.socket, shaken.leftover, member) {
            connections.decrement(1);
            tracing::debug!(%error, "a live connection was not taken");
        }
    }

    /// These have reason to look again.
    pub(super) fn look(&self, ids: &[MemberId]) {
        self.here.post.ask(ids);
        self.crowd.wake(ids);
    }

    /// Everybody has reason to look again: not all at once, for each asks the writer.
    pub(super) fn look_all(&self) {
        self.here.round.fetch_add(1, Ordering::AcqRel);
        self.crowd.wake_all_within(self.spread(self.crowd.len()));
    }

    /// How long it takes to send so many a frame.
    fn spread(&self, members: usize) -> Duration {
        let per_second = self.here.edge.options.live_frames_per_second.max(1);
        Duration::from_secs_f64(members as f64 / f64::from(per_second))
    }

    /// How fast the line moves: whoever comes near the front is looked at in time. When it moves much faster than at
    /// the time they were last looked at, everybody's time is agreed anew.
    pub(super) fn set_per_second(&self, per_second: u32) {
        self.here.per_second.store(per_second, Ordering::Relaxed);
        let mut said = lock(&self.said);
        let faster = per_second > said.agreed_for.saturating_mul(3) / 2 + 5;
        if faster || per_second < said.agreed_for / 2 {
            said.agreed_for = per_second;
        }
        if faster {
            self.crowd.wake_all_within(AGREE_WITHIN);
        }
    }

    /// How long it takes to send everybody a frame beside the positions that are told at the rate they have been told at
    /// lately, and the pings; they leave a quarter of the budget at least.
    fn spread_beside_positions(&self, said: &mut Said, now: Instant) -> Duration {
        let budget = f64::from(self.here.edge.options.live_frames_per_second.max(1));
        let positions = self.here.positions.load(Ordering::Relaxed);
        let told = positions.saturating_sub(said.positions) as f64;
        let took = now.saturating_duration_since(said.begun).as_secs_f64();
        (said.positions, said.begun) = (positions, now);
        let per_second = told / took.max(0.1);
        let left = (budget * (1.0 - 1.0 / PINGS_OF_FRAMES) - per_second).max(budget / 4.0);
        Duration::from_secs_f64(self.crowd.len() as f64 / left)
    }

    /// There is mail for a member.
    pub(super) fn wake(&self, id: MemberId) {
        self.crowd.wake(&[id]);
    }

    /// Tells everybody that the engine is gone, or back.
    pub(super) fn tell_connection(&self, text: &str) {
        let frame = SharedFrame::text(text);
        self.here.connection.store(Some(Arc::new(frame.clone())));
        if let Err(error) = self.crowd.broadcast(&frame, self.spread(self.crowd.len())) {
            tracing::warn!(%error, "not everybody was told whether the engine can be reached");
        }
    }

    /// Tells everybody the status: a new stage or announcement now, everything else when the status before has gone
    /// all the way round. Who is told late in a round is told what is true then.
    pub(super) fn tell_status(&self, view: &SaleView) {
        let (mut said, now) = (lock(&self.said), Instant::now());
        let urgent = said.stage != view.stage || said.announced != view.announcement;
        if view.version != said.version && (urgent || now >= said.at + STATUS_EVERY) {
            self.here.status.replace(status(view, self.here.sale.facts.currency));
            (said.version, said.at) = (view.version, now);
        }
        if said.begun_with == said.version || !(urgent || now >= said.until) {
            return;
        }
        let spread = self.spread_beside_positions(&mut said, now);
        // If it was not taken, the next tick tries again.
        if self.crowd.broadcast_latest(&self.here.status, spread).is_ok() {
            (said.stage, said.announced) = (view.stage, view.announcement.clone());
            (said.begun_with, said.until) = (said.version, now + spread);
        }
    }

    /// Lets those who want the seats fetch the steps they do not have, after the steps before have gone round.
    pub(super) fn tell_seats(&self, changed: bool) {
        let (mut said, now) = (lock(&self.said), Instant::now());
        said.seats_wait |= changed;
        if !said.seats_wait || now < said.seats_until {
            return;
        }
        let ids: Vec<MemberId> = lock(&self.here.seats).iter().copied().collect();
        (said.seats_wait, said.seats_until) = (false, now + self.spread(ids.len()));
        self.crowd.wake(&ids);
    }

    /// Says goodbye to everybody, and ends.
    pub(super) async fn close(self: Arc<Self>) {
        let until = Instant::now() + GOODBYE;
        // Who is asked now finds the shutdown begun.
        while !self.crowd.is_empty() && Instant::now() < until {
            self.crowd.wake_all_within(Duration::ZERO);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // Its threads are not waited for by the runtime's own.
        let _ = tokio::task::spawn_blocking(move || self.crowd.stop(Duration::from_millis(500))).await;
    }
}

fn options(frames_per_second: u32) -> CrowdOptions {
    CrowdOptions {
        threads: 1,
        members_max: MEMBERS_MAX,
        frame_in_max: limits::SOCKET_MESSAGE_BYTES_MAX,
        messages_in_max: FRAMES_IN_MAX,
        messages_in_window: Duration::from_secs(10),
        ping_every: Duration::from_secs(25),
        silent_after: Duration::from_secs(75),
        pings_per_second: ((f64::from(frames_per_second) / PINGS_OF_FRAMES) as u32).max(1),
        stuck_after: Duration::from_secs(10),
        pending_max: 256 * 1_024,
        ..CrowdOptions::default()
    }
}
