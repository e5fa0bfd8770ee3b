//! What an organiser has: events, venues, plans, sales.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use catalog::{Imported, PlanId, Search};
use serde::Deserialize;

use super::page_rows;
use crate::app::App;
use crate::edge::body::Json;
use crate::edge::identity::Staff;
use crate::edge::query::Query;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::catalog::{EventBody, EventsBody, NamedBody, OwnSaleBody, OwnSalesBody, OwnVenuesBody};
use crate::wire::plan::{OwnPlansBody, PlanBody, PlanText};
use crate::wire::status::StatusBody;

/// Whose.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OwnQuery {
    /// `org_…`; left out, the caller's own.
    organiser: Option<String>,
}

/// Whose, and which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OwnPageQuery {
    /// `org_…`; left out, the caller's own.
    organiser: Option<String>,
    /// Words of the name, the venue or the city; case, spaces and punctuation do not matter.
    q: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// Rows, at most 100.
    limit: Option<usize>,
}

/// The organiser's events: newest first, or with something looked for in the order of their next performance.
#[utoipa::path(get, path = "/v1/organiser/events", operation_id = "own_events", tag = "organisers", params(OwnPageQuery),
    responses((status = 200, body = EventsBody), (status = 403, body = ProblemBody)))]
pub async fn events(
    State(app): State<App>,
    staff: Staff,
    Query(query): Query<OwnPageQuery>,
) -> ApiResult<Json<EventsBody>> {
    let organiser = staff.acting_for(query.organiser.as_deref())?;
    let text = query.q.filter(|text| !text.is_empty());
    let search = Search { organiser: Some(organiser), text, ..Search::default() };
    let found = app.catalog.search(&search, query.after.as_deref(), page_rows(query.limit), app.now()).await?;
    let events = found.events.into_iter().map(|event| EventBody::of(event, &app)).collect();
    // What others have is none of this organiser's business, though it is no secret.
    Ok(Json(EventsBody { events, next: found.next, categories: Vec::new(), cities: Vec::new() }))
}

/// The organiser's venues, newest first.
#[utoipa::path(get, path = "/v1/organiser/venues", operation_id = "own_venues", tag = "organisers", params(OwnQuery),
    responses((status = 200, body = OwnVenuesBody), (status = 403, body = ProblemBody)))]
pub async fn venues(
    State(app): State<App>,
    staff: Staff,
    Query(query): Query<OwnQuery>,
) -> ApiResult<Json<OwnVenuesBody>> {
    let venues = app.catalog.venues_of(staff.acting_for(query.organiser.as_deref())?).await?;
    Ok(Json(OwnVenuesBody { venues: venues.into_iter().map(Into::into).collect() }))
}

/// The organiser's plans, newest first.
#[utoipa::path(get, path = "/v1/organiser/plans", operation_id = "own_plans", tag = "organisers", params(OwnQuery),
    responses((status = 200, body = OwnPlansBody), (status = 403, body = ProblemBody)))]
pub async fn plans(
    State(app): State<App>,
    staff: Staff,
    Query(query): Query<OwnQuery>,
) -> ApiResult<Json<OwnPlansBody>> {
    let plans = app.catalog.plans_of(staff.acting_for(query.organiser.as_deref())?).await?;
    Ok(Json(OwnPlansBody { plans: plans.into_iter().map(Into::into).collect() }))
}

/// One of the organiser's plans.
#[utoipa::path(get, path = "/v1/plans/{plan}", operation_id = "show_plan", tag = "organisers", params(("plan" = u32, Path)),
    responses((status = 200, body = PlanBody), (status = 404, body = ProblemBody)))]
pub async fn plan(State(app): State<App>, staff: Staff, Path(plan): Path<String>) -> ApiResult<Response> {
    let unknown = || ApiError::unknown("plan_unknown", "seating plan");
    let plan = PlanId::new(plan.parse().map_err(|_| unknown())?);
    let organiser = app.catalog.organiser_of_plan(plan).await?.ok_or_else(unknown)?;
    staff.must_run(organiser).map_err(|_| unknown())?;
    let whole = app.catalog.whole_plan(plan).await?;
    // A large plan takes a while to write: not on a thread that serves others.
    let write = move || {
        let Imported { plan, decorations, blocked } = &whole;
        serde_json::to_vec(&PlanText { plan, decorations, blocked: Some(blocked) })
    };
    let unwritten = || ApiError::new("internal", "The plan could not be written.");
    let json = tokio::task::spawn_blocking(write).await.map_err(|_| unwritten())?.map_err(|_| unwritten())?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// The organiser's sales with their state, newest first. An operator who names no organiser sees all.
#[utoipa::path(get, path = "/v1/organiser/sales", operation_id = "own_sales", tag = "organisers", params(OwnQuery),
    responses((status = 200, body = OwnSalesBody), (status = 403, body = ProblemBody)))]
pub async fn sales(
    State(app): State<App>,
    staff: Staff,
    Query(query): Query<OwnQuery>,
) -> ApiResult<Json<OwnSalesBody>> {
    let everybodys = staff.0.role == domain::Role::Operator && query.organiser.is_none() && staff.0.organiser.is_none();
    let organiser = if everybodys { None } else { Some(staff.acting_for(query.organiser.as_deref())?) };
    let sales = app.sales.all();
    let own = sales.iter().rev().filter(|sale| organiser.is_none_or(|organiser| sale.organiser() == organiser));
    let body = own.map(|sale| {
        let page = &sale.page;
        let status = StatusBody::of(&sale.handle.view(), page.currency, app.now());
        OwnSaleBody {
            id: page.id.to_string(),
            event: NamedBody::of(&page.event),
            performance: page.into(),
            venue: NamedBody::of(&page.venue),
            opens_at_ms: page.opens_at_ms,
            capacity: page.capacity,
            stage: status.stage,
            tickets_sold: status.tickets_sold,
            taken: status.taken,
            waiting: status.line.waiting,
            rehearsal: page.rehearsal,
        }
    });
    Ok(Json(OwnSalesBody { sales: body.collect(), rehearsals: app.options.rehearsal }))
}
