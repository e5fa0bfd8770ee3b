//! What everybody may look at: a sale, its plan, its state, its seats.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::edge::cache::cached_json;
use crate::edge::query::Query;
use crate::edge_state::Edge;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::catalog::SaleBody;
use crate::wire::plan::PlanBody;
use crate::wire::status::{SeatChangesBody, SeatsBody, StatusBody};

/// From which version on.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SinceQuery {
    /// The version of the seats you have; leave it out for all seats.
    since: Option<u64>,
}

/// A sale: event, performance, prices, rules. Only its texts change, and the time of the doors.
#[utoipa::path(get, path = "/v1/sales/{sale}", operation_id = "show_sale", tag = "browse", params(("sale" = String, Path)), responses(
    (status = 200, body = SaleBody), (status = 404, body = ProblemBody)))]
pub async fn show(State(edge): State<Edge>, headers: HeaderMap, Path(sale): Path<String>) -> ApiResult<Response> {
    let sale = edge.sales.find(&sale)?;
    Ok(cached_json(&headers, sale.facts.page.now().as_bytes().to_vec(), 10))
}

/// The seating plan of a sale. It never changes.
#[utoipa::path(get, path = "/v1/sales/{sale}/plan", operation_id = "show_sale_plan", tag = "browse", params(("sale" = String, Path)), responses(
    (status = 200, body = PlanBody), (status = 404, body = ProblemBody)))]
pub async fn plan(State(edge): State<Edge>, headers: HeaderMap, Path(sale): Path<String>) -> ApiResult<Response> {
    let sale = edge.sales.find(&sale)?;
    Ok(cached_json(&headers, sale.plan_json.clone(), 3_600))
}

/// The public state of a sale: line, stock, money.
#[utoipa::path(get, path = "/v1/sales/{sale}/status", tag = "browse", params(("sale" = String, Path)), responses(
    (status = 200, body = StatusBody), (status = 404, body = ProblemBody)))]
pub async fn status(State(edge): State<Edge>, headers: HeaderMap, Path(sale): Path<String>) -> ApiResult<Response> {
    let sale = edge.sales.find(&sale)?;
    let body = StatusBody::of(&sale.desk.view(), sale.facts.currency, sale.time(edge.now()));
    Ok(cached_json(&headers, json(&body)?, 1))
}

/// Every seat, or those that changed since a version.
#[utoipa::path(get, path = "/v1/sales/{sale}/seats", tag = "browse", params(("sale" = String, Path), SinceQuery), responses(
    (status = 200, body = SeatsBody), (status = 404, body = ProblemBody), (status = 410, body = ProblemBody)))]
pub async fn seats(
    State(edge): State<Edge>,
    headers: HeaderMap,
    Path(sale): Path<String>,
    Query(query): Query<SinceQuery>,
) -> ApiResult<Response> {
    let sale = edge.sales.find(&sale)?;
    let body = match query.since {
        None => json(&SeatsBody::of(&sale.hub.latest()))?,
        Some(since) => {
            let changes: Option<SeatChangesBody> = sale.hub.changes_since(since);
            let too_old = || ApiError::new("version_too_old", "This version is too old. Fetch all seats again.");
            json(&changes.ok_or_else(too_old)?)?
        }
    };
    Ok(cached_json(&headers, body, 1))
}

fn json(body: &impl serde::Serialize) -> ApiResult<Vec<u8>> {
    serde_json::to_vec(body).map_err(|_| ApiError::new("internal", "The answer could not be written."))
}
