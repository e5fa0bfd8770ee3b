//! Open-loop load: virtual fans, and the side-by-side baselines.
//!
//! [`fans`] drives a running server over its real HTTP API, as `onsale demo` and `onsale-load sellout` need it;
//! [`mod@bench`] compares the server with what else could have been built, [`line_bench`] fills a line; [`report`] writes every figure in one shape.
//!
//! **Invariant:** what a fan believes comes from the answers it received, never from the server's internals, so
//! that the histories kept here can accuse the server.

pub mod bench;
pub mod client;
pub mod clock;
pub mod fans;
pub mod line_bench;
pub mod network;
pub mod operator;
pub mod plan;
pub mod processes;
pub mod report;
pub mod sellout;
