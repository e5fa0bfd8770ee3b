//! What every request goes through before its handler: trace id, origin, limits, time, and headers on the way out.

pub mod admission;
pub mod arriving;
pub mod body;
pub mod cache;
pub mod client_address;
pub mod idempotency;
pub mod identity;
pub mod join_proof;
pub mod limits;
mod measure;
pub mod of_sale;
pub mod query;
pub mod shell;
