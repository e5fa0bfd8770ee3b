//! The server is killed again and again while fans join, hold and pay. Whatever it acknowledged is there afterwards.
//!
//! The clients keep the history: what they were told, and by which request. At the end it is compared with the
//! database and with the provider's ledger. `ONSALE_KILL_CYCLES` sets how often it is killed; the default is 50.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use load::client::{Answer, Origin, Pool, Request};
use load::fans::wire::{Hold, Order, OrderStage, PlaceAnswer, ProblemBody};
use load::operator::{Operator, SaleRules};
use load::processes::{OPERATOR_EMAIL, Platform, Running};
use payments::sandbox::SandboxClient;
use payments::{PaymentStatus, Secret};
use serde::de::DeserializeOwned;

/// Fans at once.
const CLIENTS: usize = 24;
/// The pauses before a kill, in milliseconds: some kills hit a server that has barely started.
const PAUSES_MS: [u64; 6] = [40, 150, 300, 450, 600, 250];
/// More seats and fans than a run can use up.
const SEATS: u32 = 60_000;
const FANS: usize = 40_000;
/// The sandbox's card that works.
const GOOD_CARD: &[u8] = b"card=4242424242424242";

/// What one fan was told. `None` was never acknowledged.
#[derive(Debug, Default)]
struct Told {
    session: String,
    pass: Option<String>,
    place: Option<u32>,
    seats: Option<Vec<u32>>,
    order: Option<String>,
    /// The payment page said that the money is taken.
    paid: bool,
}

/// What the clients share.
struct Crowd {
    pool: Pool,
    provider: Pool,
    sale: String,
    sessions: Vec<String>,
    next: AtomicUsize,
    seat: AtomicU32,
    over: AtomicBool,
    repeated: AtomicUsize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_however_often_the_server_is_killed_heavy() {
    let cycles = std::env::var("ONSALE_KILL_CYCLES").ok().and_then(|text| text.parse().ok()).unwrap_or(50);
    let mut shop = started().await;
    let password = shop.make_operator().await.unwrap();
    let operator = Operator::sign_in(shop.server_origin(), OPERATOR_EMAIL, &password).await.unwrap();
    let rules = SaleRules {
        capacity: None,
        grace_seconds: 3_600,
        select_seconds: 3_600,
        pay_seconds: 3_600,
        tickets_per_buyer_max: 3,
    };
    let hall = load::plan::hall(SEATS, 100, &[]).0;
    let sale = operator.put_on_sale(&load::operator::Show::demo(), &hall, load::clock::now_ms(), &rules).await.unwrap();
    let crowd = Crowd {
        pool: Pool::new(shop.server_origin(), CLIENTS, Duration::from_secs(10)),
        provider: Pool::new(shop.provider_origin(), CLIENTS, Duration::from_secs(10)),
        sessions: operator.mint_fans(&sale, FANS).await.unwrap(),
        sale,
        next: AtomicUsize::new(0),
        seat: AtomicU32::new(0),
        over: AtomicBool::new(false),
        repeated: AtomicUsize::new(0),
    };
    let began = Instant::now();
    let killing = async {
        for cycle in 0..cycles {
            tokio::time::sleep(Duration::from_millis(PAUSES_MS[cycle % PAUSES_MS.len()])).await;
            shop.crash_and_restart().await.unwrap();
        }
        crowd.over.store(true, Ordering::SeqCst);
    };
    let (told, ()) = tokio::join!(join_all((0..CLIENTS).map(|client| crowd.attend(client))), killing);
    let told: Vec<Told> = told.into_iter().flatten().collect();
    let count = |fits: fn(&Told) -> bool| told.iter().filter(|one| fits(one)).count();
    println!(
        "{cycles} kills in {:.1} s: {} places, {} holds, {} orders, {} payments acknowledged; {} requests repeated",
        began.elapsed().as_secs_f64(),
        count(|one| one.place.is_some()),
        count(|one| one.seats.is_some()),
        count(|one| one.order.is_some()),
        count(|one| one.paid),
        crowd.repeated.load(Ordering::SeqCst),
    );
    assert!(count(|one| one.paid) >= cycles, "the server was hardly used between the kills");
    crowd.everything_is_there(&told, &shop).await;
    assert_eq!(operator.broken_invariants(&crowd.sale).await.unwrap(), Vec::<String>::new());
    shop.stop().await.unwrap();
}

async fn started() -> Running {
    let settings = vec!["engine.snapshot_every_events=1000".to_owned()];
    let platform = Platform { bin: PathBuf::from(env!("CARGO_BIN_EXE_onsale")), core: None, settings };
    platform.start().await.unwrap()
}

impl Crowd {
    /// One fan after another, until it is over; the last one is still served.
    async fn attend(&self, client: usize) -> Vec<Told> {
        let mut all = vec![];
        while !self.over.load(Ordering::SeqCst) {
            let fan = self.next.fetch_add(1, Ordering::SeqCst);
            let mut told = Told { session: self.sessions[fan].clone(), ..Told::default() };
            // One in eight stays at each step but the last.
            self.evening(&mut told, fan, (fan + client) % 8).await;
            all.push(told);
        }
        all
    }

    async fn evening(&self, told: &mut Told, fan: usize, goes_to: usize) {
        let joined: PlaceAnswer = self.until_answered("POST", "/line", told, None, b"", 201).await;
        told.place = Some(joined.place.number);
        if goes_to == 0 {
            return;
        }
        let seat = self.seat.fetch_add(2, Ordering::SeqCst) % (SEATS - 1);
        let (key, choice) = (format!("hold-{fan}"), format!("{{\"seats\":[{seat},{}]}}", seat + 1));
        let hold: Hold = self.until_answered("PUT", "/hold", told, Some(&key), choice.as_bytes(), 200).await;
        told.seats = Some(hold.items.iter().filter_map(|item| item.seat).collect());
        if goes_to == 1 {
            return;
        }
        let key = format!("order-{fan}");
        let mut order: Order = self.until_answered("POST", "/orders", told, Some(&key), b"{}", 201).await;
        told.order = Some(order.id.clone());
        if goes_to == 2 {
            return;
        }
        while order.payment_url.is_none() {
            order = self.order(told, &order.id).await;
        }
        let (_, page) = Origin::of_url(&order.payment_url.unwrap()).unwrap();
        let paid = self.provider.send(&Request::new("POST", &page).form(GOOD_CARD)).await.unwrap();
        assert_eq!(paid.status, 303, "{}", String::from_utf8_lossy(&paid.body));
        told.paid = true;
    }

    /// Repeats a request under its key until a server answers it, and reads the answer.
    async fn until_answered<T: DeserializeOwned>(
        &self,
        method: &'static str,
        rest: &str,
        told: &mut Told,
        key: Option<&str>,
        body: &[u8],
        status: u16,
    ) -> T {
        let path = format!("/v1/sales/{}{rest}", self.sale);
        let mut request = Request::new(method, &path).session(&told.session).pass(told.pass.as_deref());
        request.key = key;
        let answer = self.send(if body.is_empty() { request } else { request.json(body) }).await;
        told.pass = answer.admission_pass.clone().or(told.pass.take());
        // A repeated join finds the place that the lost answer told of.
        assert!(answer.status == status || answer.status == 200, "{method} {path}: {}", said(&answer));
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn order(&self, told: &Told, id: &str) -> Order {
        let path = format!("/v1/orders/{id}");
        let answer = self.send(Request::new("GET", &path).session(&told.session)).await;
        assert_eq!(answer.status, 200, "an acknowledged order is unknown: {}", said(&answer));
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn send(&self, request: Request<'_>) -> Answer {
        let began = Instant::now();
        loop {
            match self.pool.send(&request).await {
                Ok(answer) if answer.status != 503 => return answer,
                _ => drop(self.repeated.fetch_add(1, Ordering::SeqCst)),
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{} is not answered", request.path);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Compares what the fans were told with what the server and the provider know.
    async fn everything_is_there(&self, told: &[Told], shop: &Running) {
        let mut numbers = HashSet::new();
        let mut owners: HashMap<u32, &str> = HashMap::new();
        for some in told.chunks(CLIENTS) {
            let found = join_all(some.iter().map(|one| self.look(one))).await;
            for (one, seats) in some.iter().zip(found) {
                assert!(one.place.is_none_or(|number| numbers.insert(number)), "a place was given twice: {one:?}");
                for seat in seats {
                    let before = owners.insert(seat, &one.session);
                    assert_eq!(before, None, "seat {seat} was given twice");
                }
            }
        }
        let provider = SandboxClient::new(shop.provider_origin().to_string(), Secret::new(shop.provider_key()));
        let ledger = provider.unwrap().ledger().await.unwrap();
        let statuses: HashMap<String, PaymentStatus> =
            ledger.iter().map(|entry| (entry.payment.order.to_string(), entry.payment.status)).collect();
        assert!(ledger.iter().all(|entry| entry.captures() <= 1), "money was taken twice");
        for one in told.iter().filter(|one| one.paid) {
            let status = one.order.as_ref().and_then(|order| statuses.get(order));
            assert_eq!(status, Some(&PaymentStatus::Captured), "{one:?}");
        }
        let captured = ledger.iter().filter(|entry| entry.payment.status == PaymentStatus::Captured).count();
        assert_eq!(captured, told.iter().filter(|one| one.paid).count(), "money nobody paid");
    }

    /// The seats of a fan, who must have all that was acknowledged.
    async fn look(&self, told: &Told) -> Vec<u32> {
        let path = format!("/v1/sales/{}/line/me", self.sale);
        let answer = self.send(Request::new("GET", &path).session(&told.session)).await;
        assert_eq!(answer.status, 200, "an acknowledged place is lost: {told:?}");
        let place: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let place = &place["place"];
        assert_eq!(place["number"].as_u64(), told.place.map(u64::from), "{told:?}");
        let (Some(seats), order) = (&told.seats, &told.order) else { return vec![] };
        let Some(order) = order else {
            let hold: Hold = serde_json::from_value(place["hold"].clone()).unwrap();
            assert_eq!(&seats_of(&hold.items), seats, "an acknowledged hold is lost");
            return seats.clone();
        };
        let began = Instant::now();
        loop {
            let now = self.order(told, order).await;
            assert_eq!(&seats_of(&now.items), seats, "an acknowledged order has other seats");
            match now.stage {
                OrderStage::Paying if !told.paid => return seats.clone(),
                OrderStage::Paid if told.paid && now.tickets.len() == seats.len() => return seats.clone(),
                stage => assert!(began.elapsed() < Duration::from_secs(30), "{stage:?} at last: {told:?}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn seats_of(items: &[load::fans::wire::Item]) -> Vec<u32> {
    items.iter().filter_map(|item| item.seat).collect()
}

fn said(answer: &Answer) -> String {
    let problem = ProblemBody::read(&answer.body);
    format!("{} {} {}", answer.status, problem.code, problem.detail)
}
