//! The answers of the API `/v1`, as far as a fan reads them.

use serde::{Deserialize, Serialize};

/// Where a fan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceStage {
    /// In line.
    Waiting,
    /// May come in.
    Admitted,
    /// Came in and chooses.
    Selecting,
    /// Has an order to pay.
    Paying,
    /// Bought.
    Done,
    /// Left, or was released.
    Left,
    /// Was not there when admitted.
    Absent,
    /// Took too long.
    TimedOut,
    /// A stage this client does not know; nothing more to do for a fan in it.
    #[serde(other)]
    Other,
}

/// A place in line.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    /// The number; a lower one came earlier.
    pub number: u32,
    /// Where the fan stands.
    pub stage: PlaceStage,
    /// How many are before.
    #[serde(default)]
    pub ahead: u32,
}

/// Any answer with a place.
#[derive(Debug, Deserialize)]
pub struct PlaceAnswer {
    /// The place.
    pub place: Place,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Price {
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

/// One ticket's worth of a hold or order: a seat or one person of an area.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Item {
    /// The seat, if it is a numbered one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<u32>,
    /// The area, if it is a counted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<u32>,
    /// What it costs.
    pub price: Price,
}

/// A hold.
#[derive(Debug, Clone, Deserialize)]
pub struct Hold {
    /// Its number in the sale.
    pub hold: u32,
    /// One item per ticket.
    pub items: Vec<Item>,
    /// It ends by itself here, unix milliseconds.
    #[serde(default)]
    pub deadline_ms: Option<i64>,
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// Waits for the money.
    Paying,
    /// Paid.
    Paid,
    /// Not paid in time.
    Expired,
    /// Called off.
    Cancelled,
    /// The money goes back.
    RefundPending,
    /// The money went back.
    Refunded,
    /// A stage this client does not know.
    #[serde(other)]
    Other,
}

/// An order.
#[derive(Debug, Clone, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub stage: OrderStage,
    /// One item per ticket.
    pub items: Vec<Item>,
    /// The provider's payment page.
    #[serde(default)]
    pub payment_url: Option<String>,
    /// Pay until here, unix milliseconds.
    #[serde(default)]
    pub deadline_ms: Option<i64>,
    /// The tickets, once paid.
    #[serde(default)]
    pub tickets: Vec<String>,
}

/// Stock of one price level.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct Stock {
    /// To be had.
    pub free: u64,
    /// In somebody's hands.
    pub held: u64,
    /// Gone.
    pub sold: u64,
}

/// The line, seen from outside.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct LineStatus {
    /// The last number handed out.
    #[serde(default)]
    pub last_number: u64,
    /// How many wait.
    #[serde(default)]
    pub waiting: u64,
    /// How many are inside.
    #[serde(default)]
    pub active: u64,
    /// How many were ever admitted.
    #[serde(default)]
    pub admitted_total: u64,
}

/// A sale, seen from outside.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Status {
    /// `scheduled`, `open`, `paused`, `sold_out`, `closed`.
    pub stage: String,
    /// The line.
    #[serde(default)]
    pub line: LineStatus,
    /// Stock by price level.
    #[serde(default)]
    pub stock: Vec<Stock>,
    /// Seats and people of the whole plan.
    #[serde(default)]
    pub capacity: u64,
    /// Tickets sold.
    #[serde(default)]
    pub tickets_sold: u64,
    /// Orders paid.
    #[serde(default)]
    pub orders_paid: u64,
    /// Money captured, in minor units.
    #[serde(default)]
    pub taken: Amount,
    /// Money given back.
    #[serde(default)]
    pub refunded: Amount,
}

/// Money in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Amount {
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.currency.parse() {
            Ok(currency) => domain::Money::new(self.amount, currency).fmt(f),
            Err(_) => write!(f, "{}", self.amount),
        }
    }
}

impl Status {
    /// Nothing is free and nothing can come back by itself.
    pub fn finished(&self) -> bool {
        let gone = self.stock.iter().all(|level| level.free == 0 && level.held == 0);
        self.stage == "closed" || (self.stage == "sold_out" && gone)
    }
}

/// Stock of one counted area.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct AreaStock {
    /// To be had.
    pub free: u32,
    /// In somebody's hands.
    #[serde(default)]
    pub held: u32,
    /// Gone.
    #[serde(default)]
    pub sold: u32,
}

/// The seat map: whole, or what changed.
#[derive(Debug, Clone, Deserialize)]
pub struct Seats {
    /// The state's version.
    pub version: u64,
    /// Two bits per seat in base64, if whole.
    #[serde(default)]
    pub seats: Option<String>,
    /// Pairs of seat and state, if not.
    #[serde(default)]
    pub changes: Vec<(u32, u8)>,
    /// The counted areas.
    #[serde(default)]
    pub areas: Vec<AreaStock>,
}

/// An error's stable word and what it adds.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ProblemBody {
    /// The stable word.
    #[serde(default)]
    pub code: String,
    /// The sentence.
    #[serde(default)]
    pub detail: String,
    /// With `seat_taken`: which.
    #[serde(default)]
    pub seats_taken: Vec<u32>,
    /// With `sale_not_open`: when it will be, unix milliseconds.
    #[serde(default)]
    pub opens_at_ms: Option<i64>,
}

impl ProblemBody {
    /// Reads a body; an unreadable one has an empty code.
    pub fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }
}
