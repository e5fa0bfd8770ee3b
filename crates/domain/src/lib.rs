//! The vocabulary of ticketing: ids, time, money, seats and limits.
//!
//! **Invariant:** this crate performs no I/O, reads no clock and draws no randomness. Whatever depends on
//! either comes in as a value.

pub mod ids;
pub mod limits;
pub mod money;
pub mod plan;
pub mod problem;
pub mod role;
pub mod time;

pub use ids::{
    AccountId, CommandId, EventId, HoldNumber, OrderId, OrganiserId, PerformanceId, PlaceNumber, SaleId, VenueId,
};
pub use money::{Currency, Money};
pub use plan::{Area, AreaIndex, PriceLevel, PriceLevelIndex, Row, Seat, SeatIndex, SeatingPlan, Section};
pub use problem::Problem;
pub use role::Role;
pub use time::{Duration, Timestamp};
