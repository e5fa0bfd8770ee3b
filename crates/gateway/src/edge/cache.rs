//! ETags: an answer that has not changed is not sent again.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// A JSON answer that clients and caches may keep for `max_age_s`, with an ETag of its content.
pub fn cached_json(headers: &HeaderMap, body: impl Into<Bytes>, max_age_s: u32) -> Response {
    cached(headers, body, "application/json", &format!("public, max-age={max_age_s}"))
}

/// An answer with an ETag of its content; 304 if the client has it.
pub fn cached(headers: &HeaderMap, body: impl Into<Bytes>, kind: &'static str, control: &str) -> Response {
    let body: Bytes = body.into();
    let digest = Sha256::digest(&body);
    tagged(headers, body, digest.into(), kind, control)
}

/// The same for a content whose SHA-256 is known.
pub fn tagged(headers: &HeaderMap, body: Bytes, digest: [u8; 32], kind: &'static str, control: &str) -> Response {
    let tag = format!(
        "\"{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}\"",
        digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]
    );
    let has = |value: &HeaderValue| {
        // A compressing layer or proxy weakens the tag; the content is the same.
        value.to_str().is_ok_and(|tags| tags.split(',').any(|it| it.trim().trim_start_matches("W/") == tag))
    };
    let mut response = if headers.get_all(header::IF_NONE_MATCH).iter().any(has) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind)], body).into_response()
    };
    if let (Ok(tag), Ok(control)) = (HeaderValue::from_str(&tag), HeaderValue::from_str(control)) {
        response.headers_mut().insert(header::ETAG, tag);
        response.headers_mut().insert(header::CACHE_CONTROL, control);
    }
    response
}
