//! Orders: begin to pay, look, cancel, refund.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::OrderId;
use sale::{Answer, Command, OrderView, Sale};

use super::PageQuery;
use crate::app::App;
use crate::audit::Deed;
use crate::edge::body::Json;
use crate::edge::idempotency::Key;
use crate::edge::identity::{Signed, Staff};
use crate::edge::query::Query;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::sales::SaleEntry;
use crate::wire::order::{OrderBody, OrdersPage};

/// How long the answer waits for the provider's page. Later, the page is found by looking at the order.
const PAGE_PATIENCE: Duration = Duration::from_secs(3);

/// Goes on to pay what is held. From here there is no way back to the seats.
#[utoipa::path(post, path = "/v1/sales/{sale}/orders", operation_id = "begin_order", tag = "orders",
    params(("sale" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, body = OrderBody), (status = 409, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub async fn begin(State(app): State<App>, signed: Signed, Path(sale): Path<String>, key: Key) -> ApiResult<Response> {
    let sale = app.sales.find(&sale)?;
    let account = signed.account();
    let order = app.new_order(sale.handle.sale());
    let request = key.request(account, Command::BeginCheckout { account, order })?;
    let page = app.checkout.expect_page(order);
    let answer = sale.handle.submit(request).await??;
    sabotage::crash_point("gateway.order_begun");
    let Answer::Order(begun) = answer else {
        return Err(ApiError::new("internal", "An unexpected answer to a checkout."));
    };
    // Otherwise it is the answer to an earlier request with the same key.
    if begun.id == order {
        let _ = tokio::time::timeout(PAGE_PATIENCE, page.recorded()).await;
    }
    let view = read(&sale, begun.id).await?.unwrap_or(begun);
    Ok((StatusCode::CREATED, body(&app, &sale, &view)).into_response())
}

/// The fan's orders, newest first, without those of rehearsals.
#[utoipa::path(get, path = "/v1/orders", operation_id = "own_orders", tag = "orders", params(PageQuery), responses((status = 200, body = OrdersPage)))]
pub async fn list(State(app): State<App>, signed: Signed, Query(page): Query<PageQuery>) -> ApiResult<Response> {
    let account = signed.account();
    let after: Option<OrderId> = page.after.as_deref().map(cursor).transpose()?;
    let sales = app.sales.all();
    let mut found: Vec<(OrderView, &SaleEntry)> = Vec::new();
    for sale in sales.iter().filter(|sale| !sale.page.rehearsal) {
        let views =
            sale.handle.read(move |sale| sale.orders().of(account).map(|it| sale.order_view(it)).collect::<Vec<_>>());
        found.extend(views.await?.into_iter().map(|view| (view, &**sale)));
    }
    found.retain(|(view, _)| after.is_none_or(|after| view.id < after));
    found.sort_unstable_by_key(|(view, _)| std::cmp::Reverse(view.id));
    let more = found.len() > page.rows();
    found.truncate(page.rows());
    let next = found.last().filter(|_| more).map(|(view, _)| view.id.to_string());
    let now = app.now();
    let orders = found.iter().map(|(view, sale)| sale.order_body(view, now)).collect();
    Ok(Json(OrdersPage { orders, next }).into_response())
}

fn cursor(text: &str) -> ApiResult<OrderId> {
    text.parse().map_err(|_| ApiError::new("cursor_invalid", "This is not where a page ended.").at("/after"))
}

/// One of the fan's orders.
#[utoipa::path(get, path = "/v1/orders/{order}", operation_id = "look_at_order", tag = "orders", params(("order" = String, Path)), responses(
    (status = 200, body = OrderBody), (status = 404, body = ProblemBody)))]
pub async fn look(State(app): State<App>, signed: Signed, Path(order): Path<String>) -> ApiResult<Response> {
    let (sale, view) = find(&app, &order).await?;
    if view.account != signed.account() {
        return Err(unknown());
    }
    Ok(body(&app, &sale, &view))
}

/// Gives up an unpaid order; its seats go back at once.
#[utoipa::path(delete, path = "/v1/orders/{order}", operation_id = "cancel_order", tag = "orders", params(("order" = String, Path)), responses(
    (status = 200, body = OrderBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn cancel(State(app): State<App>, signed: Signed, Path(order): Path<String>) -> ApiResult<Response> {
    let (sale, view) = find(&app, &order).await?;
    sale.handle.submit(Command::CancelOrder { account: signed.account(), order: view.id }).await??;
    let view = read(&sale, view.id).await?.ok_or_else(unknown)?;
    Ok(body(&app, &sale, &view))
}

/// Gives the money of a paid order back; its tickets become void, its seats free.
#[utoipa::path(post, path = "/v1/orders/{order}/refund", operation_id = "refund_order", tag = "organisers", params(("order" = String, Path)), responses(
    (status = 200, body = OrderBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn refund(State(app): State<App>, staff: Staff, Path(order): Path<String>) -> ApiResult<Response> {
    let (sale, view) = find(&app, &order).await?;
    staff.must_run(sale.organiser()).map_err(|_| unknown())?;
    let command = Command::RefundOrder { order: view.id };
    let deed = Deed { target: view.id.to_string(), ..Deed::command("", &command) };
    app.audited(&staff.0, deed, async { Ok(sale.handle.submit(command).await??) }).await?;
    let view = read(&sale, view.id).await?.ok_or_else(unknown)?;
    Ok(body(&app, &sale, &view))
}

/// An order and its sale. Whose order it is, the caller looks at.
pub(super) async fn find(app: &App, order: &str) -> ApiResult<(std::sync::Arc<SaleEntry>, OrderView)> {
    let order: OrderId = order.parse().map_err(|_| unknown())?;
    let sale = app.sales.get(order.sale()).map_err(|_| unknown())?;
    let view = read(&sale, order).await?.ok_or_else(unknown)?;
    Ok((sale, view))
}

async fn read(sale: &SaleEntry, order: OrderId) -> ApiResult<Option<OrderView>> {
    let look = move |sale: &Sale| sale.orders().find(order).map(|order| sale.order_view(order));
    Ok(sale.handle.read(look).await?)
}

fn body(app: &App, sale: &SaleEntry, view: &OrderView) -> Response {
    Json(sale.order_body(view, app.now())).into_response()
}

pub(super) fn unknown() -> ApiError {
    ApiError::unknown("order_unknown", "order")
}
