//! The provider's REST API, and the router of everything it serves.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::OrderId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::audit;
use super::behaviour::{Behaviour, Dice, EventFate};
use super::cashier::{Cashier, Settled};
use super::clock::now;
use super::courier::Courier;
use super::ledger::Ledger;
use super::outbox::Parcel;
use super::page;
use super::records::Keyed;
use super::refusal::Refusal;
use crate::provider::{DESCRIPTION_CHARS_MAX, OpenPayment, RETURN_URL_BYTES_MAX, RefundRequest};
use crate::secret::Secret;

/// Bytes of a request body, at most.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// Characters of an idempotency key, at most.
const KEY_CHARS_MAX: usize = domain::limits::IDEMPOTENCY_KEY_CHARS_MAX;
/// How long a request hangs that is told never to be answered, if its client is more patient than that.
const HANG: Duration = Duration::from_secs(10 * 60);
/// How long an answer waits for the webhook that is to arrive before it.
const WEBHOOK_FIRST_TIMEOUT: Duration = Duration::from_secs(5);

/// What every handler works with.
pub(super) struct App {
    pub(super) cashier: Cashier,
    pub(super) ledger: Ledger,
    pub(super) pages: String,
    pub(super) courier: Arc<Courier>,
    pub(super) dice: Arc<Dice>,
    pub(super) api_key: Secret,
    pub(super) stopping: watch::Receiver<bool>,
}

/// Every route of the sandbox.
pub(super) fn router(app: Arc<App>) -> Router {
    // The shop, with everything that may go wrong.
    let payments = Router::new()
        .route("/v1/payments", post(open))
        .route("/v1/payments/by-order/{order}", get(find))
        .route("/v1/payments/by-order/{order}/cancel", post(cancel))
        .route("/v1/payments/by-order/{order}/refund", post(refund))
        .layer(from_fn_with_state(Arc::clone(&app), misbehave))
        .route_layer(from_fn_with_state(Arc::clone(&app), authorise));
    // Whoever directs a rehearsal and checks it afterwards.
    let direction = Router::new()
        .route("/v1/behaviour", get(behaviour).put(set_behaviour))
        .route("/v1/ledger", get(ledger_page))
        .route_layer(from_fn_with_state(Arc::clone(&app), authorise));
    // The buyer's browser.
    let pages =
        Router::new().route("/pay/{payment}", get(page::show).post(page::submit)).route("/style.css", get(page::style));
    Router::new()
        .merge(payments)
        .merge(direction)
        .merge(pages)
        .route("/livez", get(|| async { "ok" }))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(app)
}

async fn authorise(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    match given.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(key) if app.api_key.matches(key) => next.run(request).await,
        _ => Refusal::Unauthorised.into_response(),
    }
}

/// Delays, fails before, or goes silent after, as told.
async fn misbehave(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let behaviour = app.dice.behaviour();
    if behaviour.slow_ms > 0 {
        app.sleep(Duration::from_millis(behaviour.slow_ms.into())).await;
    }
    if app.dice.roll(behaviour.fail) {
        return Refusal::ToldToFail.into_response();
    }
    let changes = request.method() == Method::POST;
    let response = next.run(request).await;
    if changes && response.status().is_success() && app.dice.roll(behaviour.timeout_after_success) {
        app.sleep(HANG).await;
        return Refusal::ToldToFail.into_response();
    }
    response
}

impl App {
    /// Sleeps, but not past a stop.
    async fn sleep(&self, time: Duration) {
        let mut stopping = self.stopping.clone();
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    }

    /// Delivers the event of a change before its answer, if that was drawn.
    pub(super) async fn webhook_first(&self, event: Option<Parcel>, fate: &EventFate) {
        let Some(parcel) = event.filter(|_| fate.before_response) else { return };
        let courier = Arc::clone(&self.courier);
        // On its own task, so that a client that hangs up does not break the delivery off. If it takes too long or
        // fails, the outbox has the event.
        let delivery = tokio::spawn(async move { courier.deliver(&parcel).await });
        let _in_time = tokio::time::timeout(WEBHOOK_FIRST_TIMEOUT, delivery).await;
    }

    async fn settled(&self, settled: Settled, fate: &EventFate) -> Response {
        self.webhook_first(settled.event, fate).await;
        Json(settled.payment).into_response()
    }
}

async fn open(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Result<Response, Refusal> {
    let request: OpenPayment = parsed(&body)?;
    check(&request)?;
    let keyed = keyed(&headers, "open", &body)?;
    let payment = app.cashier.open(request, keyed, now()).await?;
    Ok((StatusCode::CREATED, Json(payment)).into_response())
}

async fn find(State(app): State<Arc<App>>, Path(order): Path<String>) -> Result<Response, Refusal> {
    Ok(Json(app.cashier.find(order_id(&order)?).await?).into_response())
}

async fn cancel(
    State(app): State<Arc<App>>,
    Path(order): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let keyed = keyed(&headers, &format!("cancel {order}"), &body)?;
    let (at, order) = (now(), order_id(&order)?);
    let fate = app.dice.event_fate(at);
    let settled = app.cashier.cancel(order, keyed, fate, at).await?;
    Ok(app.settled(settled, &fate).await)
}

async fn refund(
    State(app): State<Arc<App>>,
    Path(order): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let RefundRequest { amount } = parsed(&body)?;
    let keyed = keyed(&headers, &format!("refund {order}"), &body)?;
    let (at, order) = (now(), order_id(&order)?);
    let fate = app.dice.event_fate(at);
    let settled = app.cashier.refund(order, amount, keyed, fate, at).await?;
    Ok(app.settled(settled, &fate).await)
}

async fn behaviour(State(app): State<Arc<App>>) -> Json<Behaviour> {
    Json(app.dice.behaviour())
}

async fn set_behaviour(State(app): State<Arc<App>>, body: Bytes) -> Result<Json<Behaviour>, Refusal> {
    let behaviour: Behaviour = parsed(&body)?;
    if let Some(problem) = behaviour.problem() {
        return Err(Refusal::RequestInvalid(problem));
    }
    app.dice.set(behaviour);
    Ok(Json(behaviour))
}

#[derive(Deserialize)]
struct LedgerQuery {
    #[serde(default)]
    after: i64,
    limit: Option<u32>,
}

async fn ledger_page(State(app): State<Arc<App>>, Query(query): Query<LedgerQuery>) -> Result<Response, Refusal> {
    let limit = query.limit.unwrap_or(audit::LEDGER_PAGE_ROWS_MAX);
    Ok(Json(audit::page(&app.ledger, app.pages.clone(), query.after, limit).await?).into_response())
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::RequestInvalid(format!("The body is not what this request needs: {error}.")))
}

fn order_id(text: &str) -> Result<OrderId, Refusal> {
    text.parse().map_err(|error| Refusal::RequestInvalid(format!("The order is not known by such an id: {error}.")))
}

fn check(request: &OpenPayment) -> Result<(), Refusal> {
    if request.description.chars().count() > DESCRIPTION_CHARS_MAX {
        return Err(Refusal::RequestInvalid(format!(
            "The description is longer than {DESCRIPTION_CHARS_MAX} characters."
        )));
    }
    let url = &request.return_url;
    let is_web = reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.len() > RETURN_URL_BYTES_MAX || !is_web || HeaderValue::from_str(url).is_err() {
        let detail = format!("The return address is not an http or https one of at most {RETURN_URL_BYTES_MAX} bytes.");
        return Err(Refusal::RequestInvalid(detail));
    }
    Ok(())
}

/// The idempotency key of a request, with the digest of what it asks for.
fn keyed(headers: &HeaderMap, what: &str, body: &[u8]) -> Result<Keyed, Refusal> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > KEY_CHARS_MAX || !visible {
        return Err(Refusal::KeyMissing);
    }
    let digest = Sha256::new().chain_update(what).chain_update(b"\n").chain_update(body).finalize();
    Ok(Keyed { key: key.to_owned(), fingerprint: digest.into() })
}
