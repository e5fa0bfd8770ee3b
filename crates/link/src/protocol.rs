//! What gateways and the engine say to each other.
//!
//! - After the handshake ([`crate::hello`]) the gateway sends [`ToEngine`], the engine [`FromEngine`], in frames
//!   ([`crate::frame`]) of postcard bytes. postcard knows a variant by its place and a field by its position:
//!   **any change to a type here, or to one of `sale` that is sent, is a new [`VERSION`]**, and versions do not mix.
//! - A question has an id that its gateway uses once per connection, and a patience. Each is answered exactly once,
//!   in any order, unless the connection ends: then what became of it is unknown.
//! - Commands of one gateway to one sale reach the writer in the order in which they were asked, and a look at a sale
//!   sees what the same gateway commanded before.
//! - At most [`IN_FLIGHT_MAX`] questions of a gateway are under way; what is beyond is refused at once as
//!   [`Refusal::Overloaded`]. A gateway that does not take its answers is not listened to, and in the end cut.
//! - Every [`TICK`] the engine tells what changed, and at least every [`HEARTBEAT`] that it is there. A gateway pings
//!   every [`PING`]. Whoever hears nothing for too long ([`LOST_AFTER`], [`GATEWAY_LOST_AFTER`]) closes the
//!   connection, and so does a gateway whose ping is not answered: a network may be dead in one direction only.

use std::time::Duration;

use domain::{AccountId, OrderId, SaleId, Timestamp};
use engine::Unavailable;
use sale::idempotency::Outcome;
use sale::{Command, OrderView, PlaceView, RequestKey};
use serde::{Deserialize, Serialize};

use crate::delta::ViewDelta;
use crate::wake::Wake;

/// The version of everything that is said.
pub const VERSION: u16 = 4;
/// Questions of one gateway that are under way, at most.
pub const IN_FLIGHT_MAX: usize = 16_384;
/// Questions or answers in one frame, at most.
pub const ITEMS_PER_FRAME_MAX: usize = 1_024;
/// How often the engine tells what changed.
pub const TICK: Duration = Duration::from_millis(100);
/// With nothing to tell, the engine says at least so often that it is there.
pub const HEARTBEAT: Duration = Duration::from_secs(1);
/// How often a gateway asks whether it is heard.
pub const PING: Duration = Duration::from_secs(1);
/// Silence after which a gateway believes its engine lost.
pub const LOST_AFTER: Duration = Duration::from_secs(3);
/// Silence after which the engine lets a gateway go. It loses nothing by waiting, so a busy gateway gets longer.
pub const GATEWAY_LOST_AFTER: Duration = Duration::from_secs(10);
/// How long a question waits for its answer, at most.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// The place of [`ToEngine::Ask`], for lists that are written item by item.
pub(crate) const ASK: u32 = 0;
/// The place of [`FromEngine::Answers`].
pub(crate) const ANSWERS: u32 = 0;
/// The place of [`FromEngine::Tick`].
pub(crate) const TICK_HEAD: u32 = 1;

/// From a gateway.
#[derive(Serialize, Deserialize)]
pub enum ToEngine {
    /// Questions, in the order asked.
    Ask(Vec<Ask>),
    /// Is anybody there?
    Ping,
}

/// From the engine.
#[derive(Serialize, Deserialize)]
pub enum FromEngine {
    /// Answers by the id of their question.
    Answers(Vec<Answered>),
    /// What changed since the tick before on this connection.
    Tick {
        /// The engine's clock.
        server_time: Timestamp,
        /// The sales in which something changed.
        sales: Vec<SaleTick>,
    },
    /// Yes.
    Pong,
}

/// The id of a question and its answer.
pub type Answered = (u64, Result<Reply, Refusal>);

/// One question. It has no `Debug`: it may carry a token.
#[derive(Serialize, Deserialize)]
pub struct Ask {
    /// Chosen by the gateway, once per connection.
    pub id: u64,
    /// Milliseconds after which nobody waits for the answer any more.
    pub patience_ms: u32,
    /// What is asked.
    pub question: Question,
}

/// What a gateway may ask.
#[expect(missing_docs, reason = "the variant says what its fields are")]
#[derive(Serialize, Deserialize)]
pub enum Question {
    /// Carry this out.
    Submit { sale: SaleId, request: (Option<RequestKey>, Command) },
    /// Where does this account stand?
    Place { sale: SaleId, account: AccountId },
    /// Where does this account stand, and what of its order?
    Own { sale: SaleId, account: AccountId, known: Option<OrderId> },
    /// Who is the bearer of this token?
    Authenticate { token: String },
    /// What is this sale?
    Describe { sale: SaleId },
    /// What is told of this sale that may change?
    Page { sale: SaleId },
}

/// What the engine found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Of a command: durable.
    Outcome(Outcome),
    /// The place, if there is one.
    Place(Option<PlaceView>),
    /// The place and the order, if there are any.
    Own(Option<PlaceView>, Option<OrderView>),
    /// Whose token it is; nobody's if none.
    Session(Option<SessionFacts>),
    /// A description in the edge's own words.
    Bytes(Vec<u8>),
}

/// Who the bearer of a token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFacts {
    /// The account.
    pub account: AccountId,
    /// Everything else, in the words of whoever keeps accounts.
    pub rest: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// Too much is under way.
    Overloaded,
    /// The commit failed, and the writer recovers.
    CommitFailed,
    /// The writer has ended.
    Stopped,
    /// No such sale here.
    SaleUnknown,
    /// The patience was over before anybody looked at it: it was not carried out.
    TooLate,
}

impl Refusal {
    /// A stable word, for metrics.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Overloaded => "overloaded",
            Self::CommitFailed => "commit_failed",
            Self::Stopped => "stopped",
            Self::SaleUnknown => "sale_unknown",
            Self::TooLate => "too_late",
        }
    }
}

impl From<Unavailable> for Refusal {
    fn from(error: Unavailable) -> Self {
        match error {
            Unavailable::Overloaded => Self::Overloaded,
            Unavailable::CommitFailed => Self::CommitFailed,
            Unavailable::Stopped => Self::Stopped,
        }
    }
}

impl From<Refusal> for Unavailable {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            // Who is too late to look at a question has too much to do.
            Refusal::Overloaded | Refusal::TooLate => Self::Overloaded,
            Refusal::CommitFailed => Self::CommitFailed,
            Refusal::Stopped | Refusal::SaleUnknown => Self::Stopped,
        }
    }
}

/// What changed in one sale.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaleTick {
    /// Which.
    pub sale: SaleId,
    /// How often it had changed hands when this engine took it; 0 where there is only one engine.
    pub term: u64,
    /// How its view changed.
    pub view: Option<ViewDelta>,
    /// Who may want to look again.
    pub wake: Option<Wake>,
}
