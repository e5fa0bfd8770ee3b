//! An engine that is asked about a sale another engine has passes the question on, and lists what all of them have.

use std::net::SocketAddr;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{OrderId, SaleId};
use serde_json::Value;
use tickets::TicketId;

use crate::app::App;
use crate::cluster::{Cluster, PASSED_ON, away};
use crate::edge::body::{self, Json};
use crate::problem::ApiError;
use crate::routes::page_rows;

/// Bytes of a body that is kept to be sent to several engines: what a gate or the payment provider sends.
const BODY_BYTES_MAX: usize = 64 * 1_024;
/// Bytes of one engine's part of a list.
const LIST_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Which engines a request concerns.
#[derive(Debug)]
enum Concerns {
    /// Any: it is about no sale.
    Any,
    /// The one with this sale.
    Sale(SaleId),
    /// All of them: each has a part of the list.
    All(&'static List),
    /// One of them, and only its body says which.
    Some,
}

/// A list whose parts are at several engines.
#[derive(Debug)]
struct List {
    path: &'static str,
    field: &'static str,
    rank: fn(&str) -> Option<u128>,
    /// Newest first, in pages.
    in_pages: bool,
    /// Nothing of it may be missing. What operators look at when an engine is gone has to show what there is.
    is_whole: bool,
}

const LISTS: &[List] = &[
    List {
        path: "/v1/orders",
        field: "orders",
        rank: |id| id.parse::<OrderId>().ok().map(OrderId::bits),
        in_pages: true,
        is_whole: true,
    },
    List { path: "/v1/tickets", field: "tickets", rank: rank_of_ticket, in_pages: true, is_whole: true },
    List { path: "/v1/organiser/sales", field: "sales", rank: rank_of_sale, in_pages: false, is_whole: true },
    List { path: "/v1/operations", field: "sales", rank: rank_of_sale, in_pages: false, is_whole: false },
];

fn rank_of_sale(id: &str) -> Option<u128> {
    id.parse::<SaleId>().ok().map(|sale| sale.get().into())
}

fn rank_of_ticket(id: &str) -> Option<u128> {
    let ticket = id.parse::<TicketId>().ok()?;
    Some((u128::from(ticket.sale.get()) << 32) | u128::from(ticket.serial))
}

/// What a path is about.
fn concerns(method: &Method, path: &str) -> Concerns {
    if method == Method::GET
        && let Some(list) = LISTS.iter().find(|list| list.path == path)
    {
        return Concerns::All(list);
    }
    if method == Method::POST && matches!(path, "/v1/payments/webhook" | "/v1/check-ins") {
        return Concerns::Some;
    }
    let mut words = path.split('/').skip(1);
    let sale = match (words.next(), words.next(), words.next()) {
        (Some("v1"), Some("sales"), Some(sale)) => sale.parse().ok(),
        (Some("sales"), Some(sale), Some(_)) => sale.parse().ok(),
        (Some("v1"), Some("orders"), Some(order)) => order.parse().ok().map(OrderId::sale),
        (Some("v1"), Some("tickets"), Some(ticket)) => ticket.parse().ok().map(|ticket: TicketId| ticket.sale),
        _ => None,
    };
    sale.map_or(Concerns::Any, Concerns::Sale)
}

/// No sale of this engine is only just being started.
fn serves_all_it_holds(app: &App, cluster: &Cluster) -> bool {
    cluster.directory.here().into_iter().all(|sale| app.sales.get(sale).is_ok())
}

/// Answers here, elsewhere, or both.
pub async fn route(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(cluster) = app.cluster.get() else { return next.run(request).await };
    let concerned = concerns(request.method(), request.uri().path());
    if matches!(&concerned, Concerns::All(list) if list.is_whole && !serves_all_it_holds(&app, cluster)) {
        return ApiError::from(away()).into_response();
    }
    let is_passed_on = request.headers().contains_key(&PASSED_ON);
    let answer = match concerned {
        Concerns::Sale(sale) if is_passed_on || app.sales.get(sale).is_ok() || !cluster.directory.exists(sale) => {
            let answer = next.run(request).await;
            // What is not found because the sale has just gone may be found where it is.
            let is_gone = answer.status() == StatusCode::NOT_FOUND && app.is_elsewhere(sale);
            return if is_gone { ApiError::from(away()).into_response() } else { answer };
        }
        _ if is_passed_on => return next.run(request).await,
        Concerns::Any => return next.run(request).await,
        Concerns::Sale(sale) => match cluster.directory.elsewhere(sale) {
            Some(engine) => cluster.ask(&engine, request).await,
            // It is changing hands.
            None => Err(away().into()),
        },
        Concerns::Some => some(cluster, request, next).await,
        Concerns::All(list) => all(cluster, list, request, next).await,
    };
    answer.unwrap_or_else(IntoResponse::into_response)
}

/// Asks here, and then the others until one has the sale that is meant.
async fn some(cluster: &Cluster, request: Request, next: Next) -> Result<Response, ApiError> {
    let (again, request) = kept(request).await?;
    let mut answer = next.run(request).await;
    for engine in cluster.directory.others() {
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
        match cluster.ask(&engine, again.request()).await {
            Ok(theirs) => answer = theirs,
            // Another one may have it.
            Err(error) => answer = error.into_response(),
        }
    }
    Ok(answer)
}

/// The same list of everybody, as one. While an engine cannot be asked, or a sale changes hands, there is none: a list in
/// which something is missing without a word is worse.
async fn all(cluster: &Cluster, list: &List, request: Request, next: Next) -> Result<Response, ApiError> {
    if list.is_whole && !cluster.directory.is_whole() {
        return Err(away().into());
    }
    let rows = list.in_pages.then(|| page_rows(limit(request.uri().query().unwrap_or_default())));
    let (again, request) = kept(request).await?;
    let answer = next.run(request).await;
    if answer.status() != StatusCode::OK {
        return Ok(answer);
    }
    let (mut parts, body) = answer.into_parts();
    let mut whole = read(body).await?;
    for engine in cluster.directory.others() {
        match cluster.ask(&engine, again.request()).await {
            Ok(theirs) if theirs.status() == StatusCode::OK => {
                merge(&mut whole, read(theirs.into_body()).await?, list);
            }
            _ if list.is_whole => return Err(away().into()),
            _ => {}
        }
    }
    arrange(&mut whole, list, rows);
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok((parts, Json(whole)).into_response())
}

fn limit(query: &str) -> Option<usize> {
    query.split('&').find_map(|pair| pair.strip_prefix("limit=")).and_then(|limit| limit.parse().ok())
}

fn merge(whole: &mut Value, mut part: Value, list: &List) {
    if let (Some(all), Some(more)) = (whole[list.field].as_array_mut(), part[list.field].as_array_mut()) {
        all.append(more);
    }
    if list.in_pages && whole["next"].is_null() {
        whole["next"] = part["next"].take();
    }
}

/// Newest first, a page of them.
fn arrange(whole: &mut Value, list: &List, rows: Option<usize>) {
    let Some(all) = whole[list.field].as_array_mut() else { return };
    all.sort_by_key(|row| std::cmp::Reverse(row["id"].as_str().and_then(list.rank)));
    let Some(rows) = rows else { return };
    let more = all.len() > rows;
    all.truncate(rows);
    let last = all.last().map(|row| row["id"].clone());
    if more || !whole["next"].is_null() {
        whole["next"] = last.unwrap_or(Value::Null);
    }
}

async fn read(body: Body) -> Result<Value, ApiError> {
    let bytes = to_bytes(body, LIST_BYTES_MAX).await.map_err(|error| away().internal(error))?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| away().internal(error))?)
}

/// A request that can be sent several times.
struct Again {
    method: Method,
    uri: axum::http::Uri,
    headers: axum::http::HeaderMap,
    from: Option<ConnectInfo<SocketAddr>>,
    body: Bytes,
}

impl Again {
    fn request(&self) -> Request {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        // What was compressed could not be merged.
        request.headers_mut().remove(header::ACCEPT_ENCODING);
        if let Some(from) = self.from {
            request.extensions_mut().insert(from);
        }
        request
    }
}

async fn kept(request: Request) -> Result<(Again, Request), ApiError> {
    let (mut parts, body) = request.into_parts();
    let body = body::read(body, BODY_BYTES_MAX).await?;
    let again = Again {
        method: parts.method.clone(),
        uri: parts.uri.clone(),
        headers: parts.headers.clone(),
        from: parts.extensions.get::<ConnectInfo<SocketAddr>>().copied(),
        body: body.clone(),
    };
    parts.headers.remove(header::ACCEPT_ENCODING);
    Ok((again, Request::from_parts(parts, Body::from(body))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_says_which_sale_it_is_about() {
        let sale = |number| format!("{:?}", Concerns::Sale(SaleId::new(number)));
        let any = format!("{:?}", Concerns::Any);
        let order = OrderId::mint(SaleId::new(7), domain::Timestamp::from_millis(1_800_000_000_000), 5);
        for (path, expected) in [
            ("/v1/sales/sale_3/line", sale(3)),
            ("/v1/sales/sale_3", sale(3)),
            ("/sales/sale_3/plain", sale(3)),
            ("/sales/sale_3", any.clone()),
            ("/v1/events", any.clone()),
            ("/v1/sales", any.clone()),
            (&format!("/v1/orders/{order}/refund"), sale(7)),
            ("/v1/orders/nonsense", any.clone()),
        ] {
            assert_eq!(format!("{:?}", concerns(&Method::GET, path)), expected, "{path}");
        }
        assert!(matches!(concerns(&Method::GET, "/v1/orders"), Concerns::All(list) if list.field == "orders"));
        assert!(matches!(concerns(&Method::POST, "/v1/payments/webhook"), Concerns::Some));
    }

    #[test]
    fn parts_of_a_list_become_one_page() {
        let list = &LISTS[2];
        let part =
            |ids: &[&str]| json!({"sales": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>(), "next": null});
        let pages = List { in_pages: true, ..LISTS[2] };
        let mut whole = part(&["sale_9", "sale_2"]);
        merge(&mut whole, part(&["sale_10", "sale_5"]), list);
        arrange(&mut whole, &pages, Some(3));
        assert_eq!(whole["sales"], json!([{"id": "sale_10"}, {"id": "sale_9"}, {"id": "sale_5"}]));
        assert_eq!(whole["next"], "sale_5");
        let mut short = part(&["sale_1"]);
        merge(&mut short, part(&[]), &pages);
        arrange(&mut short, &pages, Some(3));
        assert_eq!(short["next"], Value::Null);
    }
}
