//! The messages of a live connection.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::wire::order::OrderBody;
use crate::wire::place::PlaceBody;
use crate::wire::status::{SeatsBody, StatusBody, StockBody};

/// To a client.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ToClient<'a> {
    Hello(&'a StatusBody),
    Status(&'a StatusBody),
    Place { place: PlaceBody<'a> },
    Seats(&'a SeatsBody),
    SeatChanges { from: u64, version: u64, changes: &'a [(u32, u8)], areas: &'a [StockBody] },
    Order { order: OrderBody<'a> },
    Pong { server_time_ms: Timestamp },
    Reconnecting { server_time_ms: Timestamp },
    Reconnected { server_time_ms: Timestamp },
    Bye { reason: &'static str },
}

impl ToClient<'_> {
    /// As a text frame.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// From a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FromClient {
    /// Send the seats, or stop.
    Seats { on: bool },
    /// Nobody looks: tell only what the fan must hear, such as that the turn has come. Or somebody looks again.
    Quiet { on: bool },
    /// Are you there?
    Ping,
}
