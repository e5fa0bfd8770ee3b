//! The pages and what they load, embedded in the binary as `web` was built.

use std::borrow::Cow;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use crate::edge::cache::{cached, tagged};
use crate::problem::ApiError;

/// What a build of `web` wrote; empty until there was one.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
#[allow_missing = true]
struct Web;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../docs/errors"]
#[include = "*.md"]
struct ErrorPages;

/// Names with a hash of their content never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A name that stays while its content changes with the version is asked for each time, and usually not sent.
const ASK: &str = "no-cache";
/// What a page shows twice, at once: asked for again only tomorrow.
const A_DAY: &str = "public, max-age=86400";
/// What the page without scripts looks like; the others have it in their own styles.
const BASE: &str = include_str!("../../../web/src/style/base.css");
/// Said where a page should be.
const NOT_BUILT: &str = "The pages were not built into this program: run `cargo xtask web` and build it again.\n";

/// Every page at its address, and everything pages load. The same list is in `web/routes.ts`, for developing.
pub fn pages<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let page = |name: &'static str| get(move |headers: HeaderMap| async move { page(&headers, name) });
    Router::new()
        .route("/", page("index.html"))
        .route("/events/{event}", page("event.html"))
        .route("/sales/{sale}", get(sale))
        .route("/sales/{sale}/board", page("board.html"))
        .route("/orders/{order}", page("order.html"))
        .route("/tickets", page("tickets.html"))
        .route("/account", page("account.html"))
        .route("/organiser", page("organiser.html"))
        .route("/organiser/{*rest}", page("organiser.html"))
        .route("/operator", page("operator.html"))
        .route("/check-in", page("check-in.html"))
        .route("/assets/{*path}", get(asset))
        .route("/mark.svg", get(|headers: HeaderMap| async move { file(&headers, "mark.svg", A_DAY) }))
        .route(
            "/base.css",
            get(|headers: HeaderMap| async move { cached(&headers, BASE, "text/css; charset=utf-8", ASK) }),
        )
        .route("/worker.js", get(|headers: HeaderMap| async move { file(&headers, "worker.js", ASK) }))
}

/// What an error means: the page that `type` of a problem names.
pub async fn error(headers: HeaderMap, Path(code): Path<String>) -> Response {
    match ErrorPages::get(&format!("{code}.md")) {
        Some(found) => cached(&headers, found.data.into_owned(), "text/plain; charset=utf-8", "public, max-age=3600"),
        None => not_found(),
    }
}

/// A fan's page of a sale. Whoever has no scripts is led to the page that needs none.
async fn sale(headers: HeaderMap, Path(sale): Path<String>) -> Response {
    let Some(found) = Web::get("sale.html") else { return not_built() };
    let sale: String = sale.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '_').collect();
    let page = String::from_utf8_lossy(&found.data).replace("%sale%", &sale);
    cached(&headers, page, "text/html; charset=utf-8", ASK)
}

async fn asset(headers: HeaderMap, Path(path): Path<String>) -> Response {
    file(&headers, &format!("assets/{path}"), FOR_EVER)
}

fn page(headers: &HeaderMap, name: &str) -> Response {
    if Web::get(name).is_none() { not_built() } else { file(headers, name, ASK) }
}

/// A file of the build, in brotli for whoever reads that.
fn file(headers: &HeaderMap, path: &str, control: &'static str) -> Response {
    let small = reads_brotli(headers).then(|| Web::get(&format!("{path}.br"))).flatten();
    let (found, coded) = match small {
        Some(small) => (Some(small), true),
        None => (Web::get(path), false),
    };
    let Some(found) = found else { return not_found() };
    let kind = match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    };
    let bytes: Bytes = match found.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    // Taken when the program was built: a crowd's page is not hashed again for each of them.
    let mut response = tagged(headers, bytes, found.metadata.sha256_hash(), kind, control);
    let said = response.headers_mut();
    said.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if coded {
        said.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    if response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_ENCODING);
    }
    response
}

fn reads_brotli(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next() == Some("br") && parts.all(|part| part != "q=0")
        })
    })
}

fn not_found() -> Response {
    ApiError::new("not_found", "There is nothing here.").into_response()
}

fn not_built() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_sent_to_whom_reads_it() {
        let reads = |value: &'static str| {
            reads_brotli(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
        };
        assert!(reads("gzip, deflate, br") && reads("br;q=0.5"));
        assert!(
            !reads("gzip, deflate") && !reads("br;q=0, gzip") && !reads("brotli") && !reads_brotli(&HeaderMap::new())
        );
    }
}
