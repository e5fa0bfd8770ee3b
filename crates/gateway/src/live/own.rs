//! What is a connection's own: the fan's place and orders.

use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, OrderId, PlaceNumber};
use sale::{OrderStage, OrderView, PlaceStage, PlaceView};
use tokio::sync::Notify;

use super::messages::ToClient;
use crate::edge_state::Edge;
use crate::sales::FanSale;

/// A fan's own view of a sale, as last sent.
pub(super) struct Own {
    sale: Arc<FanSale>,
    account: AccountId,
    pub(super) woken: Arc<Notify>,
    place: Option<PlaceView>,
    order: Option<OrderView>,
    looked: bool,
}

impl Own {
    pub(super) fn new(sale: Arc<FanSale>, account: AccountId) -> Self {
        let woken = Arc::new(Notify::new());
        sale.hub.register(account, &woken);
        Self { sale, account, woken, place: None, order: None, looked: false }
    }

    /// How long until the position is worth another look: the nearer the front, the sooner.
    pub(super) fn patience(&self) -> Duration {
        match &self.place {
            Some(place) if place.stage == PlaceStage::Waiting => match place.ahead {
                0..=1_000 => Duration::from_secs(1),
                1_001..=20_000 => Duration::from_secs(2),
                20_001..=100_000 => Duration::from_secs(10),
                _ => Duration::from_secs(30),
            },
            _ => Duration::from_secs(30),
        }
    }

    /// The position, computed from the shared view: costs the writer nothing.
    pub(super) fn moved(&mut self, edge: &Edge) -> Option<String> {
        let place = self.place.as_mut().filter(|place| place.stage == PlaceStage::Waiting)?;
        let ahead = self.sale.desk.view().ahead(place.number);
        if ahead == place.ahead {
            return None;
        }
        place.ahead = ahead;
        Some(ToClient::Place { place: self.sale.place_body(place, edge.now()) }.text())
    }

    /// Looks again and returns what is new. `None` if the writer does not answer: later, then.
    pub(super) async fn look(&mut self, edge: &Edge) -> Option<Vec<String>> {
        let (account, known) = (self.account, self.order.as_ref().map(|order| order.id));
        let (place, order) = self.sale.desk.own(account, known).await.ok()?;
        let now = edge.now();
        let mut frames = Vec::new();
        if place != self.place
            && let Some(view) = &place
        {
            frames.push(ToClient::Place { place: self.sale.place_body(view, now) }.text());
        }
        let first = !self.looked && order.as_ref().is_some_and(|order| order.stage != OrderStage::Paying);
        // An order that ended before this connection began is no news.
        if order != self.order
            && !first
            && let Some(view) = &order
        {
            frames.push(ToClient::Order { order: self.sale.order_body(view, now) }.text());
        }
        (self.place, self.order, self.looked) = (place, order, true);
        if let Some(place) = &self.place {
            let number: PlaceNumber = place.number;
            let order: Option<OrderId> = self.order.as_ref().map(|order| order.id);
            self.sale.hub.belongs(self.account, number, order);
        }
        Some(frames)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.sale.hub.unregister(self.account, &self.woken);
    }
}
