//! Everything that may have happened in a sale. The journal holds nothing else.
//!
//! Events are stored as postcard bytes: a variant is known by its place in the enum. Therefore variants are only
//! ever added at the end, and the fields of an existing variant never change (docs/decisions/0003).

use domain::{AccountId, AreaIndex, HoldNumber, Money, OrderId, PlaceNumber, SeatIndex, SeatingPlan, Timestamp};
use serde::{Deserialize, Serialize};

use crate::command::Places;
use crate::idempotency::RequestKey;
use crate::rejection::Rejection;
use crate::settings::{Pace, Settings};

/// An event with its instant and, where a client gave one, the key of the command behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// When.
    pub at: Timestamp,
    /// The request this event answers.
    pub key: Option<RequestKey>,
    /// What happened.
    pub event: Event,
}

/// What one hold or order is of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Items {
    /// Numbered seats.
    pub seats: Vec<SeatIndex>,
    /// People per counted area.
    pub areas: Vec<(AreaIndex, u32)>,
}

impl Items {
    /// How many tickets this makes.
    pub fn count(&self) -> u32 {
        tickets(&self.seats, &self.areas)
    }
}

/// How many tickets these make.
pub(crate) fn tickets(seats: &[SeatIndex], areas: &[(AreaIndex, u32)]) -> u32 {
    let people: u64 = areas.iter().map(|(_, count)| u64::from(*count)).sum();
    u32::try_from(people + seats.len() as u64).unwrap_or(u32::MAX)
}

impl From<Places> for Items {
    fn from(places: Places) -> Self {
        Self { seats: places.seats, areas: places.areas }
    }
}

/// How a buyer's turn ended without a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShopperEnd {
    /// Was admitted and did not show up in time.
    Absent,
    /// Did not choose in time.
    SelectTimeOver,
    /// Left.
    Left,
}

/// Why everybody waiting was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReleaseReason {
    /// Every seat is sold.
    SoldOut,
    /// As many as the organiser allowed have entered.
    AdmissionsReached,
}

/// Something that happened in a sale.
#[expect(missing_docs, reason = "the variant says what its fields are")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The sale exists: always the first event.
    SaleCreated { settings: Box<Settings>, plan: Box<SeatingPlan> },
    /// The opening instant has come.
    SaleOpened,
    /// These accounts took places, the first of them `first`, the others the numbers after it.
    Joined { first: PlaceNumber, accounts: Vec<AccountId> },
    /// Everybody still waiting up to and including `through` may enter, and must show up by `until`.
    Admitted { through: PlaceNumber, until: Timestamp },
    /// An admitted buyer showed up and may choose until `until`.
    Entered { place: PlaceNumber, until: Timestamp },
    /// Somebody waiting gave up the place.
    LeftLine { place: PlaceNumber },
    /// An admitted buyer's turn is over; what was held is free.
    TurnEnded { place: PlaceNumber, end: ShopperEnd },
    /// A buyer holds these, instead of what the same buyer held before.
    SeatsHeld { place: PlaceNumber, hold: HoldNumber, items: Items },
    /// A buyer gave the chosen seats back.
    HoldReleased { place: PlaceNumber },
    /// A buyer went on to pay what is held, by `until`.
    CheckoutStarted { place: PlaceNumber, order: OrderId, total: i64, until: Timestamp },
    /// The provider has a payment page.
    PaymentOpened { order: OrderId, payment: String, page_url: String },
    /// The provider declined an attempt.
    PaymentDeclined { order: OrderId },
    /// The provider has the money.
    PaymentCaptured { order: OrderId, payment: String, amount: Money },
    /// The order is paid: its seats are sold, its tickets have serials from `first_serial` on.
    TicketsIssued { order: OrderId, first_serial: u32 },
    /// The pay time is over; the seats are free.
    OrderExpired { order: OrderId },
    /// The buyer gave the order up; the seats are free.
    OrderCancelled { order: OrderId },
    /// The provider will take no money for this order any more.
    PaymentCancelled { order: OrderId },
    /// Captured money must go back. A paid order's tickets become void and its seats free.
    RefundRequested { order: OrderId },
    /// The money went back.
    RefundCompleted { order: OrderId },
    /// Free seats were taken out of the sale.
    SeatsBlocked { items: Items },
    /// Blocked seats are on sale again.
    SeatsUnblocked { items: Items },
    /// Nobody enters, nobody chooses.
    SalePaused,
    /// The sale goes on; the time of the pause is given back.
    SaleResumed,
    /// The sale has ended.
    SaleClosed,
    /// The line moves differently from now on.
    PaceSet { pace: Pace },
    /// Everybody waiting was told that there is nothing left for them.
    LineReleased { reason: ReleaseReason },
    /// Seats came back; the head of the line moves again.
    LineReopened,
    /// The holder of this ticket went in.
    TicketCheckedIn { serial: u32 },
    /// A request with a key was refused; repeating it gives the same refusal.
    Refused { rejection: Rejection },
    /// A request with a key found everything as it wished; repeating it gives the same answer: about the order, or
    /// the place, or neither.
    Unchanged { place: Option<PlaceNumber>, order: Option<OrderId> },
    /// Who comes from `gathers_from` until the opening draws for a place; `commitment` is the SHA-256 of the seed.
    LobbySet { commitment: [u8; 32], gathers_from: Timestamp },
    /// These accounts came to the lobby, in this order. Before the opening instant they draw, after it they follow.
    LobbyJoined { accounts: Vec<AccountId> },
    /// Somebody in the lobby gave up.
    LobbyLeft { account: AccountId },
    /// Those in the lobby have places from 1 on, in the order that follows from this seed (`line::draw`).
    LineDrawn { seed: [u8; 32] },
    /// The pace is so many thousandths of what is set.
    Throttled { permille: u16 },
    /// More people are let in for those who will not show up, or no longer.
    NoShowCorrectionSet { on: bool },
    /// Everybody in line is told this; an empty text takes the last message back.
    Announced { text: String },
    /// Another process writes from here on. It changes nothing in the sale; it takes the sequence that the writer before
    /// would use next, so that one that was only asleep can commit nothing (docs/decisions/0021).
    WriterChanged { term: u64 },
}
