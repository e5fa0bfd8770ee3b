//! How honest the estimated wait is: lines that move in different ways, people who ask, and when it really was their
//! turn. `cargo nextest run -p pace --no-capture estimates` prints the distribution of the error.

use std::collections::BinaryHeap;
use std::f64::consts::TAU;

use domain::Timestamp;
use pace::{Basis, Estimator};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEEDS: u64 = 20;
/// Three hours are played and people ask during the first, so that everybody's turn comes.
const SECONDS: usize = 3 * 3_600;
const ASKED_SECONDS: usize = 3_600;
const ASK_EVERY_SECONDS: usize = 15;
const AHEAD_MAX: f64 = 2_000.0;

/// How many are let in in each second.
type Line = fn(&mut ChaCha8Rng) -> Vec<u32>;

const LINES: &[(&str, Line)] = &[
    ("independent arrivals", independent),
    ("batches of an interval", batches),
    ("a pace that wanders", wandering),
    ("a pace that is cut and raised", cut_and_raised),
    ("two incidents", incidents),
    ("one leaves, the next enters", counter),
];

/// Poisson, by Knuth's product of uniform numbers; good for the small means used here.
fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> u32 {
    let (limit, mut product, mut count) = ((-mean).exp(), 1.0, 0);
    loop {
        product *= rng.random_range(0.0..1.0);
        if product <= limit {
            return count;
        }
        count += 1;
    }
}

fn independent(rng: &mut ChaCha8Rng) -> Vec<u32> {
    (0..SECONDS).map(|_| poisson(rng, 5.0)).collect()
}

fn batches(rng: &mut ChaCha8Rng) -> Vec<u32> {
    let phase = rng.random_range(0..10);
    (0..SECONDS).map(|second| if second % 10 == phase { 50 } else { 0 }).collect()
}

fn wandering(rng: &mut ChaCha8Rng) -> Vec<u32> {
    let phase: f64 = rng.random_range(0.0..TAU);
    let at = |second: usize| 5.0 * (1.0 + 0.3 * (phase + second as f64 / 900.0 * TAU).sin());
    (0..SECONDS).map(|second| poisson(rng, at(second))).collect()
}

fn cut_and_raised(rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut share: f64 = 1.0;
    let next = |_| {
        share = if rng.random_range(0.0..1.0) < share * 0.04 { share * 0.7 } else { (share + 0.01).min(1.0) };
        poisson(rng, 6.0 * share)
    };
    (0..SECONDS).map(next).collect()
}

fn incidents(rng: &mut ChaCha8Rng) -> Vec<u32> {
    let starts: [usize; 2] = [rng.random_range(600..1_500), rng.random_range(1_800..3_000)];
    let slow = |second| starts.iter().any(|start| (*start..start + 120).contains(&second));
    (0..SECONDS).map(|second| poisson(rng, if slow(second) { 2.0 } else { 6.0 })).collect()
}

/// 600 are inside, each for one to five minutes; all of them enter in the first second.
fn counter(rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut leaving = BinaryHeap::new();
    let mut free = 600;
    let next = |second: usize| {
        while leaving.peek().is_some_and(|std::cmp::Reverse(at)| *at <= second) {
            leaving.pop();
            free += 1;
        }
        (0..free).for_each(|_| leaving.push(std::cmp::Reverse(second + rng.random_range(60..300))));
        std::mem::take(&mut free)
    };
    (0..SECONDS).map(next).collect()
}

/// What became of the estimates for one kind of line.
#[derive(Default)]
struct Tally {
    asked: usize,
    covered: usize,
    /// (likely − real) / real.
    errors: Vec<f64>,
    /// high / low, of waits of over a minute: what is below a batch's interval has no useful ratio.
    widths: Vec<f64>,
}

fn ask(line: Line, seed: u64, tally: &mut Tally) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let admitted = line(&mut rng);
    let totals: Vec<u64> = admitted
        .iter()
        .scan(0, |total, count| {
            *total += u64::from(*count);
            Some(*total)
        })
        .collect();
    let mut estimator = Estimator::new(None);
    for (second, total) in totals[..ASKED_SECONDS].iter().enumerate() {
        estimator.observe(Timestamp::from_millis(second as i64 * 1_000), *total);
        if second == 0 || second % ASK_EVERY_SECONDS != 0 {
            continue;
        }
        let ahead = AHEAD_MAX.powf(rng.random_range(0.0..1.0)) as u32;
        let Some(estimate) = estimator.wait_for(ahead) else { continue };
        assert_eq!(estimate.basis, Basis::Measured);
        let turn = totals.partition_point(|later| *later < total + u64::from(ahead) + 1);
        assert!(turn < SECONDS, "the line was too short");
        let real = (turn - second) as f64;
        tally.asked += 1;
        let range = f64::from(estimate.seconds_low)..=f64::from(estimate.seconds_high);
        tally.covered += usize::from(range.contains(&real));
        tally.errors.push((f64::from(estimate.seconds_likely) - real) / real.max(1.0));
        if estimate.seconds_likely >= 60 {
            tally.widths.push(f64::from(estimate.seconds_high) / f64::from(estimate.seconds_low.max(1)));
        }
    }
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}

#[test]
fn estimates_hold_in_four_of_five_cases() {
    let (mut asked, mut covered, mut failed) = (0, 0, Vec::new());
    println!(
        "{:<30} {:>6} {:>8} {:>7} {:>7} {:>7} {:>10}",
        "line", "asked", "covered", "p10", "p50", "p90", "high/low"
    );
    for (name, line) in LINES {
        let mut tally = Tally::default();
        (0..SEEDS).for_each(|seed| ask(*line, seed, &mut tally));
        let share = tally.covered as f64 / tally.asked as f64;
        let [p10, p50, p90] = [0.1, 0.5, 0.9].map(|share| quantile(&mut tally.errors, share));
        let width = quantile(&mut tally.widths, 0.5);
        println!("{name:<30} {:>6} {share:>8.3} {p10:>7.2} {p50:>7.2} {p90:>7.2} {width:>10.2}", tally.asked);
        (asked, covered) = (asked + tally.asked, covered + tally.covered);
        // A range from nothing to for ever would always hold.
        if share < 0.75 || width > 4.0 || p50.abs() > 0.15 {
            failed.push(*name);
        }
    }
    let share = f64::from(covered as u32) / f64::from(asked as u32);
    println!("{:<30} {asked:>6} {share:>8.3}", "all");
    assert!(failed.is_empty(), "dishonest: {failed:?}");
    assert!(share >= 0.8, "{covered} of {asked} covered");
}
