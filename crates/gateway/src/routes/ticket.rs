//! Tickets: the fan's own, their QR codes, and the keys anybody may verify them with.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use domain::OrderId;
use sale::{Sale, Ticket};
use tickets::TicketId;

use super::PageQuery;
use crate::app::App;
use crate::edge::body::Json;
use crate::edge::cache::cached_json;
use crate::edge::identity::Signed;
use crate::edge::query::Query;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::sales::SaleEntry;
use crate::wire::ticket::{TicketBody, TicketKeysBody, TicketsPage};

/// The fan's tickets, newest first. Those of a rehearsal are none.
#[utoipa::path(get, path = "/v1/tickets", operation_id = "own_tickets", tag = "tickets", params(PageQuery), responses((status = 200, body = TicketsPage)))]
pub async fn list(
    State(app): State<App>,
    signed: Signed,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<TicketsPage>> {
    let account = signed.account();
    let after: Option<TicketId> = page
        .after
        .as_deref()
        .map(|text| {
            text.parse().map_err(|_| ApiError::new("cursor_invalid", "This is not where a page ended.").at("/after"))
        })
        .transpose()?;
    let mut found: Vec<TicketBody> = Vec::new();
    let (mut more, mut last) = (false, None);
    for sale in app.sales.all().iter().rev().filter(|sale| !sale.page.rehearsal) {
        let id = sale.handle.sale();
        let of_account = move |sale: &Sale| -> Vec<(Ticket, OrderId)> {
            let tickets = sale
                .orders()
                .of(account)
                .flat_map(|order| sale.tickets_of(order).into_iter().map(move |ticket| (ticket, order.id)));
            tickets.collect()
        };
        let mut tickets = sale.handle.read(of_account).await?;
        tickets.sort_unstable_by_key(|(ticket, _)| std::cmp::Reverse(ticket.serial));
        for (ticket, order) in tickets {
            let here = TicketId { sale: id, serial: ticket.serial };
            if after.is_some_and(|after| (here.sale, here.serial) >= (after.sale, after.serial)) {
                continue;
            }
            if found.len() == page.rows() {
                more = true;
                break;
            }
            last = Some(here.to_string());
            found.push(sale.ticket_body(&ticket, order, &app.ticket_key));
        }
    }
    Ok(Json(TicketsPage { tickets: found, next: last.filter(|_| more) }))
}

/// One of the fan's tickets.
#[utoipa::path(get, path = "/v1/tickets/{ticket}", operation_id = "look_at_ticket", tag = "tickets", params(("ticket" = String, Path)), responses(
    (status = 200, body = TicketBody), (status = 404, body = ProblemBody)))]
pub async fn look(State(app): State<App>, signed: Signed, Path(ticket): Path<String>) -> ApiResult<Json<TicketBody>> {
    let (sale, ticket, order) = own(&app, &signed, &ticket).await?;
    sabotage::crash_point("tickets.before_signing");
    Ok(Json(sale.ticket_body(&ticket, order, &app.ticket_key)))
}

/// The QR code of one of the fan's tickets.
#[utoipa::path(get, path = "/v1/tickets/{ticket}/qr.svg", tag = "tickets", params(("ticket" = String, Path)), responses(
    (status = 200, content_type = "image/svg+xml", body = String), (status = 404, body = ProblemBody)))]
pub async fn qr(State(app): State<App>, signed: Signed, Path(ticket): Path<String>) -> ApiResult<Response> {
    let (sale, ticket, _) = own(&app, &signed, &ticket).await?;
    let claims = sale.claims(&ticket);
    let code = app.ticket_key.sign(&claims);
    let svg = tickets::qr_svg(code.as_str(), &format!("Ticket {}", claims.ticket));
    let svg = svg.map_err(|_| ApiError::new("internal", "The code could not be drawn."))?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "private, max-age=86400")], svg)
        .into_response())
}

/// The public keys of ticket codes.
#[utoipa::path(get, path = "/v1/keys/tickets", tag = "tickets", responses((status = 200, body = TicketKeysBody)))]
pub async fn keys(State(app): State<App>, headers: HeaderMap) -> Response {
    let keys = serde_json::json!({ "keys": app.ticket_verifier.published() });
    cached_json(&headers, keys.to_string().into_bytes(), 300)
}

async fn own(app: &App, signed: &Signed, ticket: &str) -> ApiResult<(std::sync::Arc<SaleEntry>, Ticket, OrderId)> {
    let unknown = || ApiError::unknown("ticket_unknown", "ticket");
    let id: TicketId = ticket.parse().map_err(|_| unknown())?;
    let sale = app.sales.get(id.sale).map_err(|_| unknown())?;
    let account = signed.account();
    let of_account = move |sale: &Sale| -> Option<(Ticket, OrderId)> {
        let ticket = sale.ticket(id.serial)?;
        let order = sale.orders().at(ticket.order).filter(|order| order.account == account)?;
        Some((ticket, order.id))
    };
    let (ticket, order) = sale.handle.read(of_account).await?.ok_or_else(unknown)?;
    Ok((sale, ticket, order))
}
