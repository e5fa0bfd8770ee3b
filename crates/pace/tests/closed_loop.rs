//! The controller around a toy server: does it settle, how far does it swing, and does it come back?

use std::collections::VecDeque;

use domain::Timestamp;
use pace::{Controller, FULL_PERMILLE, Health, Options};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEEDS: u64 = 50;
/// Somebody who was let in works the server some seconds later.
const DELAY_SECONDS: usize = 3;
/// Measurements are percentiles over this window.
const WINDOW_SECONDS: usize = 3;
const INBOX_SECONDS: f64 = 4.0;

/// A server with one queue: it works off `capacity` (1 is what the whole pace asks for) each second.
struct Toy {
    rng: ChaCha8Rng,
    on_the_way: VecDeque<f64>,
    backlog: f64,
    commit_ms: VecDeque<f64>,
}

impl Toy {
    fn new(seed: u64) -> Self {
        let on_the_way = VecDeque::from(vec![1.0; DELAY_SECONDS]);
        Self { rng: ChaCha8Rng::seed_from_u64(seed), on_the_way, backlog: 0.0, commit_ms: VecDeque::new() }
    }

    /// One second at this pace and capacity: what was worked off, and what is measured.
    fn second(&mut self, permille: u16, capacity: f64) -> (f64, Health) {
        let noise: f64 = self.rng.random_range(0.9..1.1);
        self.on_the_way.push_back(f64::from(permille) / f64::from(FULL_PERMILLE) * noise);
        let arriving = self.on_the_way.pop_front().unwrap_or_default();
        let offered = self.backlog + arriving;
        let done = offered.min(capacity);
        let inbox_max = INBOX_SECONDS * capacity;
        self.backlog = (offered - done).min(inbox_max);
        // A queue in front of the writer is waited for by every commit.
        let jitter: f64 = self.rng.random_range(0.0..15.0);
        self.commit_ms.push_back(10.0 + jitter + 1_000.0 * self.backlog / capacity);
        if self.commit_ms.len() > WINDOW_SECONDS {
            self.commit_ms.pop_front();
        }
        let p99 = self.commit_ms.iter().copied().fold(0.0, f64::max);
        let inbox_fill = self.backlog / inbox_max;
        (done, Health { commit_ms_p99: Some(p99), inbox_fill, waiting: true, ..Health::default() })
    }
}

struct Evening {
    permille: Vec<u16>,
    done: Vec<f64>,
    cuts: Vec<usize>,
}

/// Plays an evening second by second with the capacity it has at each.
fn play(seed: u64, seconds: usize, capacity: impl Fn(usize) -> f64) -> Evening {
    let (mut toy, mut controller) = (Toy::new(seed), Controller::new(Options::default()));
    let mut evening = Evening { permille: Vec::new(), done: Vec::new(), cuts: Vec::new() };
    for second in 0..seconds {
        let before = controller.permille();
        let (done, health) = toy.second(before, capacity(second));
        let after = controller.tick(Timestamp::from_millis(second as i64 * 1_000), &health).permille;
        evening.permille.push(after);
        evening.done.push(done);
        if after < before {
            evening.cuts.push(second);
        }
    }
    evening
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn with_capacity_to_spare_the_pace_is_never_touched() {
    for seed in 0..SEEDS {
        let evening = play(seed, 900, |_| 1.3);
        assert!(evening.cuts.is_empty(), "seed {seed}: cuts at {:?}", evening.cuts);
    }
}

#[test]
fn a_server_too_small_is_used_well_and_the_pace_swings_within_bounds() {
    for (seed, capacity) in (0..SEEDS).flat_map(|seed| [(seed, 0.3), (seed, 0.5), (seed, 0.8)]) {
        let evening = play(seed, 1_200, |_| capacity);
        // The first minute is the way down.
        let settled = 60..1_200;
        let used = mean(&evening.done[settled.clone()]) / capacity;
        assert!(used > 0.8, "seed {seed}, capacity {capacity}: {used:.2} of it used");
        let (low, high) = (evening.permille[settled.clone()].iter().min(), evening.permille[settled].iter().max());
        let share = |permille: Option<&u16>| f64::from(*permille.expect("not empty")) / 1_000.0 / capacity;
        let (low, high) = (share(low), share(high));
        assert!(low > 0.7 * 0.7 && high < 1.3, "seed {seed}, capacity {capacity}: from {low:.2} to {high:.2} of it");
        let cuts = evening.cuts.iter().filter(|second| **second >= 60).count();
        assert!(cuts <= 19 * 4, "seed {seed}, capacity {capacity}: {cuts} cuts in 19 minutes");
    }
}

#[test]
fn after_an_incident_the_whole_pace_comes_back_in_time() {
    const INCIDENT: std::ops::Range<usize> = 120..300;
    for seed in 0..SEEDS {
        let evening = play(seed, 600, |second| if INCIDENT.contains(&second) { 0.2 } else { 1.3 });
        assert!(evening.cuts.first().is_some_and(|second| *second < INCIDENT.start + 10), "seed {seed}: noticed late");
        // What was let in before the end may still show after it.
        let noticed = INCIDENT.start..INCIDENT.end + 10;
        assert!(evening.cuts.iter().all(|second| noticed.contains(second)), "seed {seed}: {:?}", evening.cuts);
        // From at least 98 permille (0.7² of the incident's capacity) by 10 a second, after the last cuts have shown.
        let back = evening.permille[INCIDENT.end..].iter().position(|permille| *permille == FULL_PERMILLE);
        assert!(back.is_some_and(|ticks| ticks <= 91 + 20), "seed {seed}: back after {back:?} ticks");
    }
}

#[test]
fn a_server_that_stands_still_gets_the_floor_and_no_less() {
    let evening = play(7, 300, |second| if second < 60 { 1.3 } else { 0.01 });
    assert_eq!(evening.permille.last(), Some(&50));
    let at_the_floor = evening.permille.iter().position(|permille| *permille == 50);
    assert!(at_the_floor.is_some_and(|second| second <= 60 + 80), "at the floor at {at_the_floor:?}");
}
