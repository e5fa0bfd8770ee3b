//! The way into a sale's room: one live connection, from its request to its first frame.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use super::handshake::{self, Handshake};
use super::member::Member;
use crate::edge::identity::{Signed, session_token};
use crate::edge::query::Query;
use crate::edge_state::Edge;
use crate::problem::{ApiError, ApiResult};

/// What to listen to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveQuery {
    sale: String,
    #[serde(default)]
    seats: Option<u8>,
}

/// Opens a live connection; the session is optional, and says whose place is told.
pub async fn upgrade(
    State(edge): State<Edge>,
    Query(query): Query<LiveQuery>,
    signed: Option<Signed>,
    headers: HeaderMap,
    handshake: Result<Handshake, ApiError>,
) -> ApiResult<Response> {
    let handshake = handshake?;
    let sale = edge.sales.find(&query.sale)?;
    let room = sale.hub.room(&edge, &sale)?;
    let account = signed.map(|signed| signed.account());
    let token = session_token(&headers).filter(|_| account.is_some()).map(Box::from);
    let member = Member::new(account, token, query.seats == Some(1));
    let (response, on_upgrade) = handshake.split();
    // Ends with the handshake: from then on the connection is the room's.
    tokio::spawn(async move {
        let upgraded = match on_upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => return tracing::debug!(%error, "a live connection ended before it began"),
        };
        match handshake::socket(upgraded) {
            Some(shaken) => room.enter(shaken, member),
            None => tracing::warn!("a live connection is no TCP connection"),
        }
    });
    Ok(response)
}
