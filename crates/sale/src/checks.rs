//! The invariants of a sale, checked from its parts and not from its running sums.

use domain::{AccountId, limits};
use hashbrown::HashMap;

use crate::floor::{Counts, Kind, SeatState};
use crate::line::PlaceStage;
use crate::orders::OrderStage;
use crate::state::Sale;

/// One invariant and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The invariant, as a sentence.
    pub invariant: &'static str,
    /// What breaks it; `None` if it holds.
    pub broken: Option<String>,
}

type Check = fn(&Sale) -> Option<String>;

const CHECKS: [(&str, Check); 8] = [
    ("Sold, held, free and blocked make up the capacity, at every price level.", capacity),
    ("Every held seat has one holder, every sold seat one paid order, and the other way round.", owners),
    ("No buyer has more tickets than allowed.", buyer_limit),
    ("Everybody let in came before everybody waiting.", admission_order),
    ("An account has at most one live place.", one_place),
    ("Money taken less money given back pays for exactly the orders that are paid or being refunded.", money),
    ("Captured money has become tickets or is going back.", captured),
    ("Every ticket belongs to one order, and a seat has at most one ticket that is good.", tickets),
];

impl Sale {
    /// Checks every invariant; takes time in proportion to the sale.
    pub fn check(&self) -> Vec<Finding> {
        CHECKS.iter().map(|(invariant, check)| Finding { invariant, broken: check(self) }).collect()
    }

    /// The first broken invariant, if any.
    pub fn broken_invariant(&self) -> Option<String> {
        CHECKS.iter().find_map(|(invariant, check)| check(self).map(|detail| format!("{invariant} Broken: {detail}")))
    }
}

fn capacity(sale: &Sale) -> Option<String> {
    let plan = sale.floor.plan();
    let mut levels = vec![Counts::default(); plan.price_levels.len()];
    for (seat, state) in plan.seats.iter().zip(sale.floor.seats()) {
        levels[usize::from(seat.level.0)].0[state.kind() as usize] += 1;
    }
    for (area, counts) in plan.areas.iter().zip(sale.floor.areas()) {
        if counts.sum() != area.capacity {
            return Some(format!("area {} counts {} of {}", area.name, counts.sum(), area.capacity));
        }
        for (total, count) in levels[usize::from(area.level.0)].0.iter_mut().zip(counts.0) {
            *total += count;
        }
    }
    if levels != sale.floor.levels() {
        return Some(format!("counted {levels:?}, kept {:?}", sale.floor.levels()));
    }
    let sum = sale.floor.total().sum();
    (sum != plan.capacity()).then(|| format!("{sum} of {}", plan.capacity()))
}

fn owners(sale: &Sale) -> Option<String> {
    let mut seats = vec![SeatState::Free; sale.floor.seats().len()];
    let mut areas = vec![Counts::default(); sale.floor.areas().len()];
    let holds = sale
        .shoppers
        .sorted()
        .into_iter()
        .filter_map(|(place, shopper)| Some((&shopper.hold.as_ref()?.items, SeatState::Held(place))));
    let paid = sale.orders.all().iter().enumerate().filter(|(_, order)| order.stage == OrderStage::Paid);
    let sold = paid.map(|(index, order)| (&order.items, SeatState::Sold(index as u32)));
    for (items, state) in holds.chain(sold) {
        for seat in &items.seats {
            let slot = seats.get_mut(seat.0 as usize)?;
            if *slot != SeatState::Free {
                return Some(format!("seat {} belongs to {slot:?} and to {state:?}", seat.0));
            }
            *slot = state;
        }
        for (area, count) in &items.areas {
            areas[usize::from(area.0)].0[state.kind() as usize] += count;
        }
    }
    for (index, (expected, actual)) in seats.iter().zip(sale.floor.seats()).enumerate() {
        if expected != actual && *actual != SeatState::Blocked {
            return Some(format!("seat {index} is {actual:?}, its owner says {expected:?}"));
        }
        if *actual == SeatState::Blocked && *expected != SeatState::Free {
            return Some(format!("blocked seat {index} belongs to {expected:?}"));
        }
    }
    areas.iter().zip(sale.floor.areas()).enumerate().find_map(|(index, (expected, actual))| {
        let differs = [Kind::Held, Kind::Sold].iter().any(|kind| expected.of(*kind) != actual.of(*kind));
        differs.then(|| format!("area {index} has {actual:?}, its owners say {expected:?}"))
    })
}

fn buyer_limit(sale: &Sale) -> Option<String> {
    let mut tickets: HashMap<AccountId, u32> = HashMap::new();
    for order in sale.orders.all().iter().filter(|order| order.stage == OrderStage::Paid) {
        *tickets.entry(order.account).or_default() += order.items.count();
    }
    for (place, shopper) in sale.shoppers.sorted() {
        if let (Some(hold), Some(account)) = (&shopper.hold, sale.line.owner(place)) {
            *tickets.entry(account).or_default() += hold.items.count();
        }
    }
    let limit = sale.settings.tickets_per_buyer_max;
    debug_assert!(limit <= limits::TICKETS_PER_BUYER_MAX);
    tickets.into_iter().find(|(_, count)| *count > limit).map(|(account, count)| format!("{account} has {count}"))
}

fn admission_order(sale: &Sale) -> Option<String> {
    let (_, stages, cursor, admitted_total) = sale.line.dump();
    let (inside, outside) = stages.split_at((cursor as usize).min(stages.len()));
    if let Some(index) = inside.iter().position(|stage| *stage == PlaceStage::Waiting) {
        return Some(format!("place {} waits, and {cursor} was passed", index + 1));
    }
    let early = outside.iter().position(|stage| !matches!(stage, PlaceStage::Waiting | PlaceStage::Left));
    if let Some(index) = early {
        return Some(format!("place {} was let in before its turn", index + 1 + inside.len()));
    }
    let active = inside.iter().filter(|stage| stage.is_active()).count() as u32;
    (active != sale.line.active() || admitted_total > cursor)
        .then(|| format!("{active} inside, kept {}", sale.line.active()))
}

fn one_place(sale: &Sale) -> Option<String> {
    let (accounts, stages, ..) = sale.line.dump();
    let mut live: HashMap<AccountId, usize> = HashMap::new();
    for account in sale.lobby.in_time().chain(sale.lobby.late()) {
        if sale.line.last_number() > 0 || live.insert(account, 0).is_some() {
            return Some(format!("{account} is in the lobby, and in the lobby or in line once more"));
        }
    }
    let twice = accounts.iter().zip(stages).enumerate().filter(|(_, (_, stage))| stage.is_live());
    for (index, (account, _)) in twice {
        if let Some(other) = live.insert(account, index) {
            return Some(format!("{account} has places {} and {}", other + 1, index + 1));
        }
    }
    None
}

fn money(sale: &Sale) -> Option<String> {
    let orders = sale.orders.all();
    let sum = |stages: &[OrderStage], of: fn(&crate::orders::Order) -> i64| -> i64 {
        orders.iter().filter(|order| stages.contains(&order.stage)).map(of).sum()
    };
    let paid = sum(&[OrderStage::Paid], |order| order.total);
    let going_back = sum(&[OrderStage::RefundPending], |order| order.captured.unwrap_or(0));
    let kept = sale.totals.taken - sale.totals.refunded;
    (kept != paid + going_back).then(|| format!("kept {kept}, paid {paid}, going back {going_back}"))
}

fn captured(sale: &Sale) -> Option<String> {
    let settled = [OrderStage::Paid, OrderStage::RefundPending, OrderStage::Refunded];
    let lost = sale.orders.all().iter().find(|order| order.captured.is_some() && !settled.contains(&order.stage));
    let free = sale
        .orders
        .all()
        .iter()
        .find(|order| order.stage == OrderStage::Paid && order.captured.unwrap_or(0) != order.total);
    lost.map(|order| format!("{} is captured and {:?}", order.id, order.stage))
        .or(free.map(|order| format!("{} costs {} and {:?} was captured", order.id, order.total, order.captured)))
}

fn tickets(sale: &Sale) -> Option<String> {
    let mut next = 1;
    let mut issued: Vec<_> = sale.orders.all().iter().filter_map(|order| Some((order.tickets?, order))).collect();
    issued.sort_unstable_by_key(|((first, _), _)| *first);
    for ((first, count), order) in issued {
        if first != next || count != order.items.count() {
            return Some(format!("{} has tickets from {first}, {count} of them, expected from {next}", order.id));
        }
        let void = order.stage != OrderStage::Paid;
        let records = &sale.tickets[first as usize - 1..][..count as usize];
        if records.iter().any(|ticket| ticket.void != void) {
            return Some(format!("{} is {:?} and its tickets say otherwise", order.id, order.stage));
        }
        next += count;
    }
    (next - 1 != sale.tickets_issued()).then(|| format!("{} tickets, {} in orders", sale.tickets_issued(), next - 1))
}
