//! A fan takes a place in line.

use domain::{AccountId, Timestamp, limits};

use crate::event::ReleaseReason;
use crate::rejection::Rejection;
use crate::state::{Sale, Stage};

/// Whether the account may have a place. Somebody who has one is never refused it.
pub(crate) fn check(sale: &Sale, account: AccountId, now: Timestamp) -> Result<(), Rejection> {
    match sale.stage {
        Stage::Scheduled => return super::lobby::check(sale, account, now),
        Stage::Closed => return Err(Rejection::SaleClosed),
        Stage::Open | Stage::Paused { .. } => {}
    }
    if !needs_place(sale, account) {
        return Ok(());
    }
    let limit = sale.settings.tickets_per_buyer_max;
    let bought = sale.bought_by(account);
    match sale.released {
        Some(ReleaseReason::SoldOut) => Err(Rejection::SoldOut),
        Some(ReleaseReason::AdmissionsReached) => Err(Rejection::AdmissionsReached),
        None if bought >= limit => Err(Rejection::BuyerLimitReached { limit, bought }),
        None if sale.line.last_number() >= limits::PLACES_MAX => Err(Rejection::LineFull),
        None => Ok(()),
    }
}

/// The account has no live place, or before a draw no entry in the lobby.
pub(crate) fn needs_place(sale: &Sale, account: AccountId) -> bool {
    if sale.stage == Stage::Scheduled {
        return !sale.lobby.holds(account);
    }
    let stage = sale.line.place_of(account).and_then(|place| sale.line.stage(place));
    !stage.is_some_and(|stage| stage.is_live())
}
