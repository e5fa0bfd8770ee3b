//! Signed webhooks: what a provider tells by itself.
//!
//! `Onsale-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. The instant is that of the *signature*: a
//! delivery that is repeated hours later is signed anew. A verified event is a hint that comes at least once, late and
//! in any order; where the payment stands is what [`crate::PaymentProvider::find`] says.

use domain::{Duration, OrderId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::provider::Payment;
use crate::secret::Secret;

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "onsale-signature";
/// How far the instant of a signature may be from now, either way.
pub const TOLERANCE: Duration = Duration::from_mins(5);
/// Bytes of an event, at most.
pub const EVENT_BYTES_MAX: usize = 64 * 1024;
/// Bytes of the header, at most.
const HEADER_BYTES_MAX: usize = 1_024;
/// Signatures in one header, at most: a sender that rotates its secret sends two.
const SIGNATURES_MAX: usize = 8;

/// What a provider says happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderEvent {
    /// The same for every delivery of the event.
    pub id: String,
    /// What happened.
    pub kind: ProviderEventKind,
    /// To the payment of this order.
    pub order: OrderId,
    /// The payment as it was right after it.
    pub payment: Payment,
    /// When it happened.
    #[serde(rename = "created_at_ms")]
    pub created_at: Timestamp,
}

/// What may happen to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderEventKind {
    /// The money was taken.
    Captured,
    /// A card was declined; the payment is still open.
    Declined,
    /// It was cancelled, by the buyer or by us.
    Cancelled,
    /// Money was given back.
    Refunded,
}

/// Why a delivery is not believed. None of these says more than the sender of a forgery knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The header does not read `t=…,v1=…`.
    #[error("The signature header is not of the form t=…,v1=….")]
    HeaderMalformed,
    /// No secret gives this signature for this body.
    #[error("The signature does not belong to this body.")]
    SignatureWrong,
    /// The signature is right but too old, or from the future.
    #[error("The signature was made too long ago, or the clocks differ.")]
    SignatureStale,
    /// The body is signed but is not an event.
    #[error("The body is not an event.")]
    BodyMalformed,
}

impl WebhookError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::HeaderMalformed => "webhook_header_malformed",
            Self::SignatureWrong => "webhook_signature_wrong",
            Self::SignatureStale => "webhook_signature_stale",
            Self::BodyMalformed => "webhook_body_malformed",
        }
    }
}

/// The value of [`SIGNATURE_HEADER`] for this body, signed now.
pub fn sign(secret: &Secret, body: &[u8], now: Timestamp) -> String {
    let seconds = now.as_millis().div_euclid(1_000).to_string();
    let signature = mac(secret, &seconds, body).map(|mac| hex::encode(mac.finalize().into_bytes())).unwrap_or_default();
    format!("t={seconds},v1={signature}")
}

/// The event in `body`, if `header` holds a signature by one of `secrets` that is no further than `tolerance` from
/// `now`. Several secrets allow one to be replaced without losing a delivery.
///
/// # Errors
/// Says which check failed; the body is not looked at before its signature was found right.
pub fn verify(
    secrets: &[Secret],
    header: &str,
    body: &[u8],
    now: Timestamp,
    tolerance: Duration,
) -> Result<ProviderEvent, WebhookError> {
    let header = SignatureHeader::parse(header)?;
    if body.len() > EVENT_BYTES_MAX || !secrets.iter().any(|secret| header.is_signed_by(secret, body)) {
        return Err(WebhookError::SignatureWrong);
    }
    let signed_at = Timestamp::from_millis(header.seconds.saturating_mul(1_000));
    if now.since(signed_at).max(signed_at.since(now)) > tolerance {
        return Err(WebhookError::SignatureStale);
    }
    let event: ProviderEvent = serde_json::from_slice(body).map_err(|_| WebhookError::BodyMalformed)?;
    if event.order == event.payment.order { Ok(event) } else { Err(WebhookError::BodyMalformed) }
}

fn mac(secret: &Secret, seconds: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    if secret.is_empty() {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(seconds.as_bytes());
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

struct SignatureHeader<'a> {
    seconds_text: &'a str,
    seconds: i64,
    signatures: Vec<[u8; 32]>,
}

impl<'a> SignatureHeader<'a> {
    fn parse(header: &'a str) -> Result<Self, WebhookError> {
        if header.len() > HEADER_BYTES_MAX {
            return Err(WebhookError::HeaderMalformed);
        }
        let mut seconds_text = None;
        let mut signatures = Vec::new();
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", text)) if seconds_text.is_none() => seconds_text = Some(text),
                Some(("t", _)) => return Err(WebhookError::HeaderMalformed),
                Some(("v1", text)) if signatures.len() < SIGNATURES_MAX => {
                    let mut signature = [0; 32];
                    hex::decode_to_slice(text, &mut signature).map_err(|_| WebhookError::HeaderMalformed)?;
                    signatures.push(signature);
                }
                Some(("v1", _)) | None => return Err(WebhookError::HeaderMalformed),
                // Another scheme of a later day; it must not be what we rely on.
                Some(_) => {}
            }
        }
        let seconds_text = seconds_text
            .filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
            .ok_or(WebhookError::HeaderMalformed)?;
        let seconds = seconds_text.parse().map_err(|_| WebhookError::HeaderMalformed)?;
        if signatures.is_empty() {
            return Err(WebhookError::HeaderMalformed);
        }
        Ok(Self { seconds_text, seconds, signatures })
    }

    fn is_signed_by(&self, secret: &Secret, body: &[u8]) -> bool {
        let Some(mac) = mac(secret, self.seconds_text, body) else { return false };
        // `verify_slice` takes the same time for every wrong signature.
        self.signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use domain::{Currency, Money};

    use super::*;
    use crate::provider::PaymentStatus;

    const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_500);

    fn event() -> ProviderEvent {
        let eur = Currency::from_code(*b"EUR");
        let payment = Payment {
            id: "pay_1".into(),
            order: OrderId::new(1),
            amount: Money::new(9_900, eur),
            status: PaymentStatus::Captured,
            page_url: "http://127.0.0.1/pay/pay_1".into(),
            refunded: Money::new(0, eur),
        };
        ProviderEvent {
            id: "evt_1".into(),
            kind: ProviderEventKind::Captured,
            order: payment.order,
            payment,
            created_at: NOW - Duration::from_mins(60),
        }
    }

    fn body() -> Vec<u8> {
        serde_json::to_vec(&event()).unwrap_or_default()
    }

    fn secrets() -> [Secret; 2] {
        [Secret::new("new"), Secret::new("old")]
    }

    #[test]
    fn a_signature_by_either_secret_is_believed() {
        for secret in secrets() {
            let header = sign(&secret, &body(), NOW);
            assert_eq!(verify(&secrets(), &header, &body(), NOW, TOLERANCE), Ok(event()));
        }
    }

    #[test]
    fn a_signature_is_believed_for_five_minutes_either_way_whatever_the_age_of_the_event() {
        let header = sign(&secrets()[0], &body(), NOW);
        let verify_at = |now| verify(&secrets(), &header, &body(), now, TOLERANCE);
        assert!(verify_at(NOW + Duration::from_secs(299)).is_ok());
        assert_eq!(verify_at(NOW + Duration::from_secs(301)), Err(WebhookError::SignatureStale));
        assert!(verify_at(NOW - Duration::from_secs(299)).is_ok());
        assert_eq!(verify_at(NOW - Duration::from_secs(301)), Err(WebhookError::SignatureStale));
    }

    #[test]
    fn a_changed_body_instant_or_secret_is_refused() {
        let header = sign(&secrets()[0], &body(), NOW);
        let mut other = body();
        other.push(b' ');
        assert_eq!(verify(&secrets(), &header, &other, NOW, TOLERANCE), Err(WebhookError::SignatureWrong));
        let later = header.replace("t=1760000000", "t=1760000001");
        assert_eq!(verify(&secrets(), &later, &body(), NOW, TOLERANCE), Err(WebhookError::SignatureWrong));
        let forged = sign(&Secret::new("guess"), &body(), NOW);
        assert_eq!(verify(&secrets(), &forged, &body(), NOW, TOLERANCE), Err(WebhookError::SignatureWrong));
    }

    #[test]
    fn without_a_secret_nothing_is_believed() {
        let empty = Secret::new("");
        for header in [sign(&secrets()[0], &body(), NOW), format!("t=1760000000,v1={}", "00".repeat(32))] {
            assert_eq!(verify(&[], &header, &body(), NOW, TOLERANCE), Err(WebhookError::SignatureWrong));
            let believed = verify(std::slice::from_ref(&empty), &header, &body(), NOW, TOLERANCE);
            assert_eq!(believed, Err(WebhookError::SignatureWrong));
        }
    }

    #[test]
    fn a_malformed_header_is_refused() {
        let right = sign(&secrets()[0], &body(), NOW);
        let long = format!("{right},{}", "x=1,".repeat(300));
        let twice = format!("t=1,{right}");
        for header in ["", "t=1", "v1=00", "t=,v1=00", "t=-1,v1=00", "t=1,v1=zz", "nonsense", &long, &twice] {
            let believed = verify(&secrets(), header, &body(), NOW, TOLERANCE);
            assert_eq!(believed, Err(WebhookError::HeaderMalformed), "{header}");
        }
    }

    #[test]
    fn a_sender_may_sign_with_two_secrets_and_with_schemes_of_a_later_day() {
        let (new, old) = (sign(&Secret::new("newest"), &body(), NOW), sign(&secrets()[1], &body(), NOW));
        let second = old.split_once(',').map_or("", |(_, signature)| signature);
        let header = format!("{new},{second},v9=abc");
        assert_eq!(verify(&secrets(), &header, &body(), NOW, TOLERANCE), Ok(event()));
    }

    #[test]
    fn a_signed_body_that_is_no_event_is_refused() {
        let nonsense = b"{\"id\":\"evt_1\"}";
        let header = sign(&secrets()[0], nonsense, NOW);
        assert_eq!(verify(&secrets(), &header, nonsense, NOW, TOLERANCE), Err(WebhookError::BodyMalformed));
        let crossed = ProviderEvent { order: OrderId::new(2), ..event() };
        let crossed = serde_json::to_vec(&crossed).unwrap_or_default();
        let header = sign(&secrets()[0], &crossed, NOW);
        assert_eq!(verify(&secrets(), &header, &crossed, NOW, TOLERANCE), Err(WebhookError::BodyMalformed));
    }
}
