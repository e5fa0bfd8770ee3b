//! The sales as the engine last showed them.

use std::collections::BTreeMap;
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
    pub(crate) view: ArcSwap<SaleView>,
    pub(crate) wakes: broadcast::Sender<Arc<Wake>>,
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

    /// Takes what changed: first the views, so that whoever is woken looks at what it was woken for.
    ///
    /// # Errors
    /// The engine broke the protocol.
    pub(super) fn take(&self, tick: SaleTick) -> Result<(), LinkError> {
        let SaleTick { sale, view, wake } = tick;
        let known = self.find(sale);
        if let Some(delta) = view {
            let before = known.as_ref().map(|mirror| mirror.view.load_full());
            let view = delta.apply(before.as_deref())?;
            if view.sale != sale {
                return Err(LinkError::Breach("a view is of another sale"));
            }
            match &known {
                Some(mirror) => mirror.view.store(Arc::new(view)),
                None => self.add(view),
            }
        }
        if let (Some(mirror), Some(wake)) = (known, wake) {
            let _ = mirror.wakes.send(Arc::new(wake));
        }
        Ok(())
    }

    fn add(&self, view: SaleView) {
        let sale = view.sale;
        let mirror = Mirror { sale, view: ArcSwap::from_pointee(view), wakes: broadcast::channel(WAKES_MAX).0 };
        // One task alone writes.
        let mut sales = BTreeMap::clone(&self.sales.load());
        sales.insert(sale, Arc::new(mirror));
        let ids = sales.keys().copied().collect();
        self.sales.store(Arc::new(sales));
        self.ids.send_replace(ids);
    }
}
