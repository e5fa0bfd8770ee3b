//! The line: join, look, enter, leave.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{AccountId, Timestamp};
use sale::{Answer, Command, PlaceView, Rejection};

use crate::app::App;
use crate::edge::identity::Signed;
use crate::problem::{ApiResult, ProblemBody};
use crate::sales::SaleEntry;
use crate::wire::place::PlaceAnswer;

/// Takes a place in line; whoever has one gets the same again.
#[utoipa::path(post, path = "/v1/sales/{sale}/line", tag = "line", params(("sale" = String, Path)), responses(
    (status = 201, body = PlaceAnswer), (status = 200, body = PlaceAnswer), (status = 409, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub async fn join(
    State(app): State<App>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    signed: Signed,
    Path(sale): Path<String>,
) -> ApiResult<Response> {
    let sale = app.sales.find(&sale)?;
    app.limits.check_join(signed.account(), from.ip())?;
    let last_before = sale.handle.view().last_number;
    let view = ask_place(&sale, Command::Join { account: signed.account() }, signed.account()).await?;
    let status = if view.number.0 > last_before { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, place(&sale, &view, app.now())).into_response())
}

/// Where the fan stands.
#[utoipa::path(get, path = "/v1/sales/{sale}/line/me", tag = "line", params(("sale" = String, Path)), responses(
    (status = 200, body = PlaceAnswer), (status = 404, body = ProblemBody)))]
pub async fn look(State(app): State<App>, signed: Signed, Path(sale): Path<String>) -> ApiResult<Response> {
    let sale = app.sales.find(&sale)?;
    let view = read_place(&sale, signed.account()).await?;
    Ok(place(&sale, &view, app.now()))
}

/// An admitted fan shows up: the select time starts.
#[utoipa::path(post, path = "/v1/sales/{sale}/line/me/enter", tag = "line", params(("sale" = String, Path)), responses(
    (status = 200, body = PlaceAnswer), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn enter(State(app): State<App>, signed: Signed, Path(sale): Path<String>) -> ApiResult<Response> {
    let sale = app.sales.find(&sale)?;
    let view = ask_place(&sale, Command::Enter { account: signed.account() }, signed.account()).await?;
    Ok(place(&sale, &view, app.now()))
}

/// Gives the place up, and what it holds.
#[utoipa::path(delete, path = "/v1/sales/{sale}/line/me", tag = "line", params(("sale" = String, Path)), responses(
    (status = 204), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn leave(State(app): State<App>, signed: Signed, Path(sale): Path<String>) -> ApiResult<StatusCode> {
    let sale = app.sales.find(&sale)?;
    sale.handle.submit(Command::Leave { account: signed.account() }).await??;
    Ok(StatusCode::NO_CONTENT)
}

async fn ask_place(sale: &SaleEntry, command: Command, account: AccountId) -> ApiResult<PlaceView> {
    match sale.handle.submit(command).await?? {
        Answer::Place(view) => Ok(view),
        _ => read_place(sale, account).await,
    }
}

async fn read_place(sale: &SaleEntry, account: AccountId) -> ApiResult<PlaceView> {
    let view = sale.handle.read(move |sale| sale.place_view(account)).await?;
    Ok(view.ok_or(Rejection::NotInLine)?)
}

fn place(sale: &SaleEntry, view: &PlaceView, now: Timestamp) -> Response {
    axum::Json(PlaceAnswer { place: sale.place_body(view, now) }).into_response()
}
