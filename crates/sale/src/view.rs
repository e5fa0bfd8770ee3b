//! What readers see of a sale: a snapshot taken between two batches, shared without a lock.

use std::sync::Arc;

use domain::{PlaceNumber, SaleId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::announcement::Announcement;
use crate::event::ReleaseReason;
use crate::floor::{Counts, Kind};
use crate::line::odds::{Chance, Demand};
use crate::line::ranked_bits::RankedBits;
use crate::lobby::LobbyView;
use crate::settings::Pace;
use crate::state::{Sale, Stage, Totals};

/// How many are free, held, sold and blocked.
pub type Stock = Counts;

/// A sale as it was at one point of its journal. As bytes it is without its two long lists: they are sent as what
/// changed in them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaleView {
    /// Which sale.
    pub sale: SaleId,
    /// The number of events behind this view: it only grows.
    pub version: u64,
    /// The instant of the last event.
    pub at: Timestamp,
    /// How far the sale has come.
    pub stage: Stage,
    /// Why the line was released, if it is.
    pub released: Option<ReleaseReason>,
    /// The opening instant.
    pub opens_at: Timestamp,
    /// How the line moves, as set.
    pub pace: Pace,
    /// Thousandths of capacity and rate that are in force.
    pub throttle_permille: u16,
    /// More are let in for those who will not show up.
    pub corrects_no_shows: bool,
    /// The last place number handed out.
    pub last_number: u32,
    /// Every number up to here has been let in or has left.
    pub cursor: u32,
    /// How many wait.
    pub waiting: u32,
    /// How many are inside.
    pub active: u32,
    /// How many were let in.
    pub admitted_total: u32,
    /// Who left while waiting.
    #[serde(skip)]
    pub left: Arc<RankedBits>,
    /// Stock by price level.
    pub levels: Vec<Stock>,
    /// Stock by area.
    pub areas: Vec<Stock>,
    /// Every seat in two bits, seat 0 in the lowest bits of byte 0.
    #[serde(skip)]
    pub seats: Arc<[u8]>,
    /// Orders and money.
    pub totals: Totals,
    /// How turns have ended.
    pub demand: Demand,
    /// Tickets one buyer may take.
    pub tickets_per_buyer_max: u32,
    /// The draw, if the order of this sale is drawn.
    pub lobby: Option<LobbyView>,
    /// The latest message to everybody in line.
    pub announcement: Option<Arc<Announcement>>,
}

impl SaleView {
    /// How many wait before a place; 0 once it was let in.
    pub fn ahead(&self, place: PlaceNumber) -> u32 {
        crate::line::ahead(place.0, self.cursor, &self.left)
    }

    /// The whole floor together.
    pub fn stock(&self) -> Stock {
        self.levels.iter().fold(Stock::default(), |mut sum, level| {
            for (total, count) in sum.0.iter_mut().zip(level.0) {
                *total += count;
            }
            sum
        })
    }

    /// The pace in force: what is set, throttled.
    pub fn effective_pace(&self) -> Pace {
        self.pace.throttled(self.throttle_permille)
    }

    /// How likely a place with so many waiting before it still gets a seat.
    pub fn chance(&self, ahead: u32) -> Chance {
        self.demand.chance(ahead.saturating_add(self.active), self.seats_left(), self.tickets_per_buyer_max)
    }

    /// The smallest number of people ahead from which a place gets a seat with less than 1 % (said with 95 %
    /// confidence); `None` while too little is known. A returned ticket may still come.
    pub fn hopeless_from(&self) -> Option<u32> {
        self.demand.hopeless_from(self.active, self.seats_left())
    }

    /// What those ahead and inside can still buy.
    fn seats_left(&self) -> u32 {
        let stock = self.stock();
        stock.of(Kind::Free) + stock.of(Kind::Held)
    }

    /// Nothing is free and nothing may come back from those inside.
    pub fn is_sold_out(&self) -> bool {
        self.released == Some(ReleaseReason::SoldOut)
    }
}

impl Sale {
    /// The view after `version` events. What did not change since `before` is shared with it.
    pub fn view(&mut self, version: u64, before: Option<&SaleView>) -> SaleView {
        let changed = self.floor.take_changed();
        let left = match before {
            // Ranks beyond the end count all bits, so a shorter bitmap with the same bits answers alike.
            Some(before) if before.left.ones() == self.line.left().ones() => Arc::clone(&before.left),
            _ => Arc::new(self.line.left().clone()),
        };
        let seats = match before {
            Some(before) if !changed => Arc::clone(&before.seats),
            _ => Arc::from(self.floor.codes()),
        };
        SaleView {
            sale: self.settings.sale,
            version,
            at: self.last_at,
            stage: self.stage,
            released: self.released,
            opens_at: self.settings.opens_at,
            pace: self.settings.pace,
            throttle_permille: self.throttle.permille,
            corrects_no_shows: self.throttle.corrects_no_shows,
            last_number: self.line.last_number(),
            cursor: self.line.cursor(),
            waiting: self.line.waiting(),
            active: self.line.active(),
            admitted_total: self.line.admitted_total(),
            left,
            levels: self.floor.levels().to_vec(),
            areas: self.floor.areas().to_vec(),
            seats,
            totals: self.totals,
            demand: self.demand,
            tickets_per_buyer_max: self.settings.tickets_per_buyer_max,
            lobby: self.lobby_view(),
            announcement: self.announcement.clone(),
        }
    }
}
