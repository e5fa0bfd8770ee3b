//! The journal: whole, in order, replayed to the same state, nothing left half done, and every deed noted.

use std::collections::BTreeMap;

use super::{Evidence, Finding};
use crate::history::What;

/// I9: the journal has no gap, and no reader sees a version go back.
pub(super) fn sequence(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I9", "events have no gap, and versions do not go back");
    let stopped = &evidence.books.stopped;
    finding.look(stopped.is_none(), || stopped.clone().unwrap_or_default());
    let mut reads: Vec<(u64, u64, u64)> = evidence
        .of(What::Status)
        .filter(|entry| entry.ok())
        .filter_map(|entry| Some((entry.sent_us, entry.answered(), entry.told["version"].as_u64()?)))
        .collect();
    let mut by_answer: Vec<(u64, u64)> = reads.iter().map(|(_, answered, version)| (*answered, *version)).collect();
    reads.sort_unstable();
    by_answer.sort_unstable();
    let (mut highest, mut at) = (0, 0);
    for (sent, _, version) in reads {
        while at < by_answer.len() && by_answer[at].0 < sent {
            highest = highest.max(by_answer[at].1);
            at += 1;
        }
        finding.look(version >= highest, || format!("version {version} was read after version {highest}"));
    }
    frames(&mut finding, evidence);
    finding
}

/// Frames of one connection come in order.
fn frames(finding: &mut Finding, evidence: &Evidence) {
    let mut last: BTreeMap<u64, u64> = BTreeMap::new();
    for entry in evidence.of(What::Frame).filter(|entry| entry.of == "status" || entry.of == "seat_changes") {
        let Some(version) = entry.told["version"].as_u64() else { continue };
        let before = last.insert(entry.call, version).unwrap_or(0);
        finding.look(version >= before, || format!("a connection was sent version {before}, then {version}"));
    }
}

/// I11: once faults have stopped, everything comes to an end.
pub(super) fn nothing_stuck(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I11", "nothing is stuck once the faults are over");
    for (number, place) in &evidence.books.places {
        finding.look(!place.is_inside(), || format!("place {number} is still {}", place.stage));
    }
    for (id, order) in &evidence.books.orders {
        finding.look(!order.is_under_way(), || format!("order {id} is still {}", order.stage));
    }
    line_moves(&mut finding, evidence);
    finding
}

/// With nobody inside and something to sell, nobody waits.
fn line_moves(finding: &mut Finding, evidence: &Evidence) {
    let (places, status) = (&evidence.books.places, &evidence.books.status);
    let levels = status["stock"].as_array().into_iter().flatten();
    let free: u64 = levels.filter_map(|level| level["free"].as_u64()).sum();
    if status["stage"] != "open" || free == 0 || places.values().any(|place| place.is_inside()) {
        return;
    }
    for (number, place) in places {
        finding.look(place.stage != "waiting", || format!("place {number} waits, nobody is inside, {free} are free"));
    }
}

/// 500: whatever happens outside, nothing breaks inside.
pub(super) fn nothing_broke(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("500", "no answer says that something went wrong inside");
    for entry in evidence.entries.iter().filter(|entry| entry.status > 0) {
        let what = entry.what;
        finding.look(entry.status != 500, || format!("client {} was answered 500 to {what:?}", entry.client));
    }
    finding
}

/// I13: what the operator was told is done stands in the audit log.
pub(super) fn deeds_noted(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I13", "every deed stands in the audit log");
    let noted = |action: &str, of: &str| evidence.books.deeds.iter().any(|(what, to)| what == action && to == of);
    for entry in evidence.of(What::Refund).filter(|entry| entry.ok()) {
        finding.look(noted("refund_order", &entry.of), || format!("the refund of {} is not noted", entry.of));
    }
    for entry in evidence.of(What::Deed).filter(|entry| entry.ok()) {
        let (action, of) = entry.of.split_once(' ').unwrap_or((&entry.of, ""));
        finding.look(noted(action, of), || format!("{} is not noted", entry.of));
    }
    finding
}

/// I14: replaying the journal gives the state of the running server, and every invariant of its own holds.
pub(super) fn replay(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I14", "replay gives the same state, and it is sound");
    finding.look(evidence.books.sound, || evidence.books.verified.join("; "));
    if let Some((replayed, live)) = &evidence.books.hashes {
        finding.look(replayed == live, || format!("replayed {replayed:.12}, running {live:.12}"));
    }
    finding
}
