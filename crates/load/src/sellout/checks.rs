//! What the clients' own histories prove, without asking the server: order, seats sold twice, limits.

use std::collections::{BTreeMap, HashMap};

use crate::fans::FanRecord;
use crate::fans::history::JoinFact;
use crate::fans::wire::OrderStage;

/// Joins whose numbers contradict the order in which they happened: B was sent after A's answer had arrived, and
/// yet B's number is lower. Joins that overlap in time may have either order.
pub fn out_of_order(joins: &[JoinFact]) -> u64 {
    let mut by_answer: Vec<&JoinFact> = joins.iter().collect();
    by_answer.sort_unstable_by_key(|join| join.received_us);
    let mut by_sending = by_answer.clone();
    by_sending.sort_unstable_by_key(|join| join.first_sent_us);
    let mut answered = by_answer.into_iter().peekable();
    let (mut highest_before, mut violations) = (0, 0);
    for join in by_sending {
        while let Some(earlier) = answered.next_if(|earlier| earlier.received_us < join.first_sent_us) {
            highest_before = highest_before.max(earlier.number);
        }
        violations += u64::from(join.number < highest_before);
    }
    violations
}

/// Place numbers given to more than one fan.
pub fn duplicated_places(joins: &[JoinFact]) -> u64 {
    let mut numbers: Vec<u32> = joins.iter().map(|join| join.number).collect();
    numbers.sort_unstable();
    numbers.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
}

/// Something of which there is a limited number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stock {
    Seat(u32),
    Area(u32),
}

/// Tickets beyond what there is: seats certainly in two hands at one instant, areas certainly above their capacity.
/// `areas` are the capacities of the counted areas.
pub fn oversold(records: &[FanRecord], areas: &[u32]) -> u64 {
    let mut changes: BTreeMap<Stock, Vec<(u64, i64)>> = BTreeMap::new();
    for hold in records.iter().flat_map(|record| &record.holds).filter(|hold| hold.until_us > hold.from_us) {
        for item in &hold.items {
            let stock = match (item.seat, item.area) {
                (Some(seat), _) => Stock::Seat(seat),
                (None, Some(area)) => Stock::Area(area),
                (None, None) => continue,
            };
            changes.entry(stock).or_default().extend([(hold.from_us, 1), (hold.until_us, -1)]);
        }
    }
    let beyond = changes.into_iter().map(|(stock, changes)| {
        let capacity = match stock {
            Stock::Seat(_) => 1,
            Stock::Area(area) => areas.get(area as usize).copied().unwrap_or(0).into(),
        };
        (most_at_once(changes) - capacity).max(0)
    });
    beyond.sum::<i64>().unsigned_abs()
}

fn most_at_once(mut changes: Vec<(u64, i64)>) -> i64 {
    // What ends at an instant makes room for what begins at it: -1 sorts before 1.
    changes.sort_unstable();
    let (mut now, mut most) = (0, 0);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    most
}

/// Fans with more in their hands at once than one buyer may have.
pub fn over_limit(records: &[FanRecord], tickets_per_buyer_max: u32) -> u64 {
    let limit = tickets_per_buyer_max as usize;
    records.iter().filter(|record| record.holds.iter().any(|hold| hold.items.len() > limit)).count() as u64
}

/// Orders seen paid whose tickets did not all come, and tickets that more than one fan was given.
pub fn tickets_missing_and_doubled(records: &[FanRecord]) -> (u64, u64) {
    let paid =
        records.iter().filter_map(|record| record.order.as_ref()).filter(|order| order.stage == OrderStage::Paid);
    let mut seen: HashMap<&str, u64> = HashMap::new();
    let mut missing = 0;
    for order in paid {
        missing += u64::from(order.tickets.len() != order.items.len());
        for ticket in &order.tickets {
            *seen.entry(ticket).or_default() += 1;
        }
    }
    (missing, seen.values().map(|times| times - 1).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fans::history::{HoldFact, OrderFact};
    use crate::fans::wire::{Item, Price};

    fn join(first_sent_us: u64, received_us: u64, number: u32) -> JoinFact {
        JoinFact { first_sent_us, received_us, number }
    }

    fn price() -> Price {
        Price { amount: 1, currency: "EUR".into() }
    }

    fn holder(fan: u32, seats: &[u32], from_us: u64, until_us: u64) -> FanRecord {
        let items = seats.iter().map(|seat| Item { seat: Some(*seat), area: None, price: price() }).collect();
        FanRecord { holds: vec![HoldFact { from_us, until_us, items }], ..FanRecord::new(fan) }
    }

    fn stander(fan: u32, from_us: u64, until_us: u64) -> FanRecord {
        let items = vec![Item { seat: None, area: Some(0), price: price() }];
        FanRecord { holds: vec![HoldFact { from_us, until_us, items }], ..FanRecord::new(fan) }
    }

    #[test]
    fn joins_that_overlap_may_have_either_order() {
        assert_eq!(out_of_order(&[join(1, 10, 2), join(2, 9, 1)]), 0);
        assert_eq!(out_of_order(&[join(1, 10, 1), join(2, 9, 2)]), 0);
        // Sent in the very microsecond of the answer: not certainly after it.
        assert_eq!(out_of_order(&[join(1, 10, 2), join(10, 20, 1)]), 0);
    }

    #[test]
    fn a_join_sent_after_anothers_answer_must_have_the_higher_number() {
        assert_eq!(out_of_order(&[join(1, 10, 1), join(11, 20, 2), join(21, 30, 3)]), 0);
        assert_eq!(out_of_order(&[join(1, 10, 2), join(11, 20, 1)]), 1);
        // One early fan with a late number makes everybody after it a victim.
        assert_eq!(out_of_order(&[join(1, 10, 100), join(11, 12, 1), join(13, 14, 2), join(15, 16, 101)]), 2);
        // A retried join counts from its first attempt, which overlaps with the other one.
        assert_eq!(out_of_order(&[join(5, 10, 2), join(7, 90, 1)]), 0);
    }

    #[test]
    fn a_number_given_twice_is_seen() {
        assert_eq!(duplicated_places(&[join(1, 2, 1), join(1, 2, 2), join(1, 2, 1), join(1, 2, 1)]), 2);
        assert_eq!(duplicated_places(&[join(1, 2, 1), join(1, 2, 2)]), 0);
    }

    #[test]
    fn a_seat_may_change_hands_but_not_be_in_two() {
        assert_eq!(oversold(&[holder(1, &[5], 10, 20), holder(2, &[5], 20, u64::MAX)], &[]), 0);
        assert_eq!(oversold(&[holder(1, &[5, 6], 10, 21), holder(2, &[6, 7], 20, 30)], &[]), 1);
        assert_eq!(oversold(&[holder(1, &[5], 10, u64::MAX), holder(2, &[5], 900, u64::MAX)], &[]), 1);
    }

    #[test]
    fn an_area_takes_as_many_as_fit() {
        let crowd = [stander(1, 1, 10), stander(2, 2, 10), stander(3, 10, 20)];
        assert_eq!(oversold(&crowd, &[2]), 0);
        assert_eq!(oversold(&crowd, &[1]), 1);
    }

    #[test]
    fn a_buyer_with_four_tickets_is_over_a_limit_of_three() {
        assert_eq!(over_limit(&[holder(1, &[1, 2, 3], 1, 2), holder(2, &[4, 5, 6, 7], 1, 2)], 3), 1);
    }

    #[test]
    fn a_paid_order_needs_every_ticket_and_each_ticket_one_owner() {
        let paid = |fan, seats: &[u32], tickets: &[&str]| {
            let mut record = holder(fan, seats, 1, u64::MAX);
            record.order = Some(OrderFact {
                id: format!("ord_{fan}"),
                items: record.holds[0].items.clone(),
                stage: OrderStage::Paid,
                tickets: tickets.iter().map(|ticket| (*ticket).to_owned()).collect(),
                paid_at_provider: true,
            });
            record
        };
        assert_eq!(tickets_missing_and_doubled(&[paid(1, &[1, 2], &["a", "b"]), paid(2, &[3], &["c"])]), (0, 0));
        assert_eq!(tickets_missing_and_doubled(&[paid(1, &[1, 2], &["a"]), paid(2, &[3], &["a"])]), (1, 1));
    }
}
