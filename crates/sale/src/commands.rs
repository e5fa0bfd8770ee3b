//! One file per command: what it needs and what it leads to. None of them changes anything; the scenarios in
//! `tests/scripts` say what each must do.

mod block;
mod cancel_order;
mod check_in;
mod checkout;
mod control;
mod enter;
pub(crate) mod join;
mod leave;
pub(crate) mod lobby;
mod payment;
mod place_hold;
mod refund;
mod release_hold;

use domain::{AccountId, PlaceNumber, Timestamp};

use crate::command::Command;
use crate::event::Event;
use crate::line::PlaceStage;
use crate::lobby::LobbyRules;
use crate::rejection::Rejection;
use crate::state::{Sale, Stage};

/// The events of a command, or the reason for "no".
pub(crate) fn decide(sale: &Sale, command: &Command, now: Timestamp, events: &mut Vec<Event>) -> Result<(), Rejection> {
    match command {
        // Joins have a way of their own, as millions of them share events (`step.rs`).
        Command::Join { .. } | Command::JoinMany { .. } => Ok(()),
        Command::Enter { account } => enter::decide(sale, *account, now, events),
        Command::Leave { account } => leave::decide(sale, *account, events),
        Command::PlaceHold { account, choice } => place_hold::decide(sale, *account, choice, now, events),
        Command::ReleaseHold { account } => release_hold::decide(sale, *account, events),
        Command::BeginCheckout { account, order } => checkout::decide(sale, *account, *order, now, events),
        Command::CancelOrder { account, order } => cancel_order::decide(sale, *account, *order, events),
        Command::RecordPaymentOpened { order, payment, page_url } => {
            payment::opened(sale, *order, payment, page_url, events)
        }
        Command::RecordPaymentDeclined { order } => payment::declined(sale, *order, events),
        Command::RecordPaymentCaptured { order, payment, amount } => {
            payment::captured(sale, *order, payment, *amount, events)
        }
        Command::RecordPaymentCancelled { order } => payment::cancelled(sale, *order, events),
        Command::RecordRefund { order } => refund::completed(sale, *order, events),
        Command::RefundOrder { order } => refund::requested(sale, *order, events),
        Command::Block { choice } => block::block(sale, choice, events),
        Command::Unblock { choice } => block::unblock(sale, choice, events),
        Command::Pause => control::pause(sale, events),
        Command::Resume => control::resume(sale, events),
        Command::Close => control::close(sale, events),
        Command::SetPace { pace } => control::set_pace(sale, *pace, events),
        Command::CheckIn { serial } => check_in::decide(sale, *serial, events),
        Command::SetLobby { commitment, gathers_from } => {
            let rules = LobbyRules { commitment: *commitment, gathers_from: *gathers_from };
            lobby::set(sale, rules, now, events)
        }
        Command::OpenDraw { seed } => lobby::open(sale, *seed, now, events),
        Command::Throttle { permille } => control::throttle(sale, *permille, events),
        Command::SetNoShowCorrection { on } => control::correct_no_shows(sale, *on, events),
        Command::Announce { text } => control::announce(sale, text, events),
    }
}

/// The sale takes choices now.
pub(crate) fn running(sale: &Sale, now: Timestamp) -> Result<(), Rejection> {
    match sale.stage {
        Stage::Open => Ok(()),
        Stage::Scheduled if now >= sale.settings.opens_at => Err(Rejection::DrawPending),
        Stage::Scheduled => Err(Rejection::SaleNotOpen { opens_at: sale.settings.opens_at }),
        Stage::Paused { .. } => Err(Rejection::SalePaused),
        Stage::Closed => Err(Rejection::SaleClosed),
    }
}

/// The place of a buyer who may choose now.
pub(crate) fn choosing(sale: &Sale, account: AccountId) -> Result<(PlaceNumber, PlaceStage), Rejection> {
    let place = sale.line.place_of(account).ok_or(Rejection::NotInLine)?;
    match sale.line.stage(place) {
        Some(stage @ (PlaceStage::Admitted | PlaceStage::Selecting)) => Ok((place, stage)),
        Some(PlaceStage::Paying) => Err(Rejection::AlreadyPaying),
        _ => Err(Rejection::NotAdmitted),
    }
}
