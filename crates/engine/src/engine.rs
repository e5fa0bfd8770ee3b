//! All sales of this process and their writers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use crossbeam_channel::bounded;
use domain::{Problem, SaleId, SeatingPlan};
use journal::{Batch, Journal, JournalError, Payloads, Snapshots};
use metrics::counter;
use sale::{Sale, Settings};
use tokio::sync::{broadcast, oneshot};

use crate::encode::append_event;
use crate::handle::SaleHandle;
use crate::job::Job;
use crate::open_batch::Exit;
use crate::options::EngineOptions;
use crate::writer::Writer;
use crate::{Now, recovery};

/// Batches a reader of the feed may fall behind.
const FEED_BATCHES_MAX: usize = 4_096;

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
    threads: Mutex<Vec<JoinHandle<()>>>,
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
        let inner = Inner { journal, snapshots, options, now, sales: ArcSwap::default(), threads: Mutex::default() };
        let engine = Self { inner: Arc::new(inner) };
        for id in sales {
            if let Some(recovered) = recovery::recover(id, &*engine.inner.journal, &engine.inner.snapshots)? {
                engine.start(id, recovered.sale, recovered.sequence)?;
            }
        }
        Ok(engine)
    }

    /// Creates a sale: returns when the event that creates it is durable. Creating it again returns the handle of the
    /// one that exists.
    ///
    /// # Errors
    /// The settings or the plan are not sound, or the journal refused.
    pub async fn create(&self, settings: Settings, plan: SeatingPlan) -> Result<SaleHandle, EngineError> {
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
        self.start(id, sale, 1)
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
        for thread in self.threads().drain(..) {
            if thread.join().is_err() {
                tracing::error!("A writer panicked");
            }
        }
    }

    fn start(&self, id: SaleId, mut sale: Sale, sequence: u64) -> Result<SaleHandle, EngineError> {
        let (inbox, jobs) = bounded(self.inner.options.inbox_max);
        let (feed, _) = broadcast::channel(FEED_BATCHES_MAX);
        let view = Arc::new(ArcSwap::from_pointee(sale.view(sequence, None)));
        let overloaded = counter!("onsale_inbox_full_total", "sale" => id.to_string());
        let handle = SaleHandle { sale: id, inbox, view, feed, overloaded, commits: Arc::default() };
        let writer = Writer {
            handle: handle.clone(),
            inbox: jobs,
            journal: Arc::clone(&self.inner.journal),
            snapshots: self.inner.snapshots.clone(),
            options: self.inner.options.clone(),
            now: Arc::clone(&self.inner.now),
            exit: Exit::open(),
        };
        let thread = std::thread::Builder::new().name(id.to_string()).spawn(move || writer.run(sale, sequence));
        self.threads().push(thread.map_err(|error| EngineError::Start(error.to_string()))?);
        self.inner.sales.rcu(|sales| {
            let mut sales = BTreeMap::clone(sales);
            sales.insert(id, handle.clone());
            sales
        });
        Ok(handle)
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
