//! The choice of seats.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{AreaIndex, PriceLevelIndex, SeatIndex, limits};
use sale::command::Places;
use sale::{Answer, BestAvailable, Choice, Command};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::edge::admission::{Bearer, Shown};
use crate::edge::body::Json;
use crate::edge::idempotency::Key;
use crate::edge::identity::Signed;
use crate::edge::of_sale::OfSale;
use crate::edge_state::Edge;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::place::HoldBody;

/// Seats, places in areas, or a wish.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceBody {
    /// Indexes of the plan.
    #[serde(default)]
    seats: Vec<u32>,
    /// Places in counted areas.
    #[serde(default)]
    areas: Vec<AreaChoice>,
    /// Instead of both: whatever is best.
    best_available: Option<Wish>,
}

/// Places in a counted area.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaChoice {
    /// Index of the plan.
    pub area: u16,
    /// How many.
    pub count: u32,
}

/// A wish instead of seat numbers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// How many.
    count: u32,
    /// Of this price level only.
    level: Option<u8>,
    /// Side by side, or not at all.
    #[serde(default = "yes")]
    adjacent: bool,
    /// So many of them for people in wheelchairs; the others sit beside them.
    #[serde(default)]
    accessible: u32,
}

fn yes() -> bool {
    true
}

impl ChoiceBody {
    fn read(self) -> ApiResult<Choice> {
        if let Some(wish) = self.best_available {
            if !self.seats.is_empty() || !self.areas.is_empty() {
                let sentence = "Choose seats, or let them be chosen; not both.";
                return Err(ApiError::new("choice_invalid", sentence).at("/best_available"));
            }
            if wish.accessible > wish.count {
                let sentence = "There cannot be more spaces for wheelchairs than tickets.";
                return Err(ApiError::new("choice_invalid", sentence).at("/best_available/accessible"));
            }
            let Wish { count, level, adjacent, accessible } = wish;
            let level = level.map(PriceLevelIndex);
            return Ok(Choice::BestAvailable(BestAvailable { count, level, adjacent, accessible }));
        }
        if self.seats.len().max(self.areas.len()) > limits::TICKETS_PER_BUYER_MAX as usize {
            let sentence = format!("One choice has at most {} tickets.", limits::TICKETS_PER_BUYER_MAX);
            return Err(ApiError::new("choice_invalid", sentence).at("/seats"));
        }
        Ok(Choice::These(places(self.seats, self.areas)))
    }
}

/// Seats and areas, as the sale names them.
pub fn places(seats: Vec<u32>, areas: Vec<AreaChoice>) -> Places {
    Places {
        seats: seats.into_iter().map(SeatIndex).collect(),
        areas: areas.into_iter().map(|choice| (AreaIndex(choice.area), choice.count)).collect(),
    }
}

/// Chooses: all of it or nothing; an earlier choice is replaced only if this one succeeds.
#[utoipa::path(put, path = "/v1/sales/{sale}/hold", tag = "hold", request_body = ChoiceBody,
    params(("sale" = String, Path), ("Idempotency-Key" = Option<String>, Header), ("Admission-Pass" = Option<String>, Header)), responses(
    (status = 200, body = HoldBody), (status = 403, body = ProblemBody), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub async fn choose(
    State(edge): State<Edge>,
    signed: Signed,
    shown: Shown,
    OfSale(sale): OfSale,
    key: Key,
    Json(choice): Json<ChoiceBody>,
) -> ApiResult<Response> {
    edge.admission.check(Bearer { account: signed.account(), sale: sale.desk.sale(), shown: &shown }, edge.now())?;
    let command = Command::PlaceHold { account: signed.account(), choice: choice.read()? };
    match sale.desk.submit(key.request(signed.account(), command)?).await?? {
        Answer::Held(hold) => {
            sabotage::crash_point("gateway.before_hold_answer");
            Ok(Json(sale.hold_body(&hold, edge.now())).into_response())
        }
        other => Err(ApiError::new("internal", format!("An unexpected answer to a choice: {other:?}."))),
    }
}

/// Gives the seats back; the fan may choose others.
#[utoipa::path(delete, path = "/v1/sales/{sale}/hold", tag = "hold", params(("sale" = String, Path)), responses(
    (status = 204), (status = 409, body = ProblemBody)))]
pub async fn release(signed: Signed, OfSale(sale): OfSale) -> ApiResult<StatusCode> {
    sale.desk.submit(Command::ReleaseHold { account: signed.account() }).await??;
    Ok(StatusCode::NO_CONTENT)
}
