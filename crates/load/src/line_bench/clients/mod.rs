//! `line-clients`: one process that holds very many WebSocket connections in little memory, as a child of the
//! benchmark. It is told what to do by lines on its standard input and answers each with a line of JSON.

mod frames;
mod herd;
mod member;
mod told;

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use domain::Problem;

pub use told::{Ages, Told};

use self::herd::Herd;

/// What to hold.
#[derive(Debug, Clone, clap::Args)]
pub struct ClientsArgs {
    /// Servers, in turn; a connection that is cut is opened again to the next.
    #[arg(long = "address", required = true)]
    pub addresses: Vec<SocketAddr>,
    /// Address of this machine to connect from: each has its own ports.
    #[arg(long, default_value = "127.0.0.1")]
    pub source: Ipv4Addr,
    /// Path of the WebSocket.
    #[arg(long)]
    pub path: String,
    /// Connections.
    #[arg(long)]
    pub count: usize,
    /// File with a session token a line; without one nobody is signed in.
    #[arg(long)]
    pub tokens: Option<PathBuf>,
    /// The line of the first token.
    #[arg(long, default_value_t = 0)]
    pub first: usize,
    /// Handshakes on their way at once.
    #[arg(long, default_value_t = 128)]
    pub at_once: usize,
}

/// What the benchmark may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// How many are open, what they heard, how old it is.
    Told,
    /// Close all and open all again.
    Reload,
    /// End.
    Quit,
}

/// Holds the connections until it is told to quit, or its input ends.
///
/// # Errors
/// `clients_not_started`.
pub fn run(arguments: &ClientsArgs) -> Result<(), Problem> {
    let failed =
        |error: std::io::Error| Problem::new("clients_not_started", "The connections cannot be held.").internal(error);
    let (mut herd, orders, waker) = Herd::new(arguments).map_err(failed)?;
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let order = match line.trim() {
                "told" => Order::Told,
                "reload" => Order::Reload,
                _ => Order::Quit,
            };
            if orders.send(order).is_err() || waker.wake().is_err() {
                return;
            }
        }
        // The benchmark is gone.
        let _ = orders.send(Order::Quit);
        let _ = waker.wake();
    });
    herd.run(|told: &Told| {
        let mut out = std::io::stdout().lock();
        let text = serde_json::to_string(told).unwrap_or_default();
        writeln!(out, "{text}").and_then(|()| out.flush())
    })
    .map_err(failed)
}
