//! A sale on paper: the API's contract in a hash map, with a choice of ways to cheat. It exists to prove that the
//! fans' accounting finds what a broken server does; the real server has tests of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use base64::Engine as _;
use domain::SeatingPlan;
use load::client::Origin;
use load::clock::now_ms;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How long a buyer may choose, and then pay.
const PATIENCE_MS: i64 = 600;
/// Buyers inside at once.
const INSIDE_MAX: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cheat {
    Honest,
    /// Gives a seat to whoever asks for it.
    SellsTwice,
    /// Gives lower numbers to those who come later.
    TurnsTheLineAround,
    /// Does not know every third place any more when asked after the sale.
    ForgetsPlaces,
    /// Takes the money for all tickets and gives one less, if there are several.
    KeepsATicket,
    /// Says that nothing was held.
    DropsHolds,
}

#[derive(Debug, Default)]
struct Buyer {
    number: u32,
    stage: &'static str,
    seats: Vec<u32>,
    standing: u32,
    deadline_ms: i64,
}

#[derive(Debug)]
struct Order {
    token: String,
    items: Value,
    stage: &'static str,
    tickets: Vec<String>,
    captured: bool,
}

#[derive(Debug)]
struct Sale {
    plan: SeatingPlan,
    opens_at_ms: i64,
    cheat: Cheat,
    over: bool,
    address: SocketAddr,
    buyers: HashMap<String, Buyer>,
    seats: Vec<u8>,
    standing_free: u32,
    line: Vec<String>,
    admitted: usize,
    orders: HashMap<String, Order>,
    version: u64,
}

type Shared = Arc<Mutex<Sale>>;
type Said = (StatusCode, Json<Value>);

pub struct PaperServer {
    pub origin: Origin,
    sale: Shared,
}

impl PaperServer {
    pub async fn open(plan: SeatingPlan, opens_at_ms: i64, cheat: Cheat) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let sale: Shared = Arc::new(Mutex::new(Sale {
            seats: vec![0; plan.seats.len()],
            standing_free: plan.areas.iter().map(|area| area.capacity).sum(),
            plan,
            opens_at_ms,
            cheat,
            over: false,
            address,
            buyers: HashMap::new(),
            line: vec![],
            admitted: 0,
            orders: HashMap::new(),
            version: 1,
        }));
        let app = Router::new()
            .route("/v1/sales/{sale}/plan", get(|State(sale): State<Shared>| async move { Json(lock(&sale).plan.clone()) }))
            .route("/v1/sales/{sale}/status", get(|State(sale): State<Shared>| async move { Json(lock(&sale).status()) }))
            .route("/v1/sales/{sale}/seats", get(|State(sale): State<Shared>| async move { Json(lock(&sale).map()) }))
            .route("/v1/sales/{sale}/line", post(|State(sale): State<Shared>, headers: HeaderMap| async move { lock(&sale).join(token(&headers)) }))
            .route("/v1/sales/{sale}/line/me", get(|State(sale): State<Shared>, headers: HeaderMap| async move { lock(&sale).place(&token(&headers)) })
                .delete(|State(sale): State<Shared>, headers: HeaderMap| async move { lock(&sale).leave(&token(&headers)) }))
            .route("/v1/sales/{sale}/line/me/enter", post(|State(sale): State<Shared>, headers: HeaderMap| async move { lock(&sale).enter(&token(&headers)) }))
            .route("/v1/sales/{sale}/hold", put(|State(sale): State<Shared>, headers: HeaderMap, Json(wish): Json<Value>| async move { lock(&sale).hold(&token(&headers), &wish) }))
            .route("/v1/sales/{sale}/orders", post(|State(sale): State<Shared>, headers: HeaderMap| async move { lock(&sale).order(token(&headers)) }))
            .route("/v1/orders", get(|State(sale): State<Shared>, headers: HeaderMap| async move { lock(&sale).orders(&token(&headers)) }))
            .route("/v1/orders/{order}", get(|State(sale): State<Shared>, Path(order): Path<String>| async move { Json(lock(&sale).order_json(&order)) }))
            .route("/pay/{order}", post(|State(sale): State<Shared>, Path(order): Path<String>, body: String| async move { lock(&sale).pay(&order, &body) }))
            .route("/v1/ledger", get(|State(sale): State<Shared>| async move { Json(lock(&sale).ledger()) }))
            .with_state(Arc::clone(&sale));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { origin: Origin::of_address(address), sale }
    }

    /// The sale is over; from now on the books are looked at.
    pub fn close_the_books(&self) {
        let mut sale = lock(&self.sale);
        sale.over = true;
        if sale.cheat == Cheat::KeepsATicket {
            for order in sale.orders.values_mut().filter(|order| order.tickets.len() > 1) {
                order.tickets.pop();
            }
        }
    }
}

fn lock(sale: &Shared) -> MutexGuard<'_, Sale> {
    let mut sale = sale.lock().unwrap_or_else(PoisonError::into_inner);
    sale.tick();
    sale
}

fn token(headers: &HeaderMap) -> String {
    let cookie = headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
    cookie.strip_prefix("__Host-session=").unwrap_or_default().to_owned()
}

fn ok(body: Value) -> Said {
    (StatusCode::OK, Json(body))
}

fn refused(code: &str, mut more: Value) -> Said {
    more["code"] = code.into();
    (StatusCode::CONFLICT, Json(more))
}

impl Sale {
    /// Frees what was abandoned and lets the next ones in.
    fn tick(&mut self) {
        let now = now_ms();
        let late: Vec<String> = self
            .buyers
            .iter()
            .filter(|(_, buyer)| matches!(buyer.stage, "admitted" | "selecting" | "paying") && now >= buyer.deadline_ms)
            .map(|(token, _)| token.clone())
            .collect();
        for token in late {
            self.release(&token);
            for order in self.orders.values_mut().filter(|order| order.token == token && order.stage == "paying") {
                order.stage = "expired";
            }
            self.buyers.entry(token).and_modify(|buyer| buyer.stage = "timed_out");
        }
        let mut inside =
            self.buyers.values().filter(|buyer| matches!(buyer.stage, "admitted" | "selecting" | "paying")).count();
        while inside < INSIDE_MAX && self.admitted < self.line.len() {
            let deadline_ms = now + 5 * PATIENCE_MS;
            let token = self.line[self.admitted].clone();
            self.buyers.entry(token).and_modify(|buyer| (buyer.stage, buyer.deadline_ms) = ("admitted", deadline_ms));
            self.admitted += 1;
            inside += 1;
        }
    }

    fn release(&mut self, token: &str) {
        let Some(buyer) = self.buyers.get_mut(token) else { return };
        for seat in buyer.seats.drain(..) {
            self.seats[seat as usize] = 0;
        }
        self.standing_free += std::mem::take(&mut buyer.standing);
    }

    fn status(&self) -> Value {
        let count = |state: u8| self.seats.iter().filter(|seat| **seat == state).count() as u64;
        let in_hand: u32 = self.buyers.values().filter(|buyer| buyer.stage != "done").map(|buyer| buyer.standing).sum();
        let (free, held) = (count(0) + u64::from(self.standing_free), count(1) + u64::from(in_hand));
        let stage = if free + held == 0 { "sold_out" } else { "open" };
        json!({"stage": stage, "line": {"last_number": self.line.len(), "admitted_total": self.admitted},
               "stock": [{"level": 0, "free": free, "held": held, "sold": 0}]})
    }

    fn map(&self) -> Value {
        let mut packed = vec![0u8; self.seats.len().div_ceil(4)];
        for (seat, state) in self.seats.iter().enumerate() {
            packed[seat / 4] |= state << (seat % 4 * 2);
        }
        let packed = base64::engine::general_purpose::STANDARD.encode(packed);
        json!({"version": self.version, "seats": packed, "areas": [{"free": self.standing_free}]})
    }

    fn place_json(&self, buyer: &Buyer) -> Value {
        let ahead = if buyer.stage == "waiting" { buyer.number.saturating_sub(self.admitted as u32) } else { 0 };
        json!({"place": {"number": buyer.number, "stage": buyer.stage, "ahead": ahead}})
    }

    fn join(&mut self, token: String) -> Said {
        if now_ms() < self.opens_at_ms {
            return refused("sale_not_open", json!({"opens_at_ms": self.opens_at_ms}));
        }
        if !self.buyers.contains_key(&token) {
            self.line.push(token.clone());
            let number = self.line.len() as u32;
            let number = if self.cheat == Cheat::TurnsTheLineAround { 1_000_000 - number } else { number };
            self.buyers.insert(token.clone(), Buyer { number, stage: "waiting", ..Buyer::default() });
        }
        (StatusCode::CREATED, Json(self.place_json(&self.buyers[&token])))
    }

    fn place(&self, token: &str) -> Said {
        match self.buyers.get(token) {
            Some(buyer) if self.over && self.cheat == Cheat::ForgetsPlaces && buyer.number % 3 == 0 => {
                (StatusCode::NOT_FOUND, Json(json!({"code": "not_in_line"})))
            }
            Some(buyer) => ok(self.place_json(buyer)),
            None => (StatusCode::NOT_FOUND, Json(json!({"code": "not_in_line"}))),
        }
    }

    fn enter(&mut self, token: &str) -> Said {
        let deadline_ms = now_ms() + PATIENCE_MS;
        match self.buyers.get_mut(token) {
            Some(buyer) if buyer.stage == "admitted" => {
                (buyer.stage, buyer.deadline_ms) = ("selecting", deadline_ms);
                ok(self.place_json(&self.buyers[token]))
            }
            _ => refused("not_admitted", json!({})),
        }
    }

    fn leave(&mut self, token: &str) -> Said {
        self.release(token);
        self.buyers.entry(token.to_owned()).and_modify(|buyer| buyer.stage = "left");
        (StatusCode::NO_CONTENT, Json(json!({})))
    }

    fn hold(&mut self, token: &str, wish: &Value) -> Said {
        if self.buyers.get(token).is_none_or(|buyer| buyer.stage != "selecting") {
            return refused("select_time_over", json!({}));
        }
        let standing = wish["areas"][0]["count"].as_u64().unwrap_or(0) as u32;
        if standing > self.standing_free {
            return refused("area_full", json!({}));
        }
        let mut seats: Vec<u32> =
            wish["seats"].as_array().into_iter().flatten().filter_map(|seat| Some(seat.as_u64()? as u32)).collect();
        if let Some(count) = wish["best_available"]["count"].as_u64() {
            seats = (0..self.seats.len() as u32)
                .filter(|seat| self.seats[*seat as usize] == 0)
                .take(count as usize)
                .collect();
            if seats.len() < count as usize {
                return refused("not_enough_seats", json!({}));
            }
        }
        let taken: Vec<u32> = seats.iter().copied().filter(|seat| self.seats[*seat as usize] != 0).collect();
        if !taken.is_empty() && self.cheat != Cheat::SellsTwice {
            return refused("seat_taken", json!({"seats_taken": taken}));
        }
        self.release(token);
        for seat in &seats {
            self.seats[*seat as usize] = 1;
        }
        self.standing_free -= standing;
        self.version += 1;
        let cheat = self.cheat;
        let Some(buyer) = self.buyers.get_mut(token) else { return refused("not_admitted", json!({})) };
        let items = items(&seats, standing);
        (buyer.seats, buyer.standing) = if cheat == Cheat::DropsHolds { (vec![], 0) } else { (seats, standing) };
        ok(json!({"hold": self.version, "items": items, "deadline_ms": buyer.deadline_ms}))
    }

    fn order(&mut self, token: String) -> Said {
        let Some(buyer) = self.buyers.get_mut(&token) else { return refused("not_admitted", json!({})) };
        if buyer.seats.is_empty() && buyer.standing == 0 {
            return refused("nothing_held", json!({}));
        }
        (buyer.stage, buyer.deadline_ms) = ("paying", now_ms() + PATIENCE_MS);
        let items = items(&buyer.seats, buyer.standing);
        let id = format!("ord_{}", buyer.number);
        self.orders.insert(id.clone(), Order { token, items, stage: "paying", tickets: vec![], captured: false });
        (StatusCode::CREATED, Json(self.order_json(&id)))
    }

    fn order_json(&self, id: &str) -> Value {
        let Some(order) = self.orders.get(id) else { return json!({}) };
        let deadline_ms = self.buyers.get(&order.token).map(|buyer| buyer.deadline_ms);
        json!({"id": id, "stage": order.stage, "items": order.items, "tickets": order.tickets,
               "payment_url": format!("http://{}/pay/{id}", self.address), "deadline_ms": deadline_ms})
    }

    fn orders(&self, token: &str) -> Said {
        let own = self.orders.iter().filter(|(_, order)| order.token == token);
        ok(json!({"orders": own.map(|(id, _)| self.order_json(id)).collect::<Vec<_>>()}))
    }

    fn pay(&mut self, id: &str, body: &str) -> Said {
        let Some(order) = self.orders.get_mut(id).filter(|order| order.stage == "paying") else {
            return refused("too_late", json!({}));
        };
        if body != "card=4242424242424242" {
            return refused("declined", json!({}));
        }
        (order.stage, order.captured) = ("paid", true);
        let Some(buyer) = self.buyers.get_mut(&order.token) else { return refused("too_late", json!({})) };
        buyer.stage = "done";
        for seat in &buyer.seats {
            self.seats[*seat as usize] = 2;
        }
        let mut tickets: Vec<String> = buyer.seats.iter().map(|seat| format!("seat-{seat}")).collect();
        tickets.extend((0..buyer.standing).map(|one| format!("{id}-{one}")));
        order.tickets = tickets;
        ok(json!({}))
    }

    fn ledger(&self) -> Value {
        let payments = self.orders.iter().filter(|(_, order)| order.captured);
        let payments =
            payments.map(|(id, _)| json!({"payment": {"order": id}, "operations": [{"kind": "capture", "amount": 1}]}));
        json!({"payments": payments.collect::<Vec<_>>(), "next": null})
    }
}

fn items(seats: &[u32], standing: u32) -> Value {
    let price = json!({"amount": 1, "currency": "EUR"});
    let seats = seats.iter().map(|seat| json!({"seat": seat, "price": price}));
    seats.chain((0..standing).map(|_| json!({"area": 0, "price": price}))).collect()
}
