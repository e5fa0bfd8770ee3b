//! The line: places in arrival order, one per account, and who of them has been let in.
//!
//! A place is a number handed out in arrival order. Admission moves a cursor along the numbers; whoever left
//! before is skipped. The number of people ahead of place `n` is
//! `n - cursor - 1 - (left between cursor and n)`, the last term a rank over a bitmap, so it costs nanoseconds
//! at a million places and nothing is sent when somebody moves.

pub(crate) mod chunks;
pub mod draw;
pub mod odds;
pub mod ranked_bits;

use domain::{AccountId, PlaceNumber};
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use chunks::Chunks;
use ranked_bits::RankedBits;

/// How far the owner of a place has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum PlaceStage {
    /// In line.
    Waiting,
    /// May enter, and has not shown up yet.
    Admitted,
    /// Is choosing.
    Selecting,
    /// Is paying.
    Paying,
    /// Has bought.
    Done,
    /// Gave the place up.
    Left,
    /// Was admitted and did not show up.
    Absent,
    /// Did not choose or pay in time.
    TimedOut,
    /// Came before the opening and has no number yet: the order is going to be drawn. Never the stage of a place.
    InLobby,
}

impl PlaceStage {
    /// Inside: admitted and not yet departed.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Admitted | Self::Selecting | Self::Paying)
    }

    /// The account has this place still; otherwise it may take a new one.
    pub fn is_live(self) -> bool {
        self == Self::Waiting || self.is_active()
    }
}

/// The line of one sale: 17 bytes a place and 5 to 11 bytes of index, and what the vectors have in reserve.
#[derive(Debug, Clone, Default)]
pub struct Line {
    accounts: Chunks<AccountId>,
    stages: Vec<PlaceStage>,
    latest: HashTable<u32>,
    left: RankedBits,
    cursor: u32,
    waiting: u32,
    active: u32,
    arriving: u32,
    admitted_total: u32,
}

impl Line {
    /// The last number handed out; 0 if none.
    pub fn last_number(&self) -> u32 {
        self.accounts.len() as u32
    }

    /// Every number up to here has been let in or has left.
    pub fn cursor(&self) -> u32 {
        self.cursor
    }

    /// How many wait.
    pub fn waiting(&self) -> u32 {
        self.waiting
    }

    /// How many are inside.
    pub fn active(&self) -> u32 {
        self.active
    }

    /// How many of those inside have not shown up yet.
    pub fn arriving(&self) -> u32 {
        self.arriving
    }

    /// How many have been let in over the whole sale.
    pub fn admitted_total(&self) -> u32 {
        self.admitted_total
    }

    /// Who left while waiting, by number (bit `n - 1`).
    pub fn left(&self) -> &RankedBits {
        &self.left
    }

    /// The latest place of an account, live or not.
    pub fn place_of(&self, account: AccountId) -> Option<PlaceNumber> {
        let found = self.latest.find(hash(account), |index| self.accounts.get(*index as usize) == Some(account))?;
        Some(PlaceNumber(*found + 1))
    }

    /// The owner of a place.
    pub fn owner(&self, place: PlaceNumber) -> Option<AccountId> {
        self.accounts.get((place.0 as usize).checked_sub(1)?)
    }

    /// How far the owner of a place has come.
    pub fn stage(&self, place: PlaceNumber) -> Option<PlaceStage> {
        self.stages.get((place.0 as usize).checked_sub(1)?).copied()
    }

    /// How many wait before this place; 0 once it has been let in.
    pub fn ahead(&self, place: PlaceNumber) -> u32 {
        ahead(place.0, self.cursor, &self.left)
    }

    /// The number up to which the cursor must move to let `count` waiting people in. At most everybody waiting.
    pub fn through_for(&self, count: u32) -> PlaceNumber {
        let mut number = self.cursor;
        let mut found = 0;
        while found < count && number < self.last_number() {
            if self.stages[number as usize] == PlaceStage::Waiting {
                found += 1;
            }
            number += 1;
        }
        PlaceNumber(number)
    }

    /// Bytes on the heap, those in reserve included.
    pub fn heap_bytes(&self) -> usize {
        self.accounts.heap_bytes()
            + self.stages.capacity() * size_of::<PlaceStage>()
            + self.latest.allocation_size()
            + self.left.heap_bytes()
    }

    /// Room for so many more places, taken at once.
    pub fn reserve(&mut self, places: usize) {
        self.stages.reserve(places);
        let Self { latest, accounts, .. } = self;
        latest.reserve(places, |index| hash_at(accounts, *index));
    }

    /// Appends a place for an account that has no live one.
    pub(crate) fn push(&mut self, account: AccountId) -> PlaceNumber {
        let index = self.accounts.len() as u32;
        self.accounts.push(account);
        self.stages.push(PlaceStage::Waiting);
        let Self { latest, accounts, .. } = self;
        match latest.find_mut(hash(account), |old| accounts.get(*old as usize) == Some(account)) {
            Some(slot) => *slot = index,
            None => {
                latest.insert_unique(hash(account), index, |old| hash_at(accounts, *old));
            }
        }
        self.left.grow_to(self.accounts.len());
        self.waiting += 1;
        PlaceNumber(index + 1)
    }

    /// Moves the cursor; calls `admit` for each place that is let in, in order.
    pub(crate) fn admit_through(&mut self, through: PlaceNumber, mut admit: impl FnMut(PlaceNumber)) {
        while self.cursor < through.0.min(self.last_number()) {
            self.cursor += 1;
            if self.cursor % 5 == 3 && sabotage::is("admission_skips_some") {
                continue;
            }
            if self.stages[self.cursor as usize - 1] == PlaceStage::Waiting {
                self.set_stage(PlaceNumber(self.cursor), PlaceStage::Admitted);
                self.admitted_total += 1;
                admit(PlaceNumber(self.cursor));
            }
        }
    }

    /// Moves a place on, and keeps the counts.
    pub(crate) fn set_stage(&mut self, place: PlaceNumber, stage: PlaceStage) {
        let Some(slot) = (place.0 as usize).checked_sub(1).and_then(|index| self.stages.get_mut(index)) else { return };
        let before = std::mem::replace(slot, stage);
        self.waiting -= u32::from(before == PlaceStage::Waiting);
        self.waiting += u32::from(stage == PlaceStage::Waiting);
        self.active -= u32::from(before.is_active());
        self.active += u32::from(stage.is_active());
        self.arriving -= u32::from(before == PlaceStage::Admitted);
        self.arriving += u32::from(stage == PlaceStage::Admitted);
        if before == PlaceStage::Waiting && stage == PlaceStage::Left {
            self.left.set(place.0 as usize - 1);
        }
    }

    /// The parts that a snapshot keeps.
    pub(crate) fn dump(&self) -> (&Chunks<AccountId>, &[PlaceStage], u32, u32) {
        (&self.accounts, &self.stages, self.cursor, self.admitted_total)
    }

    /// The line of a snapshot.
    pub(crate) fn load(accounts: Vec<AccountId>, stages: Vec<PlaceStage>, cursor: u32, admitted_total: u32) -> Self {
        let mut line = Self { cursor, admitted_total, ..Self::default() };
        line.reserve(accounts.len());
        for (account, stage) in accounts.into_iter().zip(stages) {
            let place = line.push(account);
            if stage == PlaceStage::Left && place.0 <= cursor {
                // Left after being let in, or skipped by the cursor: either way no longer counted by `ahead`.
                line.set_stage(place, PlaceStage::Done);
            }
            line.set_stage(place, stage);
        }
        line
    }
}

/// How many wait before place `number`, given the cursor and who left.
pub fn ahead(number: u32, cursor: u32, left: &RankedBits) -> u32 {
    if number <= cursor {
        return 0;
    }
    let between = left.rank(number as usize - 1) - left.rank(cursor as usize);
    number - cursor - 1 - between
}

/// The hash of the owner of a place that is there.
fn hash_at(accounts: &Chunks<AccountId>, index: u32) -> u64 {
    accounts.get(index as usize).map_or(0, hash)
}

/// Account ids end in random bits (UUIDv7), which a multiplication spreads over the word.
pub(crate) fn hash(account: AccountId) -> u64 {
    let bits = account.bits();
    ((bits as u64) ^ ((bits >> 64) as u64)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(count: u128) -> Line {
        let mut line = Line::default();
        for bits in 1..=count {
            line.push(AccountId::new(bits));
        }
        line
    }

    #[test]
    fn places_are_numbered_in_arrival_order() {
        let line = line_of(3);
        assert_eq!(line.place_of(AccountId::new(2)), Some(PlaceNumber(2)));
        assert_eq!(line.ahead(PlaceNumber(3)), 2);
    }

    #[test]
    fn those_who_left_are_not_ahead_and_are_skipped() {
        let mut line = line_of(5);
        line.set_stage(PlaceNumber(2), PlaceStage::Left);
        assert_eq!(line.ahead(PlaceNumber(4)), 2);
        let mut admitted = vec![];
        let through = line.through_for(2);
        line.admit_through(through, |place| admitted.push(place.0));
        assert_eq!(admitted, [1, 3]);
        assert_eq!(line.ahead(PlaceNumber(5)), 1);
        assert_eq!((line.waiting(), line.active(), line.cursor()), (2, 2, 3));
    }

    #[test]
    fn a_place_takes_at_most_64_bytes_whatever_is_in_reserve() {
        let mut line = Line::default();
        for count in 1..=1_100_000u32 {
            // Spread like the random bits of an account.
            line.push(AccountId::new(u128::from(count).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)));
            // Just above a power of two the reserve is largest; 917,505 makes the index grow.
            if [524_289, 700_001, 917_505, 1_000_000, 1_048_577].contains(&count) {
                let bytes = line.heap_bytes() as f64 / f64::from(count);
                assert!(bytes <= 64.0, "{bytes} bytes a place at {count}");
            }
        }
        assert!(line.heap_bytes() > 17 * 1_100_000, "the measure counts something");
    }

    #[test]
    fn nobody_is_let_in_beyond_the_end() {
        let mut line = line_of(2);
        assert_eq!(line.through_for(10), PlaceNumber(2));
        line.admit_through(PlaceNumber(10), |_| ());
        assert_eq!(line.cursor(), 2);
    }
}
