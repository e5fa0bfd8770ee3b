//! Those who wait for a payment page: told once, when the saga has recorded it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::OrderId;
use tokio::sync::oneshot;

/// Requests that wait for the page of the order they began.
#[derive(Default)]
pub(super) struct Pages {
    waiting: Mutex<HashMap<OrderId, oneshot::Sender<()>>>,
}

impl Pages {
    /// Wait for this order's page. Call it before the order begins.
    pub(super) fn expect(&self, order: OrderId) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        self.lock().insert(order, tell);
        told
    }

    /// The page is recorded, or will never be.
    pub(super) fn tell(&self, order: OrderId) {
        if let Some(tell) = self.lock().remove(&order) {
            let _ = tell.send(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrderId, oneshot::Sender<()>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
