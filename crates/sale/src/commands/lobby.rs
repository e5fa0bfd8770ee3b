//! The lobby: what is promised before it gathers, who may come, and the draw at the opening.

use domain::{AccountId, Timestamp, limits};

use crate::event::Event;
use crate::line::draw;
use crate::lobby::LobbyRules;
use crate::rejection::Rejection;
use crate::state::{Sale, Stage};

/// What was promised stands from the first arrival on.
pub(super) fn set(sale: &Sale, rules: LobbyRules, now: Timestamp, events: &mut Vec<Event>) -> Result<(), Rejection> {
    if sale.stage == Stage::Closed {
        return Err(Rejection::SaleClosed);
    }
    if sale.lobby.rules() == Some(rules) {
        return Ok(());
    }
    let LobbyRules { commitment, gathers_from } = rules;
    if sale.stage != Stage::Scheduled || now >= sale.settings.opens_at || sale.lobby.people() > 0 {
        return Err(Rejection::LobbyFixed);
    }
    if gathers_from >= sale.settings.opens_at {
        return Err(Rejection::LobbyTimeWrong);
    }
    events.push(Event::LobbySet { commitment, gathers_from });
    Ok(())
}

/// Before the opening: whether the account may be in the lobby. Whoever comes after the opening and before the draw
/// is let in too, to follow those who draw.
pub(crate) fn check(sale: &Sale, account: AccountId, now: Timestamp) -> Result<(), Rejection> {
    let Some(LobbyRules { gathers_from, .. }) = sale.lobby.rules() else {
        return Err(Rejection::SaleNotOpen { opens_at: sale.settings.opens_at });
    };
    if now < gathers_from {
        return Err(Rejection::LobbyNotOpen { gathers_from });
    }
    let full = sale.lobby.people() >= limits::PLACES_MAX && !sale.lobby.holds(account);
    if full { Err(Rejection::LineFull) } else { Ok(()) }
}

/// The seed is revealed: the order is drawn and the sale opens. Nothing else opens a sale with a lobby.
pub(super) fn open(sale: &Sale, seed: [u8; 32], now: Timestamp, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let rules = sale.lobby.rules().ok_or(Rejection::NoLobby)?;
    match sale.lobby.seed() {
        Some(drawn) if drawn == seed => return Ok(()),
        Some(_) => return Err(Rejection::SeedWrong),
        None => {}
    }
    if sale.stage == Stage::Closed {
        return Err(Rejection::SaleClosed);
    }
    if now < sale.settings.opens_at {
        return Err(Rejection::SaleNotOpen { opens_at: sale.settings.opens_at });
    }
    if draw::commit(&seed) != rules.commitment {
        return Err(Rejection::SeedWrong);
    }
    events.extend([Event::LineDrawn { seed }, Event::SaleOpened]);
    Ok(())
}
