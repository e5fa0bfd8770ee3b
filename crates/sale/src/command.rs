//! Everything one may ask of a sale.

use domain::{AccountId, AreaIndex, Money, OrderId, PriceLevelIndex, SeatIndex, Timestamp};
use serde::{Deserialize, Serialize};

use crate::idempotency::RequestKey;
use crate::settings::Pace;

/// A command with the key its client gave it, if any.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Repeating the same key with the same command gives the same answer.
    pub key: Option<RequestKey>,
    /// What is asked.
    pub command: Command,
}

impl From<Command> for Request {
    fn from(command: Command) -> Self {
        Self { key: None, command }
    }
}

/// Something asked of a sale. Who may ask it is checked before it gets here.
#[expect(missing_docs, reason = "the variant says what its fields are")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// A fan takes a place in line, or before a draw in the lobby. Asking again answers with the same place.
    Join { account: AccountId },
    /// Many fans take places, in this order.
    JoinMany { accounts: Vec<AccountId> },
    /// An admitted fan shows up: the select time starts.
    Enter { account: AccountId },
    /// A fan gives up the place, and what it holds.
    Leave { account: AccountId },
    /// A fan chooses; an earlier choice is replaced, all or nothing.
    PlaceHold { account: AccountId, choice: Choice },
    /// A fan gives the chosen seats back and may choose others.
    ReleaseHold { account: AccountId },
    /// A fan goes on to pay for the hold; from here there is no way back to the seats.
    BeginCheckout { account: AccountId, order: OrderId },
    /// A fan gives up an unpaid order.
    CancelOrder { account: AccountId, order: OrderId },
    /// The provider has a payment page for the order.
    RecordPaymentOpened { order: OrderId, payment: String, page_url: String },
    /// The provider declined an attempt; the fan may try again until the pay time is over.
    RecordPaymentDeclined { order: OrderId },
    /// The provider has the money.
    RecordPaymentCaptured { order: OrderId, payment: String, amount: Money },
    /// The provider confirms that it has not and will not take money for the order.
    RecordPaymentCancelled { order: OrderId },
    /// The provider confirms that the money went back.
    RecordRefund { order: OrderId },
    /// The organiser gives the money of a paid order back; its tickets become void, its seats free.
    RefundOrder { order: OrderId },
    /// The organiser takes free seats out of the sale.
    Block { choice: Places },
    /// The organiser puts blocked seats back on sale.
    Unblock { choice: Places },
    /// Nobody enters and nobody chooses; those who pay may finish.
    Pause,
    /// Goes on after a pause; the time of the pause is given back.
    Resume,
    /// Ends the sale; those who pay may finish.
    Close,
    /// Changes how the line moves.
    SetPace { pace: Pace },
    /// The gate lets the holder of this ticket in, once.
    CheckIn { serial: u32 },
    /// The organiser promises a draw among those who come from `gathers_from` until the opening. `commitment` is the
    /// SHA-256 of the seed.
    SetLobby { commitment: [u8; 32], gathers_from: Timestamp },
    /// The host reveals the seed at the opening: the order is drawn, and the sale opens.
    OpenDraw { seed: [u8; 32] },
    /// Lowers the pace to so many thousandths, or raises it again.
    Throttle { permille: u16 },
    /// Lets more people in for those who, as measured, will not show up; or no longer.
    SetNoShowCorrection { on: bool },
    /// A message to everybody in line; an empty one takes the last back.
    Announce { text: String },
}

impl Command {
    /// The fan who asks; `None` of many, of an organiser and of a provider.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Join { account }
            | Self::Enter { account }
            | Self::Leave { account }
            | Self::PlaceHold { account, .. }
            | Self::ReleaseHold { account }
            | Self::BeginCheckout { account, .. }
            | Self::CancelOrder { account, .. } => Some(*account),
            _ => None,
        }
    }
}

/// Seats and numbers of people in areas.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Places {
    /// Numbered seats.
    pub seats: Vec<SeatIndex>,
    /// People per counted area.
    pub areas: Vec<(AreaIndex, u32)>,
}

impl Places {
    /// How many tickets this makes.
    pub fn count(&self) -> u32 {
        crate::event::tickets(&self.seats, &self.areas)
    }
}

/// What a fan chooses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// These seats and area places.
    These(Places),
    /// Whatever is best.
    BestAvailable(BestAvailable),
}

/// A wish instead of seat numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BestAvailable {
    /// How many tickets.
    pub count: u32,
    /// Of this price level only.
    pub level: Option<PriceLevelIndex>,
    /// Side by side, or not at all.
    pub adjacent: bool,
    /// So many of them for people in wheelchairs; the others sit beside them.
    pub accessible: u32,
}
