//! Sums over many evenings: what is printed, and what is written to `target/reports/simulator.json`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::checks::NOT_SIMULATED;
use crate::{Evening, Fault, Invariant, Options};

/// Sums over many evenings.
#[derive(Debug, Default)]
pub struct Totals {
    /// How many evenings.
    pub seeds: u64,
    /// Steps of all of them.
    pub steps: u64,
    simulated_ms: i64,
    events: u64,
    orders: u64,
    tickets: u64,
    faults: Vec<u64>,
    looks: Vec<u64>,
    broken: Vec<u64>,
}

impl Totals {
    /// Adds an evening.
    pub fn add(&mut self, evening: &Evening) {
        self.seeds += 1;
        self.steps += evening.steps;
        self.simulated_ms += evening.simulated_ms;
        self.events += evening.events;
        self.orders += evening.orders;
        self.tickets += evening.tickets;
        self.faults.resize(Fault::ALL.len(), 0);
        self.looks.resize(Invariant::ALL.len(), 0);
        self.broken.resize(Invariant::ALL.len(), 0);
        for (sum, count) in self.faults.iter_mut().zip(&evening.faults) {
            *sum += count;
        }
        for (sum, count) in self.looks.iter_mut().zip(evening.looks) {
            *sum += count;
        }
        for violation in &evening.violations {
            self.broken[violation.invariant as usize] += 1;
        }
    }

    /// Hours that passed in the simulation.
    pub fn simulated_hours(&self) -> f64 {
        self.simulated_ms as f64 / 3_600_000.0
    }

    /// What is printed at the end.
    pub fn text(&self, spent: Duration) -> String {
        let mut lines = vec![
            format!(
                "{} seeds, {} steps, {:.0} steps/s, {:.1} simulated hours",
                self.seeds,
                self.steps,
                self.steps_per_second(spent),
                self.simulated_hours()
            ),
            format!("{} events, {} orders, {} tickets", self.events, self.orders, self.tickets),
            "\nfaults".into(),
        ];
        lines
            .extend(Fault::ALL.iter().zip(&self.faults).map(|(fault, count)| format!("{count:>10}  {}", fault.word())));
        lines.push("\n     checked    broken  invariant".into());
        for ((invariant, looks), broken) in Invariant::ALL.iter().zip(&self.looks).zip(&self.broken) {
            let (number, name) = invariant.name();
            if number == "I14" {
                let (number, name, elsewhere) = NOT_SIMULATED;
                lines.push(format!("{:>12}{:>10}  {number:<4} {name}: not simulated; {elsewhere}", "-", "-"));
            }
            lines.push(format!("{looks:>12}{broken:>10}  {number:<4} {name}"));
        }
        lines.join("\n")
    }

    fn steps_per_second(&self, spent: Duration) -> f64 {
        self.steps as f64 / spent.as_secs_f64().max(0.001)
    }

    /// The report as JSON.
    pub fn json(&self, spent: Duration, load: Value, machine: Value, at: &str, commit: &str) -> Value {
        let pair = |(invariant, broken): (&Invariant, &u64)| (invariant.name().0.to_owned(), json!(broken));
        let violations: Map<String, Value> = Invariant::ALL.iter().zip(&self.broken).map(pair).collect();
        let faults = Fault::ALL.iter().zip(&self.faults);
        let faults: Map<String, Value> = faults.map(|(fault, count)| (fault.word().to_owned(), json!(count))).collect();
        json!({
            "name": "simulator",
            "at": at,
            "commit": commit,
            "machine": machine,
            "load": load,
            "figures": {
                "seeds": self.seeds,
                "steps": self.steps,
                "steps_per_second": self.steps_per_second(spent),
                "simulated_hours": self.simulated_hours(),
                "events": self.events,
                "orders": self.orders,
                "tickets": self.tickets,
            },
            "ratios": {},
            "violations": violations,
            "not_checked": ["I13"],
            "faults": faults,
        })
    }
}

/// A failed evening for a person: the seed, the step, what is broken, what led to it, and how to see it again.
pub fn failure(evening: &Evening, options: &Options) -> String {
    let mut lines = vec![format!("seed {} FAILED at step {}", evening.seed, evening.steps)];
    for violation in &evening.violations {
        let (number, name) = violation.invariant.name();
        lines.push(format!("  {number} ({name}): {}", violation.what));
    }
    lines.extend(evening.trail.iter().map(|line| format!("    {line}")));
    lines.push(format!("again: {}", again(evening.seed, options)));
    lines.join("\n")
}

/// The command that simulates this evening again.
pub fn again(seed: u64, options: &Options) -> String {
    let mut command = format!("cargo xtask simulate --seed {seed} --steps {}", options.steps);
    if options.fans_max < u32::MAX {
        command += &format!(" --fans {}", options.fans_max);
    }
    let without: Vec<&str> = options.without.iter().map(Fault::word).collect();
    if !without.is_empty() {
        command += &format!(" --without {}", without.join(","));
    }
    if let Some(sabotage) = options.sabotage {
        command += &format!(" --sabotage {}", sabotage.word());
    }
    command
}
