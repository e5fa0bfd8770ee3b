//! What everybody may know about a sale, on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Currency, Timestamp};
use sale::{SaleView, Stock};
use serde::Serialize;
use utoipa::ToSchema;

use super::MoneyBody;

/// The public state of a sale.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusBody {
    /// The server's clock.
    #[schema(value_type = i64)]
    pub server_time_ms: Timestamp,
    /// `scheduled`, `open`, `paused`, `sold_out` or `closed`.
    pub stage: &'static str,
    /// The opening instant.
    #[schema(value_type = i64)]
    pub opens_at_ms: Timestamp,
    /// The line.
    pub line: LineBody,
    /// Those with at least so many ahead will hardly get a seat any more, unless tickets come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hopeless_from: Option<u32>,
    /// Thousandths of the set pace that are in force; below 1000 while the server is under strain.
    pub pace_permille: u16,
    /// More people are let in for those who, as measured, will not show up.
    pub corrects_no_shows: bool,
    /// The organiser's message to everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announcement: Option<AnnouncementBody>,
    /// The draw, if the order of early arrivals is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw: Option<DrawBody>,
    /// By price level.
    pub stock: Vec<StockBody>,
    /// Seats and people of all areas.
    pub capacity: u32,
    /// Orders that are paid.
    pub orders_paid: u32,
    /// Tickets that are good.
    pub tickets_sold: u32,
    /// Captured.
    pub taken: MoneyBody,
    /// Given back.
    pub refunded: MoneyBody,
    /// The number of events behind this: it only grows.
    pub version: u64,
}

/// A message to everybody.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnnouncementBody {
    /// What it says.
    pub text: String,
    /// Since when.
    #[schema(value_type = i64)]
    pub at_ms: Timestamp,
}

/// The draw.
#[derive(Debug, Serialize, ToSchema)]
pub struct DrawBody {
    /// SHA-256 of the seed, in hex: published before anybody comes.
    pub commitment: String,
    /// From when on one may come.
    #[schema(value_type = i64)]
    pub gathers_from_ms: Timestamp,
    /// How many are in the lobby.
    pub people: u32,
    /// How many drew their places; 0 before the draw.
    pub drawn: u32,
}

impl DrawBody {
    /// What everybody may know of a lobby.
    pub fn of(lobby: &sale::lobby::LobbyView) -> Self {
        let commitment = lobby.rules.commitment.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { commitment, gathers_from_ms: lobby.rules.gathers_from, people: lobby.people, drawn: lobby.drawn }
    }
}

/// The line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineBody {
    /// The last number handed out.
    pub last_number: u32,
    /// Everybody up to this number was let in or has left.
    pub admitted_through: u32,
    /// How many wait.
    pub waiting: u32,
    /// How many are inside.
    pub active: u32,
    /// How many were let in so far.
    pub admitted_total: u32,
}

/// How many are free, held, sold and blocked.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct StockBody {
    /// The price level; left out for an area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    /// On sale.
    pub free: u32,
    /// Held by buyers.
    pub held: u32,
    /// Sold.
    pub sold: u32,
    /// Not on sale.
    pub blocked: u32,
}

/// Every seat.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeatsBody {
    /// Of which state of the sale.
    pub version: u64,
    /// Base64 of two bits a seat, seat 0 in the lowest bits of byte 0: 0 free, 1 held, 2 sold, 3 blocked.
    pub seats: String,
    /// The counted areas.
    pub areas: Vec<StockBody>,
}

/// The seats that changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeatChangesBody {
    /// Of which state of the sale.
    pub version: u64,
    /// Seat and state, as in `seats`.
    #[schema(value_type = Vec<Vec<u32>>)]
    pub changes: Vec<(u32, u8)>,
    /// The counted areas.
    pub areas: Vec<StockBody>,
}

impl StatusBody {
    /// The public state of a view.
    pub fn of(view: &SaleView, currency: Currency, now: Timestamp) -> Self {
        let levels = view.levels.iter().enumerate();
        Self {
            server_time_ms: now,
            stage: stage_word(view),
            opens_at_ms: view.opens_at,
            line: LineBody {
                last_number: view.last_number,
                admitted_through: view.cursor,
                waiting: view.waiting,
                active: view.active,
                admitted_total: view.admitted_total,
            },
            hopeless_from: view.hopeless_from(),
            pace_permille: view.throttle_permille,
            corrects_no_shows: view.corrects_no_shows,
            announcement: view
                .announcement
                .as_ref()
                .map(|said| AnnouncementBody { text: said.text.clone(), at_ms: said.at }),
            draw: view.lobby.as_ref().map(DrawBody::of),
            stock: levels.map(|(level, stock)| stock_body(stock, u8::try_from(level).ok())).collect(),
            capacity: view.stock().sum(),
            orders_paid: view.totals.orders_paid,
            tickets_sold: view.totals.tickets_sold,
            taken: MoneyBody { amount: view.totals.taken, currency },
            refunded: MoneyBody { amount: view.totals.refunded, currency },
            version: view.version,
        }
    }
}

impl SeatsBody {
    /// Every seat of a view.
    pub fn of(view: &SaleView) -> Self {
        Self { version: view.version, seats: STANDARD.encode(&view.seats), areas: areas(view) }
    }
}

/// The stage of a view, as everybody is told.
pub fn stage_word(view: &SaleView) -> &'static str {
    match view.stage {
        sale::Stage::Scheduled => "scheduled",
        sale::Stage::Open if view.is_sold_out() => "sold_out",
        sale::Stage::Open => "open",
        sale::Stage::Paused { .. } => "paused",
        sale::Stage::Closed => "closed",
    }
}

/// The counted areas of a view.
pub fn areas(view: &SaleView) -> Vec<StockBody> {
    view.areas.iter().map(|stock| stock_body(stock, None)).collect()
}

fn stock_body(stock: &Stock, level: Option<u8>) -> StockBody {
    let [free, held, sold, blocked] = stock.0;
    StockBody { level, free, held, sold, blocked }
}
