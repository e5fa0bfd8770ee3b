//! The outermost layer: names the request, refuses foreign origins, measures, and sets the headers of every answer.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pin_project_lite::pin_project;
use rand::RngExt;
use tower::{Layer, Service};
use tracing::Span;

use super::measure;
use crate::edge_state::Edge;
use crate::problem::ApiError;

static TRACE_ID: HeaderName = HeaderName::from_static("trace-id");
static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Everything a page of ours may load comes from here; live updates go over WebSocket.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

/// Puts the shell around a service.
///
/// A layer of its own type, where `middleware::from_fn` would be shorter: that boxes each request twice more.
#[derive(Clone)]
pub struct ShellLayer {
    edge: Edge,
}

impl ShellLayer {
    /// The shell of this edge.
    pub fn new(edge: Edge) -> Self {
        Self { edge }
    }
}

impl<S> Layer<S> for ShellLayer {
    type Service = Shell<S>;

    fn layer(&self, inner: S) -> Shell<S> {
        Shell { edge: self.edge.clone(), inner }
    }
}

/// What is around every request.
#[derive(Clone)]
pub struct Shell<S> {
    edge: Edge,
    inner: S,
}

impl<S> Service<Request> for Shell<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Shelled<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let route = request.extensions().get::<MatchedPath>().cloned();
        around(&self.edge, route.map_or(Route::None, Route::Matched), request, |request| self.inner.call(request))
    }
}

/// Puts the shell around what `ask` makes of the request.
pub fn around<F>(edge: &Edge, route: Route, request: Request, ask: impl FnOnce(Request) -> F) -> Shelled<F> {
    let began = Instant::now();
    let trace = TraceId::of(&request);
    let method = request.method().clone();
    let path = request.uri().path();
    let span = tracing::info_span!("request", trace.id = trace.text(), http.method = %method, http.path = path);
    let asked = match check_origin(edge, &request) {
        Ok(()) => Asked::Inner { answer: ask(request) },
        Err(error) => Asked::Refused { error: Some(error) },
    };
    Shelled { asked, around: Around { began, trace, method, route, span } }
}

/// The pattern of a request's path, by which it is measured.
pub enum Route {
    /// The router found it.
    Matched(MatchedPath),
    /// Known without the router.
    Known(&'static str),
    /// There is none.
    None,
}

impl Route {
    fn as_str(&self) -> &str {
        match self {
            Self::Matched(path) => path.as_str(),
            Self::Known(path) => path,
            Self::None => "none",
        }
    }
}

/// What is known of a request while it is being answered.
struct Around {
    began: Instant,
    trace: TraceId,
    method: Method,
    route: Route,
    span: Span,
}

pin_project! {
    /// A request on its way.
    pub struct Shelled<F> {
        #[pin]
        asked: Asked<F>,
        around: Around,
    }
}

pin_project! {
    #[project = AskedProjected]
    enum Asked<F> {
        Inner { #[pin] answer: F },
        Refused { error: Option<ApiError> },
    }
}

impl<F> Future for Shelled<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _in_span = this.around.span.enter();
        let response = match this.asked.project() {
            AskedProjected::Refused { error } => error.take().map(IntoResponse::into_response).unwrap_or_default(),
            // A panic of one request must not take the connection of the next ones with it.
            AskedProjected::Inner { answer } => match catch_unwind(AssertUnwindSafe(|| answer.poll(cx))) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(Ok(response))) if is_plain_refusal(&response) => not_found_problem().into_response(),
                Ok(Poll::Ready(Ok(response))) => response,
                Ok(Poll::Ready(Err(never))) => match never {},
                Err(_) => ApiError::new("internal", "Something went wrong on our side.").into_response(),
            },
        };
        Poll::Ready(Ok(this.around.finish(response)))
    }
}

impl Around {
    /// Measures, and sets the headers of every answer.
    fn finish(&self, mut response: Response) -> Response {
        set_headers(&mut response, &self.trace);
        let route = self.route.as_str();
        measure::note(route, &self.method, response.status(), self.began.elapsed());
        if response.status().is_server_error() {
            tracing::warn!(http.status = response.status().as_u16(), http.route = route, "Answered");
        }
        response
    }
}

/// 32 hexadecimal digits (W3C Trace Context).
struct TraceId([u8; 32]);

impl TraceId {
    /// The caller's, or a new one.
    fn of(request: &Request) -> Self {
        let theirs = request.headers().get(&TRACEPARENT).map(HeaderValue::as_bytes);
        let theirs = theirs.and_then(|text| text.split(|byte| *byte == b'-').nth(1));
        let theirs = theirs.and_then(|id| <[u8; 32]>::try_from(id).ok());
        let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        match theirs.filter(|id| id.iter().all(is_digit)) {
            Some(theirs) => Self(theirs),
            None => {
                let random: u128 = rand::rng().random();
                Self(std::array::from_fn(|place| b"0123456789abcdef"[(random >> (place * 4)) as usize & 15]))
            }
        }
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
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

fn set_headers(response: &mut Response, trace: &TraceId) {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_bytes(&trace.0) {
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
    not_found_problem()
}

fn not_found_problem() -> ApiError {
    ApiError::new("not_found", "There is nothing here.")
}

/// The answer to a method a path does not have.
pub async fn method_not_allowed() -> ApiError {
    ApiError::new("method_not_allowed", "This cannot be done here.")
}
