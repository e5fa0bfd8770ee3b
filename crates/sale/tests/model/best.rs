//! What is free, and whether a best-available answer is one that the rules allow.

use sale::floor::Kind;
use sale::idempotency::Outcome;
use sale::{Answer, BestAvailable, OrderStage, Rejection};

use crate::model::{Model, Things};

impl Model {
    /// What a seat is, asked of everybody who might have it.
    pub fn kind_of(&self, seat: u32) -> Kind {
        let held = self.people.iter().filter_map(|person| person.hold.as_ref());
        let sold = self.bills.values().filter(|bill| bill.stage == OrderStage::Paid);
        let mut owners = vec![];
        owners.extend(held.filter(|(_, things)| things.seats.contains(&seat)).map(|_| Kind::Held));
        owners.extend(sold.filter(|bill| bill.things.seats.contains(&seat)).map(|_| Kind::Sold));
        owners.extend(self.blocked.seats.contains(&seat).then_some(Kind::Blocked));
        assert!(owners.len() < 2, "seat {seat} is {owners:?}");
        owners.first().copied().unwrap_or(Kind::Free)
    }

    /// Whether a seat is on sale.
    pub fn is_free(&self, seat: u32) -> bool {
        self.kind_of(seat) == Kind::Free
    }

    /// People of the standing area, by kind.
    pub fn people_of(&self, kind: Kind) -> u32 {
        let held = self.people.iter().filter_map(|person| person.hold.as_ref()).map(|(_, things)| things.people);
        let paid = self.bills.values().filter(|bill| bill.stage == OrderStage::Paid);
        match kind {
            Kind::Free => self.people_free(),
            Kind::Held => held.sum(),
            Kind::Sold => paid.map(|bill| bill.things.people).sum(),
            Kind::Blocked => self.blocked.people,
        }
    }

    /// How many more people the standing area takes.
    pub fn people_free(&self) -> u32 {
        let taken: u32 = [Kind::Held, Kind::Sold, Kind::Blocked].into_iter().map(|kind| self.people_of(kind)).sum();
        self.plan.areas[0].capacity.checked_sub(taken).expect("an area is never above its capacity")
    }

    /// Seats and people of a kind.
    pub fn count(&self, kind: Kind) -> u32 {
        let seats = (0..self.plan.seats.len() as u32).filter(|seat| self.kind_of(*seat) == kind).count();
        seats as u32 + self.people_of(kind)
    }

    /// Takes the sale's choice if it is a good one; a refusal must be justified.
    pub fn judge_best(&self, wish: BestAvailable, seen: &Outcome) -> Result<Things, String> {
        let level = wish.level.map(|level| level.0);
        if level.is_some_and(|level| level > 1) {
            return Err("seat_unknown".into());
        }
        let on_sale = |seat: &u32| self.is_free(*seat) && level != Some(1);
        let seats: Vec<u32> = (0..self.plan.seats.len() as u32).filter(on_sale).collect();
        let people = if level == Some(0) { 0 } else { self.people_free() };
        if wish.accessible > 0 {
            return self.judge_wheelchairs(wish, seen, &seats, people);
        }
        match seen {
            Ok(Answer::Held(view)) => {
                let things = Things {
                    seats: view.items.seats.iter().map(|seat| seat.0).collect(),
                    people: view.items.areas.iter().map(|it| it.1).sum(),
                };
                assert_eq!(things.count(), wish.count, "as many as wished");
                assert!(things.seats.iter().all(|seat| seats.contains(seat)), "free, and of the level wished");
                assert!(things.people <= people, "within the area");
                let apart = wish.adjacent && wish.count > 1 && things.people < wish.count;
                assert!(!apart || self.side_by_side(&things.seats.iter().copied().collect::<Vec<_>>()));
                let others = seats.iter().any(|it| !things.seats.contains(it) && !self.accessible(*it));
                assert!(!others || !things.seats.iter().any(|it| self.accessible(*it)), "accessible seats go last");
                Ok(things)
            }
            Err(Rejection::NotEnoughSeats) => {
                assert!((seats.len() as u32 + people) < wish.count, "enough were left");
                Err("not_enough_seats".into())
            }
            Err(Rejection::NoAdjacentSeats) => {
                let ordinary: Vec<u32> = seats.into_iter().filter(|seat| !self.accessible(*seat)).collect();
                let found = ordinary.windows(wish.count as usize).any(|window| self.side_by_side(window));
                assert!(wish.adjacent && wish.count > 1 && !found && people < wish.count, "there were some");
                Err("no_adjacent_seats".into())
            }
            other => panic!("a wish for seats was answered with {other:?}"),
        }
    }

    /// As many spaces as wished, companions beside them, and no more spaces than must be.
    fn judge_wheelchairs(
        &self,
        wish: BestAvailable,
        seen: &Outcome,
        seats: &[u32],
        people: u32,
    ) -> Result<Things, String> {
        let spaces = |seats: &[u32]| seats.iter().filter(|seat| self.accessible(**seat)).count() as u32;
        let needed = wish.accessible.min(wish.count);
        let runs: Vec<u32> = seats
            .windows(wish.count as usize)
            .filter(|run| self.side_by_side(run) && spaces(run) >= needed)
            .map(spaces)
            .collect();
        let enough = spaces(seats) >= needed && seats.len() as u32 + people >= wish.count;
        match seen {
            Ok(Answer::Held(view)) => {
                let things = Things {
                    seats: view.items.seats.iter().map(|seat| seat.0).collect(),
                    people: view.items.areas.iter().map(|it| it.1).sum(),
                };
                let mut chosen: Vec<u32> = things.seats.iter().copied().collect();
                chosen.sort_unstable();
                assert_eq!(things.count(), wish.count, "as many as wished, each once");
                assert!(chosen.iter().all(|seat| seats.contains(seat)), "free, and of the level wished");
                assert!(things.people <= people && spaces(&chosen) >= needed, "with the spaces wished");
                match runs.iter().min() {
                    Some(least) => {
                        assert!(
                            self.side_by_side(&chosen) && things.people == 0,
                            "side by side where that is possible"
                        );
                        assert!(spaces(&chosen) == needed || *least > needed, "no space for a companion without need");
                    }
                    None => assert!(!wish.adjacent, "apart only if that will do"),
                }
                Ok(things)
            }
            Err(Rejection::NotEnoughSeats) => {
                assert!(!enough, "enough were left");
                Err("not_enough_seats".into())
            }
            Err(Rejection::NoAdjacentSeats) => {
                assert!(wish.adjacent && wish.count > 1 && runs.is_empty() && enough, "there were some");
                Err("no_adjacent_seats".into())
            }
            other => panic!("a wish for wheelchair spaces was answered with {other:?}"),
        }
    }

    fn accessible(&self, seat: u32) -> bool {
        self.plan.seats[seat as usize].accessible
    }

    fn side_by_side(&self, seats: &[u32]) -> bool {
        seats.windows(2).all(|pair| {
            let next = &self.plan.seats[pair[1] as usize];
            pair[1] == pair[0] + 1 && next.row == self.plan.seats[pair[0] as usize].row && !next.after_gap
        })
    }
}
