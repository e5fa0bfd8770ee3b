//! Places and holds on the wire.

use domain::Timestamp;
use sale::{HoldView, PlaceStage, PlaceView};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ItemBody, MoneyBody};
use crate::sales::FanSale;
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
    /// Waiting: how long it will take, if that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitBody>,
    /// Waiting: how likely there will still be a seat, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chance_permille: Option<u16>,
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

/// How long a wait will be: a range that is meant to hold in at least four of five cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitBody {
    /// Hardly sooner, seconds.
    pub seconds_low: u32,
    /// The single figure, if there must be one, seconds.
    pub seconds_likely: u32,
    /// Hardly later, seconds.
    pub seconds_high: u32,
    /// `measured`, or `configured` while nothing was measured yet.
    pub basis: &'static str,
    /// People let in per minute, of which the range is made.
    pub per_minute: f64,
    /// Over how many seconds that was measured.
    pub over_seconds: u32,
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

impl FanSale {
    /// How this sale's seats are called and what they cost.
    pub fn labels(&self) -> Labels<'_> {
        Labels { plan: &self.facts.plan, prices: &self.facts.price_levels }
    }

    /// A place on the wire.
    pub fn place_body(&self, view: &PlaceView, now: Timestamp) -> PlaceBody<'_> {
        let waits = view.stage == PlaceStage::Waiting;
        PlaceBody {
            wait: waits.then(|| self.wait(view.ahead)).flatten(),
            chance_permille: waits.then(|| self.desk.view().chance(view.ahead).permille),
            number: view.number.0,
            stage: view.stage,
            ahead: if sabotage::is("positions_go_back") {
                view.ahead + now.as_millis() as u32 / 250 % 4 * 7
            } else {
                view.ahead
            },
            deadline_ms: view.deadline,
            server_time_ms: self.time(now),
            hold: view.hold.as_ref().map(|hold| self.hold_body(hold, now)),
            order: view.order.map(|order| order.to_string()),
        }
    }

    fn wait(&self, ahead: u32) -> Option<WaitBody> {
        let estimate = self.hub.wait_for(ahead)?;
        Some(WaitBody {
            seconds_low: estimate.seconds_low,
            seconds_likely: estimate.seconds_likely,
            seconds_high: estimate.seconds_high,
            basis: estimate.basis.as_str(),
            per_minute: (estimate.basis_per_minute * 10.0).round() / 10.0,
            over_seconds: estimate.basis_seconds,
        })
    }

    /// A hold on the wire.
    pub fn hold_body(&self, view: &HoldView, now: Timestamp) -> HoldBody<'_> {
        HoldBody {
            hold: view.number.0,
            items: self.labels().items(&view.items),
            total: view.total.into(),
            deadline_ms: view.deadline,
            server_time_ms: self.time(now),
        }
    }
}
