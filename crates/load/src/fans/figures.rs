//! What a run amounts to: latencies from the intended start, rates, and how it ended for whom.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::history::{Entry, FanRecord, Outcome, Step};

/// The longest latency told apart, microseconds.
const LATENCY_US_MAX: u64 = 600_000_000;

/// Latencies in milliseconds and rates of one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct StepFigures {
    /// Answers counted.
    pub count: u64,
    /// Median.
    pub ms_p50: f64,
    /// 99 of 100 were faster.
    pub ms_p99: f64,
    /// 999 of 1,000 were faster.
    pub ms_p999: f64,
    /// Answers per second over the middle nine tenths of them, so that stragglers do not dilute the rate.
    pub per_second: f64,
    /// Answers in the busiest whole second.
    pub per_second_peak: f64,
}

impl StepFigures {
    /// From pairs of (received, latency) in microseconds.
    pub fn of(mut answers: Vec<(u64, u64)>) -> Self {
        let Ok(mut histogram) = Histogram::<u64>::new_with_bounds(1, LATENCY_US_MAX, 3) else { return Self::default() };
        for (_, latency_us) in &answers {
            histogram.saturating_record((*latency_us).max(1));
        }
        answers.sort_unstable();
        let ms = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1_000.0;
        if answers.is_empty() {
            return Self::default();
        }
        Self {
            count: answers.len() as u64,
            ms_p50: ms(0.5),
            ms_p99: ms(0.99),
            ms_p999: ms(0.999),
            per_second: middle_rate(&answers),
            per_second_peak: busiest_second(&answers),
        }
    }
}

fn middle_rate(sorted: &[(u64, u64)]) -> f64 {
    let (from, to) = (sorted.len() / 20, sorted.len() - 1 - sorted.len() / 20);
    let us = sorted[to].0.saturating_sub(sorted[from].0);
    if us == 0 { 0.0 } else { (to - from) as f64 * 1e6 / us as f64 }
}

fn busiest_second(sorted: &[(u64, u64)]) -> f64 {
    let (mut from, mut most) = (0, 0);
    for to in 0..sorted.len() {
        while sorted[to].0 - sorted[from].0 >= 1_000_000 {
            from += 1;
        }
        most = most.max(to + 1 - from);
    }
    most as f64
}

/// A finished run.
#[derive(Debug, Clone, Serialize)]
pub struct FanReport {
    /// How it ended, and for how many.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Figures by step; only requests that got what they asked for count.
    pub steps: BTreeMap<Step, StepFigures>,
    /// From the intended begin of an order to its tickets.
    pub purchases: StepFigures,
    /// Seconds from the opening until the sale was first seen sold out (looked at once a second).
    pub sold_out_seconds: Option<f64>,
    /// Seconds from the opening until the last fan had gone.
    pub seconds: f64,
    /// Tickets in the fans' hands.
    pub tickets: u64,
    /// Requests sent.
    pub requests: u64,
    /// Of those, without an answer.
    pub unanswered: u64,
    /// Answers nobody expected, and how many times each.
    pub surprises: BTreeMap<String, u64>,
    /// Everything each fan was told, by fan.
    #[serde(skip)]
    pub records: Vec<FanRecord>,
}

/// Figures of every step from the requests of a run.
pub fn steps_of(entries: &[Entry]) -> BTreeMap<Step, StepFigures> {
    let mut answers: BTreeMap<Step, Vec<(u64, u64)>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| (200..400).contains(&entry.status)) {
        answers
            .entry(entry.step)
            .or_default()
            .push((entry.received_us, entry.received_us.saturating_sub(entry.intended_us)));
    }
    answers.into_iter().map(|(step, answers)| (step, StepFigures::of(answers))).collect()
}

/// Figures of whole purchases of those who bought: from the intended begin of the order to the sight of the tickets.
pub fn purchases_of(entries: &[Entry], records: &[FanRecord]) -> StepFigures {
    let mut began: BTreeMap<u32, u64> = BTreeMap::new();
    let mut ended: BTreeMap<u32, u64> = BTreeMap::new();
    for entry in entries {
        match entry.step {
            Step::Order => drop(began.entry(entry.fan).or_insert(entry.intended_us)),
            Step::OrderPoll => drop(ended.insert(entry.fan, entry.received_us)),
            _ => {}
        }
    }
    let bought = records.iter().filter(|record| record.outcome == Outcome::Bought);
    let spans = bought.filter_map(|record| {
        let (from, to) = (*began.get(&record.fan)?, *ended.get(&record.fan)?);
        Some((to, to.saturating_sub(from)))
    });
    StepFigures::of(spans.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_ignore_stragglers_and_latencies_do_not() {
        // A thousand answers, one per millisecond, then one after an hour.
        let mut answers: Vec<(u64, u64)> = (0..1_000).map(|index| (1_000 * (index + 1), 2_000)).collect();
        answers.push((3_600_000_000, 500_000_000));
        let figures = StepFigures::of(answers);
        assert_eq!((figures.count, figures.per_second_peak), (1_001, 1_000.0));
        assert!((figures.per_second - 1_000.0).abs() < 1.0, "{}", figures.per_second);
        assert!((figures.ms_p50 - 2.0).abs() < 0.01 && figures.ms_p999 < 3.0, "{figures:?}");
        assert_eq!(StepFigures::of(vec![]), StepFigures::default());
    }

    #[test]
    fn latency_counts_from_the_intended_start() {
        let entry = Entry {
            fan: 1,
            step: Step::Join,
            intended_us: 1_000,
            sent_us: 9_000,
            received_us: 11_000,
            status: 201,
            code: 0,
        };
        let steps = steps_of(&[entry, Entry { status: 409, ..entry }]);
        let join = steps[&Step::Join];
        assert_eq!(join.count, 1);
        assert!((join.ms_p50 - 10.0).abs() < 0.05, "{}", join.ms_p50);
    }
}
