//! Who bought in a sale: the organiser's orders and guest list.

use std::collections::HashMap;

use accounts::Account;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::{AccountId, OrderId};
use sale::{OrderStage, OrderView, Sale};
use serde::Deserialize;

use super::organiser::own;
use super::page_rows;
use crate::app::App;
use crate::audit::Deed;
use crate::edge::body::Json;
use crate::edge::identity::Staff;
use crate::edge::query::Query;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::sales::SaleEntry;
use crate::wire::order::{BuyerBody, SaleOrderBody, SaleOrdersPage};

/// Orders that are read from the writer in one look.
const LOOK_ORDERS_MAX: usize = 1_000;

/// Which page of the orders, and of which stage.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OrdersQuery {
    /// Where the page before ended.
    after: Option<String>,
    /// Rows, at most 100.
    limit: Option<usize>,
    /// Only orders of this stage, such as `paid`.
    #[param(value_type = Option<String>)]
    stage: Option<OrderStage>,
}

/// The orders of a sale with their buyers, newest first.
#[utoipa::path(get, path = "/v1/sales/{sale}/orders", operation_id = "sale_orders", tag = "organisers",
    params(("sale" = String, Path), OrdersQuery),
    responses((status = 200, body = SaleOrdersPage), (status = 403, body = ProblemBody)))]
pub async fn orders(
    State(app): State<App>,
    staff: Staff,
    Path(sale): Path<String>,
    Query(query): Query<OrdersQuery>,
) -> ApiResult<Response> {
    let sale = own(&app, &staff, &sale)?;
    let wrong = |_| ApiError::new("cursor_invalid", "This is not where a page ended.").at("/after");
    let after: Option<OrderId> = query.after.as_deref().map(str::parse).transpose().map_err(wrong)?;
    let rows = page_rows(query.limit);
    // One more than asked for tells whether there is a next page.
    let mut views = before(&sale, after, rows + 1, query.stage).await?;
    let more = views.len() > rows;
    views.truncate(rows);
    let next = views.last().filter(|_| more).map(|last| last.id.to_string());
    let buyers = buyers(&app, &views).await?;
    let now = app.now();
    let body =
        |view: &OrderView| SaleOrderBody { order: sale.order_body(view, now), buyer: buyer(&buyers, view.account) };
    let orders = views.iter().map(body).collect();
    Ok(Json(SaleOrdersPage { orders, next }).into_response())
}

/// The guest list: a row for each good ticket, as CSV. No cell of it is a formula to a spreadsheet.
#[utoipa::path(get, path = "/v1/sales/{sale}/guests.csv", operation_id = "sale_guests", tag = "organisers",
    params(("sale" = String, Path)),
    responses((status = 200, body = String, content_type = "text/csv"), (status = 403, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn guests(State(app): State<App>, staff: Staff, Path(sale): Path<String>) -> ApiResult<Response> {
    let sale = own(&app, &staff, &sale)?;
    if sale.page.rehearsal {
        return Err(ApiError::new("sale_is_rehearsal", "This sale is a rehearsal: it has no guests."));
    }
    let deed = Deed { action: "export_guests", target: sale.handle.sale().to_string(), detail: serde_json::json!({}) };
    let csv = app.audited(&staff.0, deed, guest_list(&app, &sale)).await?;
    let name = format!("attachment; filename=\"guests-{}.csv\"", sale.handle.sale());
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, csv).into_response())
}

async fn guest_list(app: &App, sale: &SaleEntry) -> ApiResult<Vec<u8>> {
    let unwritten = |error: csv::Error| {
        let problem = domain::Problem::new("internal", "The list could not be written.").internal(error);
        ApiError::from(problem)
    };
    // With a mark, so that spreadsheets read Korean names.
    let mut out = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let head = ["ticket", "order", "name", "email", "section", "row", "seat", "area", "price", "currency"];
    out.write_record(head).map_err(unwritten)?;
    let mut last = None;
    loop {
        let views = before(sale, last, LOOK_ORDERS_MAX, Some(OrderStage::Paid)).await?;
        let Some(end) = views.last() else { break };
        last = Some(end.id);
        let buyers = buyers(app, &views).await?;
        for view in &views {
            let order = sale.order_body(view, app.now());
            let buyer = buyer(&buyers, view.account);
            for (ticket, item) in order.tickets.iter().zip(&order.items) {
                let price = item.price.amount.to_string();
                let cells = [
                    ticket.as_str(),
                    &order.id,
                    buyer.name.as_deref().unwrap_or_default(),
                    &buyer.email,
                    item.section.unwrap_or_default(),
                    item.row.unwrap_or_default(),
                    item.number.unwrap_or_default(),
                    item.name.unwrap_or_default(),
                    &price,
                    item.price.currency.as_str(),
                ];
                out.write_record(cells.map(harmless)).map_err(unwritten)?;
            }
        }
    }
    out.into_inner().map_err(|error| unwritten(error.into_error().into()))
}

/// The orders before one, newest first.
async fn before(
    sale: &SaleEntry,
    end: Option<OrderId>,
    most: usize,
    stage: Option<OrderStage>,
) -> ApiResult<Vec<OrderView>> {
    let look = move |sale: &Sale| {
        let earlier = sale.orders().before(end).iter().rev();
        let wanted = earlier.filter(|order| stage.is_none_or(|stage| order.stage == stage));
        wanted.take(most).map(|order| sale.order_view(order)).collect()
    };
    Ok(sale.handle.read(look).await?)
}

async fn buyers(app: &App, views: &[OrderView]) -> ApiResult<HashMap<AccountId, Account>> {
    let ids: Vec<AccountId> = views.iter().map(|view| view.account).collect();
    let found = app.accounts.find_many(&ids).await?;
    Ok(found.into_iter().map(|account| (account.id, account)).collect())
}

fn buyer(known: &HashMap<AccountId, Account>, id: AccountId) -> BuyerBody {
    let account = known.get(&id);
    BuyerBody {
        id: id.to_string(),
        email: account.map(|it| it.email.clone()).unwrap_or_default(),
        name: account.and_then(|it| it.name.clone()),
    }
}

/// A cell that begins like a formula gets an apostrophe, which spreadsheets do not show (OWASP, CSV injection).
fn harmless(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        assert_eq!(harmless("Kim Min-ji"), "Kim Min-ji");
    }
}
