//! Those inside: admitted and not yet departed, each with a deadline.
//!
//! Deadlines wait in a heap. An entry is dropped when it comes up and its shopper has gone on or has another
//! deadline by now, so changing a deadline costs one push and nothing is ever searched for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use domain::{HoldNumber, OrderId, PlaceNumber, Timestamp};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::event::Items;

/// Somebody inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shopper {
    /// When the present stage ends by itself.
    pub deadline: Timestamp,
    /// What is held.
    pub hold: Option<Hold>,
    /// What is being paid.
    pub order: Option<OrderId>,
}

/// Seats held by one buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Holds are numbered in the order in which they were placed.
    pub number: HoldNumber,
    /// Of what.
    pub items: Items,
}

/// All of those inside, by place.
#[derive(Debug, Clone, Default)]
pub struct Shoppers {
    by_place: HashMap<PlaceNumber, Shopper>,
    deadlines: BinaryHeap<Reverse<(Timestamp, PlaceNumber)>>,
    with_hold: u32,
}

impl Shoppers {
    /// Somebody inside.
    pub fn get(&self, place: PlaceNumber) -> Option<&Shopper> {
        self.by_place.get(&place)
    }

    /// How many hold something.
    pub fn with_hold(&self) -> u32 {
        self.with_hold
    }

    /// Everybody inside, by place.
    pub fn sorted(&self) -> Vec<(PlaceNumber, &Shopper)> {
        let mut all: Vec<_> = self.by_place.iter().map(|(place, shopper)| (*place, shopper)).collect();
        all.sort_unstable_by_key(|(place, _)| *place);
        all
    }

    /// The earliest deadline and whose it is.
    pub(crate) fn next_deadline(&mut self) -> Option<(Timestamp, PlaceNumber)> {
        while let Some(Reverse((at, place))) = self.deadlines.peek().copied() {
            if self.by_place.get(&place).is_some_and(|shopper| shopper.deadline == at) {
                return Some((at, place));
            }
            self.deadlines.pop();
        }
        None
    }

    pub(crate) fn admit(&mut self, place: PlaceNumber, deadline: Timestamp) {
        self.insert(place, Shopper { deadline, hold: None, order: None });
    }

    pub(crate) fn insert(&mut self, place: PlaceNumber, shopper: Shopper) {
        self.deadlines.push(Reverse((shopper.deadline, place)));
        self.with_hold += u32::from(shopper.hold.is_some());
        self.by_place.insert(place, shopper);
    }

    pub(crate) fn set_deadline(&mut self, place: PlaceNumber, deadline: Timestamp) {
        if let Some(shopper) = self.by_place.get_mut(&place) {
            shopper.deadline = deadline;
            self.deadlines.push(Reverse((deadline, place)));
        }
    }

    /// Replaces the hold and returns the one before.
    pub(crate) fn set_hold(&mut self, place: PlaceNumber, hold: Option<Hold>) -> Option<Hold> {
        let shopper = self.by_place.get_mut(&place)?;
        self.with_hold += u32::from(hold.is_some());
        let before = std::mem::replace(&mut shopper.hold, hold);
        self.with_hold -= u32::from(before.is_some());
        before
    }

    pub(crate) fn set_order(&mut self, place: PlaceNumber, order: OrderId) {
        if let Some(shopper) = self.by_place.get_mut(&place) {
            shopper.order = Some(order);
        }
    }

    pub(crate) fn remove(&mut self, place: PlaceNumber) -> Option<Shopper> {
        let shopper = self.by_place.remove(&place)?;
        self.with_hold -= u32::from(shopper.hold.is_some());
        Some(shopper)
    }
}
