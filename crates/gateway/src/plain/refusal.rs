//! What went wrong, as a page: in the reader's language, with what to do next. Whatever a route of the page without
//! scripts refuses, and whatever stands before it, comes out this way.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::limits;
use serde::Deserialize;

use super::page::{html, sign_in_form};
use super::path;
use crate::texts::{Language, escaped};

/// What is read of the address.
struct Asked {
    language: Language,
    /// Of the page that the request belongs to.
    path: String,
}

/// What a refusal says to a program.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    code: String,
    detail: String,
}

/// Answers a refusal with a page.
pub async fn as_page(request: Request, next: Next) -> Response {
    let asked = Asked::of(request.uri().path(), request.uri().query(), request.headers());
    let response = next.run(request).await;
    let refused = response.status().is_client_error() || response.status().is_server_error();
    let page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if refused && !page { asked.page(response).await } else { response }
}

impl Asked {
    fn of(address: &str, query: Option<&str>, headers: &HeaderMap) -> Self {
        let named = query.unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("lang="));
        let sale = address.strip_prefix("/sales/").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        Self { language: Language::of(named, headers), path: path(sale, named) }
    }

    async fn page(&self, refusal: Response) -> Response {
        let (mut parts, body) = refusal.into_parts();
        let body = axum::body::to_bytes(body, limits::REQUEST_BODY_BYTES_MAX).await.unwrap_or_default();
        // A form that cannot be read is refused in plain text, before there is a code.
        let told: Told = serde_json::from_slice(&body).unwrap_or_default();
        let response =
            html(self.language, &self.path, &self.language.say("plain.title"), None, &self.words(&told, parts.status));
        let (page, body) = response.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.extend(page.headers);
        Response::from_parts(parts, body)
    }

    fn words(&self, told: &Told, status: StatusCode) -> String {
        let (language, code) = (self.language, told.code.as_str());
        let ours = language.find(&format!("problem.{code}"));
        let theirs = Some(told.detail.clone()).filter(|detail| language == Language::English && !detail.is_empty());
        let unread = status.is_client_error() && code.is_empty();
        let unknown = if unread { "plain.form_unreadable" } else { "problem.unknown" };
        let what = theirs.or(ours).unwrap_or_else(|| language.say(unknown));
        let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        let next = [format!("plain.next.{code}"), format!("next.{code}")];
        let next = next.iter().find_map(|key| language.find(key));
        let next = next.unwrap_or_else(|| language.say(if passing { "next.passing" } else { "plain.next" }));
        let sign_in = if matches!(code, "not_signed_in" | "credentials_wrong") {
            sign_in_form(language, &self.path)
        } else {
            String::new()
        };
        format!(
            "<section class=\"panel\"><div class=\"notice problem\" role=\"alert\"><p class=\"notice-what\">{}</p><p>{}</p>\
             </div>{sign_in}<p><a class=\"button\" href=\"{}\">{}</a></p></section>",
            escaped(&what),
            escaped(&next),
            self.path,
            language.say("plain.back")
        )
    }
}
