//! For those who watch: alive, ready, metrics.

use std::fmt::Write;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::edge_state::Edge;
use crate::sessions::Sessions;

/// The process runs.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// The process takes requests: every sale's writer answers, the accounts can be read, and no shutdown has begun.
pub async fn readyz(State(app): State<App>) -> Response {
    let mut report = String::new();
    let mut ready = true;
    let mut note = |name: &str, state: Result<(), String>| {
        ready &= state.is_ok();
        let _ = writeln!(report, "{name}: {}", state.err().unwrap_or_else(|| "ok".into()));
    };
    note("shutdown", app.shutdown.reason().map_or(Ok(()), |reason| Err(reason.to_string())));
    note("accounts", app.accounts.list(None, 1).await.map(drop).map_err(|problem| problem.code.into()));
    for sale in app.sales.all() {
        let answer = tokio::time::timeout(std::time::Duration::from_secs(2), sale.handle.read(|_| ())).await;
        let state = match answer {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the writer does not answer".into()),
        };
        note(&sale.handle.sale().to_string(), state);
    }
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, report).into_response()
}

/// A gateway takes requests: its engine answers, and no shutdown has begun.
pub async fn gateway_readyz(State(edge): State<Edge>) -> Response {
    let linked = match &edge.sessions {
        Sessions::There(remote) => remote.is_connected(),
        Sessions::Here(_) => true,
    };
    let stopping = edge.shutdown.reason().is_some();
    let (status, report) = match (linked, stopping) {
        (true, false) => (StatusCode::OK, "engine: ok\n"),
        (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "engine: reconnecting\n"),
        (_, true) => (StatusCode::SERVICE_UNAVAILABLE, "shutdown: has begun\n"),
    };
    (status, report).into_response()
}

/// Prometheus.
pub async fn metrics(State(app): State<App>) -> Response {
    render(&app.edge)
}

/// Prometheus, of a gateway.
pub async fn gateway_metrics(State(edge): State<Edge>) -> Response {
    render(&edge)
}

fn render(edge: &Edge) -> Response {
    for sale in edge.sales.all() {
        let view = sale.desk.view();
        let label = sale.desk.sale().to_string();
        for (name, value) in [("waiting", view.waiting), ("active", view.active), ("placed", view.last_number)] {
            metrics::gauge!("onsale_line", "sale" => label.clone(), "what" => name).set(f64::from(value));
        }
        let [free, held, sold, blocked] = view.stock().0;
        for (name, value) in [("free", free), ("held", held), ("sold", sold), ("blocked", blocked)] {
            metrics::gauge!("onsale_seats", "sale" => label.clone(), "what" => name).set(f64::from(value));
        }
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], edge.metrics.render()).into_response()
}
