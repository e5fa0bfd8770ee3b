//! What the payment provider tells by itself.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use payments::webhook;

use crate::app::App;
use crate::cluster::away;
use crate::edge::body::read;
use crate::problem::{ApiError, ApiResult, ProblemBody};

/// Takes a signed event. The provider repeats it until it is acknowledged, which is after it is durable here.
#[utoipa::path(post, path = "/v1/payments/webhook", tag = "payments", request_body = String, responses(
    (status = 204), (status = 401, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub async fn webhook(State(app): State<App>, headers: HeaderMap, body: Body) -> ApiResult<StatusCode> {
    let bytes = read(body, webhook::EVENT_BYTES_MAX).await?;
    let signature = headers.get(webhook::SIGNATURE_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let verified = webhook::verify(&app.options.webhook_secrets, signature, &bytes, app.now(), webhook::TOLERANCE);
    let event = verified.map_err(|error| {
        tracing::warn!(%error, "A webhook was refused");
        metrics::counter!("onsale_webhooks_refused_total").increment(1);
        ApiError::new("webhook_refused", "The signature is not accepted.")
    })?;
    sabotage::crash_point("webhook.verified");
    app.checkout.receive(&event).await?;
    // Asked only now: a sale that goes meanwhile is no sale of this engine any more before its writer ends.
    if app.is_elsewhere(event.order.sale()) {
        return Err(away().into());
    }
    sabotage::crash_point("webhook.recorded");
    Ok(StatusCode::NO_CONTENT)
}
