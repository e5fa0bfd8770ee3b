//! An engine that takes gateways.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::{
    AccountId, Currency, PriceLevel, PriceLevelIndex, Row, SaleId, Seat, SeatIndex, SeatingPlan, Section, Timestamp,
};
use engine::{Engine, EngineOptions, SaleHandle, Unavailable};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use journal::{Snapshots, SqliteJournal, SqliteOptions};
use link::{Backstage, Gateways, Link, LinkOptions, LinkState, RemoteSale, Secret, SessionFacts};
use sale::command::Places;
use sale::idempotency::Outcome;
use sale::{Answer, Choice, Command, Pace, Settings};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub const SALE: SaleId = SaleId::new(1);
pub const NOW: Timestamp = Timestamp::from_millis(1_000_000);

pub struct Stage {
    pub engine: Engine,
    pub address: SocketAddr,
    pub handle: SaleHandle,
    pub gateways: Gateways,
    journal: Arc<SqliteJournal>,
    folder: tempfile::TempDir,
    _stop: oneshot::Sender<()>,
}

/// Another engine with the same journal, and no sale yet.
pub struct Beside {
    pub engine: Engine,
    pub address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

struct House(Engine, Gateways);

impl Backstage for House {
    fn sales(&self) -> Vec<SaleHandle> {
        self.0.sales()
    }

    fn known(&self, token: &str) -> Option<SessionFacts> {
        (token == "known").then(|| SessionFacts { account: account(8), rest: b"at once".to_vec() })
    }

    fn authenticate(&self, token: String) -> BoxFuture<'static, Result<Option<SessionFacts>, Unavailable>> {
        let found = match token.as_str() {
            "good" => Ok(Some(SessionFacts { account: account(7), rest: b"facts".to_vec() })),
            "broken" => Err(Unavailable::Overloaded),
            _ => Ok(None),
        };
        async move { found }.boxed()
    }

    fn describe(&self, sale: SaleId) -> BoxFuture<'static, Option<Vec<u8>>> {
        // As large as the description of a large hall.
        let found = (sale == SALE).then(|| vec![b'x'; 20_000_000]);
        async move { found }.boxed()
    }

    fn page(&self, sale: SaleId) -> Option<Vec<u8>> {
        (sale == SALE).then(|| b"page".to_vec())
    }

    fn gateways(&self) -> Gateways {
        self.1.clone()
    }

    fn now(&self) -> Timestamp {
        NOW
    }
}

impl Stage {
    pub async fn open(pace: Pace, seats: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(SqliteJournal::open(SqliteOptions::new(folder.path().join("journal.db"))).unwrap());
        let snapshots = Snapshots::new(folder.path().join("snapshots"));
        let engine = Engine::open(journal.clone(), snapshots, EngineOptions::default(), Arc::new(|| NOW)).unwrap();
        let handle = engine.create(settings(SALE, pace), plan(seats)).await.unwrap();
        let gateways = Gateways::default();
        let (address, stop) = take_gateways(&engine, &gateways).await;
        Self { engine, address, handle, gateways, journal, folder, _stop: stop }
    }

    /// Another engine that can take the sale over.
    pub async fn beside(&self) -> Beside {
        let snapshots = Snapshots::new(self.folder.path().join("snapshots-beside"));
        let engine = Engine::empty(self.journal.clone(), snapshots, EngineOptions::default(), Arc::new(|| NOW));
        let (address, stop) = take_gateways(&engine, &Gateways::default()).await;
        Beside { engine, address, _stop: stop }
    }

    /// A gateway that is connected.
    pub async fn gateway(&self, name: &str) -> Link {
        connected(gateway_to(self.address, name)).await
    }
}

async fn take_gateways(engine: &Engine, gateways: &Gateways) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let house = Arc::new(House(engine.clone(), gateways.clone()));
    tokio::spawn(async move { link::serve(listener, vec![secret(), second_secret()], house, stopped.map(drop)).await });
    (address, stop)
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

/// What the engine accepts as well, while one secret replaces the other.
pub fn second_secret() -> Secret {
    Secret::new("the secret that comes after it").unwrap()
}

pub fn gateway_to(address: SocketAddr, name: &str) -> Link {
    Link::start(LinkOptions { engines: vec![address.to_string()], gateway: name.into(), secret: secret() })
}

pub async fn connected(link: Link) -> Link {
    let mut state = link.state();
    within(state.wait_for(|state| *state == LinkState::Connected)).await.unwrap();
    link
}

pub async fn lost(link: &Link) {
    let mut state = link.state();
    within(state.wait_for(|state| *state != LinkState::Connected)).await.unwrap();
}

pub fn sale_of(link: &Link) -> RemoteSale {
    link.sale(SALE).unwrap()
}

/// A test that hangs fails.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
}

/// Waits until it is so.
pub async fn until(mut so: impl FnMut() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    within(waiting).await;
}

/// Asks for as far as it goes at once; the order of these calls is the order of the questions.
pub fn begin<T>(future: impl Future<Output = T> + Send + 'static) -> BoxFuture<'static, T>
where
    T: Send + 'static,
{
    let mut future = tokio::task::unconstrained(future).boxed();
    match (&mut future).now_or_never() {
        Some(done) => std::future::ready(done).boxed(),
        None => future,
    }
}

pub fn join(sale: &RemoteSale, number: u128) -> BoxFuture<'static, Result<Outcome, Unavailable>> {
    let sale = sale.clone();
    begin(async move { sale.submit(Command::Join { account: account(number) }).await })
}

pub fn number_of(outcome: Outcome) -> u32 {
    match outcome.unwrap() {
        Answer::Joined(place) | Answer::Place(place) => place.number.0,
        other => panic!("a join answers with a place, not {other:?}"),
    }
}

pub fn secret() -> Secret {
    Secret::new("a secret for tests, long enough").unwrap()
}

pub fn account(number: u128) -> AccountId {
    AccountId::new(number)
}

pub fn hold(number: u128, seats: &[u32]) -> Command {
    let seats = seats.iter().copied().map(SeatIndex).collect();
    Command::PlaceHold { account: account(number), choice: Choice::These(Places { seats, areas: vec![] }) }
}

pub fn plan(seats: u32) -> SeatingPlan {
    let per_row = 100;
    let rows = (0..seats.div_ceil(per_row)).map(|row| Row {
        section: 0,
        name: row.to_string(),
        first_seat: row * per_row,
        seats: per_row.min(seats - row * per_row),
    });
    let seat = |index: u32| Seat {
        guid: index.to_string(),
        row: index / per_row,
        number: (index % per_row).to_string(),
        level: PriceLevelIndex(0),
        x: 0.0,
        y: 0.0,
        accessible: false,
        after_gap: false,
    };
    SeatingPlan {
        name: "Hall".into(),
        width: 1.0,
        height: 1.0,
        price_levels: vec![PriceLevel { name: "A".into(), color: "#000000".into() }],
        sections: vec![Section { name: "Stalls".into() }],
        rows: rows.collect(),
        seats: (0..seats).map(seat).collect(),
        areas: vec![],
    }
}

pub fn settings(sale: SaleId, pace: Pace) -> Settings {
    Settings {
        sale,
        opens_at: Timestamp::from_millis(1_000),
        currency: Currency::from_code(*b"EUR"),
        prices: vec![5_000],
        tickets_per_buyer_max: 3,
        grace: domain::Duration::from_secs(600),
        select_time: domain::Duration::from_secs(600),
        pay_time: domain::Duration::from_secs(600),
        pace,
    }
}
