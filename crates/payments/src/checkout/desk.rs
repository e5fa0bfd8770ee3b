//! The desk that works through the orders of one process: one task per sale listens, a bounded number of orders are
//! at the provider at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{Currency, Money, OrderId};
use engine::{Committed, Engine, SaleHandle, Unavailable};
use metrics::counter;
use sale::{Command, Event, Order, Sale};
use tokio::sync::{Semaphore, broadcast, oneshot};

use super::next_step::{Step, next_step};
use super::pages::Pages;
use super::record;
use crate::provider::{OpenPayment, PaymentProvider, ProviderError, refund_key};
use crate::webhook::{ProviderEvent, ProviderEventKind};

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
    pages: Pages,
}

impl Checkout {
    /// A checkout that carries the engine's orders to this provider.
    pub fn new(engine: Engine, provider: Arc<dyn PaymentProvider>, options: CheckoutOptions) -> Self {
        let at_once = Semaphore::new(options.at_once_max);
        let inner = Inner { engine, provider, options, at_once, busy: Mutex::default(), pages: Pages::default() };
        Self { inner: Arc::new(inner) }
    }

    /// Starts with a sale: takes up what a crash left, then follows its events. Ends with its writer, or when the
    /// returned task is aborted.
    pub fn follow(&self, sale: SaleHandle) -> tokio::task::JoinHandle<()> {
        let desk = self.clone();
        tokio::spawn(async move { desk.listen(sale).await })
    }

    /// Waits until the payment page of an order is recorded. Call it before the order begins; the answer may never
    /// come, so give it a time limit.
    pub fn expect_page(&self, order: OrderId) -> oneshot::Receiver<()> {
        self.inner.pages.expect(order)
    }

    /// Nobody waits for this order's page any more.
    pub fn forget_page(&self, order: OrderId) {
        self.inner.pages.tell(order);
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
        if event.kind == ProviderEventKind::Captured && !self.amount_fits(&sale, event).await? {
            // A wrong amount decides whether a fan gets tickets: ask the provider instead of believing a message.
            tracing::error!(order.id = %event.order, "A webhook's amount is not the order's; the provider is asked");
            counter!("onsale_webhooks_wrong_amount_total").increment(1);
            self.work_on(&sale, event.order);
            return Ok(());
        }
        for command in record::event(event) {
            self.record(&sale, command).await?;
        }
        Ok(())
    }

    async fn amount_fits(&self, sale: &SaleHandle, event: &ProviderEvent) -> Result<bool, Unavailable> {
        let (id, amount) = (event.order, event.payment.amount);
        let fits = move |sale: &Sale| {
            sale.orders().find(id).is_none_or(|order| Money::new(order.total, sale.settings().currency) == amount)
        };
        sale.read(fits).await
    }

    async fn listen(&self, sale: SaleHandle) {
        let mut feed = sale.subscribe();
        let mut watch = tokio::time::interval(self.inner.options.watch_every);
        watch.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // The first tick comes at once and takes up what a crash left.
        loop {
            tokio::select! {
                _ = watch.tick() => {
                    if self.take_up_all(&sale).await == Err(Unavailable::Stopped) {
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
                Err(Unavailable::Stopped) => {
                    self.leave(id);
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
        let provider = &self.inner.provider;
        let answer = match step {
            Step::Open => {
                let payment = provider.open(self.opening(order, currency)).await?;
                let opened = Command::RecordPaymentOpened {
                    order: order.id,
                    payment: payment.id.clone(),
                    page_url: payment.page_url.clone(),
                };
                self.record(sale, opened).await?;
                self.inner.pages.tell(order.id);
                return Ok(Progress::Made);
            }
            Step::Watch => provider.find(order.id).await?,
            Step::Cancel => match provider.cancel(order.id).await {
                Ok(payment) => Some(payment),
                // The provider never heard of it: nothing can be captured under a key that a retry might still use,
                // unless the opening is on its way. Opening and cancelling are both repeated until they agree.
                Err(ProviderError::Refused { code, .. }) if code == "payment_unknown" => {
                    return self.close_unopened(sale, order).await;
                }
                Err(error) => return Err(error.into()),
            },
            Step::Refund => {
                let amount = Money::new(order.captured.unwrap_or(0), currency);
                Some(provider.refund(order.id, amount, &refund_key(order.id)).await?)
            }
        };
        match answer.as_ref().and_then(record::standing) {
            Some(command) => self.record(sale, command).await?,
            None => return Ok(Progress::Waiting),
        }
        Ok(Progress::Made)
    }

    /// An order that ended before its payment was opened. A lost opening may still arrive at the provider, so it is
    /// opened (under the same key) and then cancelled, which settles it either way.
    async fn close_unopened(&self, sale: &SaleHandle, order: &Order) -> Result<Progress, StepError> {
        let currency = sale.read(|sale| sale.settings().currency).await?;
        self.inner.provider.open(self.opening(order, currency)).await?;
        let payment = self.inner.provider.cancel(order.id).await?;
        if let Some(command) = record::standing(&payment) {
            self.record(sale, command).await?;
        }
        Ok(Progress::Made)
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

    /// Records an answer of the provider; a refusal of the sale is final and only noted.
    async fn record(&self, sale: &SaleHandle, command: Command) -> Result<(), Unavailable> {
        if let Err(rejection) = sale.submit(command.clone()).await? {
            tracing::warn!(code = rejection.code(), ?command, "The sale has no use for what the provider says");
        }
        Ok(())
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
    #[error("the checkout is closing")]
    Closed,
}
