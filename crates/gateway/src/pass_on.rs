//! What a gateway does not answer itself goes to its engine over HTTP, and comes back unchanged.

use std::net::SocketAddr;
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

/// The engine's HTTP server.
#[derive(Clone)]
pub struct PassOn {
    client: Client<HttpConnector, Body>,
    engine: Authority,
}

impl PassOn {
    /// Passes on to the server of this origin, `http://host:port`.
    ///
    /// # Errors
    /// `setting_invalid`, when that is no such origin.
    pub fn new(origin: &str) -> Result<Self, Problem> {
        let invalid = || Problem::new("setting_invalid", "cluster.engine_http must be an http origin.");
        let authority = origin.strip_prefix("http://").ok_or_else(invalid)?;
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_PATIENCE));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .build(connector);
        Ok(Self { client, engine: authority.parse().map_err(|_| invalid())? })
    }
}

/// Passes a request on.
pub async fn pass_on(
    State(engine): State<PassOn>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    mut request: Request,
) -> Result<Response, ApiError> {
    let away =
        || ApiError::from(Problem::new("sale_unavailable", "We are reconnecting. Your place is safe; try again."));
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    (parts.scheme, parts.authority) = (Some(Scheme::HTTP), Some(engine.engine.clone()));
    *request.uri_mut() = Uri::from_parts(parts).map_err(|_| away())?;
    strip(request.headers_mut());
    if let Ok(address) = HeaderValue::from_str(&from.ip().to_canonical().to_string()) {
        request.headers_mut().append(FORWARDED_FOR, address);
    }
    let answer = tokio::time::timeout(PATIENCE, engine.client.request(request)).await;
    let Ok(Ok(mut answer)) = answer else {
        if let Ok(Err(error)) = answer {
            tracing::warn!(%error, "The engine cannot be asked");
        }
        return Err(away());
    };
    strip(answer.headers_mut());
    Ok(answer.into_response())
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
