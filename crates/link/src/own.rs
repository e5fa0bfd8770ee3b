//! What belongs to one account in a sale.

use domain::{AccountId, OrderId};
use sale::{OrderView, PlaceView, Sale};

/// Where an account stands, and its order: the one of its place, else the one it knows, else its latest.
pub fn own(sale: &Sale, account: AccountId, known: Option<OrderId>) -> (Option<PlaceView>, Option<OrderView>) {
    let place = sale.place_view(account);
    let orders = sale.orders();
    let order = place.as_ref().and_then(|place| place.order).or(known).and_then(|id| orders.find(id));
    // Looked up together with its owner: an id alone opens nothing.
    let order = order.filter(|order| order.account == account).or_else(|| orders.of(account).next_back());
    (place, order.map(|order| sale.order_view(order)))
}
