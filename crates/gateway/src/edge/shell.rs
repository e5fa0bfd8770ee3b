//! The outermost layer: names the request, refuses foreign origins, measures, and sets the headers of every answer.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, histogram};
use rand::RngExt;
use tracing::Instrument;

use crate::app::App;
use crate::problem::ApiError;

static TRACE_ID: HeaderName = HeaderName::from_static("trace-id");
static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Everything a page of ours may load comes from here; live updates go over WebSocket.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

/// Wraps every request.
pub async fn shell(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let trace = trace_id(&request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span = tracing::info_span!("request", trace.id = %trace, http.method = %method, http.path = request.uri().path());
    let mut response = match check_origin(&app, &request) {
        Ok(()) => next.run(request).instrument(span.clone()).await,
        Err(error) => span.in_scope(|| error.into_response()),
    };
    set_headers(&mut response, &trace);
    let route = route.as_ref().map_or("none", |route| route.as_str());
    note(route, &method, response.status(), began);
    if response.status().is_server_error() {
        span.in_scope(|| tracing::warn!(http.status = response.status().as_u16(), http.route = route, "Answered"));
    }
    response
}

/// The caller's trace id (W3C Trace Context), or a new one.
fn trace_id(request: &Request) -> String {
    let theirs = request.headers().get(&TRACEPARENT).and_then(|value| value.to_str().ok());
    let theirs = theirs.and_then(|text| text.split('-').nth(1)).filter(|id| {
        id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    });
    theirs.map_or_else(|| format!("{:032x}", rand::rng().random::<u128>()), str::to_owned)
}

/// A browser says where a request comes from. Nothing that changes something, and no socket, is taken from elsewhere.
fn check_origin(app: &App, request: &Request) -> Result<(), ApiError> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let upgrade = request.headers().contains_key(header::UPGRADE);
    if !upgrade && matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let allowed = origin.to_str().is_ok_and(|origin| app.options.server.allows_origin(origin));
    if allowed { Ok(()) } else { Err(ApiError::new("origin_not_allowed", "This site may not do that.")) }
}

fn set_headers(response: &mut Response, trace: &str) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(trace) {
        headers.insert(TRACE_ID.clone(), value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

fn note(route: &str, method: &Method, status: StatusCode, began: Instant) {
    let class = match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    let labels = [("route", route.to_owned()), ("method", method.to_string())];
    histogram!("onsale_http_seconds", &labels).record(began.elapsed().as_secs_f64());
    counter!("onsale_http_requests_total", "route" => route.to_owned(), "status" => class).increment(1);
}

/// The answer to a path nobody serves.
pub async fn not_found() -> ApiError {
    ApiError::new("not_found", "There is nothing here.")
}

/// The answer to a method a path does not have.
pub async fn method_not_allowed() -> ApiError {
    ApiError::new("method_not_allowed", "This cannot be done here.")
}
