//! What a gateway does not answer itself goes to its engine over HTTP, and comes back unchanged.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::uri::{Authority, Scheme, Uri};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::Problem;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::cluster::away;
use crate::edge::client_address::FORWARDED_FOR;
use crate::problem::ApiError;

/// How long the engine has to begin its answer; the longest of its own waits is a payment page's 3 s.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a connection may take to open.
const CONNECT_PATIENCE: Duration = Duration::from_secs(2);
/// An unused connection is given up before the engine would close it (`serve::PATIENCE`).
const IDLE_MAX: Duration = Duration::from_secs(60);
/// Headers between two neighbours, which are not passed on (RFC 9110, section 7.6.1).
const BETWEEN_NEIGHBOURS: [HeaderName; 6] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Passes requests on to engines' HTTP servers.
#[derive(Clone)]
pub struct PassOn {
    client: Client<HttpConnector, Body>,
}

/// The engines of a gateway, each an origin `http://host:port`. Whichever answers is asked; engines know among
/// themselves which has what.
#[derive(Clone)]
pub struct Engines {
    pass: PassOn,
    origins: Arc<Vec<String>>,
    /// How often one did not answer.
    turn: Arc<AtomicUsize>,
}

impl Default for PassOn {
    fn default() -> Self {
        Self::new()
    }
}

impl PassOn {
    /// With connections of its own.
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_PATIENCE));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .build(connector);
        Self { client }
    }

    /// Passes a request on to the server of this origin, `http://host:port`.
    ///
    /// # Errors
    /// `sale_unavailable`: it does not answer.
    pub async fn to(&self, origin: &str, mut request: Request) -> Result<Response, ApiError> {
        let authority: Authority = authority(origin).ok_or_else(away)?;
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        (parts.scheme, parts.authority) = (Some(Scheme::HTTP), Some(authority));
        *request.uri_mut() = Uri::from_parts(parts).map_err(|_| away())?;
        let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip().to_canonical());
        strip(request.headers_mut());
        if let Some(Ok(address)) = from.map(|from| HeaderValue::from_str(&from.to_string())) {
            request.headers_mut().append(FORWARDED_FOR, address);
        }
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request)).await;
        let Ok(Ok(mut answer)) = answer else {
            if let Ok(Err(error)) = answer {
                tracing::warn!(%error, "An engine cannot be asked");
            }
            return Err(away().into());
        };
        strip(answer.headers_mut());
        Ok(answer.into_response())
    }
}

impl Engines {
    /// Passes on to these.
    ///
    /// # Errors
    /// `setting_invalid`, when one is no such origin, or there is none.
    pub fn new(origins: &[String]) -> Result<Self, Problem> {
        let sound = !origins.is_empty() && origins.iter().all(|origin| authority(origin).is_some());
        let origins = Arc::new(origins.to_vec());
        let engines = Self { pass: PassOn::new(), origins, turn: Arc::default() };
        let sentence = "cluster.engines_http must be one http origin or more.";
        sound.then_some(engines).ok_or_else(|| Problem::new("setting_invalid", sentence))
    }
}

fn authority(origin: &str) -> Option<Authority> {
    origin.strip_prefix("http://")?.parse().ok()
}

/// Passes a request on. It is not sent twice: what became of one without an answer is not known. The next request goes
/// to the next engine then.
pub async fn pass_on(State(engines): State<Engines>, request: Request) -> Result<Response, ApiError> {
    let turn = engines.turn.load(Ordering::Relaxed);
    let answer = engines.pass.to(&engines.origins[turn % engines.origins.len()], request).await;
    if answer.is_err() {
        // One step, however many requests have failed together.
        let _ = engines.turn.compare_exchange(turn, turn.wrapping_add(1), Ordering::Relaxed, Ordering::Relaxed);
    }
    answer
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&BETWEEN_NEIGHBOURS) {
        headers.remove(name);
    }
}
