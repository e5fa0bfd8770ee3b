//! The best seats that are left: side by side, near the middle of the first row that has room.
//!
//! Rows are in the plan's order of desirability. Seats for people in a wheelchair are not handed out this way while
//! others are left.

use domain::{AreaIndex, PriceLevelIndex, Row, SeatIndex};

use super::{Floor, Kind, SeatState};
use crate::command::BestAvailable;
use crate::event::Items;
use crate::rejection::Rejection;

impl Floor {
    /// Chooses seats for a wish.
    ///
    /// # Errors
    /// Not enough seats are left, or not side by side, or the price level does not exist.
    pub fn best_available(&self, wish: BestAvailable) -> Result<Items, Rejection> {
        if wish.level.is_some_and(|level| usize::from(level.0) >= self.levels.len()) {
            return Err(Rejection::SeatUnknown);
        }
        if wish.count == 0 {
            return Err(Rejection::NothingChosen);
        }
        if wish.accessible > 0 {
            return self.with_wheelchairs(wish);
        }
        if let Some(seats) = self.adjacent(wish) {
            return Ok(Items { seats, areas: vec![] });
        }
        if let Some(area) = self.area_with_room(wish) {
            return Ok(Items { seats: vec![], areas: vec![(area, wish.count)] });
        }
        // One seat is always side by side with itself.
        if wish.adjacent && wish.count > 1 {
            let free: u32 = match wish.level {
                Some(level) => self.levels[usize::from(level.0)].of(Kind::Free),
                None => self.total().of(Kind::Free),
            };
            return Err(if free >= wish.count { Rejection::NoAdjacentSeats } else { Rejection::NotEnoughSeats });
        }
        self.scattered(wish, &[])
    }

    fn adjacent(&self, wish: BestAvailable) -> Option<Vec<SeatIndex>> {
        let rows = self.plan.rows.iter().enumerate();
        rows.filter(|(index, _)| u32::from(self.free_in_row[*index]) >= wish.count)
            .find_map(|(_, row)| self.window(row, wish))
            .map(|first| (first..first + wish.count).map(SeatIndex).collect())
    }

    /// The first seat of the free run of `count` seats nearest to the middle of the row.
    fn window(&self, row: &Row, wish: BestAvailable) -> Option<u32> {
        let middle = i64::from(row.first_seat) * 2 + i64::from(row.seats);
        let mut best: Option<(i64, u32)> = None;
        let mut run = 0;
        for seat in row.first_seat..row.first_seat + row.seats {
            if self.plan.seats[seat as usize].after_gap {
                run = 0;
            }
            run = if self.on_offer(seat, wish.level, false) { run + 1 } else { 0 };
            if run >= wish.count {
                let first = seat + 1 - wish.count;
                let off = (i64::from(first) * 2 + i64::from(wish.count) - middle).abs();
                if best.is_none_or(|(least, _)| off < least) {
                    best = Some((off, first));
                }
            }
        }
        best.map(|(_, first)| first)
    }

    fn on_offer(&self, seat: u32, level: Option<PriceLevelIndex>, accessible: bool) -> bool {
        let about = &self.plan.seats[seat as usize];
        self.seats[seat as usize] == SeatState::Free
            && about.accessible == accessible
            && level.is_none_or(|level| about.level == level)
    }

    fn area_with_room(&self, wish: BestAvailable) -> Option<AreaIndex> {
        let fits = |(index, counts): &(usize, &super::Counts)| {
            let level = self.plan.areas[*index].level;
            counts.of(Kind::Free) >= wish.count && wish.level.is_none_or(|wanted| wanted == level)
        };
        self.areas.iter().enumerate().find(fits).map(|(index, _)| AreaIndex(index as u16))
    }

    /// Seats one by one, row after row, none of them one that is `taken` already; accessible ones and area places only
    /// when nothing else is left.
    pub(super) fn scattered(&self, wish: BestAvailable, taken: &[SeatIndex]) -> Result<Items, Rejection> {
        let mut items = Items::default();
        let wanted = wish.count as usize;
        for accessible in [false, true] {
            for (index, row) in self.plan.rows.iter().enumerate() {
                if self.free_in_row[index] == 0 || items.seats.len() == wanted {
                    continue;
                }
                let seats = row.first_seat..row.first_seat + row.seats;
                let free = seats.filter(|seat| self.on_offer(*seat, wish.level, accessible)).map(SeatIndex);
                let free = free.filter(|seat| !taken.contains(seat));
                let missing = wanted - items.seats.len();
                items.seats.extend(free.take(missing));
            }
        }
        let mut missing = wish.count - items.seats.len() as u32;
        for (index, counts) in self.areas.iter().enumerate() {
            let level = self.plan.areas[index].level;
            let count = counts.of(Kind::Free).min(missing);
            if count > 0 && wish.level.is_none_or(|wanted| wanted == level) {
                items.areas.push((AreaIndex(index as u16), count));
                missing -= count;
            }
        }
        if missing == 0 { Ok(items) } else { Err(Rejection::NotEnoughSeats) }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::state::fixtures::hall;

    fn wish(count: u32) -> BestAvailable {
        BestAvailable { count, level: None, adjacent: true, accessible: 0 }
    }

    fn take(floor: &mut Floor, seats: &[u32]) {
        let items = Items { seats: seats.iter().copied().map(SeatIndex).collect(), areas: vec![] };
        floor.take(&items, SeatState::Blocked);
    }

    #[test]
    fn the_middle_of_the_first_row_comes_first() {
        let floor = Floor::new(Box::new(hall(&[6, 6], 0)));
        assert_eq!(floor.best_available(wish(2)).unwrap().seats, [SeatIndex(2), SeatIndex(3)]);
    }

    #[test]
    fn a_row_without_room_side_by_side_is_passed_over() {
        let mut floor = Floor::new(Box::new(hall(&[4, 4], 0)));
        take(&mut floor, &[1, 2]);
        assert_eq!(floor.best_available(wish(2)).unwrap().seats, [SeatIndex(5), SeatIndex(6)]);
    }

    #[test]
    fn an_aisle_parts_neighbours() {
        let mut plan = hall(&[4], 0);
        plan.seats[2].after_gap = true;
        let floor = Floor::new(Box::new(plan));
        assert_eq!(floor.best_available(wish(3)), Err(Rejection::NoAdjacentSeats));
        assert_eq!(floor.best_available(wish(2)).unwrap().seats, [SeatIndex(0), SeatIndex(1)]);
    }

    #[test]
    fn accessible_seats_are_the_last_to_go() {
        let mut plan = hall(&[3], 0);
        plan.seats[1].accessible = true;
        let floor = Floor::new(Box::new(plan));
        let loose = BestAvailable { adjacent: false, ..wish(2) };
        assert_eq!(floor.best_available(loose).unwrap().seats, [SeatIndex(0), SeatIndex(2)]);
        assert_eq!(floor.best_available(BestAvailable { adjacent: false, ..wish(3) }).unwrap().count(), 3);
    }

    #[test]
    fn a_last_accessible_seat_goes_to_one_who_asked_for_seats_side_by_side() {
        let mut plan = hall(&[1], 0);
        plan.seats[0].accessible = true;
        let floor = Floor::new(Box::new(plan));
        assert_eq!(floor.best_available(wish(1)).unwrap().seats, [SeatIndex(0)]);
    }

    #[test]
    fn too_few_is_told_apart_from_not_adjacent() {
        let mut floor = Floor::new(Box::new(hall(&[4], 0)));
        take(&mut floor, &[1, 2]);
        assert_eq!(floor.best_available(wish(2)), Err(Rejection::NoAdjacentSeats));
        assert_eq!(floor.best_available(wish(3)), Err(Rejection::NotEnoughSeats));
    }

    #[test]
    fn a_standing_area_serves_when_the_rows_are_full() {
        let mut floor = Floor::new(Box::new(hall(&[1], 5)));
        take(&mut floor, &[0]);
        assert_eq!(floor.best_available(wish(3)).unwrap().areas, [(AreaIndex(0), 3)]);
    }
}
