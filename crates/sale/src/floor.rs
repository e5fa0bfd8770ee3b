//! The floor: which seats are free, held, sold or blocked, and how full each counted area is.
//!
//! Every change goes through `Floor::take` and `Floor::give`, which keep the counts per price level, so that
//! free + held + sold + blocked = capacity at every step.

pub mod best_available;
mod wheelchairs;

use domain::{AreaIndex, PlaceNumber, PriceLevelIndex, SeatIndex, SeatingPlan};
use serde::{Deserialize, Serialize};

use crate::event::Items;
use crate::rejection::Rejection;

/// What a numbered seat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SeatState {
    /// On sale.
    Free,
    /// Held by the buyer with this place.
    Held(PlaceNumber),
    /// Sold, by the order with this index.
    Sold(u32),
    /// Taken out of the sale by the organiser.
    Blocked,
}

impl SeatState {
    /// Without its owner.
    pub fn kind(self) -> Kind {
        match self {
            Self::Free => Kind::Free,
            Self::Held(_) => Kind::Held,
            Self::Sold(_) => Kind::Sold,
            Self::Blocked => Kind::Blocked,
        }
    }
}

/// The four things a seat, or a part of an area, can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Kind {
    /// On sale.
    Free = 0,
    /// Held by a buyer.
    Held = 1,
    /// Sold.
    Sold = 2,
    /// Taken out of the sale.
    Blocked = 3,
}

/// Counts by [`Kind`], in that order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts(pub [u32; 4]);

impl Counts {
    /// How many are of this kind.
    pub fn of(&self, kind: Kind) -> u32 {
        self.0[kind as usize]
    }

    /// All kinds together.
    pub fn sum(&self) -> u32 {
        self.0.iter().sum()
    }

    fn shift(&mut self, from: Kind, to: Kind, count: u32) {
        self.0[from as usize] -= count;
        self.0[to as usize] += count;
    }
}

/// The seats and areas of one sale.
#[derive(Debug, Clone)]
pub struct Floor {
    plan: Box<SeatingPlan>,
    seats: Vec<SeatState>,
    areas: Vec<Counts>,
    levels: Vec<Counts>,
    free_in_row: Vec<u16>,
    codes: Vec<u8>,
    changed: bool,
}

impl Floor {
    /// Everything free.
    pub fn new(plan: Box<SeatingPlan>) -> Self {
        let mut levels = vec![Counts::default(); plan.price_levels.len()];
        for seat in &plan.seats {
            levels[usize::from(seat.level.0)].0[0] += 1;
        }
        for area in &plan.areas {
            levels[usize::from(area.level.0)].0[0] += area.capacity;
        }
        Self {
            seats: vec![SeatState::Free; plan.seats.len()],
            areas: plan.areas.iter().map(|area| Counts([area.capacity, 0, 0, 0])).collect(),
            free_in_row: plan.rows.iter().map(|row| row.seats as u16).collect(),
            levels,
            codes: vec![0; plan.seats.len().div_ceil(4)],
            changed: false,
            plan,
        }
    }

    /// The seating plan.
    pub fn plan(&self) -> &SeatingPlan {
        &self.plan
    }

    /// A seat's state; `None` if it is not in the plan.
    pub fn seat(&self, seat: SeatIndex) -> Option<SeatState> {
        self.seats.get(seat.0 as usize).copied()
    }

    /// Every seat's state, by index.
    pub fn seats(&self) -> &[SeatState] {
        &self.seats
    }

    /// Every area's counts, by index.
    pub fn areas(&self) -> &[Counts] {
        &self.areas
    }

    /// Counts per price level.
    pub fn levels(&self) -> &[Counts] {
        &self.levels
    }

    /// Counts over the whole floor.
    pub fn total(&self) -> Counts {
        self.levels.iter().fold(Counts::default(), |mut sum, level| {
            for (total, count) in sum.0.iter_mut().zip(level.0) {
                *total += count;
            }
            sum
        })
    }

    /// The price level of a seat or area; `None` if it is not in the plan.
    pub fn level_of_seat(&self, seat: SeatIndex) -> Option<PriceLevelIndex> {
        self.plan.seats.get(seat.0 as usize).map(|seat| seat.level)
    }

    /// The price level of an area; `None` if it is not in the plan.
    pub fn level_of_area(&self, area: AreaIndex) -> Option<PriceLevelIndex> {
        self.plan.areas.get(usize::from(area.0)).map(|area| area.level)
    }

    /// Checks that `items` are all free, counting what `own` (the buyer's present choice) would give back.
    ///
    /// # Errors
    /// Which seats are taken, or which area is too full, or that something is unknown or named twice.
    pub fn check_free(&self, items: &Items, own: Option<&Items>) -> Result<(), Rejection> {
        if named_twice(&items.seats) {
            return Err(Rejection::SeatUnknown);
        }
        let mut taken = Vec::new();
        for seat in &items.seats {
            let state = self.seat(*seat).ok_or(Rejection::SeatUnknown)?;
            let free = state == SeatState::Free || (sabotage::is("sell_held_seat") && state.kind() == Kind::Held);
            if !free && !own.is_some_and(|own| own.seats.contains(seat)) {
                taken.push(*seat);
            }
        }
        for (at, (area, count)) in items.areas.iter().enumerate() {
            let counts = self.areas.get(usize::from(area.0)).ok_or(Rejection::SeatUnknown)?;
            if *count == 0 || items.areas[..at].iter().any(|(other, _)| other == area) {
                return Err(Rejection::SeatUnknown);
            }
            let own = own.map_or(0, |own| own.areas.iter().filter(|(it, _)| it == area).map(|(_, count)| count).sum());
            let free = counts.of(Kind::Free) + own;
            if *count > free {
                return Err(Rejection::AreaFull { free });
            }
        }
        if taken.is_empty() { Ok(()) } else { Err(Rejection::SeatTaken { seats: taken }) }
    }

    /// Free items become `to`. The caller has checked that they are free.
    pub(crate) fn take(&mut self, items: &Items, to: SeatState) {
        self.change(items, Kind::Free, to);
    }

    /// Items of this kind become free again.
    pub(crate) fn give(&mut self, items: &Items, from: Kind) {
        self.change(items, from, SeatState::Free);
    }

    /// Moves items from one kind to a state, wherever they are of that kind.
    pub(crate) fn change(&mut self, items: &Items, from: Kind, to: SeatState) {
        let kind = to.kind();
        for seat in &items.seats {
            let Some(state) = self.seats.get_mut(seat.0 as usize) else { continue };
            let from = if sabotage::is("sell_held_seat") { state.kind() } else { from };
            if state.kind() != from {
                debug_assert!(false, "seat {seat:?} is {state:?}, not {from:?}");
                continue;
            }
            *state = to;
            let (byte, shift) = (seat.0 as usize / 4, seat.0 % 4 * 2);
            self.codes[byte] = self.codes[byte] & !(3 << shift) | (kind as u8) << shift;
            let about = &self.plan.seats[seat.0 as usize];
            self.levels[usize::from(about.level.0)].shift(from, kind, 1);
            let free = &mut self.free_in_row[about.row as usize];
            *free -= u16::from(from == Kind::Free);
            *free += u16::from(kind == Kind::Free);
            self.changed = true;
        }
        for (area, count) in &items.areas {
            let Some(counts) = self.areas.get_mut(usize::from(area.0)) else { continue };
            debug_assert!(counts.of(from) >= *count, "area {area:?} has {counts:?}, not {count} of {from:?}");
            let count = (*count).min(counts.of(from));
            counts.shift(from, kind, count);
            let level = self.plan.areas[usize::from(area.0)].level;
            self.levels[usize::from(level.0)].shift(from, kind, count);
        }
    }

    /// Every seat's [`Kind`] in two bits, seat 0 in the lowest bits of byte 0.
    pub fn codes(&self) -> &[u8] {
        &self.codes
    }

    /// Whether a numbered seat changed since this was last asked. Not part of the state.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// The floor of a snapshot.
    pub(crate) fn load(plan: Box<SeatingPlan>, seats: Vec<SeatState>, areas: Vec<Counts>) -> Self {
        let mut floor = Self::new(plan);
        for (index, state) in seats.into_iter().enumerate() {
            if state != SeatState::Free {
                let one = Items { seats: vec![SeatIndex(index as u32)], areas: vec![] };
                floor.change(&one, Kind::Free, state);
            }
        }
        for (index, counts) in areas.into_iter().enumerate() {
            for (kind, state) in [
                (Kind::Held, SeatState::Held(PlaceNumber(0))),
                (Kind::Sold, SeatState::Sold(0)),
                (Kind::Blocked, SeatState::Blocked),
            ] {
                let some = Items { seats: vec![], areas: vec![(AreaIndex(index as u16), counts.of(kind))] };
                floor.change(&some, Kind::Free, state);
            }
        }
        floor
    }
}

/// Whether a seat is in the list more than once.
pub(crate) fn named_twice(seats: &[SeatIndex]) -> bool {
    const FEW: usize = 32;
    if seats.len() <= FEW {
        return seats.iter().enumerate().any(|(at, seat)| seats[..at].contains(seat));
    }
    let mut sorted = seats.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).any(|pair| pair[0] == pair[1])
}
