//! The clients' histories against the server's database and the provider's ledger: what was promised must be there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use domain::Problem;
use serde::Deserialize;
use tokio::task::JoinSet;

use super::ledger::Paid;
use crate::client::{Origin, Pool, Request};
use crate::fans::FanRecord;
use crate::fans::wire::{Order, OrderStage, PlaceAnswer};

/// Questions on their way at once.
const AT_ONCE: usize = 64;

/// What the server knows of one fan.
#[derive(Debug, Default)]
pub struct Known {
    /// The number of the place, if it has one.
    pub place: Option<u32>,
    /// The orders of the account.
    pub orders: Vec<Order>,
}

/// What was found missing or too much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Findings {
    /// Acknowledged places, orders and payments that are not there.
    pub lost: u64,
    /// Captures, tickets or seats that are there twice.
    pub duplicated: u64,
    /// Seats in two paid orders, and areas above their capacity.
    pub oversold: u64,
    /// Buyers with more paid tickets than allowed.
    pub over_limit: u64,
    /// Money kept, or an order said to be paid, without all tickets.
    pub paid_without_ticket: u64,
    /// Tickets for which the provider has no money.
    pub ticket_without_payment: u64,
}

#[derive(Deserialize)]
struct OrdersAnswer {
    orders: Vec<Order>,
}

/// Asks the server about every fan, in the order of `records`.
///
/// # Errors
/// `audit_failed`, if the server does not answer.
pub async fn ask_all(
    server: &Origin,
    sale: &str,
    sessions: &[String],
    records: &[FanRecord],
) -> Result<Vec<Known>, Problem> {
    let pool = Arc::new(Pool::new(server.clone(), AT_ONCE, Duration::from_secs(30)));
    let mut known: Vec<Known> = records.iter().map(|_| Known::default()).collect();
    let mut questions = JoinSet::new();
    for (index, record) in records.iter().enumerate() {
        let Some(session) = sessions.get(record.fan as usize).cloned() else { continue };
        let (pool, sale) = (Arc::clone(&pool), sale.to_owned());
        let (joined, held) = (record.join.is_some(), !record.holds.is_empty());
        questions.spawn(async move { (index, ask_one(&pool, &sale, &session, joined, held).await) });
    }
    while let Some(answered) = questions.join_next().await {
        let (index, answer) =
            answered.map_err(|error| Problem::new("audit_failed", "The audit broke off.").internal(error))?;
        known[index] = answer?;
    }
    Ok(known)
}

async fn ask_one(pool: &Pool, sale: &str, session: &str, joined: bool, held: bool) -> Result<Known, Problem> {
    let mut known = Known::default();
    if joined {
        let body = get(pool, &format!("/v1/sales/{sale}/line/me"), session).await?;
        known.place =
            body.and_then(|body| serde_json::from_slice::<PlaceAnswer>(&body).ok()).map(|answer| answer.place.number);
    }
    if held {
        let body = get(pool, "/v1/orders?limit=100", session).await?.unwrap_or_default();
        let answer: OrdersAnswer = serde_json::from_slice(&body)
            .map_err(|error| Problem::new("audit_failed", "A list of orders cannot be read.").internal(error))?;
        known.orders = answer.orders;
    }
    Ok(known)
}

/// The body of a successful answer; `None` if there is no such thing.
async fn get(pool: &Pool, path: &str, session: &str) -> Result<Option<Vec<u8>>, Problem> {
    let failed = |why: String| Problem::new("audit_failed", format!("{path} cannot be read.")).internal(why);
    for _ in 0..20 {
        match pool.send(&Request::new("GET", path).session(session)).await {
            Ok(answer) if answer.status == 200 => return Ok(Some(answer.body)),
            Ok(answer) if answer.status == 404 => return Ok(None),
            Ok(answer) if answer.status == 503 || answer.status == 429 => {}
            Ok(answer) => return Err(failed(format!("status {}", answer.status))),
            Err(lost) => return Err(failed(lost.to_string())),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(failed("the server is always busy".into()))
}

/// Compares what fans were told with what the server knows and what the provider did.
pub fn compare(
    records: &[FanRecord],
    known: &[Known],
    ledger: &BTreeMap<String, Paid>,
    areas: &[u32],
    limit: u32,
) -> Findings {
    let mut findings = Findings::default();
    let mut orders: HashMap<&str, &Order> = HashMap::new();
    let (mut seats, mut standing, mut tickets) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (record, known) in records.iter().zip(known) {
        if record.join.is_some_and(|join| known.place != Some(join.number)) {
            findings.lost += 1;
        }
        findings.lost += u64::from(record.holds_lost);
        let mut bought = 0;
        for order in &known.orders {
            orders.insert(&order.id, order);
            if order.stage != OrderStage::Paid {
                continue;
            }
            bought += order.items.len();
            findings.paid_without_ticket += u64::from(order.tickets.len() != order.items.len());
            for item in &order.items {
                match (item.seat, item.area) {
                    (Some(seat), _) => *seats.entry(seat).or_insert(0u64) += 1,
                    (None, Some(area)) => *standing.entry(area).or_insert(0u64) += 1,
                    (None, None) => {}
                }
            }
            for ticket in &order.tickets {
                *tickets.entry(ticket.as_str()).or_insert(0u64) += 1;
            }
        }
        findings.over_limit += u64::from(bought > limit as usize);
        findings.lost += order_lost(record, &known.orders);
    }
    findings.oversold += seats.values().map(|times| times - 1).sum::<u64>();
    for (area, people) in standing {
        findings.oversold += people.saturating_sub(areas.get(area as usize).copied().unwrap_or(0).into());
    }
    findings.duplicated += tickets.values().map(|times| times - 1).sum::<u64>();
    compare_money(&mut findings, &orders, ledger);
    findings
}

/// 1 if the order a fan was told of is gone, or was paid and no longer is (a refund aside).
fn order_lost(record: &FanRecord, orders: &[Order]) -> u64 {
    let Some(told) = &record.order else { return 0 };
    let Some(order) = orders.iter().find(|order| order.id == told.id) else { return 1 };
    let still = matches!(order.stage, OrderStage::Paid | OrderStage::RefundPending | OrderStage::Refunded);
    u64::from(told.stage == OrderStage::Paid && !still)
}

fn compare_money(findings: &mut Findings, orders: &HashMap<&str, &Order>, ledger: &BTreeMap<String, Paid>) {
    for (id, paid) in ledger {
        findings.duplicated += u64::from(paid.captures.saturating_sub(1));
        let stage = orders.get(id.as_str()).map(|order| order.stage);
        match stage {
            // The money is kept: there must be a ticket, or a refund on its way.
            _ if paid.kept > 0 => {
                findings.paid_without_ticket +=
                    u64::from(!matches!(stage, Some(OrderStage::Paid | OrderStage::RefundPending)));
            }
            Some(OrderStage::Paid) => findings.ticket_without_payment += 1,
            _ => {}
        }
    }
    let paid = orders.values().filter(|order| order.stage == OrderStage::Paid);
    findings.ticket_without_payment += paid.filter(|order| !ledger.contains_key(&order.id)).count() as u64;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fans::history::{HoldFact, JoinFact, OrderFact};
    use crate::fans::wire::{Item, Price};

    fn items(seats: &[u32]) -> Vec<Item> {
        seats
            .iter()
            .map(|seat| Item { seat: Some(*seat), area: None, price: Price { amount: 10, currency: "EUR".into() } })
            .collect()
    }

    fn buyer(fan: u32, seats: &[u32]) -> (FanRecord, Known) {
        let (items, tickets): (_, Vec<String>) =
            (items(seats), seats.iter().map(|seat| format!("sale_1-{seat}")).collect());
        let id = format!("ord_{fan}");
        let record = FanRecord {
            join: Some(JoinFact { first_sent_us: 1, received_us: 2, number: fan }),
            holds: vec![HoldFact { from_us: 3, until_us: u64::MAX, items: items.clone() }],
            order: Some(OrderFact {
                id: id.clone(),
                items: items.clone(),
                stage: OrderStage::Paid,
                tickets: tickets.clone(),
                paid_at_provider: true,
            }),
            ..FanRecord::new(fan)
        };
        let order = Order { id, stage: OrderStage::Paid, items, payment_url: None, deadline_ms: None, tickets };
        (record, Known { place: Some(fan), orders: vec![order] })
    }

    fn ledger(fans: &[u32]) -> BTreeMap<String, Paid> {
        fans.iter().map(|fan| (format!("ord_{fan}"), Paid { captures: 1, kept: 10 })).collect()
    }

    fn findings(buyers: Vec<(FanRecord, Known)>, ledger: &BTreeMap<String, Paid>) -> Findings {
        let (records, known): (Vec<_>, Vec<_>) = buyers.into_iter().unzip();
        compare(&records, &known, ledger, &[], 3)
    }

    #[test]
    fn what_agrees_is_clean() {
        assert_eq!(findings(vec![buyer(1, &[1, 2]), buyer(2, &[3])], &ledger(&[1, 2])), Findings::default());
    }

    #[test]
    fn a_place_or_order_that_is_gone_is_lost() {
        let (mut gone, mut other) = (buyer(1, &[1]), buyer(2, &[2]));
        gone.1.place = None;
        other.1.place = Some(7);
        assert_eq!(findings(vec![gone, other], &ledger(&[1, 2])).lost, 2);
        let (record, mut known) = buyer(1, &[1]);
        known.orders[0].stage = OrderStage::Expired;
        let found = findings(vec![(record, known)], &ledger(&[1]));
        assert_eq!((found.lost, found.paid_without_ticket), (1, 1));
    }

    #[test]
    fn one_seat_in_two_paid_orders_is_oversold() {
        let found = findings(vec![buyer(1, &[1]), buyer(2, &[1])], &ledger(&[1, 2]));
        assert_eq!((found.oversold, found.duplicated), (1, 1));
    }

    #[test]
    fn money_and_tickets_must_meet() {
        let none = findings(vec![buyer(1, &[1])], &ledger(&[]));
        assert_eq!(none.ticket_without_payment, 1);
        let twice = BTreeMap::from([("ord_1".to_owned(), Paid { captures: 2, kept: 20 })]);
        assert_eq!(findings(vec![buyer(1, &[1])], &twice).duplicated, 1);
        let refunded = BTreeMap::from([("ord_1".to_owned(), Paid { captures: 1, kept: 0 })]);
        assert_eq!(findings(vec![buyer(1, &[1])], &refunded).ticket_without_payment, 1);
        // A payment for an order nobody knows.
        assert_eq!(findings(vec![buyer(1, &[1])], &ledger(&[1, 9])).paid_without_ticket, 1);
        let (record, mut known) = buyer(1, &[1, 2]);
        known.orders[0].tickets.pop();
        assert_eq!(findings(vec![(record, known)], &ledger(&[1])).paid_without_ticket, 1);
    }

    #[test]
    fn four_tickets_are_over_a_limit_of_three() {
        assert_eq!(findings(vec![buyer(1, &[1, 2, 3, 4])], &ledger(&[1])).over_limit, 1);
    }
}
