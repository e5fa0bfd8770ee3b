//! Organisers: venues, plans, events, performances, sales, and the hand on a running sale.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use catalog::{PerformanceDetails, pretix_plan};
use domain::{Duration, PerformanceId, VenueId, limits};
use sale::command::Places;
use sale::{Command, Pace, Rate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::hold::{AreaChoice, places};
use crate::app::App;
use crate::audit::Deed;
use crate::edge::body::{Json, read};
use crate::edge::identity::Staff;
use crate::edge::query::Query;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::sales::SaleEntry;
use crate::wire::catalog::SaleBody;
use crate::wire::plan::PlanSummaryBody;

/// An event.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvent {
    /// 1 to 200 characters.
    name: String,
    /// What it is about: plain text, at most 5,000 characters.
    description: Option<String>,
    /// `concert`, `theatre`, `musical`, `classical`, `dance`, `comedy`, `sport`, `exhibition`, `family` or `other`.
    category: Option<String>,
    /// `org_…`; left out, the caller's own.
    organiser: Option<String>,
}

/// A venue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVenue {
    /// 1 to 200 characters.
    name: String,
    /// IANA name, such as `Asia/Seoul`.
    time_zone: String,
    /// Its city; fans filter by it.
    city: Option<String>,
    /// `org_…`; left out, the caller's own.
    organiser: Option<String>,
}

/// A performance.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerformance {
    /// `event_…`
    event: String,
    /// `venue_…`
    venue: String,
    /// RFC 3339.
    starts_at: String,
    /// When the doors open, RFC 3339.
    doors_at: Option<String>,
    /// A few sentences about it: plain text, at most 5,000 characters.
    note: Option<String>,
}

/// A sale.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSale {
    /// `perf_…`
    performance: String,
    /// The number of an imported plan.
    plan: u32,
    /// RFC 3339: nobody joins before.
    opens_at: String,
    /// ISO 4217.
    #[schema(value_type = String)]
    currency: domain::Currency,
    /// Minor units, one for each price level of the plan.
    prices: Vec<i64>,
    /// Bank counter: so many inside at once.
    capacity: Option<u32>,
    /// Theme park: so many per interval.
    rate: Option<RateBody>,
    /// So many over the whole sale.
    admissions_max: Option<u32>,
    /// For an admitted buyer to show up; 120.
    grace_seconds: Option<u32>,
    /// To choose; 600.
    select_seconds: Option<u32>,
    /// To pay; 420.
    pay_seconds: Option<u32>,
    /// Over all orders; 3.
    tickets_per_buyer_max: Option<u32>,
    /// Nothing of it counts, it is in no list for fans, and the performance can still be put on sale; only where
    /// rehearsals are enabled.
    #[serde(default)]
    rehearsal: bool,
}

/// So many per interval.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateBody {
    /// Admissions.
    count: u32,
    /// Length.
    interval_seconds: u32,
}

/// How the line moves.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPace {
    /// Bank counter: so many inside at once.
    capacity: Option<u32>,
    /// Theme park: so many per interval.
    rate: Option<RateBody>,
    /// So many over the whole sale.
    admissions_max: Option<u32>,
}

/// Seats and parts of areas.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacesBody {
    /// Indexes of the plan.
    #[serde(default)]
    seats: Vec<u32>,
    /// Parts of counted areas.
    #[serde(default)]
    areas: Vec<AreaChoice>,
}

/// What was made.
#[derive(Serialize, ToSchema)]
pub struct Created {
    /// Its id.
    id: String,
}

/// What an imported plan is called, and whose it is.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PlanQuery {
    /// Instead of the name in the plan.
    name: Option<String>,
    /// `org_…`; left out, the caller's own.
    organiser: Option<String>,
}

/// Adds a venue.
#[utoipa::path(post, path = "/v1/venues", tag = "organisers", request_body = NewVenue, responses((status = 201, body = Created), (status = 422, body = ProblemBody)))]
pub async fn create_venue(State(app): State<App>, staff: Staff, Json(new): Json<NewVenue>) -> ApiResult<Response> {
    let organiser = staff.acting_for(new.organiser.as_deref())?;
    let venue = catalog::NewVenue { name: new.name, time_zone: new.time_zone, city: new.city };
    Ok(created(app.catalog.create_venue(organiser, &venue).await?))
}

/// Adds an event.
#[utoipa::path(post, path = "/v1/events", tag = "organisers", request_body = NewEvent, responses((status = 201, body = Created), (status = 422, body = ProblemBody)))]
pub async fn create_event(State(app): State<App>, staff: Staff, Json(new): Json<NewEvent>) -> ApiResult<Response> {
    let organiser = staff.acting_for(new.organiser.as_deref())?;
    let category = new.category.as_deref().map(str::parse).transpose()?;
    let event = catalog::NewEvent { name: new.name, description: new.description, category };
    Ok(created(app.catalog.create_event(organiser, &event).await?))
}

/// Adds a performance.
#[utoipa::path(post, path = "/v1/performances", tag = "organisers", request_body = NewPerformance, responses((status = 201, body = Created), (status = 404, body = ProblemBody)))]
pub async fn create_performance(
    State(app): State<App>,
    staff: Staff,
    Json(new): Json<NewPerformance>,
) -> ApiResult<Response> {
    let event = parse(&new.event, "event_unknown", "event", "/event")?;
    let venue = parse(&new.venue, "venue_unknown", "venue", "/venue")?;
    let organiser = app
        .catalog
        .organiser_of_event(event)
        .await?
        .ok_or_else(|| ApiError::unknown("event_unknown", "event").at("/event"))?;
    staff.must_run(organiser)?;
    let details = details(venue, &new.starts_at, new.doors_at.as_deref(), new.note)?;
    Ok(created(app.catalog.create_performance(organiser, &catalog::NewPerformance { event, details }).await?))
}

pub(super) fn details(
    venue: VenueId,
    starts_at: &str,
    doors_at: Option<&str>,
    note: Option<String>,
) -> ApiResult<PerformanceDetails> {
    let starts_at = catalog::time::parse_rfc3339(starts_at, "/starts_at")?;
    let doors_at = doors_at.map(|at| catalog::time::parse_rfc3339(at, "/doors_at")).transpose()?;
    Ok(PerformanceDetails { venue, starts_at, doors_at, note })
}

/// Imports a seating plan in pretix's published JSON.
#[utoipa::path(post, path = "/v1/plans", tag = "organisers", params(PlanQuery), request_body = String, responses(
    (status = 201, body = PlanSummaryBody), (status = 413, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn import_plan(
    State(app): State<App>,
    staff: Staff,
    Query(query): Query<PlanQuery>,
    body: Body,
) -> ApiResult<Response> {
    let organiser = staff.acting_for(query.organiser.as_deref())?;
    let bytes = read(body, limits::PLAN_UPLOAD_BYTES_MAX).await?;
    // A large plan takes a while to read: not on a thread that serves others.
    let import = tokio::task::spawn_blocking(move || pretix_plan::import(&bytes, query.name.as_deref()));
    let imported = import.await.map_err(|_| ApiError::new("internal", "The plan could not be read."))?;
    let imported = imported.map_err(|errors| {
        let list = json!(errors.errors);
        ApiError::from(domain::Problem::from(errors)).with("errors", list)
    })?;
    let plan = app.catalog.create_plan(organiser, imported).await?;
    Ok((StatusCode::CREATED, Json(PlanSummaryBody::from(plan))).into_response())
}

/// Puts a performance on sale.
#[utoipa::path(post, path = "/v1/sales", tag = "organisers", request_body = NewSale, responses(
    (status = 201, body = SaleBody), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn create_sale(State(app): State<App>, staff: Staff, Json(new): Json<NewSale>) -> ApiResult<Response> {
    let performance: PerformanceId = parse(&new.performance, "performance_unknown", "performance", "/performance")?;
    let unknown = || ApiError::unknown("performance_unknown", "performance").at("/performance");
    let organiser = app.catalog.organiser_of_performance(performance).await?.ok_or_else(unknown)?;
    staff.must_run(organiser)?;
    if new.rehearsal {
        app.must_rehearse()?;
    }
    let rate = new.rate.map(|rate| catalog::Rate { count: rate.count, interval_seconds: rate.interval_seconds });
    let settings = catalog::NewSale {
        performance,
        plan: catalog::PlanId::new(new.plan),
        opens_at: catalog::time::parse_rfc3339(&new.opens_at, "/opens_at")?,
        currency: new.currency,
        prices: new.prices,
        capacity: new.capacity,
        rate,
        admissions_max: new.admissions_max,
        grace_seconds: new.grace_seconds.unwrap_or(120),
        select_seconds: new.select_seconds.unwrap_or(600),
        pay_seconds: new.pay_seconds.unwrap_or(420),
        tickets_per_buyer_max: new.tickets_per_buyer_max.unwrap_or(3),
        rehearsal: new.rehearsal,
    };
    let id = app.catalog.create_sale(organiser, &settings).await?;
    sabotage::crash_point("gateway.sale_listed");
    match app.cluster.get() {
        None => app.open_sale(id).await?,
        Some(cluster) => cluster.opened(id, || app.sales.get(id).is_ok()).await?,
    }
    tracing::info!(sale.id = %id, by = %staff.0.account, "Sale created");
    let page = app.catalog.sale_page(id).await?;
    Ok((StatusCode::CREATED, Json(page)).into_response())
}

/// Nobody enters and nobody chooses; those who pay may finish.
#[utoipa::path(post, path = "/v1/sales/{sale}/pause", tag = "organisers", params(("sale" = String, Path)), responses((status = 204), (status = 409, body = ProblemBody)))]
pub async fn pause(State(app): State<App>, staff: Staff, Path(sale): Path<String>) -> ApiResult<StatusCode> {
    control(&app, &staff, &sale, Command::Pause).await
}

/// Goes on; the time of the pause is given back.
#[utoipa::path(post, path = "/v1/sales/{sale}/resume", tag = "organisers", params(("sale" = String, Path)), responses((status = 204), (status = 409, body = ProblemBody)))]
pub async fn resume(State(app): State<App>, staff: Staff, Path(sale): Path<String>) -> ApiResult<StatusCode> {
    control(&app, &staff, &sale, Command::Resume).await
}

/// Ends the sale; those who pay may finish.
#[utoipa::path(post, path = "/v1/sales/{sale}/close", tag = "organisers", params(("sale" = String, Path)), responses((status = 204)))]
pub async fn close(State(app): State<App>, staff: Staff, Path(sale): Path<String>) -> ApiResult<StatusCode> {
    control(&app, &staff, &sale, Command::Close).await
}

/// How the line moves: as it was set, before the server slows it.
#[utoipa::path(get, path = "/v1/sales/{sale}/pace", operation_id = "show_pace", tag = "organisers", params(("sale" = String, Path)), responses((status = 200, body = NewPace), (status = 403, body = ProblemBody)))]
pub async fn show_pace(State(app): State<App>, staff: Staff, Path(sale): Path<String>) -> ApiResult<Json<NewPace>> {
    let Pace { capacity, rate, admissions_max } = own(&app, &staff, &sale)?.handle.view().pace;
    let rate = rate.map(|rate| RateBody { count: rate.count, interval_seconds: rate.interval.as_millis() / 1_000 });
    Ok(Json(NewPace { capacity, rate, admissions_max }))
}

/// Changes how the line moves.
#[utoipa::path(put, path = "/v1/sales/{sale}/pace", tag = "organisers", params(("sale" = String, Path)), request_body = NewPace, responses((status = 204), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn set_pace(
    State(app): State<App>,
    staff: Staff,
    Path(sale): Path<String>,
    Json(new): Json<NewPace>,
) -> ApiResult<StatusCode> {
    let interval_max = 24 * 60 * 60;
    if new.rate.is_some_and(|rate| rate.count == 0 || !(1..=interval_max).contains(&rate.interval_seconds)) {
        return Err(
            ApiError::new("setting_invalid", "A rate has a count above 0 and an interval of 1 s to a day.").at("/rate")
        );
    }
    let rate = new.rate.map(|rate| Rate { count: rate.count, interval: Duration::from_secs(rate.interval_seconds) });
    let pace = Pace { capacity: new.capacity, rate, admissions_max: new.admissions_max };
    control(&app, &staff, &sale, Command::SetPace { pace }).await
}

/// Takes free seats out of the sale.
#[utoipa::path(post, path = "/v1/sales/{sale}/block", tag = "organisers", params(("sale" = String, Path)), request_body = PlacesBody, responses((status = 204), (status = 409, body = ProblemBody)))]
pub async fn block(
    State(app): State<App>,
    staff: Staff,
    Path(sale): Path<String>,
    Json(body): Json<PlacesBody>,
) -> ApiResult<StatusCode> {
    control(&app, &staff, &sale, Command::Block { choice: body.read()? }).await
}

/// Puts blocked seats back on sale.
#[utoipa::path(post, path = "/v1/sales/{sale}/unblock", tag = "organisers", params(("sale" = String, Path)), request_body = PlacesBody, responses((status = 204), (status = 422, body = ProblemBody)))]
pub async fn unblock(
    State(app): State<App>,
    staff: Staff,
    Path(sale): Path<String>,
    Json(body): Json<PlacesBody>,
) -> ApiResult<StatusCode> {
    control(&app, &staff, &sale, Command::Unblock { choice: body.read()? }).await
}

impl PlacesBody {
    fn read(self) -> ApiResult<Places> {
        if self.seats.len().max(self.areas.len()) > limits::BLOCK_SEATS_MAX {
            let sentence = format!("At most {} seats at once.", limits::BLOCK_SEATS_MAX);
            return Err(ApiError::new("choice_invalid", sentence).at("/seats"));
        }
        Ok(places(self.seats, self.areas))
    }
}

pub(super) async fn control(app: &App, staff: &Staff, sale: &str, command: Command) -> ApiResult<StatusCode> {
    let sale = own(app, staff, sale)?;
    let deed = Deed::command(sale.handle.sale(), &command);
    app.audited(&staff.0, deed, async { Ok(sale.handle.submit(command).await??) }).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn own(app: &App, staff: &Staff, sale: &str) -> ApiResult<std::sync::Arc<SaleEntry>> {
    let sale = app.sales.find(sale)?;
    staff.must_run(sale.organiser())?;
    Ok(sale)
}

pub(super) fn parse<T: std::str::FromStr>(text: &str, code: &'static str, what: &str, pointer: &str) -> ApiResult<T> {
    text.parse().map_err(|_| ApiError::unknown(code, what).at(pointer))
}

pub(super) fn created(id: impl std::fmt::Display) -> Response {
    (StatusCode::CREATED, Json(Created { id: id.to_string() })).into_response()
}
