//! The internal protocol between gateways and the engine: commands go in, many to a frame and in order; answers and
//! one compact picture of every sale per tick come back.
//!
//! ```text
//! RemoteSale.submit ─▶ queue ─▶ frames of questions ═▶ connection ─▶ inbox of the sale's writer
//!         ▲           bounded                            │
//!         └── answers ◀═════════ frames of answers ◀─────┤
//!    SaleView, Wake   ◀═════════ a tick every 100 ms ◀───┘ (what changed since the last one)
//! ```
//!
//! What is said stands in [`protocol`]; who may connect, in [`hello`]; how bytes travel, in [`frame`].
//!
//! **Invariant:** a gateway keeps no state of a sale that the engine does not send again after a reconnection, and a
//! question without an answer is never reported as done or refused: what became of it is unknown.

mod client;
pub mod delta;
mod error;
pub mod frame;
pub mod hello;
mod own;
pub mod protocol;
mod remote_sale;
mod secret;
mod server;
mod wake;

pub use client::{Link, LinkOptions, LinkState};
pub use error::LinkError;
pub use own::own;
pub use protocol::SessionFacts;
pub use remote_sale::RemoteSale;
pub use secret::Secret;
pub use server::{Backstage, Gateways, serve};
pub use wake::Wake;
