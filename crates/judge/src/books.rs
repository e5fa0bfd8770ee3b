//! What is true in the end: the journal as `onsale verify --dump` replays it, the organiser's lists as the server
//! answers them, the audit log, and the provider's own ledger.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::Failed;
use crate::history::What;
use crate::shop::Shop;
use crate::stand::{Stand, text};

/// How many times the patience something may take that goes on all the while.
const SLOW_MAX: u32 = 4;

/// Everything the histories are compared with.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Places by number.
    pub places: BTreeMap<u64, Place>,
    /// Orders as the journal has them.
    pub orders: BTreeMap<String, JournalOrder>,
    /// Tickets by id.
    pub tickets: BTreeMap<String, Ticket>,
    /// What verification said of the whole: sound, and every sentence about what is not.
    pub verified: Vec<String>,
    /// Whether the journal was found sound.
    pub sound: bool,
    /// Where reading the journal ended before its end: an event that is missing or damaged.
    pub stopped: Option<String>,
    /// The state's hash by replay, and that of the running server, once both were of the same instant.
    pub hashes: Option<(String, String)>,
    /// Orders as the server lists them to the organiser.
    pub listed: BTreeMap<String, Value>,
    /// The last status.
    pub status: Value,
    /// The provider's ledger by order.
    pub ledger: BTreeMap<String, Payment>,
    /// Action and target of every deed in the audit log.
    pub deeds: Vec<(String, String)>,
}

/// A place in line at the end.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    /// Its owner.
    pub account: String,
    /// How far it came.
    pub stage: String,
}

impl Place {
    /// Let in, and not gone again.
    pub fn is_inside(&self) -> bool {
        matches!(self.stage.as_str(), "admitted" | "selecting" | "paying")
    }
}

/// An order in the journal.
#[derive(Debug, Clone, Deserialize)]
pub struct JournalOrder {
    /// Whose.
    pub account: String,
    /// How far.
    pub stage: String,
    /// Numbered seats.
    pub seats: Vec<u32>,
    /// People per area.
    pub areas: Vec<(u32, u32)>,
    /// What it costs.
    pub total: i64,
    /// Ids of its tickets.
    pub tickets: Vec<String>,
}

impl JournalOrder {
    /// Money is due, or is to go back.
    pub fn is_under_way(&self) -> bool {
        matches!(self.stage.as_str(), "paying" | "refund_pending")
    }
}

/// A ticket in the journal.
#[derive(Debug, Clone, Deserialize)]
pub struct Ticket {
    /// Of which order.
    pub order: String,
    /// Its seat.
    pub seat: Option<u32>,
    /// Its area.
    pub area: Option<u32>,
    /// `valid`, `used`, `void`.
    pub stage: String,
}

/// What the provider did for one order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payment {
    /// Times money was taken.
    pub captures: u64,
    /// Minor units taken.
    pub captured: i64,
    /// Minor units given back.
    pub refunded: i64,
}

impl JournalOrder {
    /// How many tickets it is about.
    pub fn count(&self) -> u64 {
        self.seats.len() as u64 + self.areas.iter().map(|(_, people)| u64::from(*people)).sum::<u64>()
    }
}

impl Books {
    /// Waits until nothing is under way, or nothing has changed for so long, and reads everything.
    ///
    /// # Errors
    /// Something cannot be read.
    pub async fn settle_and_read(stand: &Stand, shop: &Shop, patience: Duration) -> Result<Self, Failed> {
        let (began, mut changed, mut before) = (Instant::now(), Instant::now(), None);
        // Slow is not stuck: as long as something changes there is hope, up to a multiple of the patience.
        let is_over = |changed: Instant| changed.elapsed() >= patience || began.elapsed() >= patience * SLOW_MAX;
        loop {
            loop {
                let seen = Seen::of(shop).await;
                if seen != before {
                    (changed, before) = (Instant::now(), seen);
                }
                if is_over(changed) || before.as_ref().is_some_and(Seen::is_settled) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
            let books = Self::of_one_instant(stand, shop).await?;
            // What everybody is told may be a second old: somebody may have come in just before.
            if books.is_at_rest() || is_over(changed) {
                return Ok(books);
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    async fn of_one_instant(stand: &Stand, shop: &Shop) -> Result<Self, Failed> {
        let mut books = Self::default();
        for _ in 0..8 {
            // What is read piece by piece is of one instant if nothing changed from the first piece to the last.
            let before = live_hash(shop).await?;
            books.read_server(shop).await?;
            books.ledger = ledger(stand).await?;
            let replayed = books.read_journal(stand, &shop.sale)?;
            let after = live_hash(shop).await?;
            let quiet = before == after;
            books.hashes = Some((replayed.clone(), after.clone()));
            if quiet && replayed == after {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(books)
    }

    /// Nobody is inside, and no order is between two states.
    fn is_at_rest(&self) -> bool {
        !self.places.values().any(Place::is_inside) && !self.orders.values().any(JournalOrder::is_under_way)
    }

    /// Reads the journal by the binary's own verification; the state's hash.
    ///
    /// # Errors
    /// It cannot be run, or says nothing.
    pub fn read_journal(&mut self, stand: &Stand, sale: &str) -> Result<String, Failed> {
        let output = stand.verify()?;
        (self.places, self.orders, self.tickets) = Default::default();
        (self.verified, self.sound, self.stopped) = (vec![], false, None);
        let mut hash = String::new();
        for line in text(&output.stdout).lines() {
            let line: Value = serde_json::from_str(line)?;
            let ours = line["sale"] == sale || line["id"] == sale;
            match line["kind"].as_str() {
                Some("journal") => {
                    self.sound = line["sound"] == true;
                    self.stopped = line["stopped"].as_str().map(str::to_owned);
                    self.verified.extend(self.stopped.clone());
                }
                Some("sale") => {
                    let findings = line["findings"].as_array().into_iter().flatten();
                    self.verified.extend(findings.map(Value::to_string));
                    if ours {
                        hash = line["state_hash"].as_str().unwrap_or_default().to_owned();
                    }
                }
                Some("place") if ours => {
                    let number = line["number"].as_u64().unwrap_or_default();
                    self.places.insert(number, serde_json::from_value(line)?);
                }
                Some("order") if ours => {
                    self.orders.insert(id(&line), serde_json::from_value(line)?);
                }
                Some("ticket") if ours => {
                    self.tickets.insert(id(&line), serde_json::from_value(line)?);
                }
                _ => {}
            }
        }
        if hash.is_empty() {
            return Err(Failed(format!("verification says nothing of {sale}: {}", text(&output.stderr))));
        }
        Ok(hash)
    }

    async fn read_server(&mut self, shop: &Shop) -> Result<(), Failed> {
        self.status = get(shop, &format!("/v1/sales/{}/status", shop.sale)).await?;
        for order in pages(shop, &format!("/v1/sales/{}/orders", shop.sale), "orders").await? {
            self.listed.insert(id(&order), order);
        }
        let deeds = pages(shop, "/v1/audit", "deeds").await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.deeds = deeds.iter().map(|deed| (text(&deed["action"]), text(&deed["target"]))).collect();
        Ok(())
    }
}

/// How far a sale is, as the server says.
#[derive(Debug, PartialEq)]
struct Seen {
    stage: Value,
    line: Value,
    orders_under_way: usize,
}

impl Seen {
    async fn of(shop: &Shop) -> Option<Self> {
        let mut status = get(shop, &format!("/v1/sales/{}/status", shop.sale)).await.ok()?;
        let orders = pages(shop, &format!("/v1/sales/{}/orders", shop.sale), "orders").await.ok()?;
        let is_under_way = |order: &&Value| matches!(order["stage"].as_str(), Some("paying" | "refund_pending"));
        let orders_under_way = orders.iter().filter(is_under_way).count();
        Some(Self { stage: status["stage"].take(), line: status["line"].take(), orders_under_way })
    }

    /// Nobody is inside, and no order is between two states.
    fn is_settled(&self) -> bool {
        let moves = self.line["active"] != 0 || (self.line["waiting"] != 0 && self.stage == "open");
        self.orders_under_way == 0 && (self.stage == "scheduled" || !moves)
    }
}

async fn live_hash(shop: &Shop) -> Result<String, Failed> {
    let checked = get(shop, &format!("/v1/sales/{}/check", shop.sale)).await?;
    Ok(checked["state_hash"].as_str().unwrap_or_default().to_owned())
}

async fn get(shop: &Shop, path: &str) -> Result<Value, Failed> {
    Ok(shop.ask(Method::GET, path, What::Status, "books", Value::Null).await?.body)
}

async fn pages(shop: &Shop, path: &str, of: &str) -> Result<Vec<Value>, Failed> {
    let (mut all, mut after) = (vec![], String::new());
    loop {
        let page = get(shop, &format!("{path}?limit=100{after}")).await?;
        all.extend(page[of].as_array().cloned().unwrap_or_default());
        match &page["next"] {
            Value::String(next) => after = format!("&after={next}"),
            _ => return Ok(all),
        }
    }
}

/// The whole ledger, by order.
///
/// # Errors
/// It cannot be read.
pub async fn ledger(stand: &Stand) -> Result<BTreeMap<String, Payment>, Failed> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let (mut all, mut after) = (BTreeMap::<String, Payment>::new(), 0);
    loop {
        let url = format!("{}/v1/ledger?after={after}&limit=1000", stand.provider_origin());
        let page: Value = http.get(url).bearer_auth(stand.provider_key()).send().await?.json().await?;
        for entry in page["payments"].as_array().into_iter().flatten() {
            let order = entry["payment"]["order"].as_str().unwrap_or_default();
            let payment = all.entry(order.to_owned()).or_default();
            for operation in entry["operations"].as_array().into_iter().flatten() {
                payment.add(operation);
            }
        }
        match page["next"].as_i64() {
            Some(next) if next > after => after = next,
            _ => return Ok(all),
        }
    }
}

impl Payment {
    fn add(&mut self, operation: &Value) {
        let amount = operation["amount"].as_i64().unwrap_or_default();
        match operation["kind"].as_str() {
            Some("capture") => (self.captures, self.captured) = (self.captures + 1, self.captured + amount),
            Some("refund") => self.refunded += amount,
            _ => {}
        }
    }
}

fn id(line: &Value) -> String {
    line["id"].as_str().unwrap_or_default().to_owned()
}
