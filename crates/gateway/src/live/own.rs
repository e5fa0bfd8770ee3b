//! What is a connection's own: the fan's place and orders.

use std::sync::Arc;
use std::time::Duration;

use domain::{AccountId, Timestamp};
use sale::{OrderStage, PlaceStage};
use tokio::sync::Notify;

use super::messages::ToClient;
use super::woken::Waker;
use crate::desk;
use crate::edge_state::Edge;
use crate::sales::FanSale;

/// A fan's own view of a sale, as last sent.
pub(super) struct Own {
    sale: Arc<FanSale>,
    account: AccountId,
    pub(super) woken: Arc<Notify>,
    /// The place and the order, once they were looked at.
    told: Option<desk::Own>,
}

impl Own {
    pub(super) fn new(sale: Arc<FanSale>, account: AccountId) -> Self {
        let woken = Arc::new(Notify::new());
        sale.hub.register(account, Waker::Task(Arc::clone(&woken)));
        Self { sale, account, woken, told: None }
    }

    /// How long until the position is worth another look.
    pub(super) fn patience(&self) -> Duration {
        match &self.told {
            Some((Some(place), _)) if place.stage == PlaceStage::Waiting => {
                patience(place.ahead, self.sale.hub.per_second())
            }
            _ => Duration::from_secs(30),
        }
    }

    /// Told to wait, and let in since: only the writer knows until when.
    pub(super) fn is_let_in(&self) -> bool {
        let place = self.told.as_ref().and_then(|(place, _)| place.as_ref());
        place.is_some_and(|place| place.stage == PlaceStage::Waiting && place.number.0 <= self.sale.desk.view().cursor)
    }

    /// The position, computed from the shared view: costs the writer nothing.
    pub(super) fn moved(&mut self, edge: &Edge) -> Option<String> {
        let place = self.told.as_mut()?.0.as_mut().filter(|place| place.stage == PlaceStage::Waiting)?;
        let ahead = self.sale.desk.view().ahead(place.number);
        // While the link to the engine stalls, the view may be older than what the engine has answered.
        if ahead >= place.ahead {
            return None;
        }
        place.ahead = ahead;
        Some(ToClient::Place { place: self.sale.place_body(place, edge.now()) }.text())
    }

    /// Looks again and returns what is new. `None` if the writer does not answer: later, then.
    pub(super) async fn look(&mut self, edge: &Edge) -> Option<Vec<String>> {
        let known = self.told.as_ref().and_then(|(_, order)| order.as_ref()).map(|order| order.id);
        let mut own = self.sale.desk.own(self.account, known).await.ok()?;
        never_back(&mut own, self.told.as_ref());
        let frames = news(&self.sale, edge.now(), self.told.as_ref(), &own);
        if let (Some(place), order) = &own {
            self.sale.hub.belongs(self.account, place.number, order.as_ref().map(|order| order.id));
        }
        self.told = Some(own);
        Some(frames)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.sale.hub.unregister(self.account, &Waker::Task(Arc::clone(&self.woken)));
    }
}

/// Nobody comes before a place that is taken: an answer with more people ahead than were told is older than that.
pub(super) fn never_back(own: &mut desk::Own, before: Option<&desk::Own>) {
    if let (Some(place), Some((Some(told), _))) = (own.0.as_mut(), before)
        && place.number == told.number
        && place.stage == PlaceStage::Waiting
    {
        place.ahead = place.ahead.min(told.ahead);
    }
}

/// Who has no more people ahead is near the front, and sees a position that is at most two seconds old.
pub(super) const NEAR: u32 = 20_000;

/// How long until a position is worth another look: the nearer the front, the sooner. Far from it a client counts on by
/// itself from what everybody is told, and the look only corrects it by those who left the line. While the line moves by
/// `per_second` people, nobody comes near the front without being looked at.
pub(super) fn patience(ahead: u32, per_second: u32) -> Duration {
    let table = match ahead {
        0..=1_000 => return Duration::from_secs(1),
        1_001..=NEAR => return Duration::from_millis(1_500),
        20_001..=100_000 => Duration::from_secs(30),
        _ => Duration::from_secs(300),
    };
    let near_in = u64::from((ahead - NEAR).checked_div(per_second).unwrap_or(u32::MAX));
    table.min(Duration::from_secs(near_in)).max(Duration::from_millis(1_500))
}

/// What is new since the look before, if there was one, as frames.
pub(super) fn news(sale: &FanSale, now: Timestamp, before: Option<&desk::Own>, own: &desk::Own) -> Vec<String> {
    let nothing = (None, None);
    let (known_place, known_order) = before.unwrap_or(&nothing);
    let (place, order) = own;
    let mut frames = Vec::new();
    if place != known_place
        && let Some(view) = place
    {
        frames.push(ToClient::Place { place: sale.place_body(view, now) }.text());
    }
    // An order that ended before this connection began is no news.
    let first = before.is_none() && order.as_ref().is_some_and(|order| order.stage != OrderStage::Paying);
    if order != known_order
        && !first
        && let Some(view) = order
    {
        frames.push(ToClient::Order { order: sale.order_body(view, now) }.text());
    }
    frames
}
