//! What was acknowledged is there, and what was read does not go back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::certain::{deadline, items};
use super::{Evidence, Finding};
use crate::history::{Entry, What};

/// How old the picture may be that all readers share.
const STALE_US: u64 = 1_000_000;

/// I2: every acknowledged place, hold and order is there afterwards, with the same seats and price.
pub(super) fn nothing_acknowledged_is_lost(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I2", "nothing acknowledged is lost");
    places(&mut finding, evidence);
    orders(&mut finding, evidence);
    refunds(&mut finding, evidence);
    for entries in evidence.by_client().values() {
        holds(&mut finding, evidence, entries);
    }
    finding
}

fn places(finding: &mut Finding, evidence: &Evidence) {
    let accounts = evidence.accounts();
    for entry in evidence.of(What::Join).filter(|entry| entry.ok()) {
        let Some(number) = entry.told["place"]["number"].as_u64() else { continue };
        let owner = evidence.books.places.get(&number).map(|place| place.account.as_str());
        let fits = owner.is_some() && accounts.get(&entry.client).is_none_or(|account| owner == Some(account));
        finding.look(fits, || {
            format!(
                "client {} was told of place {number}, which belongs to {}",
                entry.client,
                owner.unwrap_or("nobody")
            )
        });
    }
}

fn orders(finding: &mut Finding, evidence: &Evidence) {
    let accounts = evidence.accounts();
    for entry in evidence.of(What::Order).filter(|entry| entry.ok()) {
        let id = entry.told["id"].as_str().unwrap_or_default();
        let Some(order) = evidence.books.orders.get(id) else {
            finding.look(false, || format!("client {} was told of order {id}, which is not there", entry.client));
            continue;
        };
        let seats: Vec<u64> = order.seats.iter().map(|seat| u64::from(*seat)).collect();
        let people: u64 = order.areas.iter().map(|(_, people)| u64::from(*people)).sum();
        let same = items(&entry.told) == (seats, people) && entry.told["total"]["amount"].as_i64() == Some(order.total);
        finding.look(same, || {
            format!("order {id} has other seats or another price than client {} was told", entry.client)
        });
        let owner = accounts.get(&entry.client).is_none_or(|account| order.account == *account);
        finding.look(owner, || {
            format!("client {} was told of order {id}, which belongs to {}", entry.client, order.account)
        });
        let listed = evidence.books.listed.get(id);
        let agrees = listed.is_some_and(|listed| listed["stage"] == order.stage.as_str());
        finding.look(agrees, || format!("the organiser's list and the journal do not agree on order {id}"));
    }
    for entry in evidence.of(What::OrderLook).filter(|entry| entry.told["stage"] == "paid") {
        let tickets = entry.told["tickets"].as_array().map(Vec::as_slice).unwrap_or_default();
        for ticket in tickets.iter().filter_map(|ticket| ticket.as_str()) {
            let there = evidence.books.tickets.get(ticket).is_some_and(|found| found.order == entry.of);
            finding.look(there, || format!("client {} was told of ticket {ticket}, which is not there", entry.client));
        }
    }
}

/// A refund that was promised goes on until the money is back.
fn refunds(finding: &mut Finding, evidence: &Evidence) {
    for entry in evidence.of(What::Refund).filter(|entry| entry.ok()) {
        let stage = evidence.books.orders.get(&entry.of).map(|order| order.stage.as_str());
        finding.look(matches!(stage, Some("refund_pending" | "refunded")), || {
            format!("a refund of order {} was promised, and the order is {}", entry.of, stage.unwrap_or("not there"))
        });
    }
}

/// While a hold certainly lasts, a look shows it and an order finds it.
fn holds(finding: &mut Finding, evidence: &Evidence, entries: &[&Entry]) {
    let mut held: Option<(&Entry, u64)> = None;
    for entry in entries {
        match entry.what {
            What::Hold if entry.ok() => held = Some((entry, deadline(evidence, entry))),
            What::Look if entry.ok() => {
                let Some((hold, until)) =
                    held.filter(|(hold, until)| hold.answered() < entry.sent_us && entry.answered() < *until)
                else {
                    continue;
                };
                let same = items(&entry.told["place"]["hold"]) == items(&hold.told);
                finding.look(same, || {
                    format!(
                        "client {} holds {} until {until} us, and a look at {} us does not show it",
                        entry.client, hold.of, entry.sent_us
                    )
                });
            }
            What::Order if matches!(entry.code.as_str(), "nothing_held" | "not_admitted" | "not_in_line") => {
                let certain =
                    held.is_some_and(|(hold, until)| hold.answered() < entry.sent_us && entry.answered() < until);
                finding
                    .look(!certain, || format!("client {} could not order what it held: {}", entry.client, entry.code));
            }
            What::Hold | What::HoldOther | What::Release | What::Leave | What::Order | What::Join | What::Cancel => {
                held = None
            }
            _ => {}
        }
    }
}

/// MR: a position never grows, a version never goes back, and what was final stays final.
pub(super) fn reads_are_monotonic(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("MR", "what a client reads does not go back");
    for entries in evidence.by_client().values() {
        positions(&mut finding, entries);
        finals(&mut finding, entries);
    }
    seats(&mut finding, evidence);
    finding
}

/// The two bits of a seat that is sold.
const SOLD: u8 = 2;

/// A seat that was seen sold is not seen otherwise, unless somebody asked for its money back.
fn seats(finding: &mut Finding, evidence: &Evidence) {
    let mut given_back: BTreeMap<usize, u64> = BTreeMap::new();
    for refund in evidence.of(What::Refund) {
        for seat in evidence.books.orders.get(&refund.of).into_iter().flat_map(|order| &order.seats) {
            let first = given_back.entry(*seat as usize).or_insert(u64::MAX);
            *first = (*first).min(refund.sent_us);
        }
    }
    let mut sold_at: BTreeMap<usize, u64> = BTreeMap::new();
    let mut reads: Vec<&Entry> = evidence.of(What::Seats).filter(|entry| entry.ok()).collect();
    reads.sort_by_key(|entry| entry.sent_us);
    for entry in reads {
        let packed = STANDARD.decode(entry.told["seats"].as_str().unwrap_or_default()).unwrap_or_default();
        for seat in 0..packed.len() * 4 {
            let sold = packed[seat / 4] >> (seat % 4 * 2) & 3 == SOLD;
            let before = sold_at.get(&seat).is_some_and(|at| *at < entry.sent_us);
            let back = given_back.get(&seat).is_some_and(|at| *at < entry.answered());
            if before {
                finding.look(sold || back, || format!("seat {seat} was sold, and is not at {} us", entry.sent_us));
            }
            if sold {
                sold_at.entry(seat).or_insert(entry.answered());
            }
        }
    }
}

/// Only what was certainly read later is compared, and the shared picture may be a second old.
fn positions(finding: &mut Finding, entries: &[&Entry]) {
    let mut seen: BTreeMap<u64, Vec<(u64, u64)>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.ok()) {
        let place = &entry.told["place"];
        let (Some(number), Some(ahead)) = (place["number"].as_u64(), place["ahead"].as_u64()) else { continue };
        let before = seen.entry(number).or_default();
        let least = before.iter().filter(|(at, _)| at + STALE_US < entry.sent_us).map(|(_, ahead)| *ahead).min();
        finding.look(least.is_none_or(|least| ahead <= least), || {
            format!("client {} had {} before it, and then {ahead}", entry.client, least.unwrap_or(0))
        });
        before.push((entry.answered(), ahead));
    }
}

fn finals(finding: &mut Finding, entries: &[&Entry]) {
    let rank = |stage: &str| match stage {
        "paying" => Some(0),
        "paid" => Some(1),
        "refund_pending" => Some(2),
        "refunded" => Some(3),
        _ => None,
    };
    let mut seen: BTreeMap<&str, (u64, u8)> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.what == What::OrderLook && entry.ok()) {
        let Some(now) = entry.told["stage"].as_str().and_then(rank) else { continue };
        let before = seen.get(entry.of.as_str()).copied().filter(|(at, _)| *at < entry.sent_us);
        finding.look(before.is_none_or(|(_, before)| before <= now), || {
            format!("order {} went back to {}", entry.of, entry.told["stage"])
        });
        seen.insert(&entry.of, (entry.answered(), now));
    }
}
