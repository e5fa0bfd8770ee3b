//! What a sale answers.

use domain::{HoldNumber, Money, OrderId, PlaceNumber, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event::Items;
use crate::line::PlaceStage;
use crate::orders::OrderStage;

/// The answer to a command that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Where the account stands now. To a join: it stood there before.
    Place(PlaceView),
    /// Where each account of a bulk join stands: its place numbers, in the order asked; none before a draw.
    Places(Vec<PlaceNumber>),
    /// What the buyer holds now.
    Held(HoldView),
    /// The order as it is now.
    Order(OrderView),
    /// It is done and there is nothing to add.
    Done,
    /// The place, or the entry in the lobby, that this very join made.
    Joined(PlaceView),
}

/// A place in line and how far its owner has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceView {
    /// The number; 0 in the lobby, where nobody has one yet.
    pub number: PlaceNumber,
    /// How far.
    pub stage: PlaceStage,
    /// How many wait before it.
    pub ahead: u32,
    /// When the present stage ends by itself.
    pub deadline: Option<Timestamp>,
    /// What is held.
    pub hold: Option<HoldView>,
    /// The order being paid.
    pub order: Option<OrderId>,
}

/// A buyer's hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    /// The number of the hold.
    pub number: HoldNumber,
    /// Of what.
    pub items: Items,
    /// What it costs.
    pub total: Money,
    /// Until when.
    pub deadline: Timestamp,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    /// Which.
    pub id: OrderId,
    /// Whose.
    pub account: domain::AccountId,
    /// How far.
    pub stage: OrderStage,
    /// Of what.
    pub items: Items,
    /// What it costs.
    pub total: Money,
    /// The provider's page, once it is known.
    pub page_url: Option<String>,
    /// The end of the pay time, while it runs.
    pub deadline: Option<Timestamp>,
    /// Serials of its tickets: the first and how many.
    pub tickets: Option<(u32, u32)>,
    /// When checkout began.
    pub created_at: Timestamp,
}
