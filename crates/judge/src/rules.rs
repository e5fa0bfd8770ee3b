//! The rules: each says how often it looked and what it found.

mod certain;
mod journal;
mod kept;
mod line;
mod money;
mod once;
mod stock;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::books::Books;
use crate::history::{Entry, What};
use crate::shop::Rules;

/// Accusations kept of each rule.
const SHOWN_MAX: usize = 8;

/// What the rules look at.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Everything recorded, in the order in which it was written.
    pub entries: Vec<Entry>,
    /// The end.
    pub books: Books,
    /// What was promised.
    pub rules: Rules,
    /// Clocks of server and clients may run apart in this run, or the server answered from before a stop: how much
    /// later than its deadline a hold may still be certain is unknown, so nothing is concluded from deadlines.
    pub deadlines_unknown: bool,
    /// Deadlines that were told may come so much early: time that the server could not count. It started with a clock that
    /// was behind, so that its time went on from the last event as if it had not been away, and later with a right one.
    pub deadlines_early_us: u64,
}

/// What one rule found.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// Its number in the list of invariants.
    pub id: &'static str,
    /// As a sentence.
    pub name: &'static str,
    /// How often it looked.
    pub checked: u64,
    /// How often it does not hold.
    pub broken: u64,
    /// The first few, a sentence each.
    pub accusations: Vec<String>,
}

impl Finding {
    /// A rule that has not looked yet.
    pub fn new(id: &'static str, name: &'static str) -> Self {
        Self { id, name, ..Self::default() }
    }

    /// Looked once: `holds`, or else the accusation.
    pub fn look(&mut self, holds: bool, accusation: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.broken += 1;
            if self.accusations.len() < SHOWN_MAX {
                self.accusations.push(accusation());
            }
        }
    }
}

/// Every rule over this evidence.
pub fn judge(evidence: &Evidence) -> Vec<Finding> {
    vec![
        stock::no_oversell(evidence),
        kept::nothing_acknowledged_is_lost(evidence),
        money::captured_buys_or_goes_back(evidence),
        money::charged_once(evidence),
        money::identity(evidence),
        line::first_come(evidence),
        line::admission_bound(evidence),
        once::ticket_used_once(evidence),
        journal::sequence(evidence),
        once::idempotency(evidence),
        journal::nothing_stuck(evidence),
        journal::nothing_broke(evidence),
        journal::deeds_noted(evidence),
        journal::replay(evidence),
        stock::buyer_limit(evidence),
        kept::reads_are_monotonic(evidence),
    ]
}

/// Numbers of broken rules, for a report.
pub fn violations(findings: &[Finding]) -> BTreeMap<String, u64> {
    findings.iter().map(|finding| (finding.id.to_owned(), finding.broken)).collect()
}

impl Evidence {
    /// Entries of one kind.
    pub fn of(&self, what: What) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.what == what)
    }

    /// Entries by client, in the order in which they were sent.
    pub fn by_client(&self) -> BTreeMap<u32, Vec<&Entry>> {
        let mut all: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.entries {
            all.entry(entry.client).or_default().push(entry);
        }
        all.values_mut().for_each(|entries| entries.sort_by_key(|entry| entry.sent_us));
        all
    }

    /// The account behind each client, as the server said.
    pub fn accounts(&self) -> BTreeMap<u32, &str> {
        let me = self.of(What::Me).filter(|entry| entry.ok());
        me.filter_map(|entry| Some((entry.client, entry.told["id"].as_str()?))).collect()
    }
}
