//! Places and holds on the wire.

use domain::Timestamp;
use sale::{HoldView, PlaceStage, PlaceView};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ItemBody, MoneyBody};
use crate::sales::SaleEntry;
use crate::wire::Labels;

/// A place in line and how far its owner has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceBody<'a> {
    /// The number: a lower one came earlier.
    pub number: u32,
    /// `waiting`, `admitted`, `selecting`, `paying`, `done`, `left`, `absent` or `timed_out`.
    #[schema(value_type = String)]
    pub stage: PlaceStage,
    /// How many wait before it.
    pub ahead: u32,
    /// When the present stage ends by itself.
    #[schema(value_type = Option<i64>)]
    pub deadline_ms: Option<Timestamp>,
    /// The server's clock.
    #[schema(value_type = i64)]
    pub server_time_ms: Timestamp,
    /// What is held.
    pub hold: Option<HoldBody<'a>>,
    /// The order being paid.
    pub order: Option<String>,
}

/// A place, wrapped.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceAnswer<'a> {
    /// The place.
    pub place: PlaceBody<'a>,
}

/// What a buyer holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldBody<'a> {
    /// Its number in the sale.
    pub hold: u32,
    /// One for each ticket.
    pub items: Vec<ItemBody<'a>>,
    /// What it costs.
    pub total: MoneyBody,
    /// Until when it is held.
    #[schema(value_type = i64)]
    pub deadline_ms: Timestamp,
    /// The server's clock.
    #[schema(value_type = i64)]
    pub server_time_ms: Timestamp,
}

impl SaleEntry {
    /// How this sale's seats are called and what they cost.
    pub fn labels(&self) -> Labels<'_> {
        Labels { plan: &self.plan, prices: &self.page.price_levels }
    }

    /// A place on the wire.
    pub fn place_body(&self, view: &PlaceView, now: Timestamp) -> PlaceBody<'_> {
        PlaceBody {
            number: view.number.0,
            stage: view.stage,
            ahead: view.ahead,
            deadline_ms: view.deadline,
            server_time_ms: now,
            hold: view.hold.as_ref().map(|hold| self.hold_body(hold, now)),
            order: view.order.map(|order| order.to_string()),
        }
    }

    /// A hold on the wire.
    pub fn hold_body(&self, view: &HoldView, now: Timestamp) -> HoldBody<'_> {
        HoldBody {
            hold: view.number.0,
            items: self.labels().items(&view.items),
            total: view.total.into(),
            deadline_ms: view.deadline,
            server_time_ms: now,
        }
    }
}
