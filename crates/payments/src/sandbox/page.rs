//! The hosted payment page: plain HTML without script, in English or Korean.

mod text;
mod view;

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::api::App;
use super::cashier::{Card, Verdict};
use super::clock::now;
use super::records::PaymentRecord;
use super::refusal::Refusal;
use text::{Language, Notice, Texts};

/// Headers of everything a browser gets.
const SAFE: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

#[derive(Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    card: String,
    #[serde(default)]
    action: String,
}

/// `GET /pay/{payment}`
pub(super) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let texts = texts(&headers);
    match app.cashier.look_up(id).await {
        Ok(record) => {
            let notice = view::notice_of(&record, now());
            page(StatusCode::OK, texts, &record, notice)
        }
        Err(refusal) => refused(refusal, texts),
    }
}

/// `POST /pay/{payment}`: pays with a card, or gives up.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Response {
    let texts = texts(&headers);
    match submitted(&app, id, &choice).await {
        Ok(Submitted::Back(return_url)) => {
            (StatusCode::SEE_OTHER, SAFE, [(header::LOCATION, return_url)]).into_response()
        }
        Ok(Submitted::Stay(status, record, notice)) => page(status, texts, &record, Some(notice)),
        Err(refusal) => refused(refusal, texts),
    }
}

enum Submitted {
    Back(String),
    Stay(StatusCode, PaymentRecord, Notice),
}

async fn submitted(app: &App, id: String, choice: &Choice) -> Result<Submitted, Refusal> {
    let at = now();
    let fate = app.dice.event_fate(at);
    let outcome = if choice.action == "cancel" {
        app.cashier.give_up(id, fate, at).await?
    } else {
        let Some(card) = card(&choice.card) else {
            let record = app.cashier.look_up(id).await?;
            return Ok(Submitted::Stay(StatusCode::UNPROCESSABLE_ENTITY, record, Notice::CardUnknown));
        };
        let late = app.dice.roll(app.dice.behaviour().capture_late);
        app.cashier.pay(id, card, late, fate, at).await?
    };
    app.webhook_first(outcome.event, &fate).await;
    Ok(match outcome.verdict {
        Verdict::Paid | Verdict::Cancelled => Submitted::Back(outcome.record.return_url),
        Verdict::Declined => Submitted::Stay(StatusCode::PAYMENT_REQUIRED, outcome.record, Notice::Declined),
        Verdict::NoLongerWanted => Submitted::Stay(StatusCode::CONFLICT, outcome.record, Notice::Cancelled),
        Verdict::Expired => Submitted::Stay(StatusCode::GONE, outcome.record, Notice::Expired),
    })
}

/// `GET /style.css`
pub(super) async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, [(header::X_CONTENT_TYPE_OPTIONS, "nosniff")], include_str!("page/style.css")).into_response()
}

fn texts(headers: &HeaderMap) -> &'static Texts {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Language::preferred(wanted).texts()
}

fn card(number: &str) -> Option<Card> {
    let digits: String = number.chars().filter(|character| !matches!(character, ' ' | '-')).take(20).collect();
    match digits.as_str() {
        "4242424242424242" => Some(Card::Good),
        "4000000000000002" => Some(Card::Declined),
        _ => None,
    }
}

fn page(status: StatusCode, texts: &'static Texts, record: &PaymentRecord, notice: Option<Notice>) -> Response {
    html(status, texts, view::payment(texts, record, notice, now()), &form_targets(&record.return_url))
}

fn refused(refusal: Refusal, texts: &'static Texts) -> Response {
    if refusal == Refusal::PaymentUnknown {
        return html(StatusCode::NOT_FOUND, texts, view::message(texts, texts.unknown), "'self'");
    }
    html(StatusCode::SERVICE_UNAVAILABLE, texts, view::message(texts, texts.busy), "'self'")
}

fn html(status: StatusCode, texts: &Texts, body: String, form_targets: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action {form_targets}; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_LANGUAGE, texts.language),
        (header::VARY, "Accept-Language"),
    ];
    (status, SAFE, headers, [(header::CONTENT_SECURITY_POLICY, policy)], body).into_response()
}

/// Browsers apply `form-action` to the redirect after the form too, so the shop's origin is named.
fn form_targets(return_url: &str) -> String {
    let origin = reqwest::Url::parse(return_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    format!("'self' {origin}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_may_be_typed_with_spaces_or_dashes() {
        assert_eq!(card("4242 4242 4242 4242"), Some(Card::Good));
        assert_eq!(card("4000-0000-0000-0002"), Some(Card::Declined));
        assert_eq!(card(""), None);
        assert_eq!(card("42424242424242424242424242"), None);
    }

    #[test]
    fn the_form_may_lead_back_to_the_shop_and_nowhere_else() {
        assert_eq!(form_targets("https://shop.example/orders/1?a=b"), "'self' https://shop.example");
        assert_eq!(form_targets("http://127.0.0.1:8080/x"), "'self' http://127.0.0.1:8080");
    }
}
