//! What a history proves about a span of time: from an answer to the earliest instant at which it may have ended.

use std::collections::HashMap;

use serde_json::Value;

use super::Evidence;
use crate::history::{Entry, What};

/// What somebody certainly had, and when.
#[derive(Debug, Clone)]
pub(super) struct Had {
    pub(super) client: u32,
    pub(super) from_us: u64,
    pub(super) until_us: u64,
    pub(super) seats: Vec<u64>,
    pub(super) people: u64,
}

/// The server's clock may gain one part in a hundred on ours; and a little for rounding.
const SLACK_US: u64 = 150_000;

/// Everything that was certainly held or owned.
pub(super) fn had(evidence: &Evidence) -> Vec<Had> {
    let mut all = Vec::new();
    let refunds = refunds_asked(evidence);
    for entries in evidence.by_client().values() {
        for (at, entry) in entries.iter().enumerate() {
            let Some(until) = certain_until(evidence, &refunds, entries, at) else { continue };
            let (seats, people) = items(&entry.told);
            let from_us = entry.answered();
            if until > from_us {
                all.push(Had { client: entry.client, from_us, until_us: until, seats, people });
            }
        }
    }
    all
}

/// Until when the hold or order in this answer certainly lasts.
fn certain_until(evidence: &Evidence, refunds: &HashMap<&str, u64>, entries: &[&Entry], at: usize) -> Option<u64> {
    let entry = entries[at];
    if !entry.ok() {
        return None;
    }
    let later = &entries[at + 1..];
    let refunded = |order: &str| refunds.get(order).copied().unwrap_or(u64::MAX);
    match entry.what {
        What::Hold => {
            let ends = |next: &&&Entry| {
                matches!(next.what, What::Hold | What::HoldOther | What::Release | What::Leave | What::Order)
            };
            // A repetition that is answered later may tell of a hold that another choice has replaced meanwhile.
            let replaced = entries[..at]
                .iter()
                .any(|before| ends(&before) && before.answered() > entry.sent_us && before.call != entry.call);
            (!replaced)
                .then(|| deadline(evidence, entry).min(later.iter().find(ends).map_or(u64::MAX, |next| next.sent_us)))
        }
        What::Order if entry.told["stage"] == "paying" => {
            let cancelled = later.iter().find(|next| next.what == What::Cancel).map_or(u64::MAX, |next| next.sent_us);
            let order = entry.told["id"].as_str().unwrap_or_default();
            // It may be paid and refunded before the pay time is over.
            Some(deadline(evidence, entry).min(cancelled).min(refunded(order)))
        }
        What::OrderLook if entry.told["stage"] == "paid" => Some(refunded(&entry.of)),
        _ => None,
    }
}

/// When somebody may first have asked for the money back, of each order of which anybody did.
fn refunds_asked(evidence: &Evidence) -> HashMap<&str, u64> {
    let mut asked = HashMap::new();
    for refund in evidence.of(What::Refund) {
        let first = asked.entry(refund.of.as_str()).or_insert(refund.sent_us);
        *first = refund.sent_us.min(*first);
    }
    asked
}

/// The deadline in an answer on the clients' clock, as early as it can be.
pub(super) fn deadline(evidence: &Evidence, entry: &Entry) -> u64 {
    let (Some(deadline), Some(now)) = (entry.told["deadline_ms"].as_i64(), entry.told["server_time_ms"].as_i64())
    else {
        return entry.sent_us;
    };
    if evidence.deadlines_unknown {
        return entry.sent_us;
    }
    let left_us = u64::try_from(deadline - now).unwrap_or(0) * 1_000;
    (entry.sent_us + left_us - left_us / 100).saturating_sub(SLACK_US + evidence.deadlines_early_us)
}

/// Seats and people of an answer's items.
pub(super) fn items(told: &Value) -> (Vec<u64>, u64) {
    let items = told["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let seats: Vec<u64> = items.iter().filter_map(|item| item["seat"].as_u64()).collect();
    let people = items.len() as u64 - seats.len() as u64;
    (seats, people)
}
