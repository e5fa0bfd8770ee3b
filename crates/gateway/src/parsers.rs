//! What the edge makes of bytes from outside, without a server around it: for the fuzz targets in `crates/hostile`.
//!
//! Each function reads one input the way the routes do, as everything that a route reads of that kind. What comes of it
//! is thrown away; that nothing panics is what is looked for.

use std::net::{IpAddr, Ipv4Addr};

use ::sale::Command;
use axum::body::Body;
use axum::extract::{Form, FromRequest, FromRequestParts};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Version, header};
use axum::response::IntoResponse;
use domain::AccountId;
use futures_util::FutureExt;
use serde::de::DeserializeOwned;

use crate::edge::body::Json;
use crate::edge::client_address::behind;
use crate::edge::idempotency::Key;
use crate::edge::identity::session_token;
use crate::edge::query::Query;
use crate::live::handshake::accept;
use crate::plain::{PlainQuery, Wanted};
use crate::routes::{account, buyers, check_in, conduct, event, hold, line, operator, organiser, own, sale};

/// Headers of one request that are looked at.
const HEADERS_MAX: usize = 64;

fn request(kind: &'static str, body: &[u8]) -> Request<Body> {
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = axum::http::Method::POST;
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    request
}

/// The forms of the page without scripts.
pub fn form(body: &[u8]) {
    fn read<T: DeserializeOwned>(body: &[u8]) {
        let _ = Form::<T>::from_request(request("application/x-www-form-urlencoded", body), &()).now_or_never();
    }
    read::<Wanted>(body);
    read::<account::SignIn>(body);
}

/// Every JSON body there is.
pub fn json(body: &[u8]) {
    fn read<T: DeserializeOwned>(body: &[u8]) {
        let read = Json::<T>::from_request(request("application/json", body), &()).now_or_never();
        if let Some(Err(error)) = read {
            let _ = error.into_response();
        }
    }
    read::<account::SignIn>(body);
    read::<account::SignUp>(body);
    read::<account::ProfileBody>(body);
    read::<account::NewPassword>(body);
    read::<hold::ChoiceBody>(body);
    read::<check_in::Scan>(body);
    read::<conduct::NewLobby>(body);
    read::<conduct::NewAnnouncement>(body);
    read::<operator::NewRole>(body);
    read::<organiser::NewEvent>(body);
    read::<organiser::NewVenue>(body);
    read::<organiser::NewPerformance>(body);
    read::<organiser::NewSale>(body);
    read::<organiser::NewPace>(body);
    read::<organiser::PlacesBody>(body);
}

/// Every query string there is.
pub fn query(text: &str) {
    fn read<T: DeserializeOwned>(text: &str) {
        let Ok(uri) = format!("/?{text}").parse() else { return };
        let mut request = Request::new(());
        *request.uri_mut() = uri;
        let _ = Query::<T>::from_request_parts(&mut request.into_parts().0, &()).now_or_never();
    }
    read::<crate::routes::PageQuery>(text);
    read::<buyers::OrdersQuery>(text);
    read::<event::SearchQuery>(text);
    read::<line::PositionsQuery>(text);
    read::<organiser::PlanQuery>(text);
    read::<own::OwnQuery>(text);
    read::<sale::SinceQuery>(text);
    read::<PlainQuery>(text);
}

/// The headers that the edge reads: one per line, the name before the first colon.
pub fn headers(text: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n').take(HEADERS_MAX) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(&line[colon + 1..]));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let _ = session_token(&headers);
    let _ = accept(&Method::GET, Version::HTTP_11, &headers);
    let _ = behind(IpAddr::V4(Ipv4Addr::LOCALHOST), &headers, |_| true);
    let mut request = Request::new(());
    *request.headers_mut() = headers;
    let (mut parts, ()) = request.into_parts();
    if let Some(Ok(key)) = Key::from_request_parts(&mut parts, &()).now_or_never() {
        let _ = key.request(AccountId::new(1), Command::Join { account: AccountId::new(1) });
    }
}
