//! The organiser's hand on the minute itself: the draw, and a word to everybody.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use sale::line::draw;
use sale::{Command, Rejection, Sale};
use serde::Deserialize;
use utoipa::ToSchema;

use super::organiser::{control, own};
use crate::app::App;
use crate::edge::body::Json;
use crate::edge::cache::{cached_json, tagged};
use crate::edge::identity::Staff;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::status::DrawBody;

/// Early arrivals draw their order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLobby {
    /// From when on one may come, RFC 3339.
    #[serde(default)]
    gathers_from: String,
}

/// A word to everybody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnnouncement {
    /// What it says; empty takes the last one back.
    #[serde(default)]
    text: String,
}

/// Whether no-shows are made up for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoShowCorrection {
    /// On or off.
    #[serde(default)]
    #[schema(required = true)]
    on: Option<bool>,
}

/// Whoever comes before the opening draws for a place. The seed is fixed now: its hash is published at once, the seed
/// itself at the opening, so that anyone can recompute the order.
#[utoipa::path(put, path = "/v1/sales/{sale}/lobby", tag = "organisers", params(("sale" = String, Path)), request_body = NewLobby,
    responses((status = 204), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn set_lobby(
    State(app): State<App>,
    staff: Staff,
    Path(sale): Path<String>,
    Json(new): Json<NewLobby>,
) -> ApiResult<StatusCode> {
    let id = own(&app, &staff, &sale)?.handle.sale();
    let gathers_from = catalog::time::parse_rfc3339(&new.gathers_from, "/gathers_from")?;
    let commitment = draw::commit(&app.draw_seed(id));
    control(&app, &staff, &sale, Command::SetLobby { commitment, gathers_from }).await
}

/// What was promised about the draw; after it, everything needed to recompute the order.
#[utoipa::path(get, path = "/v1/sales/{sale}/draw", tag = "browse", params(("sale" = String, Path)), responses(
    (status = 200, description = "The promise, or the record that `onsale draw verify` checks"), (status = 404, body = ProblemBody)))]
pub async fn show_draw(State(app): State<App>, headers: HeaderMap, Path(sale): Path<String>) -> ApiResult<Response> {
    let sale = app.sales.find(&sale)?;
    let (body, digest) = match sale.draw.get() {
        Some(made) => made,
        None => {
            let lobby = sale.handle.read(Sale::lobby_view).await?.ok_or(Rejection::NoLobby)?;
            if lobby.seed.is_none() {
                let body = serde_json::to_vec(&DrawBody::of(&lobby)).map_err(|_| unwritable())?;
                return Ok(cached_json(&headers, body, 5));
            }
            sale.draw.of(&sale.handle).await?
        }
    };
    Ok(tagged(&headers, body, digest, "application/json", "public, max-age=3600"))
}

/// Tells everybody in line something, live.
#[utoipa::path(put, path = "/v1/sales/{sale}/announcement", tag = "organisers", params(("sale" = String, Path)), request_body = NewAnnouncement,
    responses((status = 204), (status = 422, body = ProblemBody)))]
pub async fn announce(
    State(app): State<App>,
    staff: Staff,
    Path(sale): Path<String>,
    Json(new): Json<NewAnnouncement>,
) -> ApiResult<StatusCode> {
    control(&app, &staff, &sale, Command::Announce { text: new.text }).await
}

/// Lets more people in for those who, as measured in this sale, will not show up; or no longer.
#[utoipa::path(put, path = "/v1/sales/{sale}/no-show-correction", tag = "organisers", params(("sale" = String, Path)), request_body = NoShowCorrection,
    responses((status = 204), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn correct_no_shows(
    State(app): State<App>,
    staff: Staff,
    Path(sale): Path<String>,
    Json(new): Json<NoShowCorrection>,
) -> ApiResult<StatusCode> {
    own(&app, &staff, &sale)?;
    let on = new.on.ok_or_else(|| ApiError::new("body_invalid", "Say whether it is to be on or off.").at("/on"))?;
    control(&app, &staff, &sale, Command::SetNoShowCorrection { on }).await
}

fn unwritable() -> ApiError {
    ApiError::new("internal", "The answer could not be written.")
}
