//! All sales of this process and their writers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use crossbeam_channel::bounded;
use domain::{Problem, SaleId, SeatingPlan};
use journal::{Batch, Journal, JournalError, Payloads, Snapshots};
use metrics::counter;
use sale::{Event, Recorded, Sale, Settings};
use tokio::sync::{broadcast, oneshot};

use crate::encode::append_event;
use crate::handle::SaleHandle;
use crate::job::Job;
use crate::open_batch::Exit;
use crate::options::EngineOptions;
use crate::writer::Writer;
use crate::{Now, SaleTime, recovery};

/// Batches a reader of the feed may fall behind.
const FEED_BATCHES_MAX: usize = 4_096;
/// How often a sale is read again because the writer before was still writing.
const TAKE_OVERS_MAX: u32 = 20;

/// Why a sale could not be opened or created.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal refused or failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The sale itself is not sound.
    #[error(transparent)]
    Invalid(#[from] Problem),
    /// There is no memory or thread for it.
    #[error("a writer could not be started: {0}")]
    Start(String),
}

/// The writers of this process. Cloning shares them.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Arc<dyn Journal>,
    snapshots: Snapshots,
    options: EngineOptions,
    now: Now,
    sales: ArcSwap<BTreeMap<SaleId, SaleHandle>>,
    threads: Mutex<BTreeMap<SaleId, JoinHandle<()>>>,
}

impl Engine {
    /// Recovers every sale of the journal and starts its writer.
    ///
    /// # Errors
    /// A sale cannot be recovered: an event is missing, damaged or cannot be read.
    pub fn open(
        journal: Arc<dyn Journal>,
        snapshots: Snapshots,
        options: EngineOptions,
        now: Now,
    ) -> Result<Self, EngineError> {
        let sales = journal.sales()?;
        let engine = Self::empty(journal, snapshots, options, now);
        for id in sales {
            if let Some(recovered) = recovery::recover(id, &*engine.inner.journal, &engine.inner.snapshots)? {
                engine.start(id, recovered.sale, recovered.sequence, 0)?;
            }
        }
        Ok(engine)
    }

    /// An engine without writers: each is started by [`take_over`](Self::take_over) or [`create`](Self::create).
    pub fn empty(journal: Arc<dyn Journal>, snapshots: Snapshots, options: EngineOptions, now: Now) -> Self {
        let inner = Inner { journal, snapshots, options, now, sales: ArcSwap::default(), threads: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Takes a sale over from another process, or from nobody: reads it, and marks it in the journal, so that whoever wrote
    /// before can commit nothing more. Only then it is served. `None` if the journal has no events of it. Blocks.
    ///
    /// # Errors
    /// It cannot be recovered, or the mark cannot be written.
    pub fn take_over(&self, id: SaleId, term: u64) -> Result<Option<SaleHandle>, EngineError> {
        for _ in 0..TAKE_OVERS_MAX {
            let Some(recovered) = recovery::recover(id, &*self.inner.journal, &self.inner.snapshots)? else {
                return Ok(None);
            };
            let at = SaleTime::default().at(&recovered.sale, (self.inner.now)());
            let mark = Recorded { at, key: None, event: Event::WriterChanged { term } };
            match self.append(id, recovered.sequence + 1, &mark) {
                Ok(()) => {
                    let mut sale = recovered.sale;
                    sale.apply(&mark);
                    return self.start(id, sale, recovered.sequence + 1, term).map(Some);
                }
                // The one before was still writing.
                Err(JournalError::Deposed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EngineError::Start(format!("somebody else goes on writing {id}")))
    }

    /// Appends one event, and returns when it is durable.
    fn append(&self, id: SaleId, sequence: u64, event: &Recorded) -> Result<(), JournalError> {
        let mut payloads = Payloads::default();
        let pushed = payloads.push_with(|bytes| append_event(event, bytes));
        pushed.map_err(|error| JournalError::Storage(error.to_string()))?;
        let (tell, told) = bounded(1);
        let done = Box::new(move |result| drop(tell.send(result)));
        self.inner.journal.append(Batch { sale: id, first: sequence, payloads }, done);
        told.recv().unwrap_or(Err(JournalError::Closed))
    }

    /// Lets the writer of a sale finish what it has taken, and ends it. Blocks until it has; whoever asks afterwards hears
    /// that it has ended.
    pub fn give_up(&self, id: SaleId) {
        let Some(handle) = self.sale(id) else { return };
        self.inner.sales.rcu(|sales| {
            let mut sales = BTreeMap::clone(sales);
            sales.remove(&id);
            sales
        });
        let _ = handle.inbox.send(Job::Stop);
        let thread = self.threads().remove(&id);
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!(sale.id = %id, "A writer panicked");
        }
    }

    /// Creates a sale: returns when the event that creates it is durable. Creating it again returns the handle of the
    /// one that exists.
    ///
    /// # Errors
    /// The settings or the plan are not sound, or the journal refused.
    pub async fn create(&self, settings: Settings, plan: SeatingPlan) -> Result<SaleHandle, EngineError> {
        self.create_in(settings, plan, 0).await
    }

    /// As [`create`](Self::create), under a lease of this term.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn create_in(&self, settings: Settings, plan: SeatingPlan, term: u64) -> Result<SaleHandle, EngineError> {
        let id = settings.sale;
        if let Some(handle) = self.sale(id) {
            return Ok(handle);
        }
        let (sale, recorded) = Sale::create(settings, plan, (self.inner.now)())?;
        let mut payloads = Payloads::default();
        payloads
            .push_with(|bytes| append_event(&recorded, bytes))
            .map_err(|error| JournalError::Storage(error.to_string()))?;
        let (tell, told) = oneshot::channel();
        let done = Box::new(move |result| drop(tell.send(result)));
        self.inner.journal.append(Batch { sale: id, first: 1, payloads }, done);
        told.await.unwrap_or(Err(JournalError::Closed))?;
        self.start(id, sale, 1, term)
    }

    /// The handle of a sale.
    pub fn sale(&self, id: SaleId) -> Option<SaleHandle> {
        self.inner.sales.load().get(&id).cloned()
    }

    /// The handles of all sales, in order.
    pub fn sales(&self) -> Vec<SaleHandle> {
        self.inner.sales.load().values().cloned().collect()
    }

    /// Lets every writer finish what it has taken, save a snapshot and end. Blocks until all have.
    pub fn stop(&self) {
        for handle in self.sales() {
            // A full inbox is being emptied: wait for room.
            let _ = handle.inbox.send(Job::Stop);
        }
        for thread in std::mem::take(&mut *self.threads()).into_values() {
            if thread.join().is_err() {
                tracing::error!("A writer panicked");
            }
        }
    }

    fn start(&self, id: SaleId, mut sale: Sale, sequence: u64, term: u64) -> Result<SaleHandle, EngineError> {
        let (inbox, jobs) = bounded(self.inner.options.inbox_max);
        let (feed, _) = broadcast::channel(FEED_BATCHES_MAX);
        let view = Arc::new(ArcSwap::from_pointee(sale.view(sequence, None)));
        let overloaded = counter!("onsale_inbox_full_total", "sale" => id.to_string());
        let handle = SaleHandle {
            sale: id,
            inbox,
            bell: Arc::default(),
            view,
            feed: feed.downgrade(),
            overloaded,
            commits: Arc::default(),
            term,
            ended: Arc::default(),
        };
        let writer = Writer {
            handle: handle.clone(),
            feed,
            inbox: jobs,
            journal: Arc::clone(&self.inner.journal),
            snapshots: self.inner.snapshots.clone(),
            options: self.inner.options.clone(),
            now: Arc::clone(&self.inner.now),
            exit: Exit::open(),
        };
        let thread = std::thread::Builder::new().name(id.to_string()).spawn(move || {
            let _says_so = Ended(Arc::clone(&writer.handle.ended));
            writer.run(sale, sequence);
        });
        self.threads().insert(id, thread.map_err(|error| EngineError::Start(error.to_string()))?);
        self.inner.sales.rcu(|sales| {
            let mut sales = BTreeMap::clone(sales);
            sales.insert(id, handle.clone());
            sales
        });
        Ok(handle)
    }

    fn threads(&self) -> MutexGuard<'_, BTreeMap<SaleId, JoinHandle<()>>> {
        self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that a writer has ended, also when it panicked.
struct Ended(Arc<AtomicBool>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
