//! What must hold of one sale: the sale's own invariants, and what is counted here once more, another way.

use std::collections::{HashMap, HashSet};

use domain::OrderId;
use sale::{OrderStage, Sale, TicketStage};

use super::{AuditedSale, SnapshotFinding};

/// Everything broken in one sale, a sentence each. `orders` holds the orders of the sales before.
pub fn findings(audited: &AuditedSale, orders: &mut HashSet<OrderId>) -> Vec<String> {
    let sale = &audited.sale;
    let mut found: Vec<String> = sale
        .check()
        .into_iter()
        .filter_map(|finding| finding.broken.map(|detail| format!("{} Broken: {detail}.", finding.invariant)))
        .collect();
    found.extend(order_ids(audited, orders));
    found.extend(tickets(sale));
    found.extend(areas(sale));
    found.extend(snapshot(audited.snapshot));
    if sale.settings().sale != audited.id {
        found.push(format!(
            "The first event creates {}, and the journal keeps it as {}.",
            sale.settings().sale,
            audited.id
        ));
    }
    found
}

/// An order id names one order of one sale, and the sale it is in.
fn order_ids(audited: &AuditedSale, orders: &mut HashSet<OrderId>) -> Vec<String> {
    let mut found = Vec::new();
    for order in audited.sale.orders().all() {
        if !orders.insert(order.id) {
            found.push(format!("{} is the id of two orders.", order.id));
        }
        if order.id.sale() != audited.id {
            found.push(format!("{} names {}, and is an order of {}.", order.id, order.id.sale(), audited.id));
        }
    }
    found
}

/// A ticket belongs to a paid or refunded order; a seat has at most one that is good.
fn tickets(sale: &Sale) -> Vec<String> {
    let mut found = Vec::new();
    let mut good_by_seat = HashMap::new();
    let mut good = 0u64;
    for serial in 1..=sale.tickets_issued() {
        let Some(ticket) = sale.ticket(serial) else {
            found.push(format!("Ticket {serial} belongs to no seat of any order."));
            continue;
        };
        if ticket.stage == TicketStage::Void {
            continue;
        }
        good += 1;
        if let Ok(seat) = ticket.seat
            && let Some(other) = good_by_seat.insert(seat, serial)
        {
            found.push(format!("Tickets {other} and {serial} are both good for seat {}.", seat.0));
        }
    }
    let paid = sale.orders().all().iter().filter(|order| order.stage == OrderStage::Paid);
    let paid: u64 = paid.map(|order| u64::from(order.items.count())).sum();
    if good != paid {
        found.push(format!("{good} tickets are good, and {paid} are paid."));
    }
    found
}

/// No area has more good tickets than it holds people.
fn areas(sale: &Sale) -> Vec<String> {
    let plan = sale.floor().plan();
    let mut people = vec![0u64; plan.areas.len()];
    let mut found = Vec::new();
    for order in sale.orders().all().iter().filter(|order| order.stage == OrderStage::Paid) {
        for (area, count) in &order.items.areas {
            match people.get_mut(usize::from(area.0)) {
                Some(people) => *people += u64::from(*count),
                None => found.push(format!("{} is for area {}, which is not in the plan.", order.id, area.0)),
            }
        }
    }
    let full = plan.areas.iter().zip(people).filter(|(area, people)| *people > u64::from(area.capacity));
    found.extend(full.map(|(area, people)| format!("{} holds {}, and {people} are sold.", area.name, area.capacity)));
    found
}

fn snapshot(finding: SnapshotFinding) -> Option<String> {
    match finding {
        SnapshotFinding::None | SnapshotFinding::OtherVersion | SnapshotFinding::Agrees(_) => None,
        SnapshotFinding::Differs(at) => {
            Some(format!("The snapshot at event {at} and the events after it give another state than all events."))
        }
        SnapshotFinding::Ahead(at) => {
            Some(format!("There is a snapshot at event {at}, which the journal does not have: events are lost."))
        }
    }
}
