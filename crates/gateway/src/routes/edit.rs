//! What an organiser changes later: events, performances, venues. A change names the version that it began from, so that
//! two people do not overwrite each other; the pages of sales say the new texts at once.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::{EventId, OrganiserId, PerformanceId, VenueId};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::organiser::{details, parse};
use crate::app::App;
use crate::audit::Deed;
use crate::edge::body::Json;
use crate::edge::identity::Staff;
use crate::problem::{ApiError, ApiResult, ProblemBody};

/// What an event shall be: all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventChange {
    /// The version that was read.
    #[serde(default)]
    #[schema(required = true)]
    version: Option<u32>,
    /// 1 to 200 characters.
    #[serde(default)]
    #[schema(required = true)]
    name: String,
    /// What it is about: plain text, at most 5,000 characters.
    description: Option<String>,
    /// As when it was made.
    category: Option<String>,
}

/// What a venue shall be: all of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VenueChange {
    /// The version that was read.
    #[serde(default)]
    #[schema(required = true)]
    version: Option<u32>,
    /// 1 to 200 characters.
    #[serde(default)]
    #[schema(required = true)]
    name: String,
    /// IANA name; stays once a sale there has begun.
    #[serde(default)]
    #[schema(required = true)]
    time_zone: String,
    /// Its city.
    city: Option<String>,
}

/// What a performance shall be: all of it. Once its sale has begun, place and time stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PerformanceChange {
    /// The version that was read.
    #[serde(default)]
    #[schema(required = true)]
    version: Option<u32>,
    /// `venue_…`
    #[serde(default)]
    #[schema(required = true)]
    venue: String,
    /// RFC 3339.
    #[serde(default)]
    #[schema(required = true)]
    starts_at: String,
    /// When the doors open, RFC 3339.
    doors_at: Option<String>,
    /// A few sentences about it: plain text, at most 5,000 characters.
    note: Option<String>,
}

/// Changes an event.
#[utoipa::path(put, path = "/v1/events/{event}", tag = "organisers", params(("event" = String, Path)), request_body = EventChange, responses(
    (status = 204), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn change_event(
    State(app): State<App>,
    staff: Staff,
    Path(event): Path<String>,
    Json(new): Json<EventChange>,
) -> ApiResult<StatusCode> {
    let unknown = || ApiError::unknown("event_unknown", "event");
    let id: EventId = event.parse().map_err(|_| unknown())?;
    is_own(&staff, app.catalog.organiser_of_event(id).await?, unknown)?;
    let version = named(new.version)?;
    let category = new.category.as_deref().map(str::parse).transpose()?;
    let detail = json!({ "name": new.name, "category": new.category });
    let deed = Deed { action: "change_event", target: id.to_string(), detail };
    let event = catalog::NewEvent { name: new.name, description: new.description, category };
    app.audited(&staff.0, deed, async { Ok(app.catalog.change_event(id, version, &event).await?) }).await?;
    app.refresh_pages(|page| page.event.id == id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a venue.
#[utoipa::path(put, path = "/v1/venues/{venue}", tag = "organisers", params(("venue" = String, Path)), request_body = VenueChange, responses(
    (status = 204), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn change_venue(
    State(app): State<App>,
    staff: Staff,
    Path(venue): Path<String>,
    Json(new): Json<VenueChange>,
) -> ApiResult<StatusCode> {
    let unknown = || ApiError::unknown("venue_unknown", "venue");
    let id: VenueId = venue.parse().map_err(|_| unknown())?;
    is_own(&staff, app.catalog.organiser_of_venue(id).await?, unknown)?;
    let version = named(new.version)?;
    let detail = json!({ "name": new.name, "city": new.city, "time_zone": new.time_zone });
    let deed = Deed { action: "change_venue", target: id.to_string(), detail };
    let venue = catalog::NewVenue { name: new.name, time_zone: new.time_zone, city: new.city };
    let now = app.now();
    app.audited(&staff.0, deed, async { Ok(app.catalog.change_venue(id, version, &venue, now).await?) }).await?;
    app.refresh_pages(|page| page.venue.id == id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a performance.
#[utoipa::path(put, path = "/v1/performances/{performance}", tag = "organisers", params(("performance" = String, Path)), request_body = PerformanceChange, responses(
    (status = 204), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn change_performance(
    State(app): State<App>,
    staff: Staff,
    Path(performance): Path<String>,
    Json(new): Json<PerformanceChange>,
) -> ApiResult<StatusCode> {
    let unknown = || ApiError::unknown("performance_unknown", "performance");
    let id: PerformanceId = performance.parse().map_err(|_| unknown())?;
    is_own(&staff, app.catalog.organiser_of_performance(id).await?, unknown)?;
    let version = named(new.version)?;
    let detail = json!({ "venue": new.venue, "starts_at": new.starts_at, "doors_at": new.doors_at });
    let deed = Deed { action: "change_performance", target: id.to_string(), detail };
    let venue = parse(&new.venue, "venue_unknown", "venue", "/venue")?;
    let new = details(venue, &new.starts_at, new.doors_at.as_deref(), new.note)?;
    let now = app.now();
    app.audited(&staff.0, deed, async { Ok(app.catalog.change_performance(id, version, &new, now).await?) }).await?;
    app.refresh_pages(|page| page.performance.id == id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is another's looks as if it did not exist.
fn is_own(staff: &Staff, organiser: Option<OrganiserId>, unknown: impl Fn() -> ApiError) -> ApiResult<()> {
    staff.must_run(organiser.ok_or_else(&unknown)?).map_err(|_| unknown())
}

fn named(version: Option<u32>) -> ApiResult<u32> {
    let missing = || ApiError::new("body_invalid", "Name the version that you have changed.").at("/version");
    version.ok_or_else(missing)
}
