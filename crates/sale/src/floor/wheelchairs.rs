//! The best spaces for wheelchairs that are left, with the seats beside them for those who come along.
//!
//! A wheelchair space is not given to a companion while an ordinary seat will do.

use std::ops::Range;

use domain::SeatIndex;

use super::{Floor, SeatState};
use crate::command::BestAvailable;
use crate::event::Items;
use crate::rejection::Rejection;

impl Floor {
    /// Chooses for a wish with wheelchairs: side by side if that is possible, apart only if the wish allows it.
    pub(super) fn with_wheelchairs(&self, wish: BestAvailable) -> Result<Items, Rejection> {
        let wish = BestAvailable { accessible: wish.accessible.min(wish.count), ..wish };
        let exactly = |spaces: u32| spaces == wish.accessible;
        let at_least = |spaces: u32| spaces >= wish.accessible;
        if let Some(first) = self.run_with(wish, exactly).or_else(|| self.run_with(wish, at_least)) {
            let seats = (first..first + wish.count).map(SeatIndex).collect();
            return Ok(Items { seats, areas: vec![] });
        }
        // One seat is always side by side with itself.
        if !wish.adjacent || wish.count == 1 {
            return self.spaces_and_others(wish);
        }
        Err(if self.spaces_and_others(wish).is_ok() { Rejection::NoAdjacentSeats } else { Rejection::NotEnoughSeats })
    }

    /// The first seat of a free run with as many wheelchair spaces as suit: nearest to the middle of the first row.
    fn run_with(&self, wish: BestAvailable, suits: impl Fn(u32) -> bool) -> Option<u32> {
        let rows = self.plan.rows.iter().enumerate();
        rows.filter(|(index, _)| u32::from(self.free_in_row[*index]) >= wish.count).find_map(|(_, row)| {
            let end = row.first_seat + row.seats;
            let middle = i64::from(row.first_seat) + i64::from(end);
            let firsts = row.first_seat..(end + 1).saturating_sub(wish.count);
            let runs = firsts.filter(|first| self.run_suits(*first..first + wish.count, wish, &suits));
            runs.min_by_key(|first| (i64::from(*first) * 2 + i64::from(wish.count) - middle).abs())
        })
    }

    fn run_suits(&self, run: Range<u32>, wish: BestAvailable, suits: impl Fn(u32) -> bool) -> bool {
        let first = run.start;
        let parted = |seat: u32| seat > first && self.plan.seats[seat as usize].after_gap;
        let all = run.clone().all(|seat| self.is_free_at(seat, wish) && !parted(seat));
        all && suits(run.filter(|seat| self.plan.seats[*seat as usize].accessible).count() as u32)
    }

    fn is_free_at(&self, seat: u32, wish: BestAvailable) -> bool {
        let level = self.plan.seats[seat as usize].level;
        self.seats[seat as usize] == SeatState::Free && wish.level.is_none_or(|wanted| wanted == level)
    }

    /// The first spaces that are free, and for the others what anybody would get.
    fn spaces_and_others(&self, wish: BestAvailable) -> Result<Items, Rejection> {
        let all = 0..self.plan.seats.len() as u32;
        let spaces = all.filter(|seat| self.plan.seats[*seat as usize].accessible && self.is_free_at(*seat, wish));
        let spaces: Vec<SeatIndex> = spaces.take(wish.accessible as usize).map(SeatIndex).collect();
        if spaces.len() < wish.accessible as usize {
            return Err(Rejection::NotEnoughSeats);
        }
        let others = BestAvailable { count: wish.count - wish.accessible, accessible: 0, ..wish };
        let mut items = self.scattered(others, &spaces)?;
        items.seats.splice(0..0, spaces);
        Ok(items)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use domain::{AreaIndex, SeatingPlan};

    use super::*;
    use crate::state::fixtures::hall;

    fn wish(count: u32, accessible: u32) -> BestAvailable {
        BestAvailable { count, level: None, adjacent: true, accessible }
    }

    fn with_spaces(mut plan: SeatingPlan, spaces: &[usize]) -> Floor {
        spaces.iter().for_each(|seat| plan.seats[*seat].accessible = true);
        Floor::new(Box::new(plan))
    }

    fn chosen(floor: &Floor, wish: BestAvailable) -> Vec<u32> {
        floor.best_available(wish).unwrap().seats.into_iter().map(|seat| seat.0).collect()
    }

    #[test]
    fn a_companion_sits_beside_the_wheelchair() {
        let floor = with_spaces(hall(&[6, 6], 0), &[6, 11]);
        assert_eq!(chosen(&floor, wish(2, 1)), [6, 7]);
        assert_eq!(chosen(&floor, wish(1, 1)), [6]);
    }

    #[test]
    fn no_space_is_given_to_a_companion_while_an_ordinary_seat_will_do() {
        let floor = with_spaces(hall(&[4], 0), &[1, 2]);
        assert_eq!(chosen(&floor, wish(2, 1)), [0, 1]);
        assert_eq!(chosen(&with_spaces(hall(&[2], 0), &[0, 1]), wish(2, 1)), [0, 1], "two spaces and nothing else");
    }

    #[test]
    fn an_aisle_parts_a_companion() {
        let mut plan = hall(&[2, 2], 0);
        plan.seats[1].after_gap = true;
        let floor = with_spaces(plan, &[0]);
        assert_eq!(floor.best_available(wish(2, 1)), Err(Rejection::NoAdjacentSeats));
        assert_eq!(chosen(&floor, BestAvailable { adjacent: false, ..wish(2, 1) }), [0, 1]);
    }

    #[test]
    fn without_enough_spaces_nobody_is_seated_elsewhere() {
        let floor = with_spaces(hall(&[6], 9), &[3]);
        assert_eq!(floor.best_available(wish(2, 2)), Err(Rejection::NotEnoughSeats));
        assert_eq!(
            floor.best_available(BestAvailable { adjacent: false, ..wish(2, 2) }),
            Err(Rejection::NotEnoughSeats)
        );
    }

    #[test]
    fn apart_the_others_may_stand() {
        let floor = with_spaces(hall(&[1], 9), &[0]);
        let found = floor.best_available(BestAvailable { adjacent: false, ..wish(3, 1) }).unwrap();
        assert_eq!((found.seats, found.areas), (vec![SeatIndex(0)], vec![(AreaIndex(0), 2)]));
    }
}
