//! Looking ahead: what the next requests need is looked up for all of them before the first is decided.
//!
//! A line of a million does not fit into the processor's caches, and whoever holds seats is looked up in several places
//! of it. Looked up in turn, each look-up waits for memory by itself; looked up together, the waits overlap. (TigerBeetle's
//! state machine does the same: it prefetches a batch before it executes it.)

use std::hint::black_box;

use domain::PlaceNumber;

use crate::command::Request;
use crate::state::Sale;

/// Requests looked ahead for at once: few enough to be still in the caches when they are decided.
pub const LOOK_AHEAD_MAX: usize = 16;

impl Sale {
    /// Brings what the first [`LOOK_AHEAD_MAX`] of these requests need into the processor's caches. Changes nothing.
    pub fn look_ahead<'a>(&self, requests: impl Iterator<Item = &'a Request>) {
        let mut places = [None::<PlaceNumber>; LOOK_AHEAD_MAX];
        for (place, request) in places.iter_mut().zip(requests) {
            black_box(request.key.is_some_and(|key| self.answers.knows(key)));
            *place = request.command.account().and_then(|account| self.line.place_of(account));
        }
        // These wait for the places, so all of those are on their way first.
        for place in places.into_iter().flatten() {
            black_box((self.line.stage(place), self.shoppers.get(place).map(|shopper| shopper.deadline)));
        }
    }
}
