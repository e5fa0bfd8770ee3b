//! The journal's thread: everything that waits goes into one statement, then its callers are told.

use std::collections::{HashMap, HashSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::SaleId;
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;
use tokio_postgres::types::ToSql;

use super::outcome::{Found, Landed};
use super::read::{small, unsigned};
use super::rows::Rows;
use super::session::{self, Session};
use super::{PostgresOptions, outcome, silent, storage};
use crate::chain::Tip;
use crate::{Batch, Done, JournalError};

/// Groups on their way at once.
const UNDER_WAY_MAX: usize = 2;
/// Pause before another session is tried.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// What the thread is asked.
pub(super) enum Work {
    /// Make these events durable.
    Append(Batch, Done),
    /// Finish.
    Close,
}

type Waiting = (Batch, Done);

/// A group on its way, and then what became of it.
struct Sent {
    group: Vec<Waiting>,
    landed: Landed,
}

/// Batches that go together, and their rows.
#[derive(Default)]
struct Group {
    batches: Vec<Waiting>,
    /// Where each sale ends after it.
    tips: HashMap<SaleId, Tip>,
    rows: Rows,
}

type UnderWay = FuturesOrdered<Pin<Box<dyn Future<Output = Sent> + Send>>>;

pub(super) struct Writer {
    options: PostgresOptions,
    session: Option<Arc<Session>>,
    tips: HashMap<SaleId, Tip>,
    /// In the order of the calls.
    waiting: VecDeque<Waiting>,
    /// Sales with a group under way.
    busy: HashSet<SaleId>,
    unsettled: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn new(options: PostgresOptions, session: Session, unsettled: Arc<AtomicBool>) -> Self {
        Self {
            options,
            session: Some(Arc::new(session)),
            tips: HashMap::new(),
            waiting: VecDeque::new(),
            busy: HashSet::new(),
            unsettled,
        }
    }

    pub(super) async fn run(mut self, mut inbox: UnboundedReceiver<Work>) {
        let mut under_way = UnderWay::new();
        let mut open = true;
        while open || !self.waiting.is_empty() || !under_way.is_empty() {
            let settle = self.unsettled.load(Ordering::Acquire);
            tokio::select! {
                biased;
                Some(sent) = under_way.next() => self.landed(sent, &mut under_way).await,
                work = inbox.recv(), if open => open = self.take(work, &mut inbox),
                () = tokio::time::sleep(RETRY_PAUSE), if settle => self.settle_later().await,
                else => {}
            }
            while under_way.len() < UNDER_WAY_MAX && !self.waiting.is_empty() {
                if !self.send(&mut under_way).await {
                    break;
                }
            }
        }
    }

    /// Takes everything that has arrived; `false` once the journal is closed.
    fn take(&mut self, first: Option<Work>, inbox: &mut UnboundedReceiver<Work>) -> bool {
        let mut next = first;
        loop {
            match next {
                Some(Work::Append(batch, done)) => self.waiting.push_back((batch, done)),
                Some(Work::Close) | None => return false,
            }
            match inbox.try_recv() {
                Ok(work) => next = Some(work),
                Err(_) => return true,
            }
        }
    }

    /// Sends what may go; `false` if nothing may.
    async fn send(&mut self, under_way: &mut UnderWay) -> bool {
        let (session, learned) = match self.ready().await {
            Ok(ready) => ready,
            Err(error) => {
                refuse(std::mem::take(&mut self.waiting), &error);
                return false;
            }
        };
        let (group, outdated) = self.group(&learned);
        if group.batches.is_empty() {
            return outdated;
        }
        self.busy.extend(group.tips.keys());
        self.tips.extend(&group.tips);
        under_way.push_back(Box::pin(commit(session, group, self.options.commit_patience)));
        true
    }

    /// A session, and the sales whose end was just read on it. A session that turns out to be broken is replaced once.
    async fn ready(&mut self) -> Result<(Arc<Session>, HashSet<SaleId>), JournalError> {
        let mut broken = None;
        for _ in 0..2 {
            let Some(session) = self.session_now().await else { break };
            match self.learn_tips(&session).await {
                Ok(learned) => return Ok((session, learned)),
                Err(error) => {
                    tracing::warn!(%error, "The journal's session is broken");
                    self.session = None;
                    broken = Some(error);
                }
            }
        }
        Err(broken.unwrap_or_else(unreachable))
    }

    /// Takes the batches that may go together, in order. Who does not go on where the sale ends is told so; unless that
    /// is not known from just now, and somebody else may have written since: `true` if there is such a sale.
    fn group(&mut self, learned: &HashSet<SaleId>) -> (Group, bool) {
        let (mut group, mut left, mut outdated) = (Group::default(), VecDeque::new(), HashSet::new());
        for (batch, done) in std::mem::take(&mut self.waiting) {
            let full = group.batches.len() >= self.options.batches_per_commit_max;
            if full || self.busy.contains(&batch.sale) || outdated.contains(&batch.sale) {
                left.push_back((batch, done));
                continue;
            }
            let tip = group.tips.get(&batch.sale).or_else(|| self.tips.get(&batch.sale)).copied().unwrap_or_default();
            match tip.expect(&batch) {
                Ok(()) => group.add(tip, batch, done),
                Err(JournalError::Gap { .. })
                    if !learned.contains(&batch.sale) && !group.tips.contains_key(&batch.sale) =>
                {
                    self.tips.remove(&batch.sale);
                    outdated.insert(batch.sale);
                    left.push_back((batch, done));
                }
                Err(error) => done(Err(error)),
            }
        }
        self.waiting = left;
        (group, !outdated.is_empty())
    }

    /// Reads where the waiting sales end, unless it is known; says of which it was read.
    async fn learn_tips(&mut self, session: &Session) -> Result<HashSet<SaleId>, JournalError> {
        let unknown: HashSet<SaleId> =
            self.waiting.iter().map(|(batch, _)| batch.sale).filter(|sale| !self.tips.contains_key(sale)).collect();
        for &sale in &unknown {
            let key = i64::from(sale.get());
            let row = async { session.client.query_opt(&session.tip, &[&key]).await.map_err(storage) };
            let row = self.in_time(row).await?;
            let tip = match row {
                Some(row) => Tip { sequence: unsigned(row.get(0))?, checksum: small(row.get(1))? },
                None => Tip::default(),
            };
            self.tips.insert(sale, tip);
        }
        Ok(unknown)
    }

    async fn landed(&mut self, sent: Sent, under_way: &mut UnderWay) {
        let Sent { group, landed } = sent;
        group.iter().for_each(|(batch, _)| {
            self.busy.remove(&batch.sale);
        });
        match landed {
            Landed::Committed => group.into_iter().for_each(|(_, done)| done(Ok(()))),
            // Where the sales end will tell who is deposed; the others go again. Nothing of the group is there.
            Landed::Collided => self.put_back(group),
            Landed::Refused(error) => {
                self.forget_tips(&group);
                refuse(group, &error);
            }
            Landed::Unknown(why) => {
                tracing::warn!(why, "It is not known whether a group was committed");
                self.unknown(group, under_way).await;
            }
        }
    }

    /// A group's outcome is unknown, and so is that of every later one on the same session.
    async fn unknown(&mut self, group: Vec<Waiting>, under_way: &mut UnderWay) {
        self.session = None;
        let mut groups = vec![group];
        while let Some(sent) = under_way.next().await {
            match sent.landed {
                Landed::Committed => sent.group.into_iter().for_each(|(_, done)| done(Ok(()))),
                _ => groups.push(sent.group),
            }
        }
        self.busy.clear();
        self.tips.clear();
        self.unsettled.store(true, Ordering::Release);
        self.settle(groups).await;
    }

    /// Finds out what became of the groups, in order; what is not there goes again.
    async fn settle(&mut self, groups: Vec<Vec<Waiting>>) {
        let until = Instant::now() + self.options.session_patience;
        let mut open: VecDeque<Waiting> = groups.into_iter().flatten().collect();
        let mut absent = VecDeque::new();
        while let Some((batch, done)) = open.pop_front() {
            let found = match self.session_until(until).await {
                Some(session) => self.in_time(outcome::find(&session, &batch)).await,
                None => Err(unreachable()),
            };
            match found {
                Ok(Found::Committed) => done(Ok(())),
                Ok(Found::Absent) => absent.push_back((batch, done)),
                Ok(Found::Taken) => {
                    done(Err(JournalError::Deposed { sale: batch.sale, sequence: batch.first }));
                }
                Err(error) => {
                    self.session = None;
                    open.push_front((batch, done));
                    if Instant::now() >= until {
                        // Who is told so must read afresh, and cannot before the outcome is settled.
                        absent.append(&mut open);
                        return refuse(absent, &error);
                    }
                    tracing::warn!(%error, "The outcome could not be read; trying again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
            }
        }
        absent.append(&mut self.waiting);
        self.waiting = absent;
        self.unsettled.store(false, Ordering::Release);
    }

    /// Nobody waits for the outcome any more, but nothing may be read before the old session is gone.
    async fn settle_later(&mut self) {
        if self.session_now().await.is_some() {
            tracing::info!("The journal has a session again");
        }
    }

    /// The session, or a new one if it comes in time.
    async fn session_until(&mut self, until: Instant) -> Option<Arc<Session>> {
        loop {
            match self.try_session().await {
                Ok(session) => return Some(session),
                Err(error) => tracing::warn!(%error, "The journal has no session"),
            }
            if Instant::now() >= until {
                return None;
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn session_now(&mut self) -> Option<Arc<Session>> {
        if self.unsettled.load(Ordering::Acquire) {
            let session = self.try_session().await.ok()?;
            self.unsettled.store(false, Ordering::Release);
            return Some(session);
        }
        self.session_until(Instant::now() + self.options.session_patience).await
    }

    async fn try_session(&mut self) -> Result<Arc<Session>, JournalError> {
        if let Some(session) = &self.session
            && !session.client.is_closed()
        {
            return Ok(Arc::clone(session));
        }
        let session = Arc::new(session::open(&self.options).await?);
        self.tips.clear();
        self.session = Some(Arc::clone(&session));
        Ok(session)
    }

    fn put_back(&mut self, group: Vec<Waiting>) {
        self.forget_tips(&group);
        let mut group = VecDeque::from(group);
        group.append(&mut self.waiting);
        self.waiting = group;
    }

    fn forget_tips(&mut self, group: &[Waiting]) {
        group.iter().for_each(|(batch, _)| {
            self.tips.remove(&batch.sale);
        });
    }

    /// What is asked of the database counts as failed after the time that a commit may take.
    async fn in_time<T>(&self, asked: impl Future<Output = Result<T, JournalError>>) -> Result<T, JournalError> {
        tokio::time::timeout(self.options.commit_patience, asked).await.unwrap_or_else(|_| Err(silent()))
    }
}

fn unreachable() -> JournalError {
    JournalError::Storage("the database cannot be reached".into())
}

/// Tells every caller of a group that nothing of it was committed.
fn refuse(group: impl IntoIterator<Item = Waiting>, error: &JournalError) {
    tracing::error!(%error, "The journal could not commit");
    group.into_iter().for_each(|(_, done)| done(Err(error.clone())));
}

impl Group {
    fn add(&mut self, tip: Tip, batch: Batch, done: Done) {
        match self.rows.add(&batch, tip) {
            Ok(tip) => {
                self.tips.insert(batch.sale, tip);
                self.batches.push((batch, done));
            }
            Err(error) => done(Err(error)),
        }
    }
}

/// Sends a group and waits for what becomes of it.
async fn commit(session: Arc<Session>, group: Group, patience: Duration) -> Sent {
    let Group { batches, rows, .. } = group;
    let landed = {
        let Rows { sales, sequences, counts, checksums, payloads } = &rows;
        let parameters: [&(dyn ToSql + Sync); 5] = [sales, sequences, counts, checksums, payloads];
        match tokio::time::timeout(patience, session.client.execute(&session.insert, &parameters)).await {
            Ok(Ok(_)) => Landed::Committed,
            Ok(Err(error)) => outcome::read(error),
            Err(_) => Landed::Unknown("the database does not answer".into()),
        }
    };
    Sent { group: batches, landed }
}
