//! The outermost layer: names the request, refuses foreign origins, measures, and sets the headers of every answer.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use rand::RngExt;
use tracing::Instrument;

use super::measure;
use crate::edge_state::Edge;
use crate::problem::ApiError;

static TRACE_ID: HeaderName = HeaderName::from_static("trace-id");
static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Everything a page of ours may load comes from here; live updates go over WebSocket.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

/// Wraps every request.
pub async fn shell(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let mut digits = [0; 32];
    let trace = trace_id(&request, &mut digits);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let span =
        tracing::info_span!("request", trace.id = trace, http.method = %method, http.path = request.uri().path());
    let mut response = match check_origin(&edge, &request) {
        // A panic of one request must not take the connection of the next ones with it.
        Ok(()) => match AssertUnwindSafe(next.run(request).instrument(span.clone())).catch_unwind().await {
            Ok(response) if is_plain_refusal(&response) => not_found().await.into_response(),
            Ok(response) => response,
            Err(_) => span.in_scope(|| ApiError::new("internal", "Something went wrong on our side.").into_response()),
        },
        Err(error) => span.in_scope(|| error.into_response()),
    };
    set_headers(&mut response, trace);
    let route = route.as_ref().map_or("none", |route| route.as_str());
    measure::note(route, &method, response.status(), began.elapsed());
    if response.status().is_server_error() {
        span.in_scope(|| tracing::warn!(http.status = response.status().as_u16(), http.route = route, "Answered"));
    }
    response
}

/// The caller's trace id (W3C Trace Context), or a new one.
fn trace_id<'a>(request: &Request, digits: &'a mut [u8; 32]) -> &'a str {
    let theirs = request.headers().get(&TRACEPARENT).map(HeaderValue::as_bytes);
    let theirs = theirs.and_then(|text| text.split(|byte| *byte == b'-').nth(1)).filter(|id| {
        id.len() == digits.len() && id.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte))
    });
    match theirs {
        Some(theirs) => digits.copy_from_slice(theirs),
        None => {
            let random: u128 = rand::rng().random();
            for (place, digit) in digits.iter_mut().enumerate() {
                *digit = b"0123456789abcdef"[(random >> (place * 4)) as usize & 15];
            }
        }
    }
    std::str::from_utf8(digits).unwrap_or_default()
}

/// A browser says where a request comes from. Nothing that changes something, and no socket, is taken from elsewhere.
fn check_origin(edge: &Edge, request: &Request) -> Result<(), ApiError> {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return Ok(()) };
    let upgrade = request.headers().contains_key(header::UPGRADE);
    if !upgrade && matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let allowed = origin.to_str().is_ok_and(|origin| edge.options.server.allows_origin(origin));
    if allowed { Ok(()) } else { Err(ApiError::new("origin_not_allowed", "This site may not do that.")) }
}

fn set_headers(response: &mut Response, trace: &str) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(trace) {
        headers.insert(TRACE_ID.clone(), value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let data = headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().ends_with(b"json"));
    if !data {
        // Only what a browser shows as a page has scripts to restrain.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// A path that is not UTF-8 is refused in plain text before any handler is asked: it names nothing that exists.
fn is_plain_refusal(response: &Response) -> bool {
    let plain = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/plain");
    response.status() == StatusCode::BAD_REQUEST && response.headers().get(header::CONTENT_TYPE).is_some_and(plain)
}

/// The answer to a path nobody serves.
pub async fn not_found() -> ApiError {
    ApiError::new("not_found", "There is nothing here.")
}

/// The answer to a method a path does not have.
pub async fn method_not_allowed() -> ApiError {
    ApiError::new("method_not_allowed", "This cannot be done here.")
}
