//! Real servers for tests and benchmarks: each in a folder of its own, on a free port, gone when it is dropped.
//!
//! Nothing here installs anything: `cargo xtask test` does that before.

#[cfg(feature = "tls")]
mod authority;
pub mod postgres;
#[cfg(feature = "tables")]
pub mod tables;

pub use postgres::Postgres;

use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// A free port of the loopback interface. Another process may take it before it is used; the start fails then.
///
/// # Errors
/// There is none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
