//! A lean keep-alive HTTP/1.1 client: hand-built requests, a minimal parser, a pool of connections.
//!
//! It exists because the generator shares a small machine with the server it measures: what the client spends,
//! the server cannot. Bodies, heads and waiting times are bounded.

pub mod connection;
pub mod pool;
pub mod request;
pub mod response;

pub use connection::{Connection, ExchangeError};
pub use pool::{Answer, Lost, Pool};
pub use request::{Origin, Request};
pub use response::{BodyLength, Head, ParseError, decode_chunked, parse_head};
