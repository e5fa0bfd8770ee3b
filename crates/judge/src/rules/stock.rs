//! No seat twice, no area above what it holds, no buyer above the limit.

use std::collections::BTreeMap;

use super::certain::{self, Had};
use super::{Evidence, Finding};
use crate::history::What;

/// I1: by the journal, and by what clients were told at the same time.
pub(super) fn no_oversell(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("I1", "no seat is sold twice, and no area above its capacity");
    let mut owner: BTreeMap<u32, &str> = BTreeMap::new();
    let mut people = 0u32;
    for (id, ticket) in evidence.books.tickets.iter().filter(|(_, ticket)| ticket.stage != "void") {
        people += u32::from(ticket.area.is_some());
        let Some(seat) = ticket.seat else { continue };
        let before = owner.insert(seat, id);
        finding.look(before.is_none(), || {
            format!("tickets {} and {id} are both good for seat {seat}", before.unwrap_or("?"))
        });
    }
    finding.look(people <= evidence.rules.standing, || {
        format!("{people} good tickets for an area of {}", evidence.rules.standing)
    });
    let had = certain::had(evidence);
    overlaps(&mut finding, &had);
    crowded(&mut finding, &had, evidence.rules.standing);
    finding
}

/// Two clients who certainly had the same seat at the same time.
fn overlaps(finding: &mut Finding, had: &[Had]) {
    let mut by_seat: BTreeMap<u64, Vec<&Had>> = BTreeMap::new();
    for one in had {
        one.seats.iter().for_each(|seat| by_seat.entry(*seat).or_default().push(one));
    }
    for (seat, mut spans) in by_seat {
        spans.sort_by_key(|span| span.from_us);
        let mut latest: Option<&Had> = None;
        for span in spans {
            let clash = latest.filter(|before| before.client != span.client && before.until_us > span.from_us);
            finding.look(clash.is_none(), || {
                let before = clash.map_or(0, |before| before.client);
                format!("clients {before} and {} both had seat {seat} at {} us", span.client, span.from_us)
            });
            if latest.is_none_or(|before| before.until_us < span.until_us) {
                latest = Some(span);
            }
        }
    }
}

/// More people certainly in the area at once than it holds. One client's own spans are counted once.
fn crowded(finding: &mut Finding, had: &[Had], capacity: u32) {
    let mut changes: Vec<(u64, i64)> = Vec::new();
    let mut by_client: BTreeMap<u32, Vec<&Had>> = BTreeMap::new();
    had.iter().filter(|one| one.people > 0).for_each(|one| by_client.entry(one.client).or_default().push(one));
    for spans in by_client.values_mut() {
        spans.sort_by_key(|span| span.from_us);
        for (at, span) in spans.iter().enumerate() {
            let until = spans.get(at + 1).map_or(span.until_us, |next| span.until_us.min(next.from_us));
            let people = i64::try_from(span.people).unwrap_or(0);
            changes.extend([(span.from_us, people), (until, -people)]);
        }
    }
    changes.sort_unstable();
    let mut now = 0;
    for (at, change) in changes {
        now += change;
        finding.look(now <= i64::from(capacity), || format!("{now} people in an area of {capacity} at {at} us"));
    }
}

/// BL: nobody has more good tickets than one buyer may have, and nobody was told of more in one choice.
pub(super) fn buyer_limit(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new("BL", "no buyer has more tickets than the limit");
    let limit = u64::from(evidence.rules.limit);
    let mut bought: BTreeMap<&str, u64> = BTreeMap::new();
    for ticket in evidence.books.tickets.values().filter(|ticket| ticket.stage != "void") {
        if let Some(order) = evidence.books.orders.get(&ticket.order) {
            *bought.entry(&order.account).or_default() += 1;
        }
    }
    for (account, count) in bought {
        finding.look(count <= limit, || format!("{account} has {count} good tickets"));
    }
    for entry in evidence.of(What::Hold).filter(|entry| entry.ok()) {
        let (seats, people) = certain::items(&entry.told);
        let count = seats.len() as u64 + people;
        finding.look(count <= limit, || format!("client {} holds {count} at once", entry.client));
    }
    finding
}
