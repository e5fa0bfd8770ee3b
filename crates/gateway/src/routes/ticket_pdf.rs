//! The tickets of an order on paper.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::OrderId;
use sale::{OrderStage, Rejection, Sale, Ticket};

use super::order::{find, unknown};
use crate::app::App;
use crate::edge::identity::Signed;
use crate::printing::papers;
use crate::problem::{ApiResult, ProblemBody};
use crate::sales::SaleEntry;

/// A PDF.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it describes bytes")]
pub struct PdfBody(Vec<u8>);

/// The tickets of a paid order as a PDF, a page for each, in the language of the account.
#[utoipa::path(get, path = "/v1/orders/{order}/tickets.pdf", operation_id = "print_tickets", tag = "orders", params(("order" = String, Path)), responses(
    (status = 200, body = PdfBody, content_type = "application/pdf"), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    (status = 503, body = ProblemBody)))]
pub async fn print(State(app): State<App>, signed: Signed, Path(order): Path<String>) -> ApiResult<Response> {
    let (sale, view) = find(&app, &order).await?;
    if view.account != signed.account() {
        return Err(unknown());
    }
    let tickets = tickets(&sale, view.id).await?;
    if view.stage != OrderStage::Paid || tickets.is_empty() {
        return Err(Rejection::OrderNotPaid.into());
    }
    let account = app.accounts.find(view.account).await?;
    let language = account.map(|account| account.locale).unwrap_or_default().into();
    let pdf = app.printer.print(papers(&sale, &view, &tickets, &app.ticket_key, language)).await?;
    let name = format!("attachment; filename=\"tickets-{}.pdf\"", view.id);
    let headers = [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, pdf).into_response())
}

async fn tickets(sale: &SaleEntry, order: OrderId) -> ApiResult<Vec<Ticket>> {
    let look = move |sale: &Sale| sale.orders().find(order).map(|order| sale.tickets_of(order));
    sale.handle.read(look).await?.ok_or_else(unknown)
}
