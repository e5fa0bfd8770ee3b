//! The line: join, look, enter, leave.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{AccountId, PlaceNumber, SaleId, Timestamp, limits};
use guard::JoinProofFault;
use sale::{Answer, Command, PlaceStage, PlaceView, Rejection};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::edge::admission::{Bearer, Shown};
use crate::edge::body::Json;
use crate::edge::client_address::ClientAddress;
use crate::edge::identity::Signed;
use crate::edge::join_proof::{Proved, ShownProof};
use crate::edge::of_sale::OfSale;
use crate::edge::query::Query;
use crate::edge_state::Edge;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::sales::FanSale;
use crate::wire::place::PlaceAnswer;

/// Takes a place in line; whoever has one gets the same again.
#[utoipa::path(post, path = "/v1/sales/{sale}/line", tag = "line", params(("sale" = String, Path)), responses(
    (status = 201, body = PlaceAnswer), (status = 200, body = PlaceAnswer), (status = 409, body = ProblemBody),
    (status = 422, body = ProblemBody), (status = 428, body = ProblemBody), (status = 429, body = ProblemBody),
    (status = 503, body = ProblemBody)))]
pub async fn join(
    State(edge): State<Edge>,
    ClientAddress(from): ClientAddress,
    signed: Signed,
    shown: Shown,
    proof: ShownProof,
    OfSale(sale): OfSale,
) -> ApiResult<Response> {
    let id = sale.desk.sale();
    edge.limits.check_join(signed.account(), from, edge.now())?;
    let proved = prove(&edge, id, &sale, signed.account(), &proof).await?;
    let (status, view) = match sale.desk.submit(Command::Join { account: signed.account() }).await?? {
        Answer::Joined(view) => (StatusCode::CREATED, view),
        Answer::Place(view) => (StatusCode::OK, view),
        _ => (StatusCode::OK, read_place(&sale, signed.account()).await?),
    };
    sabotage::crash_point("gateway.before_join_answer");
    proved.iter().for_each(|proved| edge.join_proofs.used(proved, edge.now()));
    sale.places.remember(signed.account(), &view);
    // Other tabs of this fan hear of it; those at other gateways a little later.
    sale.hub.nudge(signed.account());
    let mut response = (status, place(&sale, &view, edge.now())).into_response();
    // Who is let in at once need not ask again for a pass.
    let bearer = Bearer { account: signed.account(), sale: id, shown: &shown };
    edge.admission.attach(&mut response, &view, bearer, edge.now());
    Ok(response)
}

/// Looks at the proof of a join, if one is asked for. Who stands in line already needs none.
async fn prove(
    edge: &Edge,
    id: SaleId,
    sale: &FanSale,
    account: AccountId,
    proof: &ShownProof,
) -> ApiResult<Option<Proved>> {
    if !edge.join_proofs.are_asked_for() {
        return Ok(None);
    }
    let fault = match &proof.0 {
        None => JoinProofFault::Needed,
        Some(text) => match edge.join_proofs.check(text.as_bytes(), account, id, edge.now()) {
            Ok(proved) => return Ok(Some(proved)),
            Err(fault) => fault,
        },
    };
    // Whoever repeats a join whose answer was lost comes without a proof, or with one that is used.
    if matches!(fault, JoinProofFault::Needed | JoinProofFault::Used) {
        let place = sale.desk.place(account).await?;
        if place.is_some_and(|view| view.stage.is_live() || view.stage == PlaceStage::InLobby) {
            return Ok(None);
        }
    }
    Err(edge.join_proofs.refuse(fault, account, id, edge.now()))
}

/// Where the fan stands.
#[utoipa::path(get, path = "/v1/sales/{sale}/line/me", operation_id = "look_at_place", tag = "line", params(("sale" = String, Path)), responses(
    (status = 200, body = PlaceAnswer), (status = 404, body = ProblemBody)))]
pub async fn look(State(edge): State<Edge>, signed: Signed, shown: Shown, OfSale(sale): OfSale) -> ApiResult<Response> {
    let waiting = sale.places.waiting(signed.account(), &sale.desk.view());
    let view = match waiting {
        Some(waiting) => waiting,
        None => read_place(&sale, signed.account()).await?,
    };
    let mut response = place(&sale, &view, edge.now());
    let bearer = Bearer { account: signed.account(), sale: sale.desk.sale(), shown: &shown };
    edge.admission.attach(&mut response, &view, bearer, edge.now());
    Ok(response)
}

/// Which places.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PositionsQuery {
    /// Place numbers, separated by commas: 1 to 256 of them.
    numbers: String,
}

/// How far places have come.
#[derive(Serialize, ToSchema)]
pub struct PositionsBody {
    /// How many wait before each, in the order asked; 0 once it was let in, null for a number nobody has.
    ahead: Vec<Option<u32>>,
    /// The number of events behind this: it only grows.
    version: u64,
    /// The server's clock.
    #[schema(value_type = i64)]
    server_time_ms: Timestamp,
}

/// How many wait before each of these places. It needs no session, for a number says nothing of its owner, and it may
/// be kept for a second: a display or another service can follow many places with few requests.
#[utoipa::path(get, path = "/v1/sales/{sale}/positions", tag = "line", params(("sale" = String, Path), PositionsQuery),
    responses((status = 200, body = PositionsBody), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn positions(
    State(edge): State<Edge>,
    OfSale(sale): OfSale,
    Query(query): Query<PositionsQuery>,
) -> ApiResult<Response> {
    let view = sale.desk.view();
    let ahead = read_numbers(&query.numbers)
        .map(|number| number.map(|number| (number <= view.last_number).then(|| view.ahead(PlaceNumber(number)))))
        .collect::<ApiResult<Vec<_>>>()?;
    let body = PositionsBody { ahead, version: view.version, server_time_ms: sale.time(edge.now()) };
    Ok(([(header::CACHE_CONTROL, "public, max-age=1")], Json(body)).into_response())
}

/// Place numbers separated by commas; one too many is an error in place of a number.
fn read_numbers(text: &str) -> impl Iterator<Item = ApiResult<u32>> {
    text.split(',').enumerate().map(|(index, number)| match number.parse() {
        Ok(number) if number > 0 && index < limits::POSITIONS_MAX => Ok(number),
        _ => {
            let sentence = format!("Give 1 to {} place numbers, separated by commas.", limits::POSITIONS_MAX);
            Err(ApiError::new("query_invalid", sentence).at("/numbers"))
        }
    })
}

/// An admitted fan shows up: the select time starts.
#[utoipa::path(post, path = "/v1/sales/{sale}/line/me/enter", operation_id = "enter", tag = "line", params(("sale" = String, Path), ("Admission-Pass" = Option<String>, Header)), responses(
    (status = 200, body = PlaceAnswer), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn enter(
    State(edge): State<Edge>,
    signed: Signed,
    shown: Shown,
    OfSale(sale): OfSale,
) -> ApiResult<Response> {
    let bearer = Bearer { account: signed.account(), sale: sale.desk.sale(), shown: &shown };
    edge.admission.exchange(bearer, edge.now())?;
    let view = ask_place(&sale, Command::Enter { account: signed.account() }, signed.account()).await?;
    let mut response = place(&sale, &view, edge.now());
    edge.admission.attach(&mut response, &view, bearer, edge.now());
    Ok(response)
}

/// Gives the place up, and what it holds.
#[utoipa::path(delete, path = "/v1/sales/{sale}/line/me", operation_id = "leave_line", tag = "line", params(("sale" = String, Path)), responses(
    (status = 204), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn leave(signed: Signed, OfSale(sale): OfSale) -> ApiResult<StatusCode> {
    sale.places.forget(signed.account());
    sale.desk.submit(Command::Leave { account: signed.account() }).await??;
    Ok(StatusCode::NO_CONTENT)
}

async fn ask_place(sale: &FanSale, command: Command, account: AccountId) -> ApiResult<PlaceView> {
    match sale.desk.submit(command).await?? {
        Answer::Place(view) => {
            sale.places.remember(account, &view);
            Ok(view)
        }
        _ => read_place(sale, account).await,
    }
}

async fn read_place(sale: &FanSale, account: AccountId) -> ApiResult<PlaceView> {
    let view = sale.desk.place(account).await?.ok_or(Rejection::NotInLine)?;
    sale.places.remember(account, &view);
    Ok(view)
}

fn place(sale: &FanSale, view: &PlaceView, now: Timestamp) -> Response {
    Json(PlaceAnswer { place: sale.place_body(view, now) }).into_response()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_anything_else_is_refused() {
        let read = |text: &str| read_numbers(text).collect::<ApiResult<Vec<u32>>>();
        assert_eq!(read("3,1,4294967295").unwrap(), [3, 1, u32::MAX]);
        let many = vec!["7"; limits::POSITIONS_MAX].join(",");
        assert_eq!(read(&many).unwrap().len(), limits::POSITIONS_MAX);
        for wrong in ["", "0", "1,", "-1", "x", "4294967296", " 1", &format!("{many},7")] {
            assert_eq!(read(wrong).unwrap_err().code(), "query_invalid", "{wrong}");
        }
    }
}
