//! The loop of one sale: drain the inbox, decide, apply, hand the batch to the journal, answer when it is durable.
//!
//! At most one batch is with the journal; while it is being committed the next one is decided. So the batch grows by
//! itself with the load and with the time a commit takes, and an idle sale answers after a single commit. Commits that
//! follow each other too closely would carry little each and cost as much as large ones: a sale begins one every
//! [`COMMIT_EVERY`] at most, unless as many requests wait for it as there lately were at once, or enough.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use domain::Timestamp;
use journal::{Journal, JournalError, Snapshot, Snapshots};
use metrics::{Histogram, histogram};
use sale::{LOOK_AHEAD_MAX, Recorded, Sale, SaleView};
use tokio::sync::{broadcast, oneshot};

use crate::asking::Asking;
use crate::handle::{SaleHandle, Unavailable};
use crate::job::{self, Job};
use crate::open_batch::{Exit, OpenBatch, Sealed, Waiting, publish};
use crate::options::EngineOptions;
use crate::{Committed, Now, SaleTime, recovery};

/// Longest sleep, so that a clock that was set is noticed.
const SLEEP_MAX: Duration = Duration::from_millis(500);
/// Jobs for which a sleeping writer is woken at the latest.
const WAKE_FOR: usize = 64;
/// From the beginning of one commit to that of the next, unless [`COMMIT_AT_ONCE`] requests wait, or everybody who asks.
const COMMIT_EVERY: Duration = Duration::from_millis(5);
/// So many requests or joining accounts are worth a commit of their own.
const COMMIT_AT_ONCE: usize = 256;
/// While nothing can be answered and few ask, the inbox is looked at after this time, and then ever more seldom,
const GATHER_FIRST: Duration = Duration::from_micros(100);
/// down to this; from the beginning if those who ask did not all gather in time for the last commit.
const GATHER_LAST: Duration = Duration::from_millis(2);
/// With so much to decide in one drain, deciding while the commit runs is worth waking up for.
const BUSY_EFFORT: usize = 32;
/// Pause before recovering from a failed commit.
const RECOVERY_PAUSE: Duration = Duration::from_millis(200);

/// What the journal says of a batch.
type Durable = Result<(), JournalError>;

/// Why the loop ended.
enum End {
    /// Asked to.
    Stopped,
    /// A commit failed: recover by replay.
    CommitFailed,
    /// Another writer has taken over.
    Deposed,
}

pub(crate) struct Writer {
    pub(crate) handle: SaleHandle,
    pub(crate) feed: broadcast::Sender<Arc<Committed>>,
    pub(crate) inbox: Receiver<Job>,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) snapshots: Snapshots,
    pub(crate) options: EngineOptions,
    pub(crate) now: Now,
    pub(crate) exit: Exit,
}

/// The state of one run, from recovery to the end or the next failure.
struct Run<'a> {
    writer: &'a Writer,
    sale: Sale,
    time: SaleTime,
    /// The sequence of the last event decided.
    sequence: u64,
    open: OpenBatch,
    /// Jobs that are decided next; empty in between.
    hand: Vec<Job>,
    in_flight: bool,
    /// Requests and joining accounts in the batch that is in flight.
    effort_in_flight: usize,
    asking: Asking,
    /// After how long the inbox is looked at next while requests gather.
    gather: Duration,
    /// When the last commit began.
    sealed_at: Option<Instant>,
    /// How much the last drain of the inbox had to decide.
    drained: usize,
    done: (Sender<Durable>, Receiver<Durable>),
    last_view: SaleView,
    view_built: Instant,
    view_due: bool,
    next_snapshot: u64,
    commit_seconds: Histogram,
    batch_requests: Histogram,
}

impl Writer {
    /// Runs until asked to stop; recovers by replay whenever a commit fails.
    pub(crate) fn run(self, mut sale: Sale, mut sequence: u64) {
        loop {
            match Run::new(&self, sale, sequence).go() {
                End::Stopped => return,
                // The lease is still here: whoever else wrote has it no longer, and cannot write after this.
                End::Deposed if self.options.may_answer.is_shared() && self.may_answer() => {
                    tracing::warn!(sale.id = %self.handle.sale, "Somebody without the lease wrote; reading it again");
                }
                End::Deposed => {
                    tracing::error!(sale.id = %self.handle.sale, "Another writer has taken over; this one ends");
                    return self.refuse_all();
                }
                End::CommitFailed => {}
            }
            (sale, sequence) = loop {
                std::thread::sleep(RECOVERY_PAUSE);
                match recovery::recover(self.handle.sale, &*self.journal, &self.snapshots) {
                    Ok(Some(recovered)) => break (recovered.sale, recovered.sequence),
                    Ok(None) => return self.refuse_all(),
                    Err(error) => tracing::error!(sale.id = %self.handle.sale, %error, "Recovery failed; trying again"),
                }
                if self.refuse_waiting(Unavailable::CommitFailed) {
                    return;
                }
            };
            tracing::info!(sale.id = %self.handle.sale, sequence, "Recovered by replay after a failed commit");
        }
    }

    fn may_answer(&self) -> bool {
        self.options.may_answer.now(self.handle.sale)
    }

    /// Answers everybody who has asked; true if one of them asked to stop.
    fn refuse_waiting(&self, error: Unavailable) -> bool {
        let mut stop = false;
        while let Ok(job) = self.inbox.try_recv() {
            stop |= matches!(job, Job::Stop);
            job.refuse(error);
        }
        stop
    }

    /// Answers everybody who still asks, until the last handle is gone or the engine stops.
    fn refuse_all(&self) {
        self.handle.ended.store(true, Ordering::Release);
        while let Ok(job) = self.inbox.recv() {
            if matches!(job, Job::Stop) {
                return;
            }
            job.refuse(Unavailable::Stopped);
        }
    }
}

impl<'a> Run<'a> {
    fn new(writer: &'a Writer, mut sale: Sale, sequence: u64) -> Self {
        let last_view = sale.view(sequence, None);
        writer.handle.view.store(Arc::new(last_view.clone()));
        let label = writer.handle.sale.to_string();
        Self {
            writer,
            time: SaleTime::default(),
            sale,
            sequence,
            open: OpenBatch::default(),
            hand: Vec::with_capacity(LOOK_AHEAD_MAX),
            in_flight: false,
            effort_in_flight: 0,
            asking: Asking::new(Instant::now()),
            gather: GATHER_FIRST,
            sealed_at: None,
            drained: 0,
            done: bounded(1),
            last_view,
            view_built: Instant::now(),
            view_due: false,
            next_snapshot: sequence + writer.options.snapshot_every,
            commit_seconds: histogram!("onsale_commit_seconds", "sale" => label.clone()),
            batch_requests: histogram!("onsale_batch_requests", "sale" => label),
        }
    }

    fn go(mut self) -> End {
        loop {
            if let Some(end) = self.wait_and_decide() {
                return end;
            }
            if !self.in_flight && self.commit_due_in().is_zero() {
                self.seal();
            }
        }
    }

    /// How long what was decided has to wait for others before its commit begins.
    fn commit_due_in(&self) -> Duration {
        if self.open.events.is_empty() || self.everybody_gathered() {
            return Duration::ZERO;
        }
        self.sealed_at.map_or(Duration::ZERO, |at| COMMIT_EVERY.saturating_sub(at.elapsed()))
    }

    /// As many wait for the open batch as there lately were at once, or enough.
    fn everybody_gathered(&self) -> bool {
        self.open.effort >= COMMIT_AT_ONCE.min(self.writer.options.batch_max).min(self.asking.at_once())
    }

    /// Waits for work, a commit or a deadline; decides everything that is there.
    fn wait_and_decide(&mut self) -> Option<End> {
        // A due snapshot needs an instant at which nothing is open, so nothing is decided until the commit ends.
        let snapshot_due = self.sequence >= self.next_snapshot && self.open.is_empty();
        let full = self.in_flight && (self.open.weight >= self.writer.options.batch_max || snapshot_due);
        let timeout = self.timeout();
        let gathering = !self.in_flight && !self.open.events.is_empty();
        let first = if self.in_flight || gathering {
            // Nothing decided now can be answered before the commit ends, so waking up for every request would only
            // cost: sleep a little and take what has gathered, unless requests come faster than they are decided.
            let patience = if self.drained >= BUSY_EFFORT { Duration::ZERO } else { self.gather.min(timeout) };
            let patience = if gathering { patience.min(self.commit_due_in()) } else { patience };
            self.gather = (self.gather * 2).min(GATHER_LAST);
            let (enough, patience) = if full { (usize::MAX, SLEEP_MAX) } else { (self.worth_waking_for(), patience) };
            match self.wait_for_news(enough, patience) {
                Ok(result) => return self.committed(result),
                Err(TryRecvError::Disconnected) => return self.committed(Err(JournalError::Closed)),
                Err(TryRecvError::Empty) if full => return None,
                Err(TryRecvError::Empty) => self.writer.inbox.try_recv().ok(),
            }
        } else {
            self.writer.inbox.recv_timeout(timeout).ok()
        };
        self.drained = 0;
        let now = self.time.at(&self.sale, (self.writer.now)());
        self.sale.advance(now, &mut self.open.events);
        let mut next = first;
        let mut hand = std::mem::take(&mut self.hand);
        while let Some(job) = next {
            let room = self.writer.options.batch_max.saturating_sub(self.open.weight);
            job::take_more(job, &self.writer.inbox, room, &mut hand);
            // One alone has nobody to wait together with.
            if hand.len() > 1 {
                self.sale.look_ahead(hand.iter().filter_map(Job::one));
            }
            for job in hand.drain(..) {
                if matches!(job, Job::Stop) {
                    return Some(self.stop());
                }
                self.open.weight += job.weight();
                self.drained += job.effort();
                self.open.effort += job.effort();
                self.decide(job, now);
            }
            next =
                if self.open.weight < self.writer.options.batch_max { self.writer.inbox.try_recv().ok() } else { None };
        }
        self.hand = hand;
        let in_flight = if self.in_flight { self.effort_in_flight } else { 0 };
        self.asking.note(self.open.effort + in_flight, Instant::now());
        None
    }

    /// With so many in the inbox the writer goes on, though nothing can be answered yet: those who are missing for the
    /// commit, or enough to be decided meanwhile.
    fn worth_waking_for(&self) -> usize {
        let missing = self.asking.at_once().saturating_sub(self.open.effort);
        if self.in_flight { WAKE_FOR } else { missing.clamp(1, WAKE_FOR) }
    }

    /// What the journal says, after waiting for it this long at most, or until `enough` are in the inbox. A channel would
    /// spin before it sleeps, and give the processor away in vain; the journal's thread wakes this one when it is done.
    fn wait_for_news(&self, enough: usize, patience: Duration) -> Result<Durable, TryRecvError> {
        let news = self.done.1.try_recv();
        if news == Err(TryRecvError::Empty) && !patience.is_zero() {
            self.writer.handle.bell.wait(enough, patience, || self.writer.inbox.len());
            return self.done.1.try_recv();
        }
        news
    }

    fn timeout(&mut self) -> Duration {
        let now = self.time.at(&self.sale, (self.writer.now)());
        let wake =
            self.sale.next_wakeup().map_or(SLEEP_MAX, |at| Duration::from_millis(u64::from(at.since(now).as_millis())));
        // With a commit ahead, the view waits for that.
        let view = if self.view_due && !self.in_flight && self.open.events.is_empty() {
            self.writer.options.view_interval.saturating_sub(self.view_built.elapsed())
        } else {
            SLEEP_MAX
        };
        wake.min(view).min(SLEEP_MAX)
    }

    fn decide(&mut self, job: Job, now: Timestamp) {
        let events: &mut Vec<Recorded> = &mut self.open.events;
        match job {
            Job::One(request, reply) => {
                let outcome = self.sale.handle(&request, now, events);
                self.open.waiting.push(Waiting::One(reply, outcome));
            }
            Job::Many(requests, replies) => {
                let outcomes = requests.iter().map(|request| self.sale.handle(request, now, events)).collect();
                self.open.waiting.push(Waiting::Many(replies, outcomes));
            }
            Job::Look(look) => self.open.waiting.push(Waiting::Look(look(Ok(&self.sale)))),
            Job::Snapshot(reply) => self.save_snapshot(Some(reply)),
            Job::Stop => {}
        }
    }

    /// Hands what was decided to the journal, or answers at once if nothing changed.
    fn seal(&mut self) {
        let view = self.view_if_due();
        if self.open.events.is_empty() {
            if let Some(view) = view {
                publish(&self.writer.handle.view, view);
            }
            if !self.open.is_empty() {
                // Somebody else may have decided otherwise by now, and nothing of this will meet the journal.
                let answer = if self.writer.may_answer() { Ok(()) } else { Err(Unavailable::Stopped) };
                std::mem::take(&mut self.open).release(answer);
            }
            (self.open.weight, self.open.effort) = (0, 0);
            return;
        }
        let first = self.sequence + 1;
        let effort = self.open.effort;
        self.gather = if self.everybody_gathered() { GATHER_FIRST } else { GATHER_LAST };
        let mut batch = std::mem::take(&mut self.open);
        let encoded = batch.encode(self.writer.handle.sale, first);
        sabotage::crash_point("engine.decided");
        if sabotage::is("ack_before_commit") {
            OpenBatch { waiting: std::mem::take(&mut batch.waiting), ..OpenBatch::default() }.release(Ok(()));
            std::thread::sleep(Duration::from_millis(150));
        }
        self.sequence += batch.events.len() as u64;
        self.batch_requests.record(batch.weight as f64);
        let committed = Committed { sale: self.writer.handle.sale, first, events: std::mem::take(&mut batch.events) };
        let sealed = Sealed {
            batch,
            committed,
            new_view: view,
            view: Arc::clone(&self.writer.handle.view),
            feed: self.writer.feed.clone(),
        };
        let (done, exit) = (self.done.0.clone(), self.writer.exit.clone());
        let writer = std::thread::current();
        let (began, commit_seconds) = (Instant::now(), self.commit_seconds.clone());
        let commits = Arc::clone(&self.writer.handle.commits);
        (self.in_flight, self.sealed_at) = (true, Some(began));
        self.effort_in_flight = effort;
        let finish = move |result: Result<(), JournalError>| {
            commit_seconds.record(began.elapsed().as_secs_f64());
            commits.note(began.elapsed(), result.is_err());
            // The writer hears of a success first: it can seal the next batch while the answers go out.
            let failed = result.is_err().then_some(Unavailable::CommitFailed);
            let _ = done.send(result);
            writer.unpark();
            exit.let_out(sealed, failed.map_or(Ok(()), Err));
        };
        match encoded {
            Ok(batch) => {
                self.writer.journal.append(batch, Box::new(finish));
                sabotage::crash_point("engine.handed_over");
            }
            Err(error) => finish(Err(JournalError::Storage(format!("an event could not be encoded: {error}")))),
        }
    }

    /// A view at the end of the open batch, if readers have waited long enough for one.
    fn view_if_due(&mut self) -> Option<SaleView> {
        let changed = !self.open.events.is_empty();
        self.view_due |= changed;
        if !self.view_due || self.view_built.elapsed() < self.writer.options.view_interval {
            return None;
        }
        let version = self.sequence + self.open.events.len() as u64;
        let view = self.sale.view(version, Some(&self.last_view));
        self.last_view = view.clone();
        self.view_built = Instant::now();
        self.view_due = false;
        Some(view)
    }

    fn committed(&mut self, result: Result<(), JournalError>) -> Option<End> {
        self.in_flight = false;
        match result {
            Ok(()) => {
                if self.sequence >= self.next_snapshot && self.open.events.is_empty() {
                    self.save_snapshot(None);
                }
                None
            }
            Err(error) => {
                tracing::error!(sale.id = %self.writer.handle.sale, %error, "A batch was lost");
                std::mem::take(&mut self.open).release(Err(Unavailable::CommitFailed));
                Some(if matches!(error, JournalError::Deposed { .. }) { End::Deposed } else { End::CommitFailed })
            }
        }
    }

    /// Saves the durable state: commits what is open first, so that nothing decided is ahead of it.
    fn save_snapshot(&mut self, reply: Option<oneshot::Sender<Result<u64, String>>>) {
        self.next_snapshot = self.sequence + self.writer.options.snapshot_every;
        for _ in 0..2 {
            // Whoever asked hears that nothing was saved when the sender is dropped.
            if self.in_flight && self.wait_for_commit().is_some() {
                return;
            }
            if !self.open.events.is_empty() {
                self.seal();
            }
        }
        sabotage::crash_point("engine.before_snapshot");
        let snapshot = Snapshot { sequence: self.sequence, state: self.sale.to_snapshot() };
        let result = self.writer.snapshots.save(self.writer.handle.sale, &snapshot).map_err(|error| error.to_string());
        if let Err(error) = &result {
            tracing::warn!(sale.id = %self.writer.handle.sale, %error, "No snapshot was saved");
        }
        if let Some(reply) = reply {
            let _ = reply.send(result.map(|()| self.sequence));
        }
    }

    fn wait_for_commit(&mut self) -> Option<Unavailable> {
        let result = self.done.1.recv().unwrap_or(Err(JournalError::Closed));
        self.in_flight = false;
        let failed = result.is_err().then_some(Unavailable::CommitFailed);
        if failed.is_some() {
            // Let the loop find the failure again and recover.
            self.in_flight = true;
            let _ = self.done.0.send(result);
        }
        failed
    }

    /// Finishes what was decided, saves a snapshot, and ends.
    fn stop(&mut self) -> End {
        if self.in_flight && self.wait_for_commit().is_some() {
            std::mem::take(&mut self.open).release(Err(Unavailable::CommitFailed));
            return End::Stopped;
        }
        self.seal();
        if self.in_flight && self.wait_for_commit().is_some() {
            return End::Stopped;
        }
        self.save_snapshot(None);
        self.writer.refuse_waiting(Unavailable::Stopped);
        End::Stopped
    }
}
