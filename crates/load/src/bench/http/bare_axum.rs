//! The floor: axum alone, one thread, the same request and an answer of the same size, and nothing behind it.

use std::net::{Ipv4Addr, SocketAddr};

use axum::routing::{get, put};
use axum::{Json, Router};
use domain::Problem;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Wanted {
    seats: Vec<u32>,
}

#[derive(Serialize)]
struct Hold {
    hold: u32,
    items: Vec<Item>,
    total: Money,
    deadline_ms: i64,
    server_time_ms: i64,
}

#[derive(Serialize)]
struct Item {
    seat: u32,
    section: &'static str,
    row: &'static str,
    number: &'static str,
    level: u8,
    price: Money,
}

#[derive(Serialize)]
struct Money {
    amount: i64,
    currency: &'static str,
}

fn price(tickets: usize) -> Money {
    Money { amount: 9_900 * tickets as i64, currency: "EUR" }
}

async fn hold(Json(wanted): Json<Wanted>) -> Json<Hold> {
    let now = crate::clock::now_ms();
    let item = |seat: &u32| Item { seat: *seat, section: "Hall", row: "123", number: "45", level: 0, price: price(1) };
    let items: Vec<Item> = wanted.seats.iter().map(item).collect();
    Json(Hold { hold: 123_456, total: price(items.len()), items, deadline_ms: now + 600_000, server_time_ms: now })
}

/// Serves until it is killed.
///
/// # Errors
/// `port_taken`.
pub async fn serve(port: u16) -> Result<(), Problem> {
    let taken = |error: std::io::Error| {
        Problem::new("port_taken", format!("Port {port} cannot be listened on.")).internal(error)
    };
    let app = Router::new().route("/v1/sales/{sale}/hold", put(hold)).route("/livez", get(|| async { "ok" }));
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(taken)?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        // Our server does the same; a delayed answer would be no floor.
        let _stays_slow = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await.map_err(taken)
}
