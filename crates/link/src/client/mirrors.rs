//! The sales as the engine last showed them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use arc_swap::ArcSwap;
use domain::{SaleId, Timestamp};
use sale::SaleView;
use tokio::sync::{broadcast, watch};

use crate::error::LinkError;
use crate::protocol::SaleTick;
use crate::wake::Wake;

/// Wakes a reader may fall behind.
const WAKES_MAX: usize = 256;

/// One sale as last shown.
pub(crate) struct Mirror {
    pub(crate) sale: SaleId,
    /// Which engine shows it.
    way: AtomicUsize,
    /// How often the sale had changed hands when that engine took it.
    term: AtomicU64,
    pub(crate) view: ArcSwap<SaleView>,
    pub(crate) wakes: broadcast::Sender<Arc<Wake>>,
}

impl Mirror {
    /// Which engine shows it.
    pub(crate) fn way(&self) -> usize {
        self.way.load(Ordering::Acquire)
    }
}

/// All of them.
pub(crate) struct Mirrors {
    sales: ArcSwap<BTreeMap<SaleId, Arc<Mirror>>>,
    ids: watch::Sender<Vec<SaleId>>,
    clock: Mutex<Option<(Timestamp, Instant)>>,
}

impl Default for Mirrors {
    fn default() -> Self {
        Self { sales: ArcSwap::default(), ids: watch::Sender::new(Vec::new()), clock: Mutex::default() }
    }
}

impl Mirrors {
    /// One of them.
    pub(crate) fn find(&self, sale: SaleId) -> Option<Arc<Mirror>> {
        self.sales.load().get(&sale).cloned()
    }

    /// Which there are.
    pub(crate) fn ids(&self) -> watch::Receiver<Vec<SaleId>> {
        self.ids.subscribe()
    }

    /// The engine's clock now.
    pub(crate) fn now_estimate(&self) -> Option<Timestamp> {
        let (said, heard) = (*self.clock.lock().unwrap_or_else(PoisonError::into_inner))?;
        let since = i64::try_from(heard.elapsed().as_millis()).unwrap_or(i64::MAX);
        Some(Timestamp::from_millis(said.as_millis().saturating_add(since)))
    }

    /// Everybody may want to look again.
    pub(crate) fn wake_everybody(&self) {
        let wake = Arc::new(Wake::everybody());
        for mirror in self.sales.load().values() {
            let _ = mirror.wakes.send(Arc::clone(&wake));
        }
    }

    /// Takes the engine's time.
    pub(super) fn set_clock(&self, server_time: Timestamp) {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = Some((server_time, Instant::now()));
    }

    /// Takes what changed: first the views, so that whoever is woken looks at what it was woken for. What an engine says
    /// of a sale that another one has taken over since is passed over.
    ///
    /// # Errors
    /// The engine broke the protocol.
    pub(super) fn take(&self, way: usize, tick: SaleTick) -> Result<(), LinkError> {
        let SaleTick { sale, term, view, wake } = tick;
        let known = self.find(sale);
        let moved = known.as_ref().is_some_and(|mirror| mirror.way() != way);
        if moved && known.as_ref().is_some_and(|mirror| term <= mirror.term.load(Ordering::Acquire)) {
            return Ok(());
        }
        if let Some(delta) = view {
            // Another engine begins with a whole view.
            let before = known.as_ref().filter(|_| !moved).map(|mirror| mirror.view.load_full());
            let view = delta.apply(before.as_deref())?;
            if view.sale != sale {
                return Err(LinkError::Breach("a view is of another sale"));
            }
            match &known {
                Some(mirror) => {
                    mirror.view.store(Arc::new(view));
                    mirror.term.store(term, Ordering::Release);
                    mirror.way.store(way, Ordering::Release);
                }
                None => self.add(way, term, view),
            }
        }
        if moved && let Some(mirror) = &known {
            let _ = mirror.wakes.send(Arc::new(Wake::everybody()));
            return Ok(());
        }
        if let (Some(mirror), Some(wake)) = (known, wake) {
            let _ = mirror.wakes.send(Arc::new(wake));
        }
        Ok(())
    }

    fn add(&self, way: usize, term: u64, view: SaleView) {
        let sale = view.sale;
        let mirror = Arc::new(Mirror {
            sale,
            way: way.into(),
            term: term.into(),
            view: ArcSwap::from_pointee(view),
            wakes: broadcast::channel(WAKES_MAX).0,
        });
        self.sales.rcu(|sales| {
            let mut sales = BTreeMap::clone(sales);
            sales.entry(sale).or_insert_with(|| Arc::clone(&mirror));
            sales
        });
        self.ids.send_modify(|ids| *ids = self.sales.load().keys().copied().collect());
    }
}
