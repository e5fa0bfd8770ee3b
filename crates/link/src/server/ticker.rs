//! What one gateway has been told of every sale, and what it is told next.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use domain::SaleId;
use engine::{Committed, SaleHandle};
use sale::SaleView;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

use super::Backstage;
use crate::delta::ViewDelta;
use crate::error::LinkError;
use crate::frame::{FROM_ENGINE_BYTES_MAX, Gathering};
use crate::protocol::{HEARTBEAT, SaleTick, TICK_HEAD};
use crate::wake::Wake;

/// New sales are looked for every so many ticks.
const LOOK_TICKS: u32 = 5;
/// Accounts that joined named in one tick: enough to tell second devices while the line is calm.
const ACCOUNTS_MAX: usize = 256;

pub(super) struct Ticker {
    backstage: Arc<dyn Backstage>,
    sales: BTreeMap<SaleId, Watched>,
    ticks: u32,
    spoke: Option<Instant>,
}

struct Watched {
    handle: SaleHandle,
    feed: broadcast::Receiver<Arc<Committed>>,
    sent: Option<Arc<SaleView>>,
}

impl Ticker {
    /// For a gateway that knows nothing.
    pub(super) fn new(backstage: Arc<dyn Backstage>) -> Self {
        let mut ticker = Self { backstage, sales: BTreeMap::new(), ticks: 0, spoke: None };
        ticker.look_for_sales();
        ticker
    }

    /// The sales of the first tick.
    pub(super) fn sale_ids(&self) -> Vec<SaleId> {
        self.sales.keys().copied().collect()
    }

    /// Appends what changed, or a heartbeat if one is due.
    pub(super) fn tick(&mut self, out: &mut Vec<u8>) -> Result<(), LinkError> {
        self.ticks += 1;
        if self.ticks.is_multiple_of(LOOK_TICKS) {
            self.look_for_sales();
        }
        let mut sales = Gathering::new(&(TICK_HEAD, self.backstage.now()), FROM_ENGINE_BYTES_MAX)?;
        let mut changed = false;
        for (sale, watched) in &mut self.sales {
            if let Some(tick) = watched.tick(*sale) {
                sales.add(&tick, out)?;
                changed = true;
            }
        }
        sales.finish(out);
        let due = self.spoke.is_none_or(|spoke| spoke.elapsed() >= HEARTBEAT);
        if due && !changed {
            sales.finish_even_if_empty(out);
        }
        if due || changed {
            self.spoke = Some(Instant::now());
        }
        Ok(())
    }

    fn look_for_sales(&mut self) {
        // A writer that has ended says nothing more: another engine has the sale, or this one again.
        self.sales.retain(|_, watched| !watched.handle.has_ended());
        for handle in self.backstage.sales() {
            if handle.has_ended() {
                continue;
            }
            self.sales.entry(handle.sale()).or_insert_with(|| {
                let feed = handle.subscribe();
                Watched { handle, feed, sent: None }
            });
        }
    }
}

impl Watched {
    fn tick(&mut self, sale: SaleId) -> Option<SaleTick> {
        let wake = self.wake();
        let now = self.handle.view();
        let unchanged = self.sent.as_ref().is_some_and(|sent| Arc::ptr_eq(sent, &now));
        let view = (!unchanged).then(|| ViewDelta::between(self.sent.as_deref(), &now));
        self.sent = Some(now);
        (view.is_some() || !wake.is_empty()).then(|| SaleTick {
            sale,
            term: self.handle.term(),
            view,
            wake: Some(wake).filter(|it| !it.is_empty()),
        })
    }

    /// Everything the feed has told since the last time.
    fn wake(&mut self) -> Wake {
        let mut wake = Wake::default();
        loop {
            match self.feed.try_recv() {
                Ok(batch) => wake.add(&batch, ACCOUNTS_MAX),
                Err(TryRecvError::Lagged(_)) => wake = Wake::everybody(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return wake,
            }
        }
    }
}
