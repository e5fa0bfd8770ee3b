//! What everybody may look for: events with their performances.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use catalog::Search;
use domain::EventId;
use serde::Deserialize;

use super::page_rows;
use crate::app::App;
use crate::edge::cache::cached_json;
use crate::edge::query::Query;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::catalog::{EventBody, EventsBody};

/// What is looked for, and which page of it.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words of the name, the organiser, the venue or the city; case, spaces and punctuation do not matter.
    q: Option<String>,
    /// Such as `concert`.
    category: Option<String>,
    /// A city, as the answer lists them.
    city: Option<String>,
    /// Not before this date of the venue's calendar, `YYYY-MM-DD`.
    from: Option<String>,
    /// Not after this date.
    until: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// Rows, at most 100.
    limit: Option<usize>,
}

/// Events with their performances and sales, and what there is to look for. With something looked for in the order of
/// their next performance, else newest first.
#[utoipa::path(get, path = "/v1/events", operation_id = "list_events", tag = "browse", params(SearchQuery), responses(
    (status = 200, body = EventsBody), (status = 422, body = ProblemBody)))]
pub async fn list(State(app): State<App>, headers: HeaderMap, Query(query): Query<SearchQuery>) -> ApiResult<Response> {
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let search = Search {
        text: some(query.q),
        category: some(query.category).as_deref().map(str::parse).transpose()?,
        city: some(query.city),
        from: some(query.from),
        until: some(query.until),
        organiser: None,
    };
    let found = app.catalog.search(&search, query.after.as_deref(), page_rows(query.limit), app.now()).await?;
    Ok(cached_json(&headers, json(&EventsBody::of(found, &app))?, 5))
}

/// One event.
#[utoipa::path(get, path = "/v1/events/{event}", operation_id = "show_event", tag = "browse",
    params(("event" = String, Path)), responses((status = 200, body = EventBody), (status = 404, body = ProblemBody)))]
pub async fn show(State(app): State<App>, headers: HeaderMap, Path(event): Path<String>) -> ApiResult<Response> {
    let event: EventId = event.parse().map_err(|_| ApiError::unknown("event_unknown", "event"))?;
    let event = app.catalog.event(event, app.now()).await?;
    Ok(cached_json(&headers, json(&EventBody::of(event, &app))?, 5))
}

fn json(body: &impl serde::Serialize) -> ApiResult<Vec<u8>> {
    serde_json::to_vec(body).map_err(|_| ApiError::new("internal", "The answer could not be written."))
}
