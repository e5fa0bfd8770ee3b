//! One evening from its seed to its end.

use std::collections::VecDeque;

use domain::{Duration, Timestamp};

use crate::Options;
use crate::checks::{Invariant, Violation};
use crate::world::World;
use crate::world::faults::Fault;

/// Steps between two looks at everything.
const FULL_CHECK_STEPS: u64 = 4_096;
/// Time between two looks at whether everything goes on.
const LIVENESS_EVERY: Duration = Duration::from_secs(1);
/// Steps the second phase may take, at most.
const CALM_STEPS_MAX: u64 = 1_000_000;
/// Happenings and events that a failure shows.
const SHOWN: u64 = 30;

/// What came of an evening.
#[derive(Debug)]
pub struct Evening {
    /// From which seed.
    pub seed: u64,
    /// Steps of both phases.
    pub steps: u64,
    /// How much time passed in it.
    pub simulated_ms: i64,
    /// Durable events.
    pub events: u64,
    /// Orders begun.
    pub orders: u64,
    /// Tickets that were ever issued.
    pub tickets: u64,
    /// How often each fault struck, in the order of [`Fault::ALL`].
    pub faults: Vec<u64>,
    /// How often each invariant was looked at, in the order of [`Invariant::ALL`].
    pub looks: [u64; Invariant::ALL.len()],
    /// The first broken invariants; empty if all is well.
    pub violations: Vec<Violation>,
    /// What happened last, and the last durable events; only if something is broken.
    pub trail: Vec<String>,
}

/// Simulates an evening; one that fails is simulated again to write down what led to it.
pub fn run(seed: u64, options: &Options) -> Evening {
    let evening = simulate(seed, options, u64::MAX);
    if evening.violations.is_empty() {
        return evening;
    }
    simulate(seed, options, evening.steps.saturating_sub(SHOWN))
}

/// Simulates, noting what happens from step `noted_from` on.
fn simulate(seed: u64, options: &Options, noted_from: u64) -> Evening {
    let mut world = match World::new(seed, options) {
        Ok(world) => world,
        Err(problem) => return impossible(seed, problem.to_string()),
    };
    let mut trail = VecDeque::new();
    let (mut steps, mut looks_again) = (0, Timestamp::from_millis(0));
    while world.tally.violations.is_empty() {
        if steps == options.steps {
            world.calm_down();
        }
        if steps > options.steps + CALM_STEPS_MAX {
            world.tally.report(Invariant::Stuck, || "the evening does not end".into());
            break;
        }
        let Some(happening) = world.clock.next() else {
            if world.is_calm {
                world.check_finish();
                break;
            }
            world.calm_down();
            continue;
        };
        steps += 1;
        if steps >= noted_from {
            trail.push_back(format!("step {steps} at {} ms: {happening:?}", world.clock.now().as_millis()));
            if trail.len() > 2 * SHOWN as usize {
                trail.pop_front();
            }
        }
        if world.is_calm && world.clock.now() >= looks_again {
            looks_again = world.clock.now() + LIVENESS_EVERY;
            world.check_liveness();
        }
        world.happens(happening);
        if steps % FULL_CHECK_STEPS == 0 {
            world.check_state();
        }
    }
    sum_up(seed, steps, world, trail.into())
}

fn sum_up(seed: u64, steps: u64, mut world: World, mut trail: Vec<String>) -> Evening {
    let violations = std::mem::take(&mut world.tally.violations);
    if !violations.is_empty() {
        let tail = world.storage.tail(SHOWN).into_iter();
        trail.extend(tail.map(|(sequence, at, event)| format!("event {sequence} at {} ms: {event}", at.as_millis())));
    }
    Evening {
        seed,
        steps,
        simulated_ms: world.clock.now().as_millis(),
        events: world.storage.len(),
        orders: world.reader.sale.orders().all().len() as u64,
        tickets: u64::from(world.reader.sale.tickets_issued()),
        faults: world.faults.counts().to_vec(),
        looks: world.tally.looks(),
        violations,
        trail,
    }
}

fn impossible(seed: u64, what: String) -> Evening {
    Evening {
        seed,
        steps: 0,
        simulated_ms: 0,
        events: 0,
        orders: 0,
        tickets: 0,
        faults: vec![0; Fault::ALL.len()],
        looks: [0; Invariant::ALL.len()],
        violations: vec![Violation { invariant: Invariant::Stuck, what }],
        trail: vec![],
    }
}
