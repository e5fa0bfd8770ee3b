//! Those who wait for a payment page: told once, when the saga has recorded it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::OrderId;
use tokio::sync::oneshot;

/// Requests that wait for the page of the order they began.
#[derive(Default)]
pub(super) struct Pages {
    waiting: Mutex<HashMap<OrderId, oneshot::Sender<()>>>,
}

/// Somebody who waits for the payment page of an order, for as long as this lives.
pub struct ExpectedPage {
    order: OrderId,
    told: oneshot::Receiver<()>,
    pages: Arc<Pages>,
}

impl Pages {
    /// Wait for this order's page. Call it before the order begins.
    pub(super) fn expect(self: &Arc<Self>, order: OrderId) -> ExpectedPage {
        let (tell, told) = oneshot::channel();
        self.lock().insert(order, tell);
        ExpectedPage { order, told, pages: Arc::clone(self) }
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

impl ExpectedPage {
    /// Returns when the page is recorded or will never be. That may be never, so give it a time limit.
    pub async fn recorded(mut self) {
        let _ = (&mut self.told).await;
    }
}

/// Whoever asked may be gone before there is an answer: nothing is kept for them.
impl Drop for ExpectedPage {
    fn drop(&mut self) {
        self.pages.lock().remove(&self.order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_is_told_and_who_goes_leaves_nothing_behind() {
        let pages = Arc::new(Pages::default());
        let (first, second) = (pages.expect(OrderId::new(1)), pages.expect(OrderId::new(2)));
        pages.tell(OrderId::new(1));
        first.recorded().await;
        assert_eq!(pages.lock().len(), 1);
        drop(second);
        assert!(pages.lock().is_empty());
    }
}
