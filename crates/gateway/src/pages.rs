//! The pages and what they load, embedded in the binary.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::RustEmbed;

use crate::edge::cache::cached;
use crate::problem::ApiError;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web"]
#[exclude = "README.md"]
struct Web;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../docs/errors"]
#[include = "*.md"]
struct ErrorPages;

/// What an error means: the page that `type` of a problem names.
pub async fn error(headers: HeaderMap, Path(code): Path<String>) -> Response {
    match ErrorPages::get(&format!("{code}.md")) {
        Some(found) => cached(&headers, found.data.into_owned(), "text/plain; charset=utf-8", "public, max-age=3600"),
        None => not_found(),
    }
}

fn not_found() -> Response {
    ApiError::new("not_found", "There is nothing here.").into_response()
}

/// The live board.
pub async fn board(headers: HeaderMap) -> Response {
    file(&headers, "index.html")
}

/// A fan's page of a sale. Whoever has no scripts is led to the page that needs none.
pub async fn sale(headers: HeaderMap, Path(sale): Path<String>) -> Response {
    let Some(found) = Web::get("sale.html") else { return not_found() };
    let sale: String = sale.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '_').collect();
    let page = String::from_utf8_lossy(&found.data).replace("%sale%", &sale);
    cached(&headers, page, "text/html; charset=utf-8", "no-cache")
}

/// What became of an order.
pub async fn order(headers: HeaderMap) -> Response {
    file(&headers, "order.html")
}

/// A fan's tickets.
pub async fn tickets(headers: HeaderMap) -> Response {
    file(&headers, "tickets.html")
}

/// Whatever the pages load.
pub async fn asset(headers: HeaderMap, Path(path): Path<String>) -> Response {
    if path.ends_with(".html") { Redirect::to("/").into_response() } else { file(&headers, &path) }
}

fn file(headers: &HeaderMap, path: &str) -> Response {
    let Some(found) = Web::get(path) else { return not_found() };
    let kind = match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    };
    // A name stays while its content changes with the version, so it is asked for each time and usually not sent.
    let mut response = cached(headers, found.data.into_owned(), kind, "no-cache");
    if response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}
