//! The WebSocket handshake (RFC 6455, section 4.2), done by hand: what follows it is not one task per connection.

use std::net::TcpStream;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::response::Response;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::problem::ApiError;

/// A request that asks for a WebSocket and can have one.
pub struct Handshake {
    accept: HeaderValue,
    on_upgrade: OnUpgrade,
}

/// A connection whose handshake is done.
pub(super) struct Shaken {
    pub(super) socket: TcpStream,
    /// What the client sent right behind its request.
    pub(super) leftover: Vec<u8>,
}

impl<S: Send + Sync> FromRequestParts<S> for Handshake {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::of(parts).ok_or_else(|| ApiError::new("socket_expected", "This address speaks WebSocket only."))
    }
}

impl Handshake {
    fn of(parts: &mut Parts) -> Option<Self> {
        let accept = accept(&parts.method, parts.version, &parts.headers)?;
        Some(Self { accept, on_upgrade: parts.extensions.remove()? })
    }

    /// The answer, and what becomes of the connection after it.
    pub(super) fn split(self) -> (Response, OnUpgrade) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, self.accept);
        (response, self.on_upgrade)
    }
}

/// The bare socket of an upgraded connection; `None` if it is anything but a TCP connection.
pub(super) fn socket(upgraded: Upgraded) -> Option<Shaken> {
    let parts = upgraded.downcast::<TokioIo<tokio::net::TcpStream>>().ok()?;
    let socket = parts.io.into_inner().into_std().ok()?;
    Some(Shaken { socket, leftover: parts.read_buf.to_vec() })
}

/// What proves to the client that it was understood; `None` if it did not ask for a WebSocket.
pub(crate) fn accept(method: &Method, version: Version, headers: &HeaderMap) -> Option<HeaderValue> {
    let says = |name: HeaderName, word: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    };
    let asks = *method == Method::GET
        && version == Version::HTTP_11
        && says(header::CONNECTION, "upgrade")
        && says(header::UPGRADE, "websocket")
        && says(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asks)?;
    derive_accept_key(key.as_bytes()).try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking() -> HeaderMap {
        [
            (header::CONNECTION, "keep-alive, Upgrade"),
            (header::UPGRADE, "WebSocket"),
            (header::SEC_WEBSOCKET_VERSION, "13"),
            (header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .into_iter()
        .collect()
    }

    #[test]
    fn the_example_of_the_standard_is_answered_as_there() {
        let accepted = accept(&Method::GET, Version::HTTP_11, &asking());
        assert_eq!(accepted, Some(HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    }

    #[test]
    fn whoever_leaves_something_out_has_not_asked() {
        for name in asking().keys() {
            let mut headers = asking();
            headers.remove(name);
            assert_eq!(accept(&Method::GET, Version::HTTP_11, &headers), None, "{name}");
        }
        assert_eq!(accept(&Method::POST, Version::HTTP_11, &asking()), None);
        assert_eq!(accept(&Method::GET, Version::HTTP_10, &asking()), None);
    }
}
