//! Keeps this engine's leases, and starts and stops writers as they come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::SaleId;
use metrics::{counter, gauge};
use tokio::sync::{Mutex, Notify};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::directory::{Directory, EngineAt};
use crate::placement::{Lease, place};
use crate::store::{Seen, Store, StoreError};
use crate::tenure::Tenure;
use crate::{BEAT, LEASE};

/// Pause before a sale that could not be started is tried again, here or elsewhere.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// A boxed future of a trait's method.
pub type Done<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The writers of this process, for the keeper.
pub trait Writers: Send + Sync + 'static {
    /// Every sale there is, and whether it may change hands by itself now.
    fn sales(&self) -> Done<'_, Result<Vec<(SaleId, bool)>, String>>;

    /// Takes a sale over: reads it, marks it as taken, and serves it. The lease is held.
    fn start(&self, sale: SaleId, term: u64) -> Done<'_, Result<(), String>>;

    /// The writer of a sale has ended by itself, and answers nobody any more.
    fn has_ended(&self, sale: SaleId) -> bool;

    /// Ends the writer of a sale; returns when it writes no more. What has not begun yet is no error.
    fn stop(&self, sale: SaleId) -> Done<'_, ()>;
}

/// Who this engine is.
#[derive(Debug, Clone)]
pub struct KeeperOptions {
    /// What the operator calls it; unique.
    pub name: String,
    /// Origin of its HTTP server, as the other engines reach it.
    pub http: String,
    /// Fingerprint of the keys it signs with.
    pub keys: String,
}

/// Keeps leases until it is told to leave.
pub struct Keeper {
    store: Store,
    this: EngineAt,
    keys: String,
    writers: Arc<dyn Writers>,
    tenure: Tenure,
    directory: Directory,
    held: Mutex<BTreeMap<SaleId, State>>,
    again: Notify,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The writer is being started.
    Starting,
    /// It runs.
    Running,
    /// It could not be started, or is being stopped: nobody is answered for it here any more. The lease is prolonged
    /// with all others until it is given up, so that nobody else starts before this one has stopped.
    Ending,
}

impl Keeper {
    /// Says for the first time that this engine is there.
    ///
    /// # Errors
    /// The database does not answer, or this engine cannot work beside the others.
    pub async fn start(
        store: Store,
        options: KeeperOptions,
        writers: Arc<dyn Writers>,
        tenure: Tenure,
        directory: Directory,
    ) -> Result<Arc<Self>, StoreError> {
        let this = EngineAt { name: options.name, process: Uuid::new_v4(), http: options.http };
        store.beat(&this, &options.keys).await?;
        let (held, again) = (Mutex::default(), Notify::new());
        Ok(Arc::new(Self { store, this, keys: options.keys, writers, tenure, directory, held, again }))
    }

    /// Who this engine is.
    pub fn this(&self) -> &EngineAt {
        &self.this
    }

    /// Where the tables are.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Beats, until the future is dropped, or this engine cannot work beside the others any more.
    pub async fn run(self: Arc<Self>) {
        let mut beats = tokio::time::interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = beats.tick() => {}
                () = self.again.notified() => {}
            }
            match self.beat().await {
                Ok(()) => {}
                // It was away for so long that another process works under its name, or somebody changed its keys.
                Err(error @ (StoreError::NameTaken(_) | StoreError::OtherKeys(_))) => {
                    tracing::error!(%error, "This engine gives its sales up and takes no more");
                    return self.give_all_up().await;
                }
                Err(error) => {
                    counter!("onsale_lease_beats_failed_total").increment(1);
                    tracing::warn!(%error, "The leases could not be prolonged");
                    // Nothing is stopped for it: when the time is over nothing is answered, and the journal is the fence.
                }
            }
        }
    }

    /// There is something new: do not wait for the next beat.
    pub fn hurry(&self) {
        self.again.notify_one();
    }

    async fn beat(self: &Arc<Self>) -> Result<(), StoreError> {
        // From before the question: the database counts from later.
        let until = Instant::now() + LEASE;
        let seen = self.store.beat(&self.this, &self.keys).await?;
        let mut held = self.held.lock().await;
        let mine: BTreeSet<SaleId> =
            seen.leases.iter().filter(|it| it.holder == Some(self.this.process)).map(|it| it.sale).collect();
        self.tenure.set(
            held.iter().filter(|(sale, state)| mine.contains(sale) && **state != State::Ending).map(|(sale, _)| *sale),
            until,
        );
        self.end_what_cannot_go_on(&mut held, &mine);
        // The catalog may be in another database: one that is slow must not cost the leases.
        let sales = match tokio::time::timeout(BEAT, self.writers.sales()).await {
            Ok(Ok(sales)) => sales,
            Ok(Err(error)) => {
                tracing::warn!(error, "The sales there are cannot be read");
                return Ok(());
            }
            Err(_) => {
                tracing::warn!("The sales there are cannot be read in time");
                return Ok(());
            }
        };
        self.note(&seen, sales.iter().map(|(sale, _)| *sale).collect());
        let known: BTreeMap<SaleId, _> = seen.leases.iter().map(|it| (it.sale, it)).collect();
        let free = |sale, is_quiet| Lease { sale, holder: None, wanted: None, is_quiet };
        let leases: Vec<Lease> = sales
            .iter()
            .map(|(sale, quiet)| known.get(sale).map_or_else(|| free(*sale, *quiet), |it| it.lease(*quiet)))
            .collect();
        let plan = place(&self.this, &seen.engines, &leases);
        for (sale, to) in plan.give {
            if held.get(&sale) == Some(&State::Running) {
                held.insert(sale, State::Ending);
                self.tenure.end(sale);
                self.end(sale, to);
            }
        }
        for sale in plan.claim {
            if held.contains_key(&sale) {
                continue;
            }
            let until = Instant::now() + LEASE;
            let Some(term) = self.store.claim(sale, self.this.process).await? else { continue };
            held.insert(sale, State::Starting);
            self.tenure.add(sale, until);
            self.begin(sale, term);
        }
        // Leases of this process without a writer: a claim whose answer was lost.
        for sale in mine.into_iter().filter(|sale| !held.contains_key(sale)) {
            self.store.release(sale, self.this.process, None).await?;
        }
        gauge!("onsale_leases_held").set(held.len() as f64);
        Ok(())
    }

    /// Ends the writers of sales whose lease is lost, and gives those up whose writer has ended.
    fn end_what_cannot_go_on(self: &Arc<Self>, held: &mut BTreeMap<SaleId, State>, mine: &BTreeSet<SaleId>) {
        let running = held.iter().filter(|(_, state)| **state == State::Running).map(|(sale, _)| *sale);
        let running: Vec<SaleId> = running.collect();
        for sale in running {
            if !mine.contains(&sale) {
                // Too long without an answer from the database, and somebody else has it now or will.
                tracing::error!(sale.id = %sale, "The lease of a sale was lost; its writer here ends");
                counter!("onsale_leases_lost_total").increment(1);
            } else if self.writers.has_ended(sale) {
                // Nobody is answered here: somebody else may do better, and so may another writer here.
                tracing::error!(sale.id = %sale, "The writer of a sale has ended by itself; its lease is given up");
                self.tenure.end(sale);
            } else {
                continue;
            }
            held.insert(sale, State::Ending);
            self.end(sale, None);
        }
    }

    fn note(&self, seen: &Seen, all: BTreeSet<SaleId>) {
        let held = seen.leases.iter().filter_map(|it| Some((it.sale, it.holder?))).collect();
        self.directory.set(self.this.process, seen.engines.clone(), held, all);
    }

    /// Starts a writer beside the beat, which must go on.
    fn begin(self: &Arc<Self>, sale: SaleId, term: u64) {
        let keeper = Arc::clone(self);
        tokio::spawn(async move {
            let began = Instant::now();
            match keeper.writers.start(sale, term).await {
                Ok(()) => {
                    keeper.held.lock().await.insert(sale, State::Running);
                    counter!("onsale_leases_taken_total").increment(1);
                    tracing::info!(sale.id = %sale, term, took.ms = began.elapsed().as_millis() as u64, "Took a sale over");
                }
                Err(error) => {
                    tracing::error!(sale.id = %sale, error, "A sale could not be taken over");
                    keeper.held.lock().await.insert(sale, State::Ending);
                    // Nobody else gets further with a damaged sale either: not round and round at full speed.
                    tokio::time::sleep(RETRY_PAUSE).await;
                    keeper.finish(sale, None).await;
                }
            }
        });
    }

    fn end(self: &Arc<Self>, sale: SaleId, to: Option<String>) {
        let keeper = Arc::clone(self);
        tokio::spawn(async move { keeper.finish(sale, to).await });
    }

    async fn finish(&self, sale: SaleId, to: Option<String>) {
        self.writers.stop(sale).await;
        if let Err(error) = self.store.release(sale, self.this.process, to.as_deref()).await {
            tracing::warn!(sale.id = %sale, %error, "A lease could not be given up; it runs out by itself");
        }
        self.tenure.end(sale);
        self.held.lock().await.remove(&sale);
        // Somebody may be waiting for it.
        self.hurry();
    }

    /// Stops every writer and gives every lease up, so that the others take over at once.
    pub async fn leave(&self) {
        self.give_all_up().await;
        if let Err(error) = self.store.leave(self.this.process).await {
            tracing::warn!(%error, "The others will notice a little later that this engine is gone");
        }
    }

    async fn give_all_up(&self) {
        let sales: Vec<SaleId> = self.held.lock().await.keys().copied().collect();
        for sale in sales {
            self.tenure.end(sale);
            self.writers.stop(sale).await;
            if let Err(error) = self.store.release(sale, self.this.process, None).await {
                tracing::warn!(sale.id = %sale, %error, "A lease could not be given up; it runs out by itself");
            }
        }
    }
}
