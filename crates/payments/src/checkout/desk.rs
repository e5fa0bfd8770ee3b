//! The desk that works through the orders of one process: one task per sale listens, a bounded number of orders are
//! at the provider at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Currency, Money, OrderId};
use engine::{Committed, Engine, SaleHandle, Unavailable};
use metrics::counter;
use sale::{Command, Event, Order, Sale};
use tokio::sync::{Semaphore, broadcast};

use super::call::{Answer, Call, Next, after};
use super::next_step::{Step, next_step};
use super::pages::{ExpectedPage, Pages};
use super::record;
use crate::provider::{OpenPayment, PaymentProvider, ProviderError, refund_key, refund_rest_key};
use crate::webhook::ProviderEvent;

/// How the desk works.
#[derive(Debug, Clone)]
pub struct CheckoutOptions {
    /// Orders at the provider at once.
    pub at_once_max: usize,
    /// An unpaid order is asked about when its last look is this old, should its webhook be lost.
    pub watch_every: Duration,
    /// The first pause after an answer that did not come; doubled each time up to `pause_max`.
    pub pause_min: Duration,
    /// The longest such pause.
    pub pause_max: Duration,
    /// Where the payment page sends the buyer back to; `{order}` is replaced.
    pub return_url: String,
}

impl Default for CheckoutOptions {
    fn default() -> Self {
        Self {
            at_once_max: 256,
            watch_every: Duration::from_secs(15),
            pause_min: Duration::from_millis(200),
            pause_max: Duration::from_secs(10),
            return_url: "/orders/{order}".into(),
        }
    }
}

/// The checkout of a process. Cloning shares it.
#[derive(Clone)]
pub struct Checkout {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    provider: Arc<dyn PaymentProvider>,
    options: CheckoutOptions,
    at_once: Semaphore,
    /// Orders being worked on, so that none is taken up twice at the same time; `true` if more came up meanwhile.
    busy: Mutex<HashMap<OrderId, bool>>,
    pages: Arc<Pages>,
}

impl Checkout {
    /// A checkout that carries the engine's orders to this provider.
    pub fn new(engine: Engine, provider: Arc<dyn PaymentProvider>, options: CheckoutOptions) -> Self {
        let at_once = Semaphore::new(options.at_once_max);
        let inner = Inner { engine, provider, options, at_once, busy: Mutex::default(), pages: Arc::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Starts with a sale: takes up what a crash left, then follows its events. Ends with its writer, or when the
    /// returned task is aborted.
    pub fn follow(&self, sale: SaleHandle) -> tokio::task::JoinHandle<()> {
        let desk = self.clone();
        tokio::spawn(async move { desk.listen(sale).await })
    }

    /// To wait until the payment page of an order is recorded. Call it before the order begins.
    pub fn expect_page(&self, order: OrderId) -> ExpectedPage {
        self.inner.pages.expect(order)
    }

    /// Records what a verified webhook says. It is acknowledged to the provider only after this returned `Ok`.
    ///
    /// # Errors
    /// The sale's writer did not answer: the provider must deliver again.
    pub async fn receive(&self, event: &ProviderEvent) -> Result<(), Unavailable> {
        counter!("onsale_webhooks_total", "kind" => format!("{:?}", event.kind)).increment(1);
        let Some(sale) = self.inner.engine.sale(event.order.sale()) else {
            tracing::warn!(order.id = %event.order, "A webhook names an order of no sale here");
            return Ok(());
        };
        let (said, id) = (event.clone(), event.order);
        let Some(commands) = sale.read(move |sale| record::heard(sale, &said)).await? else {
            tracing::error!(order.id = %id, "A webhook's amount is not the order's; the provider is asked");
            counter!("onsale_webhooks_wrong_amount_total").increment(1);
            self.work_on(&sale, id);
            return Ok(());
        };
        for command in commands {
            self.record(&sale, command).await?;
        }
        Ok(())
    }

    async fn listen(&self, sale: SaleHandle) {
        let mut feed = sale.subscribe();
        let mut watch = tokio::time::interval(self.inner.options.watch_every);
        watch.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // The first tick comes at once and takes up what a crash left.
        loop {
            tokio::select! {
                _ = watch.tick() => {
                    // A writer that recovers, or whose lease has lapsed for a moment, goes on.
                    if self.take_up_all(&sale).await.is_err() && sale.has_ended() {
                        return;
                    }
                }
                batch = feed.recv() => match batch {
                    Ok(batch) => self.take_up(&sale, &batch),
                    Err(broadcast::error::RecvError::Lagged(batches)) => {
                        tracing::warn!(batches, "The checkout fell behind its sale and looks at every order");
                        watch.reset_immediately();
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            }
        }
    }

    fn take_up(&self, sale: &SaleHandle, batch: &Committed) {
        for recorded in &batch.events {
            match &recorded.event {
                Event::CheckoutStarted { order, .. }
                | Event::OrderExpired { order }
                | Event::OrderCancelled { order }
                | Event::RefundRequested { order } => self.work_on(sale, *order),
                _ => {}
            }
        }
    }

    async fn take_up_all(&self, sale: &SaleHandle) -> Result<(), Unavailable> {
        let unfinished = |sale: &Sale| -> Vec<OrderId> {
            sale.orders().all().iter().filter(|order| !order.is_finished()).map(|order| order.id).collect()
        };
        for order in sale.read(unfinished).await? {
            self.work_on(sale, order);
        }
        Ok(())
    }

    fn work_on(&self, sale: &SaleHandle, order: OrderId) {
        let idle = self.busy(|busy| match busy.get_mut(&order) {
            Some(again) => {
                *again = true;
                false
            }
            None => busy.insert(order, false).is_none(),
        });
        if idle {
            let (desk, sale) = (self.clone(), sale.clone());
            tokio::spawn(async move { desk.carry(&sale, order).await });
        }
    }

    /// Does steps until there is none left, or only waiting for the buyer.
    async fn carry(&self, sale: &SaleHandle, id: OrderId) {
        let mut pause = self.inner.options.pause_min;
        loop {
            let order = match sale.read(move |sale| sale.orders().find(id).cloned()).await {
                Ok(order) => order,
                Err(_) if sale.has_ended() => {
                    self.let_go(id);
                    return;
                }
                Err(_) => {
                    self.rest(&mut pause).await;
                    continue;
                }
            };
            let Some((order, step)) = order.and_then(|order| next_step(&order).map(|step| (order, step))) else {
                if self.leave(id) {
                    return;
                }
                continue;
            };
            match self.step(sale, &order, step).await {
                Ok(Progress::Waiting) if self.leave(id) => return,
                Ok(_) => pause = self.inner.options.pause_min,
                Err(error) => {
                    counter!("onsale_checkout_retries_total", "step" => format!("{step:?}")).increment(1);
                    tracing::warn!(order.id = %id, ?step, %error, "A step of the checkout is repeated");
                    self.rest(&mut pause).await;
                }
            }
        }
    }

    /// One step at the provider, and its answer recorded.
    async fn step(&self, sale: &SaleHandle, order: &Order, step: Step) -> Result<Progress, StepError> {
        let _permit = self.inner.at_once.acquire().await.map_err(|_| StepError::Closed)?;
        let currency = sale.read(|sale| sale.settings().currency).await?;
        let mut call = Call::first(step);
        loop {
            let answer = self.call(order, currency, call).await;
            match after(order, call, &answer) {
                Next::Record(commands) => {
                    for command in commands {
                        if !self.record(sale, command).await? {
                            // Asking again at once would be told the same.
                            return Err(StepError::Unused);
                        }
                    }
                    if call == Call::Open {
                        sabotage::crash_point("checkout.page_recorded");
                        self.inner.pages.tell(order.id);
                    }
                    return Ok(Progress::Made);
                }
                Next::Wait => return Ok(Progress::Waiting),
                Next::Call(next) => call = next,
                Next::Repeat => return Err(answer.err().map_or(StepError::Unused, Into::into)),
            }
        }
    }

    async fn call(&self, order: &Order, currency: Currency, call: Call) -> Answer {
        let provider = &self.inner.provider;
        match call {
            Call::Open | Call::OpenToCancel => {
                sabotage::crash_point("checkout.before_open");
                let opened = provider.open(self.opening(order, currency)).await;
                sabotage::crash_point("checkout.opened");
                opened.map(Some)
            }
            Call::Find | Call::FindToRefund => {
                sabotage::crash_point("checkout.before_find");
                provider.find(order.id).await
            }
            Call::Cancel | Call::CancelOpened | Call::CancelUnopened => {
                sabotage::crash_point("checkout.before_cancel");
                let cancelled = provider.cancel(order.id).await;
                sabotage::crash_point("checkout.cancelled");
                cancelled.map(Some)
            }
            Call::Refund => {
                let amount = Money::new(order.captured.unwrap_or(0), currency);
                sabotage::crash_point("checkout.before_refund");
                let refunded = provider.refund(order.id, amount, &refund_key(order.id)).await;
                if sabotage::is("double_refund") {
                    provider.refund(order.id, amount, &format!("{}-again", refund_key(order.id))).await?;
                }
                sabotage::crash_point("checkout.refunded");
                refunded.map(Some)
            }
            Call::RefundRest(amount) => provider.refund(order.id, amount, &refund_rest_key(order.id)).await.map(Some),
        }
    }

    /// The same order gives the same request, whoever builds it and when.
    fn opening(&self, order: &Order, currency: Currency) -> OpenPayment {
        OpenPayment {
            order: order.id,
            amount: Money::new(order.total, currency),
            description: format!("{} tickets", order.items.count()),
            return_url: self.inner.options.return_url.replace("{order}", &order.id.to_string()),
            expires_at: order.deadline,
        }
    }

    /// Records an answer of the provider; a refusal of the sale is final and only noted. Whether it was taken.
    async fn record(&self, sale: &SaleHandle, command: Command) -> Result<bool, Unavailable> {
        let outcome = sale.submit(command.clone()).await?;
        if let Err(rejection) = &outcome {
            tracing::warn!(code = rejection.code(), ?command, "The sale has no use for what the provider says");
        }
        Ok(outcome.is_ok())
    }

    async fn rest(&self, pause: &mut Duration) {
        tokio::time::sleep(*pause).await;
        *pause = (*pause * 2).min(self.inner.options.pause_max);
    }

    /// Lets go of an order, unless more came up while it was worked on.
    fn leave(&self, order: OrderId) -> bool {
        let left = self.busy(|busy| match busy.get_mut(&order) {
            Some(again @ true) => {
                *again = false;
                false
            }
            _ => {
                busy.remove(&order);
                true
            }
        });
        if left {
            self.inner.pages.tell(order);
        }
        left
    }

    /// Lets go of an order whose writer has ended here. If its sale has come back meanwhile, it goes on there.
    fn let_go(&self, order: OrderId) {
        let more = self.busy(|busy| busy.remove(&order)) == Some(true);
        self.inner.pages.tell(order);
        let back = self.inner.engine.sale(order.sale()).filter(|sale| more && !sale.has_ended());
        if let Some(sale) = back {
            self.work_on(&sale, order);
        }
    }

    fn busy<T>(&self, use_it: impl FnOnce(&mut HashMap<OrderId, bool>) -> T) -> T {
        use_it(&mut self.inner.busy.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// The order has come further: look at it again.
    Made,
    /// It is up to the buyer now.
    Waiting,
}

/// Why a step has to be repeated.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Writer(#[from] Unavailable),
    #[error("the sale has no use for the provider's answer")]
    Unused,
    #[error("the checkout is closing")]
    Closed,
}
