//! A provider whose answers are timed, so that admission can slow down before the payments do.

use std::sync::Arc;
use std::time::Instant;

use domain::{Money, OrderId};
use engine::Recent;

use super::{OpenPayment, Payment, PaymentProvider, ProviderError, ProviderFuture};

/// Passes every call on and notes how long it took and whether an answer came.
pub struct MeasuredProvider {
    provider: Arc<dyn PaymentProvider>,
    calls: Arc<Recent>,
}

impl MeasuredProvider {
    /// Measures this provider.
    pub fn new(provider: Arc<dyn PaymentProvider>) -> Self {
        Self { provider, calls: Arc::default() }
    }

    /// The latest calls.
    pub fn calls(&self) -> Arc<Recent> {
        Arc::clone(&self.calls)
    }

    fn timed<'a, T: Send + 'a>(&'a self, call: ProviderFuture<'a, T>) -> ProviderFuture<'a, T> {
        Box::pin(async move {
            let began = Instant::now();
            let answer = call.await;
            // A refusal is an answer.
            let failed = answer.as_ref().err().is_some_and(ProviderError::is_unknown_outcome);
            self.calls.note(began.elapsed(), failed);
            answer
        })
    }
}

impl PaymentProvider for MeasuredProvider {
    fn open(&self, request: OpenPayment) -> ProviderFuture<'_, Payment> {
        self.timed(self.provider.open(request))
    }

    fn find(&self, order: OrderId) -> ProviderFuture<'_, Option<Payment>> {
        self.timed(self.provider.find(order))
    }

    fn cancel(&self, order: OrderId) -> ProviderFuture<'_, Payment> {
        self.timed(self.provider.cancel(order))
    }

    fn refund<'a>(&'a self, order: OrderId, amount: Money, key: &'a str) -> ProviderFuture<'a, Payment> {
        self.timed(self.provider.refund(order, amount, key))
    }
}
