//! What readers see of a sale: a snapshot taken between two batches, shared without a lock.

use std::sync::Arc;

use domain::{PlaceNumber, SaleId, Timestamp};

use crate::event::ReleaseReason;
use crate::floor::Counts;
use crate::line::ranked_bits::RankedBits;
use crate::settings::Pace;
use crate::state::{Sale, Stage, Totals};

/// How many are free, held, sold and blocked.
pub type Stock = Counts;

/// A sale as it was at one point of its journal.
#[derive(Debug, Clone)]
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
    /// How the line moves.
    pub pace: Pace,
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
    pub left: Arc<RankedBits>,
    /// Stock by price level.
    pub levels: Vec<Stock>,
    /// Stock by area.
    pub areas: Vec<Stock>,
    /// Every seat in two bits, seat 0 in the lowest bits of byte 0.
    pub seats: Arc<[u8]>,
    /// Orders and money.
    pub totals: Totals,
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
        }
    }
}
