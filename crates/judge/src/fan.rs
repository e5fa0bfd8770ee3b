//! One fan with a script: joins, waits, chooses, pays or does not, and writes down everything said.

use std::time::Duration;

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Call, Client, Told};
use crate::history::What;
use crate::listen;
use crate::shop::Shop;

/// The sandbox's cards.
const GOOD_CARD: &str = "card=4242424242424242";
const DECLINED_CARD: &str = "card=4000000000000002";

/// How a fan's evening goes.
#[expect(missing_docs, reason = "the names say it")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    LeavesLine,
    NeverComes,
    HoldsAndGoes,
    Releases,
    OrdersAndGoes,
    CancelsOrder,
    Declined,
    DeclinedThenPays,
    Pays,
    PaysAndComesBack,
    PaysAndIsRefunded,
    PaysAndIsScanned,
}

/// How often each script is played, of those who come.
const SCRIPTS: [(Script, u32); 12] = [
    (Script::LeavesLine, 1),
    (Script::NeverComes, 1),
    (Script::HoldsAndGoes, 1),
    (Script::Releases, 1),
    (Script::OrdersAndGoes, 1),
    (Script::CancelsOrder, 1),
    (Script::Declined, 1),
    (Script::DeclinedThenPays, 1),
    (Script::Pays, 5),
    (Script::PaysAndComesBack, 2),
    (Script::PaysAndIsRefunded, 2),
    (Script::PaysAndIsScanned, 2),
];

/// Someone who wants tickets.
pub struct Fan {
    client: Client,
    shop: Shop,
    number: u32,
    session: String,
    chance: ChaCha8Rng,
    /// The script to play, if it is not drawn.
    script: Option<Script>,
}

impl Fan {
    /// A fan of this number; seed and number decide everything the fan does.
    pub fn new(client: Client, shop: Shop, number: u32, session: String, seed: u64, script: Option<Script>) -> Self {
        let chance = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(1_000_003).wrapping_add(number.into()));
        Self { client, shop, number, session, chance, script }
    }

    /// Plays the script to its end, or until the run is over.
    pub async fn evening(mut self) -> Option<()> {
        let script = self.script.unwrap_or_else(|| self.draw_script());
        let me = self.call(What::Me, Method::GET, "/v1/me");
        self.client.ask(&me).await?;
        self.visit(script, 0).await?;
        if script == Script::PaysAndComesBack {
            self.visit(script, 1).await?;
        }
        Some(())
    }

    fn draw_script(&mut self) -> Script {
        let drawn = SCRIPTS.choose_weighted(&mut self.chance, |(_, weight)| *weight);
        drawn.map_or(Script::Pays, |(script, _)| *script)
    }

    async fn visit(&mut self, script: Script, time: u32) -> Option<()> {
        let join = self.call(What::Join, Method::POST, &self.in_sale("/line"));
        if !self.client.ask(&join).await?.ok() {
            return None;
        }
        if self.chance.random_bool(0.2) {
            self.client.ask(&join).await?;
        }
        if script == Script::LeavesLine {
            let leave = self.call(What::Leave, Method::DELETE, &self.in_sale("/line/me"));
            self.client.ask(&leave).await?;
            return Some(());
        }
        self.wait().await?;
        if script == Script::NeverComes {
            return Some(());
        }
        let enter = self.call(What::Enter, Method::POST, &self.in_sale("/line/me/enter"));
        if !self.client.ask(&enter).await?.ok() {
            return Some(());
        }
        if !self.hold(time).await? {
            return Some(());
        }
        match script {
            Script::HoldsAndGoes => return Some(()),
            Script::Releases => {
                let release = self.call(What::Release, Method::DELETE, &self.in_sale("/hold"));
                return self.client.ask(&release).await.map(drop);
            }
            _ => {}
        }
        self.buy(script, time).await
    }

    /// Waits in line: by looking, or by listening.
    async fn wait(&mut self) -> Option<()> {
        let listens = self.chance.random_bool(0.5);
        for _ in 0..600 {
            if listens {
                listen::until_news(&self.client, &self.shop, self.number, &self.session).await;
            }
            let told = self.look().await?;
            if told.body["place"]["stage"] != "waiting" {
                return Some(());
            }
            let pause = self.chance.random_range(40..200);
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        None
    }

    async fn look(&mut self) -> Option<Told> {
        let look = self.call(What::Look, Method::GET, &self.in_sale("/line/me"));
        self.client.ask(&look).await
    }

    /// Chooses until something was free; sometimes again with the same key, or with the same key something else.
    async fn hold(&mut self, time: u32) -> Option<bool> {
        for attempt in 0..6 {
            let choice = self.choice(attempt);
            let mut call = self.call(What::Hold, Method::PUT, &self.in_sale("/hold"));
            call.key = Some(format!("hold-{}-{time}-{attempt}", self.number));
            call.of = call.key.clone().unwrap_or_default();
            call.json = choice;
            let told = self.client.ask(&call).await?;
            if self.chance.random_bool(0.25) {
                self.client.ask(&call).await?;
            }
            if self.chance.random_bool(0.25) {
                let other = Call { what: What::HoldOther, json: json!({ "seats": [self.any_seat()] }), ..call };
                let other =
                    Call { json: if other.json == call.json { json!({"areas":[]}) } else { other.json }, ..other };
                self.client.ask(&other).await?;
            }
            if told.ok() {
                self.look().await?;
                return Some(true);
            }
            const TRY_AGAIN: [&str; 5] =
                ["seat_taken", "area_full", "not_enough_seats", "no_adjacent_seats", "buyer_limit_reached"];
            if !TRY_AGAIN.contains(&told.code.as_str()) {
                return Some(false);
            }
        }
        Some(false)
    }

    fn any_seat(&mut self) -> u32 {
        self.chance.random_range(0..self.shop.rules.seats.max(1))
    }

    fn choice(&mut self, attempt: u32) -> Value {
        let seats = self.shop.rules.seats.max(1);
        // One in six asks for more than anybody may have.
        let count = if self.chance.random_bool(0.16) { 4 } else { self.chance.random_range(1..=3) };
        match self.chance.random_range(0..6) {
            0 => json!({ "best_available": { "count": count.min(3), "adjacent": false } }),
            1 if self.shop.rules.standing > 0 => json!({ "areas": [{ "area": 0, "count": count }] }),
            // Many want the same rows.
            2 | 3 if attempt < 3 => {
                let first = self.chance.random_range(0..seats.min(24));
                json!({ "seats": consecutive(first, count, seats) })
            }
            _ => {
                let first = self.any_seat();
                json!({ "seats": consecutive(first, count, seats) })
            }
        }
    }

    async fn buy(&mut self, script: Script, time: u32) -> Option<()> {
        let mut call = self.call(What::Order, Method::POST, &self.in_sale("/orders"));
        call.key = Some(format!("order-{}-{time}", self.number));
        call.of = call.key.clone().unwrap_or_default();
        call.json = json!({});
        let told = self.client.ask(&call).await?;
        if self.chance.random_bool(0.25) {
            self.client.ask(&call).await?;
        }
        if !told.ok() {
            return Some(());
        }
        let order = told.body["id"].as_str().unwrap_or_default().to_owned();
        match script {
            Script::OrdersAndGoes => return Some(()),
            Script::CancelsOrder => {
                let cancel = self.call_of(What::Cancel, Method::DELETE, &format!("/v1/orders/{order}"), &order);
                return self.client.ask(&cancel).await.map(drop);
            }
            _ => {}
        }
        let page = self.page(&order, told).await?;
        if let Some(page) = page {
            if matches!(script, Script::Declined | Script::DeclinedThenPays) {
                self.pay(&order, &page, DECLINED_CARD).await;
            }
            if script != Script::Declined {
                self.pay(&order, &page, GOOD_CARD).await;
            }
        }
        let last = self.until_final(&order).await?;
        self.afterwards(script, &order, &last).await
    }

    /// The payment page, once there is one; none if the order ended before.
    async fn page(&mut self, order: &str, mut told: Told) -> Option<Option<String>> {
        for _ in 0..400 {
            if let Some(page) = told.body["payment_url"].as_str() {
                return Some(Some(page.to_owned()));
            }
            if told.body["stage"] != "paying" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
            told = self.look_at(order).await?;
        }
        Some(None)
    }

    /// At the provider, once: money is not tried again without looking.
    async fn pay(&mut self, order: &str, page: &str, card: &str) {
        let mut call = self.call_of(What::Pay, Method::POST, page, order);
        call.form = Some(card.to_owned());
        self.client.once(&call).await;
    }

    async fn look_at(&mut self, order: &str) -> Option<Told> {
        let look = self.call_of(What::OrderLook, Method::GET, &format!("/v1/orders/{order}"), order);
        self.client.ask(&look).await
    }

    async fn until_final(&mut self, order: &str) -> Option<Told> {
        for _ in 0..400 {
            let told = self.look_at(order).await?;
            if !matches!(told.body["stage"].as_str(), Some("paying" | "refund_pending")) {
                return Some(told);
            }
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
        None
    }

    async fn afterwards(&mut self, script: Script, order: &str, last: &Told) -> Option<()> {
        if last.body["stage"] != "paid" {
            return Some(());
        }
        let ticket = last.body["tickets"][0].as_str().unwrap_or_default().to_owned();
        match script {
            Script::PaysAndIsRefunded => {
                self.shop.refund(order).await?;
                if self.chance.random_bool(0.5) {
                    self.shop.refund(order).await?;
                }
                self.until_final(order).await?;
            }
            Script::PaysAndIsScanned => {
                let path = format!("/v1/tickets/{ticket}");
                let told = self.client.ask(&self.call_of(What::Ticket, Method::GET, &path, &ticket)).await?;
                let code = told.body["code"].as_str().unwrap_or_default().to_owned();
                // Two gates at the same time, and one later.
                tokio::join!(self.shop.check_in(&ticket, &code), self.shop.check_in(&ticket, &code));
                self.shop.check_in(&ticket, &code).await?;
            }
            _ => {}
        }
        Some(())
    }

    fn in_sale(&self, rest: &str) -> String {
        format!("/v1/sales/{}{rest}", self.shop.sale)
    }

    fn call(&self, what: What, method: Method, path: &str) -> Call {
        self.call_of(what, method, path, "")
    }

    fn call_of(&self, what: What, method: Method, path: &str, of: &str) -> Call {
        let (session, path, of) = (self.session.clone(), path.to_owned(), of.to_owned());
        Call { client: self.number, what, of, method, path, session, key: None, json: Value::Null, form: None }
    }
}

fn consecutive(first: u32, count: u32, seats: u32) -> Vec<u32> {
    let count = count.min(seats);
    let first = first.min(seats - count);
    (first..first + count).collect()
}
