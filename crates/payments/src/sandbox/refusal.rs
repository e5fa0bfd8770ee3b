//! Why the provider says no, as an answer of its API.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::ledger::LedgerError;

/// A definite no (4xx), or a not-now (5xx).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    Unauthorised,
    KeyMissing,
    KeyReused,
    RequestInvalid(String),
    PaymentUnknown,
    OrderHasPayment,
    AmountInvalid,
    CurrencyDiffers,
    NotCaptured,
    RefundExceedsCapture,
    ToldToFail,
    Ledger(LedgerError),
}

impl Refusal {
    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unauthorised => (StatusCode::UNAUTHORIZED, "unauthorised"),
            Self::KeyMissing => (StatusCode::BAD_REQUEST, "idempotency_key_missing"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
            Self::RequestInvalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "request_invalid"),
            Self::PaymentUnknown => (StatusCode::NOT_FOUND, "payment_unknown"),
            Self::OrderHasPayment => (StatusCode::CONFLICT, "order_has_payment"),
            Self::AmountInvalid => (StatusCode::UNPROCESSABLE_ENTITY, "amount_invalid"),
            Self::CurrencyDiffers => (StatusCode::UNPROCESSABLE_ENTITY, "currency_differs"),
            Self::NotCaptured => (StatusCode::CONFLICT, "payment_not_captured"),
            Self::RefundExceedsCapture => (StatusCode::CONFLICT, "refund_exceeds_capture"),
            Self::ToldToFail => (StatusCode::INTERNAL_SERVER_ERROR, "told_to_fail"),
            Self::Ledger(LedgerError::Busy) => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Ledger(LedgerError::Stopped) => (StatusCode::SERVICE_UNAVAILABLE, "stopped"),
        }
    }

    fn sentence(&self) -> String {
        let sentence = match self {
            Self::Unauthorised => "The API key is missing or not the right one.",
            Self::KeyMissing => "This request needs an Idempotency-Key of 1 to 255 visible characters.",
            Self::KeyReused => "This Idempotency-Key was used for a request with another content.",
            Self::RequestInvalid(detail) => return detail.clone(),
            Self::PaymentUnknown => "There is no payment of this order.",
            Self::OrderHasPayment => "This order has a payment already, opened under another Idempotency-Key.",
            Self::AmountInvalid => "The amount must be above zero.",
            Self::CurrencyDiffers => "The payment was made in another currency.",
            Self::NotCaptured => "Nothing was captured that could be given back.",
            Self::RefundExceedsCapture => "That is more than is left of the captured amount.",
            Self::ToldToFail => "The sandbox was told to fail.",
            Self::Ledger(LedgerError::Busy) => "Too many requests are waiting. Nothing was done; try again.",
            Self::Ledger(LedgerError::Stopped) => "The ledger has stopped. Whether this was done is unknown.",
        };
        sentence.to_owned()
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        let body = json!({
            "type": format!("/docs/errors/{code}"),
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "code": code,
            "detail": self.sentence(),
        });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
