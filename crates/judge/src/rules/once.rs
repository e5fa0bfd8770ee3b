//! What may happen once happens once.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Evidence, Finding};
use crate::history::{Entry, What};

/// I8: a ticket lets somebody in once.
pub(super) fn ticket_used_once(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I8", "a ticket is used once");
    let mut accepted: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in evidence.of(What::CheckIn) {
        let times = accepted.entry(&entry.of).or_default();
        *times += u64::from(entry.ok());
    }
    for (ticket, times) in accepted {
        finding.look(times <= 1, || format!("ticket {ticket} was accepted {times} times"));
        let used =
            evidence.books.tickets.get(ticket).is_some_and(|found| found.stage == "used" || found.stage == "void");
        finding.look(times == 0 || used, || format!("ticket {ticket} was accepted and is not used"));
    }
    finding
}

/// I10: the same key gives the same answer, and with another request a refusal.
pub(super) fn idempotency(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I10", "a key gives its answer again, and is good for one request only");
    let mut by_key: BTreeMap<(u32, &str), Vec<&Entry>> = BTreeMap::new();
    let keyed =
        |entry: &&Entry| matches!(entry.what, What::Hold | What::HoldOther | What::Order) && !entry.of.is_empty();
    for entry in evidence.entries.iter().filter(keyed).filter(|entry| !entry.undecided()) {
        by_key.entry((entry.client, &entry.of)).or_default().push(entry);
    }
    for ((client, key), entries) in by_key {
        let mut own = entries.iter().filter(|entry| entry.what != What::HoldOther).peekable();
        if own.next_if(|entry| entry.not_ones_turn()).is_some() {
            // The key stayed free, also for another request.
            if entries.iter().any(|entry| entry.what == What::HoldOther) {
                continue;
            }
            while own.next_if(|entry| entry.not_ones_turn()).is_some() {}
        }
        let Some(first) = own.next() else { continue };
        for again in own {
            finding.look(essence(first) == essence(again), || {
                format!("client {client} got {} and {} under the key {key}", essence(first), essence(again))
            });
        }
        for other in entries.iter().filter(|entry| entry.what == What::HoldOther) {
            let refused = other.status == 422 && other.code == "idempotency_key_reused";
            finding.look(refused, || {
                format!("client {client} used the key {key} for something else and got {} {}", other.status, other.code)
            });
        }
    }
    finding
}

/// What of an answer must be the same again: clocks and progress may differ.
fn essence(entry: &Entry) -> Value {
    let told = &entry.told;
    serde_json::json!([entry.status, entry.code, told["hold"], told["id"], told["items"], told["total"]])
}
