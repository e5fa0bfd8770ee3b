//! The checkout when a sale goes to another writer and comes back while the provider is slow.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::{
    AccountId, Area, AreaIndex, Currency, Money, OrderId, PriceLevel, PriceLevelIndex, SaleId, SeatingPlan, Timestamp,
};
use engine::{Engine, EngineOptions, SaleHandle};
use journal::{Snapshots, SqliteJournal, SqliteOptions};
use payments::checkout::{Checkout, CheckoutOptions};
use payments::provider::ProviderFuture;
use payments::{OpenPayment, Payment, PaymentProvider, PaymentStatus, ProviderError};
use sale::command::Places;
use sale::{Choice, Command, Pace, Settings};
use tokio::sync::Notify;

const SALE: SaleId = SaleId::new(1);

/// Opens payments; the first time only when it is told to.
#[derive(Default)]
struct Slow {
    asked: AtomicU32,
    go_on: Notify,
}

impl PaymentProvider for Slow {
    fn open(&self, request: OpenPayment) -> ProviderFuture<'_, Payment> {
        Box::pin(async move {
            if self.asked.fetch_add(1, Ordering::SeqCst) == 0 {
                self.go_on.notified().await;
            }
            Ok(Payment {
                id: "pay_1".into(),
                order: request.order,
                amount: request.amount,
                status: PaymentStatus::Open,
                page_url: "https://pay.example/1".into(),
                refunded: Money::new(0, request.amount.currency),
            })
        })
    }

    fn find(&self, _: OrderId) -> ProviderFuture<'_, Option<Payment>> {
        Box::pin(async { Ok(None) })
    }

    fn cancel(&self, _: OrderId) -> ProviderFuture<'_, Payment> {
        Box::pin(async { Err(ProviderError::Unavailable { reason: "not in this test".into() }) })
    }

    fn refund<'a>(&'a self, _: OrderId, _: Money, _: &'a str) -> ProviderFuture<'a, Payment> {
        Box::pin(async { Err(ProviderError::Unavailable { reason: "not in this test".into() }) })
    }
}

fn hall() -> SeatingPlan {
    let level = PriceLevelIndex(0);
    let area = Area { name: "Standing".into(), level, capacity: 5, x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
    SeatingPlan {
        name: "Hall".into(),
        width: 1.0,
        height: 1.0,
        price_levels: vec![PriceLevel { name: "A".into(), color: "#000000".into() }],
        sections: vec![],
        rows: vec![],
        seats: vec![],
        areas: vec![area],
    }
}

fn settings() -> Settings {
    Settings {
        sale: SALE,
        opens_at: Timestamp::from_millis(1_000),
        currency: Currency::from_code(*b"EUR"),
        prices: vec![5_000],
        tickets_per_buyer_max: 3,
        grace: domain::Duration::from_secs(600),
        select_time: domain::Duration::from_secs(600),
        pay_time: domain::Duration::from_secs(600),
        pace: Pace { capacity: Some(10), ..Pace::default() },
    }
}

async fn order_begun(sale: &SaleHandle) -> OrderId {
    let account = AccountId::new(7);
    let order = OrderId::mint(SALE, Timestamp::from_millis(2_000), 1);
    let choice = Choice::These(Places { seats: vec![], areas: vec![(AreaIndex(0), 1)] });
    let steps = [
        Command::Join { account },
        Command::Enter { account },
        Command::PlaceHold { account, choice },
        Command::BeginCheckout { account, order },
    ];
    for step in steps {
        sale.submit(step).await.unwrap().unwrap();
    }
    order
}

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not come about");
}

#[tokio::test]
async fn an_order_at_the_provider_goes_on_when_its_sale_leaves_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(SqliteJournal::open(SqliteOptions::new(folder.path().join("journal.db"))).unwrap());
    let now: engine::Now = Arc::new(|| Timestamp::from_millis(2_000));
    let snapshots = Snapshots::new(folder.path().join("snapshots"));
    let engine = Engine::open(journal, snapshots, EngineOptions::default(), now).unwrap();
    let provider = Arc::new(Slow::default());
    let options = CheckoutOptions {
        watch_every: Duration::from_millis(50),
        pause_min: Duration::from_millis(10),
        ..CheckoutOptions::default()
    };
    let desk = Checkout::new(engine.clone(), Arc::clone(&provider) as _, options);
    let sale = engine.create(settings(), hall()).await.unwrap();
    desk.follow(sale.clone());
    let order = order_begun(&sale).await;
    until("the provider is asked", async || provider.asked.load(Ordering::SeqCst) == 1).await;
    // The desk looks at every order again and finds this one busy.
    tokio::time::sleep(Duration::from_millis(150)).await;
    let moved = engine.clone();
    let back = tokio::task::spawn_blocking(move || {
        moved.give_up(SALE);
        moved.take_over(SALE, 1).unwrap().unwrap()
    });
    let back = back.await.unwrap();
    desk.follow(back.clone());
    provider.go_on.notify_one();
    until("the page is recorded", async || {
        back.read(move |sale| sale.orders().find(order).is_some_and(|order| order.page_url.is_some())).await.unwrap()
    })
    .await;
    engine.stop();
}
