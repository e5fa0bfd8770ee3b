//! Money: taken once, for tickets, or given back.

use std::collections::BTreeMap;

use super::{Evidence, Finding};
use crate::shop::PRICES;

/// Good tickets of each order.
fn good_tickets(evidence: &Evidence) -> BTreeMap<&str, u64> {
    let mut good: BTreeMap<&str, u64> = BTreeMap::new();
    for ticket in evidence.books.tickets.values().filter(|ticket| ticket.stage != "void") {
        *good.entry(&ticket.order).or_default() += 1;
    }
    good
}

/// I3: what was captured and not given back has all its tickets.
pub(super) fn captured_buys_or_goes_back(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I3", "every capture has its tickets or a refund");
    let good = good_tickets(evidence);
    for (id, payment) in evidence.books.ledger.iter().filter(|(_, payment)| payment.captured > payment.refunded) {
        let Some(order) = evidence.books.orders.get(id) else {
            finding.look(false, || format!("money was taken for order {id}, which is not there"));
            continue;
        };
        let tickets = good.get(id.as_str()).copied().unwrap_or(0);
        let bought = order.stage == "paid" && tickets == order.count();
        finding.look(bought, || {
            format!(
                "order {id} is {}, with {tickets} good tickets, and the provider keeps {}",
                order.stage,
                payment.captured - payment.refunded
            )
        });
    }
    finding
}

/// I4: nobody is charged twice, and nothing is given back twice.
pub(super) fn charged_once(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I4", "at most one capture for each order, and no more given back than taken");
    for (id, payment) in &evidence.books.ledger {
        finding.look(payment.captures <= 1, || format!("order {id} was charged {} times", payment.captures));
        finding.look(payment.refunded <= payment.captured, || {
            format!("{} was given back of {} taken for order {id}", payment.refunded, payment.captured)
        });
    }
    finding
}

/// I5: paid orders are exactly the money kept; good tickets are paid ones; prices are the plan's.
pub(super) fn identity(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I5", "captured minus refunded is what paid orders cost");
    let books = &evidence.books;
    let good = good_tickets(evidence);
    let kept = |id: &str| books.ledger.get(id).map_or(0, |payment| payment.captured - payment.refunded);
    let mut owed = 0;
    for (id, order) in &books.orders {
        let price = order.seats.len() as i64 * PRICES[0]
            + order.areas.iter().map(|(_, people)| i64::from(*people) * PRICES[1]).sum::<i64>();
        finding.look(order.total == price, || format!("order {id} costs {} instead of {price}", order.total));
        let tickets = good.get(id.as_str()).copied().unwrap_or(0);
        match order.stage.as_str() {
            "paid" => {
                owed += order.total;
                finding.look(kept(id) == order.total, || {
                    format!("order {id} is paid with {}, and the provider keeps {}", order.total, kept(id))
                });
            }
            "refund_pending" => {}
            stage => finding.look(tickets == 0 && kept(id) == 0, || {
                format!("order {id} is {stage}, has {tickets} good tickets, and the provider keeps {}", kept(id))
            }),
        }
    }
    let pending = |id: &String| books.orders.get(id).is_some_and(|order| order.stage == "refund_pending");
    let total: i64 = books.ledger.keys().filter(|id| !pending(id)).map(|id| kept(id)).sum();
    finding.look(total == owed, || format!("the provider keeps {total}, and paid orders cost {owed}"));
    let says = |what: &str| books.status[what]["amount"].as_i64().unwrap_or(0);
    let counted = says("taken") - says("refunded");
    if !books.orders.keys().any(pending) {
        finding.look(counted == total, || format!("the sale counts {counted}, and the provider keeps {total}"));
    }
    finding
}
