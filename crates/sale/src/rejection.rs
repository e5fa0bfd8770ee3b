//! Every reason for "no": a stable code, a sentence, and a page in docs/errors.

use domain::{Problem, SeatIndex, Timestamp};
use serde::{Deserialize, Serialize};

/// Why a sale refused a command. Nothing has changed when one of these is the answer.
#[expect(missing_docs, reason = "the variant says what its fields are")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rejection {
    /// The opening instant has not come.
    SaleNotOpen { opens_at: Timestamp },
    /// The organiser paused the sale.
    SalePaused,
    /// The sale has ended.
    SaleClosed,
    /// Nothing is left, and nobody can join until seats come back.
    SoldOut,
    /// As many have been let in as the organiser allowed.
    AdmissionsReached,
    /// The account has no place in this line.
    NotInLine,
    /// The place is not (or no longer) admitted.
    NotAdmitted,
    /// The line can take no more places.
    LineFull,
    /// At least one of the seats is not free; all that are not are listed.
    SeatTaken { seats: Vec<SeatIndex> },
    /// A counted area has fewer places left than asked.
    AreaFull { free: u32 },
    /// A seat, area or price level that is not in the plan, or named twice.
    SeatUnknown,
    /// Nothing was chosen.
    NothingChosen,
    /// Fewer seats are left than asked.
    NotEnoughSeats,
    /// So many seats side by side are not left.
    NoAdjacentSeats,
    /// The buyer would have more tickets of this sale than allowed.
    BuyerLimitReached { limit: u32, bought: u32 },
    /// The buyer is paying: there is no way back to the seats.
    AlreadyPaying,
    /// The buyer holds nothing.
    NothingHeld,
    /// No such order.
    OrderUnknown,
    /// The order is in a stage in which this cannot be done.
    OrderNotOpen,
    /// The order is not a paid one.
    OrderNotPaid,
    /// No such ticket.
    TicketUnknown,
    /// The ticket was refunded.
    TicketVoid,
    /// The ticket has been used.
    TicketAlreadyUsed { at: Timestamp },
    /// The idempotency key came before with another content.
    IdempotencyKeyReused,
    /// An order with this id exists.
    OrderExists,
    /// The lobby gathers later.
    LobbyNotOpen { gathers_from: Timestamp },
    /// Somebody is in the lobby, or the sale has opened: what was promised about the draw stands.
    LobbyFixed,
    /// The lobby would gather after the opening.
    LobbyTimeWrong,
    /// This sale draws no order.
    NoLobby,
    /// The opening instant has come, the order is not drawn yet.
    DrawPending,
    /// The seed is not the one that was promised.
    SeedWrong,
    /// More than a thousand thousandths.
    ThrottleInvalid,
    /// The message is too long.
    AnnouncementTooLong { limit: u32 },
}

impl Rejection {
    /// The stable word for this reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SaleNotOpen { .. } => "sale_not_open",
            Self::SalePaused => "sale_paused",
            Self::SaleClosed => "sale_closed",
            Self::SoldOut => "sold_out",
            Self::AdmissionsReached => "admissions_reached",
            Self::NotInLine => "not_in_line",
            Self::NotAdmitted => "not_admitted",
            Self::LineFull => "line_full",
            Self::SeatTaken { .. } => "seat_taken",
            Self::AreaFull { .. } => "area_full",
            Self::SeatUnknown => "seat_unknown",
            Self::NothingChosen => "nothing_chosen",
            Self::NotEnoughSeats => "not_enough_seats",
            Self::NoAdjacentSeats => "no_adjacent_seats",
            Self::BuyerLimitReached { .. } => "buyer_limit_reached",
            Self::AlreadyPaying => "already_paying",
            Self::NothingHeld => "nothing_held",
            Self::OrderUnknown => "order_unknown",
            Self::OrderNotOpen => "order_not_open",
            Self::OrderNotPaid => "order_not_paid",
            Self::TicketUnknown => "ticket_unknown",
            Self::TicketVoid => "ticket_void",
            Self::TicketAlreadyUsed { .. } => "ticket_already_used",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::OrderExists => "order_exists",
            Self::LobbyNotOpen { .. } => "lobby_not_open",
            Self::LobbyFixed => "lobby_fixed",
            Self::LobbyTimeWrong => "lobby_time_wrong",
            Self::NoLobby => "no_lobby",
            Self::DrawPending => "draw_pending",
            Self::SeedWrong => "seed_wrong",
            Self::ThrottleInvalid => "throttle_invalid",
            Self::AnnouncementTooLong { .. } => "announcement_too_long",
        }
    }

    /// A repetition under the same key is told the same again.
    ///
    /// Whoever has no turn is only told that they have none: nothing was decided about what they asked. Were it
    /// remembered, anybody could fill the journal and displace the answers of those who buy.
    pub fn is_remembered(&self) -> bool {
        !matches!(
            self,
            Self::SaleNotOpen { .. }
                | Self::DrawPending
                | Self::SalePaused
                | Self::SaleClosed
                | Self::NotInLine
                | Self::NotAdmitted
        )
    }

    /// The sentence for the person who asked.
    pub fn sentence(&self) -> String {
        match self {
            Self::SaleNotOpen { .. } => "The sale has not opened yet.".into(),
            Self::SalePaused => "The sale is paused. Your place is kept.".into(),
            Self::SaleClosed => "The sale has ended.".into(),
            Self::SoldOut => "Every seat is sold.".into(),
            Self::AdmissionsReached => "No more people are let in for this sale.".into(),
            Self::NotInLine => "You have no place in this line.".into(),
            Self::NotAdmitted => "It is not your turn.".into(),
            Self::LineFull => "The line is full.".into(),
            Self::SeatTaken { seats } if seats.len() > 1 => "These seats were just taken.".into(),
            Self::SeatTaken { .. } => "This seat was just taken.".into(),
            Self::AreaFull { free } => format!("Only {free} places are left in this area."),
            Self::SeatUnknown => "A chosen seat, area or price level does not exist, or was named twice.".into(),
            Self::NothingChosen => "Choose at least one seat.".into(),
            Self::NotEnoughSeats => "Not so many seats are left.".into(),
            Self::NoAdjacentSeats => "So many seats side by side are not left.".into(),
            Self::BuyerLimitReached { limit, bought } if *bought > 0 => {
                format!("One buyer may have {limit} tickets of this sale; you already have {bought}.")
            }
            Self::BuyerLimitReached { limit, .. } => format!("One buyer may have {limit} tickets of this sale."),
            Self::AlreadyPaying => "You are paying. The seats cannot be changed any more.".into(),
            Self::NothingHeld => "You hold no seats.".into(),
            Self::OrderUnknown => "There is no such order.".into(),
            Self::OrderNotOpen => "This order is no longer open.".into(),
            Self::OrderNotPaid => "This order is not paid.".into(),
            Self::TicketUnknown => "There is no such ticket.".into(),
            Self::TicketVoid => "This ticket was refunded and is void.".into(),
            Self::TicketAlreadyUsed { .. } => "This ticket has been used.".into(),
            Self::IdempotencyKeyReused => "This Idempotency-Key was used for another request.".into(),
            Self::OrderExists => "An order with this id exists.".into(),
            Self::LobbyNotOpen { .. } => "The lobby is not open yet.".into(),
            Self::LobbyFixed => "The lobby has begun to gather. What was promised about the draw stands.".into(),
            Self::LobbyTimeWrong => "The lobby must gather before the sale opens.".into(),
            Self::NoLobby => "This sale draws no order.".into(),
            Self::DrawPending => "The order is being drawn. You keep your chance.".into(),
            Self::SeedWrong => "This seed does not match the published commitment.".into(),
            Self::ThrottleInvalid => "The pace can be set to 0 to 1000 thousandths.".into(),
            Self::AnnouncementTooLong { limit } => format!("A message may have {limit} characters."),
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        Problem::new(rejection.code(), rejection.sentence())
    }
}
