//! One sale as a deterministic state machine: the line, the floor, the orders.
//!
//! ```text
//! request -> decide(&sale, command, now) -> events -> apply -> (the engine appends them, commits, answers)
//! ```
//!
//! [`Sale::handle`] is the whole of it: it first lets time pass (opening, deadlines, admissions), then decides the
//! command, applies the events, and lets whoever may now enter come in, all in the same step. [`Sale::apply`] is
//! the only thing that changes a sale, live and on replay alike.
//!
//! **Invariant:** this crate performs no I/O, reads no clock and draws no randomness. Replaying the events of a
//! sale gives the same state, hash for hash ([`Sale::state_hash`]).

mod admission;
pub mod announcement;
pub mod answer;
mod apply;
mod checks;
pub mod command;
mod commands;
pub mod event;
pub mod floor;
pub mod idempotency;
pub mod line;
pub mod lobby;
mod look_ahead;
mod money;
pub mod orders;
pub mod rejection;
pub mod settings;
pub mod shoppers;
mod snapshot;
mod state;
mod step;
pub mod tickets;
pub mod view;

pub use announcement::Announcement;
pub use answer::{Answer, HoldView, OrderView, PlaceView};
pub use checks::Finding;
pub use command::{BestAvailable, Choice, Command, Request};
pub use event::{Event, Items, Recorded, ReleaseReason, ShopperEnd};
pub use idempotency::RequestKey;
pub use line::PlaceStage;
pub use line::draw::{DrawFault, DrawRecord};
pub use line::odds::{Basis, Chance, Demand};
pub use lobby::{Drawn, LobbyRules, LobbyView};
pub use look_ahead::LOOK_AHEAD_MAX;
pub use orders::{Order, OrderStage};
pub use rejection::Rejection;
pub use settings::{Pace, Rate, Settings};
pub use snapshot::SnapshotError;
pub use state::{Sale, Stage};
pub use tickets::{Ticket, TicketStage};
pub use view::{SaleView, Stock};
