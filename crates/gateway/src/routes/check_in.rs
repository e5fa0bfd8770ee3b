//! The gate.

use axum::extract::State;
use sale::{Command, Sale};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::cluster::away;
use crate::edge::body::Json;
use crate::edge::identity::Staff;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::ticket::TicketBody;

/// What a gate scanned.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// The text of the QR code.
    code: String,
}

/// The holder may go in.
#[derive(Serialize, ToSchema)]
pub struct CheckedIn {
    /// The ticket.
    ticket: TicketBody,
    /// Always true: a second scan is refused.
    first: bool,
}

/// Lets the holder of a ticket in, once.
#[utoipa::path(post, path = "/v1/check-ins", tag = "gate", request_body = Scan, responses(
    (status = 200, body = CheckedIn), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn check_in(State(app): State<App>, staff: Staff, Json(scan): Json<Scan>) -> ApiResult<Json<CheckedIn>> {
    let claims =
        app.ticket_verifier.verify(&scan.code).map_err(|error| ApiError::from(domain::Problem::from(error)))?;
    let unknown = || ApiError::unknown("ticket_unknown", "ticket");
    let sale = app.sales.get(claims.ticket.sale).map_err(|_| match app.is_elsewhere(claims.ticket.sale) {
        true => away().into(),
        false => unknown(),
    })?;
    staff.must_run(sale.organiser()).map_err(|_| unknown())?;
    if sale.page.rehearsal {
        return Err(ApiError::new("sale_is_rehearsal", "This ticket is of a rehearsal: it lets nobody in."));
    }
    let serial = claims.ticket.serial;
    sale.handle.submit(Command::CheckIn { serial }).await??;
    let look = move |sale: &Sale| {
        let ticket = sale.ticket(serial)?;
        let order = sale.orders().at(ticket.order)?.id;
        Some((ticket, order))
    };
    let (ticket, order) = sale.handle.read(look).await?.ok_or_else(unknown)?;
    Ok(Json(CheckedIn { ticket: sale.ticket_body(&ticket, order, &app.ticket_key), first: true }))
}
