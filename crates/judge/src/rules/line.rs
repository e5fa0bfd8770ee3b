//! First come, first served, and no more inside than there is room for.

use std::collections::BTreeMap;

use super::{Evidence, Finding};
use crate::history::What;

/// How old a look at the line may be.
const STALE_US: u64 = 1_000_000;

/// I6: numbers in the order of arrival, admission in the order of numbers.
pub(super) fn first_come(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I6", "first come, first served");
    arrival(&mut finding, evidence);
    skipped(&mut finding, evidence);
    overtaken(&mut finding, evidence);
    finding
}

/// A place asked for after another was told of has the higher number.
fn arrival(finding: &mut Finding, evidence: &Evidence) {
    // The first attempt counts as sent, the first answer as told; a place had before the join proves nothing.
    let mut joins: BTreeMap<u64, (u64, u64, u64)> = BTreeMap::new();
    for entry in evidence.of(What::Join) {
        let join = joins.entry(entry.call).or_insert((u64::MAX, u64::MAX, 0));
        join.0 = join.0.min(entry.sent_us);
        if entry.status == 201 {
            (join.1, join.2) = (entry.answered(), entry.told["place"]["number"].as_u64().unwrap_or(0));
        }
    }
    let joins: Vec<_> = joins.into_values().filter(|(_, _, number)| *number > 0).collect();
    let mut by_answer = joins.clone();
    by_answer.sort_unstable_by_key(|(_, answered, _)| *answered);
    let mut by_sent = joins;
    by_sent.sort_unstable();
    let (mut highest, mut at) = (0, 0);
    for (sent, _, number) in by_sent {
        while at < by_answer.len() && by_answer[at].1 < sent {
            highest = highest.max(by_answer[at].2);
            at += 1;
        }
        finding.look(number > highest, || format!("place {number} was asked for after place {highest} was told of"));
    }
}

/// In the end nobody waits with a number below one that was let in.
fn skipped(finding: &mut Finding, evidence: &Evidence) {
    let places = &evidence.books.places;
    let inside = |stage: &str| !matches!(stage, "waiting" | "left" | "in_lobby");
    let Some(last) = places.iter().rev().find(|(_, place)| inside(&place.stage)).map(|(number, _)| *number) else {
        return;
    };
    for (number, place) in places.range(..last) {
        finding.look(place.stage != "waiting", || format!("place {number} still waits, and place {last} was let in"));
    }
}

/// Nobody is seen waiting long after a higher number was told to come in.
fn overtaken(finding: &mut Finding, evidence: &Evidence) {
    let mut admitted: Vec<(u64, u64)> = Vec::new();
    let mut waiting: Vec<(u64, u64)> = Vec::new();
    for entry in evidence.entries.iter().filter(|entry| entry.ok()) {
        let place = &entry.told["place"];
        let Some(number) = place["number"].as_u64() else { continue };
        match place["stage"].as_str() {
            Some("waiting") => waiting.push((entry.sent_us, number)),
            Some("admitted" | "selecting" | "paying") => admitted.push((entry.answered() + STALE_US, number)),
            _ => {}
        }
    }
    admitted.sort_unstable();
    waiting.sort_unstable();
    let (mut highest, mut at) = (0, 0);
    for (sent, number) in waiting {
        while at < admitted.len() && admitted[at].0 < sent {
            highest = highest.max(admitted[at].1);
            at += 1;
        }
        finding
            .look(number > highest, || format!("place {number} waited at {sent} us, long after {highest} was let in"));
    }
}

/// I7: never more people certainly inside than the sale admits at once.
pub(super) fn admission_bound(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I7", "no more inside than the bound");
    let capacity = i64::from(evidence.rules.capacity);
    if capacity == 0 {
        return finding;
    }
    let mut spans: BTreeMap<(u32, u64), (u64, u64)> = BTreeMap::new();
    for entry in evidence.entries.iter().filter(|entry| entry.ok()) {
        let place = &entry.told["place"];
        if !matches!(place["stage"].as_str(), Some("admitted" | "selecting" | "paying")) || entry.what == What::Frame {
            continue;
        }
        let number = place["number"].as_u64().unwrap_or(0);
        let span = spans.entry((entry.client, number)).or_insert((u64::MAX, 0));
        *span = (span.0.min(entry.answered()), span.1.max(entry.sent_us));
    }
    let mut changes: Vec<(u64, i64)> = spans
        .values()
        .filter(|(from, until)| from < until)
        .flat_map(|(from, until)| [(*from, 1), (*until, -1)])
        .collect();
    changes.sort_unstable();
    let mut inside = 0;
    for (at, change) in changes {
        inside += change;
        finding.look(inside <= capacity, || format!("{inside} were inside at {at} us, and {capacity} may be"));
    }
    for entry in evidence.of(What::Status).filter(|entry| entry.ok()) {
        if let Some(active) = entry.told["line"]["active"].as_i64() {
            finding.look(active <= capacity, || {
                format!("the server says that {active} are inside, and {capacity} may be")
            });
        }
    }
    finding
}
