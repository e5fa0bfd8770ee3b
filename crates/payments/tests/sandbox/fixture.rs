//! A sandbox on a free port with a ledger of its own, a shop that talks to it and a receiver that verifies webhooks.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use domain::{Currency, Money, OrderId, Timestamp};
use payments::sandbox::client::{DECLINED_CARD, GOOD_CARD};
use payments::sandbox::{Behaviour, LedgerEntry, Sandbox, SandboxClient, SandboxOptions};
use payments::webhook::{SIGNATURE_HEADER, TOLERANCE, verify};
use payments::{HttpProvider, HttpProviderOptions, OpenPayment, Payment, PaymentProvider, ProviderEvent, Secret};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The patience of a test for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// The key of the test's shop.
pub const API_KEY: &str = "test-key";
/// The secret webhooks are signed with.
pub const WEBHOOK_SECRET: &str = "test-secret";
/// The currency of the tests.
pub const EUR: Currency = Currency::from_code(*b"EUR");

/// `amount` cents.
pub fn eur(amount: i64) -> Money {
    Money::new(amount, EUR)
}

/// Now.
#[expect(clippy::disallowed_methods, reason = "the receiver's clock")]
pub fn now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since_epoch.as_millis().try_into().unwrap())
}

/// An order of 99.00 EUR that may be paid for the next seven minutes.
pub fn order(number: u128) -> OpenPayment {
    OpenPayment {
        order: OrderId::new(number),
        amount: eur(9_900),
        description: "2 tickets <Row A & B>".into(),
        return_url: format!("https://shop.example/orders/{number}"),
        expires_at: now() + domain::Duration::from_mins(7),
    }
}

/// Where the receiver's answers are decided and its events go.
struct Inbox {
    events: mpsc::UnboundedSender<ProviderEvent>,
    refusals_left: AtomicU32,
}

/// A receiver of webhooks: verifies each and passes it on.
pub struct Receiver {
    /// Its address.
    pub url: String,
    events: mpsc::UnboundedReceiver<ProviderEvent>,
}

impl Receiver {
    /// A receiver that answers 500 to the first `refusals` deliveries.
    pub async fn start(refusals: u32) -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let inbox = Arc::new(Inbox { events: sender, refusals_left: AtomicU32::new(refusals) });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/webhook", listener.local_addr().unwrap());
        let router = Router::new().route("/webhook", post(receive)).with_state(inbox);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, events }
    }

    /// The next event.
    pub async fn next(&mut self) -> ProviderEvent {
        timeout(PATIENCE, self.events.recv()).await.unwrap().unwrap()
    }

    /// The next `count` events.
    pub async fn take(&mut self, count: usize) -> Vec<ProviderEvent> {
        let mut events = Vec::with_capacity(count);
        for _ in 0..count {
            events.push(self.next().await);
        }
        events
    }

    /// An event that is here already.
    pub fn already_here(&mut self) -> Option<ProviderEvent> {
        self.events.try_recv().ok()
    }
}

async fn receive(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let less = |left: u32| left.checked_sub(1);
    if inbox.refusals_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let signature = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match verify(&[Secret::new(WEBHOOK_SECRET)], signature, &body, now(), TOLERANCE) {
        Ok(event) => {
            // After the end of a test nobody listens any more.
            let _ended = inbox.events.send(event);
            StatusCode::NO_CONTENT
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

/// A sandbox and everybody around it.
pub struct Stage {
    /// The running provider.
    pub sandbox: Sandbox,
    /// The shop's client.
    pub provider: HttpProvider,
    /// The director's and the buyer's client.
    pub client: SandboxClient,
    folder: Arc<TempDir>,
}

impl Stage {
    /// A well-behaved sandbox without webhooks.
    pub async fn start() -> Self {
        Self::start_with(Behaviour::default(), None).await
    }

    /// A sandbox that behaves like this and sends its webhooks there.
    pub async fn start_with(behaviour: Behaviour, webhook_url: Option<&str>) -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()), behaviour, webhook_url).await
    }

    async fn start_in(folder: Arc<TempDir>, behaviour: Behaviour, webhook_url: Option<&str>) -> Self {
        let mut options = options(folder.path().join("ledger.db"), webhook_url);
        options.behaviour = behaviour;
        let sandbox = Sandbox::start(options).await.unwrap();
        let url = sandbox.url();
        let mut provider = HttpProviderOptions::new(&url, Secret::new(API_KEY));
        provider.timeout = Duration::from_millis(1_500);
        Self {
            provider: HttpProvider::new(provider).unwrap(),
            client: SandboxClient::new(&url, Secret::new(API_KEY)).unwrap(),
            sandbox,
            folder,
        }
    }

    /// Stops the sandbox and starts it again over the same ledger.
    pub async fn restart(self, webhook_url: Option<&str>) -> Self {
        let Self { sandbox, folder, .. } = self;
        sandbox.stop().await;
        Self::start_in(folder, Behaviour::default(), webhook_url).await
    }

    /// Opens the payment of order `number`.
    pub async fn open(&self, number: u128) -> Payment {
        self.provider.open(order(number)).await.unwrap()
    }

    /// Opens and pays the payment of order `number`.
    pub async fn open_and_pay(&self, number: u128) -> Payment {
        let payment = self.open(number).await;
        assert_eq!(self.pay(&payment, GOOD_CARD).await, 303);
        self.find(number).await
    }

    /// Pays on the page; the page's status.
    pub async fn pay(&self, payment: &Payment, card: &str) -> u16 {
        assert!([GOOD_CARD, DECLINED_CARD].contains(&card));
        self.client.pay(&payment.page_url, card).await.unwrap().as_u16()
    }

    /// The payment of order `number` as it stands.
    pub async fn find(&self, number: u128) -> Payment {
        self.provider.find(OrderId::new(number)).await.unwrap().unwrap()
    }

    /// The ledger's entry of order `number`.
    pub async fn entry(&self, number: u128) -> LedgerEntry {
        let order = OrderId::new(number);
        self.client.ledger().await.unwrap().into_iter().find(|entry| entry.payment.order == order).unwrap()
    }

    /// Waits until the payment of order `number` is in the ledger.
    pub async fn entry_when_opened(&self, number: u128) {
        let look = async {
            while self.provider.find(OrderId::new(number)).await == Ok(None) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, look).await.unwrap();
    }

    /// Waits until the ledger's entry of order `number` is as wanted.
    pub async fn entry_when(&self, number: u128, wanted: impl Fn(&LedgerEntry) -> bool) -> LedgerEntry {
        let look = async {
            loop {
                let entry = self.entry(number).await;
                if wanted(&entry) {
                    return entry;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, look).await.unwrap()
    }
}

/// Options over this ledger, on a free port.
pub fn options(ledger_path: PathBuf, webhook_url: Option<&str>) -> SandboxOptions {
    SandboxOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        ledger_path,
        webhook_url: webhook_url.map(Into::into),
        webhook_secret: Secret::new(WEBHOOK_SECRET),
        api_key: Secret::new(API_KEY),
        public_url: None,
        seed: 7,
        behaviour: Behaviour::default(),
    }
}
