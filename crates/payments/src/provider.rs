//! The seam to a payment provider: open, find, cancel, refund. Every call may be repeated.

pub mod http;
pub mod measured;

use std::fmt;
use std::pin::Pin;

use domain::{Money, OrderId, Timestamp};
use serde::{Deserialize, Serialize};

/// Characters of the description shown on the payment page, at most.
pub const DESCRIPTION_CHARS_MAX: usize = 200;
/// Bytes of a return address, at most.
pub const RETURN_URL_BYTES_MAX: usize = 2_048;

/// What an asynchronous call of a provider returns; boxed, so that `Arc<dyn PaymentProvider>` works.
pub type ProviderFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, ProviderError>> + Send + 'a>>;

/// A payment provider with a hosted payment page. One order has at most one payment and at most one capture.
pub trait PaymentProvider: Send + Sync + 'static {
    /// Opens the payment of an order, under the key [`open_key`]. Opening it again with the same content gives the
    /// first answer, even if the payment has moved on since: ask [`PaymentProvider::find`] for where it stands.
    fn open(&self, request: OpenPayment) -> ProviderFuture<'_, Payment>;

    /// The payment of an order as it stands now; `None` if the provider has none.
    fn find(&self, order: OrderId) -> ProviderFuture<'_, Option<Payment>>;

    /// Cancels the payment of an order, under the key [`cancel_key`]. The answer tells what became of it: `Cancelled`,
    /// or `Captured` if the money had already been taken.
    fn cancel(&self, order: OrderId) -> ProviderFuture<'_, Payment>;

    /// Gives `amount` of a captured payment back. The same `key` refunds once; [`refund_key`] is the key of the one
    /// full refund of an order.
    fn refund<'a>(&'a self, order: OrderId, amount: Money, key: &'a str) -> ProviderFuture<'a, Payment>;
}

/// What a provider needs to open a payment. Built from the order alone, so that a repeated call is the same call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenPayment {
    /// The order to be paid.
    pub order: OrderId,
    /// How much, above zero.
    pub amount: Money,
    /// What the buyer reads on the payment page.
    pub description: String,
    /// Where the payment page sends the browser afterwards.
    pub return_url: String,
    /// From this instant the page takes no money any more.
    #[serde(rename = "expires_at_ms")]
    pub expires_at: Timestamp,
}

/// A payment as the provider knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The provider's id of it.
    pub id: String,
    /// The order it pays.
    pub order: OrderId,
    /// The amount to be captured at once and in full.
    pub amount: Money,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The hosted page on which the buyer pays.
    pub page_url: String,
    /// How much of it was given back.
    pub refunded: Money,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The buyer may pay. Past its expiry it stays open, but its page takes no money.
    Open,
    /// The money was taken; part of it may have been given back.
    Captured,
    /// Nothing was taken, and nothing can be any more.
    Cancelled,
    /// The money was taken and all of it given back.
    Refunded,
}

impl PaymentStatus {
    /// The status as a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Captured => "captured",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    /// The status of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Open, Self::Captured, Self::Cancelled, Self::Refunded].into_iter().find(|status| status.as_str() == word)
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a call of the provider brought no payment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Nobody knows whether it happened. Repeat it with the same key, or ask [`PaymentProvider::find`].
    #[error("The payment provider gave no usable answer: {reason}.")]
    Unavailable {
        /// What was seen instead of an answer, for the log.
        reason: String,
    },
    /// It did not happen, and the same call will not make it happen.
    #[error("The payment provider refused ({code}): {detail}")]
    Refused {
        /// The provider's stable word for the reason.
        code: String,
        /// Its sentence about it.
        detail: String,
    },
}

impl ProviderError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "provider_unavailable",
            Self::Refused { .. } => "provider_refused",
        }
    }

    /// Whether the outcome is unknown, so that the call has to be repeated.
    pub const fn is_unknown_outcome(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// The idempotency key under which the payment of an order is opened.
pub fn open_key(order: OrderId) -> String {
    format!("{order}:open")
}

/// The idempotency key under which the payment of an order is cancelled.
pub fn cancel_key(order: OrderId) -> String {
    format!("{order}:cancel")
}

/// The idempotency key of the full refund of an order.
pub fn refund_key(order: OrderId) -> String {
    format!("{order}:refund")
}

/// The idempotency key under which goes back what is left of an order's capture, after [`refund_key`] was refused.
pub fn refund_rest_key(order: OrderId) -> String {
    format!("{order}:refund-rest")
}

/// What a refund request carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundRequest {
    pub(crate) amount: Money,
}

/// The members of a provider's problem answer that its client reads.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProblemBody {
    pub(crate) code: String,
    pub(crate) detail: String,
}
