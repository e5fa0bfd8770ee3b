//! The payment provider seam, the sandbox provider and the checkout saga.
//!
//! **Invariant:** a provider is asked outside any transaction, with an idempotency key derived from the order,
//! after the intent is journaled. An answer that did not arrive is *unknown*, never *no*.
//!
//! - [`provider`] is the seam, [`provider::http`] its client over HTTP.
//! - [`webhook`] signs and verifies what a provider sends by itself.
//! - [`sandbox`] is a whole provider with its own ledger, for rehearsals, demonstrations and tests.

pub mod checkout;
pub mod provider;
pub mod sandbox;
pub mod secret;
pub mod webhook;

pub use provider::http::{HttpProvider, HttpProviderOptions};
pub use provider::measured::MeasuredProvider;
pub use provider::{OpenPayment, Payment, PaymentProvider, PaymentStatus, ProviderError};
pub use secret::Secret;
pub use webhook::{ProviderEvent, ProviderEventKind, WebhookError};
