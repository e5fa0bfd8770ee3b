//! What a row came to, the table of all rows, and the report.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::Row;
use crate::rules::Finding;
use crate::{Failed, clock};

/// What a row came to.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// How often the fault was really brought about.
    pub amount: u64,
    /// Why it did not pass; empty if it did.
    pub failures: Vec<String>,
    /// Measured values, with their unit in the name; of several evenings the largest.
    pub figures: BTreeMap<String, f64>,
    /// How often something happened; of several evenings the sum.
    pub counts: BTreeMap<String, f64>,
    /// What the rules found, by number.
    pub violations: BTreeMap<String, u64>,
    /// How often the rules looked, over all of them.
    pub checked: u64,
    /// A word on how it went, such as why it was not run.
    pub note: String,
}

impl Outcome {
    /// A row that this machine cannot run.
    pub fn not_run(why: impl Into<String>) -> Self {
        Self { note: why.into(), ..Self::default() }
    }

    /// Whether it passed; a row that was not run did not.
    pub fn passed(&self) -> bool {
        self.failures.is_empty() && self.amount > 0
    }

    /// Notes a value.
    pub fn figure(&mut self, name: &str, value: f64) {
        self.figures.insert(name.to_owned(), value);
    }

    /// Counts so many of something.
    pub fn count(&mut self, name: &str, times: u64) {
        *self.counts.entry(name.to_owned()).or_default() += times as f64;
    }

    /// Adds what another evening of the same row came to.
    pub fn also(&mut self, other: Self) {
        self.amount += other.amount;
        self.failures.extend(other.failures);
        self.checked += other.checked;
        for (name, value) in other.figures {
            let figure = self.figures.entry(name).or_insert(value);
            *figure = figure.max(value);
        }
        for (name, times) in other.counts {
            *self.counts.entry(name).or_default() += times;
        }
        for (id, broken) in other.violations {
            *self.violations.entry(id).or_default() += broken;
        }
        if self.note.is_empty() {
            self.note = other.note;
        }
    }

    /// Everything that was measured or counted, by name.
    fn values(&self) -> impl Iterator<Item = (&String, &f64)> {
        self.counts.iter().chain(&self.figures)
    }

    /// Its own bar: `holds`, or else the sentence.
    pub fn expect(&mut self, holds: bool, sentence: impl FnOnce() -> String) {
        if !holds {
            self.failures.push(sentence());
        }
    }

    /// Adds what the rules found.
    pub fn add(&mut self, findings: &[Finding]) {
        for finding in findings {
            *self.violations.entry(finding.id.to_owned()).or_default() += finding.broken;
            self.checked += finding.checked;
            for accusation in finding.accusations.iter().take(3) {
                self.failures.push(format!("{} ({}): {accusation}", finding.id, finding.name));
            }
        }
    }
}

/// One finished row.
pub struct Done {
    /// Its number in the matrix.
    pub number: u32,
    /// What happened.
    pub name: &'static str,
    /// What was asked for.
    pub asked: u32,
    /// What it came to.
    pub outcome: Outcome,
    /// How long it took, its evenings one after the other.
    pub seconds: f64,
}

impl Done {
    /// A row before its first evening.
    pub fn nothing_yet(row: &Row, asked: u32) -> Self {
        Self { number: row.number, name: row.name, asked, outcome: Outcome::default(), seconds: 0.0 }
    }
}

/// Prints the table and everything that failed.
pub fn print(rows: &[Done]) {
    println!("\n{:>3}  {:<42} {:>9} {:>9} {:>7} {:>9}  result", "row", "fault", "asked", "done", "s", "checks");
    for row in rows {
        let result = match (row.outcome.passed(), row.outcome.note.is_empty()) {
            (true, _) => "passed",
            (false, false) if row.outcome.amount == 0 => "not run",
            _ => "FAILED",
        };
        println!(
            "{:>3}  {:<42} {:>9} {:>9} {:>7.1} {:>9}  {result} {}",
            row.number, row.name, row.asked, row.outcome.amount, row.seconds, row.outcome.checked, row.outcome.note
        );
        let figures: Vec<String> = row.outcome.values().map(|(name, value)| format!("{name} {value:.1}")).collect();
        if !figures.is_empty() {
            println!("       {}", figures.join(", "));
        }
        row.outcome.failures.iter().for_each(|failure| println!("       ! {failure}"));
    }
}

/// Writes the report.
///
/// # Errors
/// It cannot be written.
pub fn write(rows: &[Done], size: &str, path: &Path) -> Result<(), Failed> {
    let mut violations: BTreeMap<String, u64> = BTreeMap::new();
    let mut figures = serde_json::Map::new();
    for row in rows {
        // What the judge finds in damaged builds is what it is there for.
        for (id, count) in row.outcome.violations.iter().filter(|_| row.number < 100) {
            *violations.entry(id.clone()).or_default() += count;
        }
        let prefix = format!("row_{}", row.number);
        figures.insert(format!("{prefix}_amount"), json!(row.outcome.amount));
        figures.insert(format!("{prefix}_passed"), json!(u8::from(row.outcome.passed())));
        figures.insert(format!("{prefix}_checks"), json!(row.outcome.checked));
        figures.insert(format!("{prefix}_seconds"), json!(row.seconds));
        for (name, value) in row.outcome.values() {
            figures.insert(format!("{prefix}_{name}"), json!(value));
        }
    }
    let names: Vec<Value> = rows.iter().map(|row| json!({ "row": row.number, "name": row.name, "note": row.outcome.note, "failures": row.outcome.failures })).collect();
    let report = json!({
        "name": "faults", "at": clock::in_seconds(0), "commit": commit(), "machine": machine(),
        "load": { "size": size, "rows": names }, "figures": figures, "ratios": {}, "violations": violations,
    });
    std::fs::create_dir_all(path)?;
    std::fs::write(path.join("faults.json"), serde_json::to_string_pretty(&report)?)?;
    Ok(())
}

fn machine() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let line = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split(':').nth(1))
            .unwrap_or("")
            .trim()
            .to_owned()
    };
    let kib: u64 =
        line(&read("/proc/meminfo"), "MemTotal").split(' ').next().and_then(|kib| kib.parse().ok()).unwrap_or(0);
    json!({
        "cpu": line(&read("/proc/cpuinfo"), "model name"),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory_gib": (kib + 512 * 1024) / (1024 * 1024),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "storage": "sqlite",
    })
}

fn commit() -> String {
    let output = std::process::Command::new("git").args(["describe", "--always", "--dirty=+", "--exclude=*"]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evenings_add_up_and_the_worst_is_shown() {
        let evening = |p99: f64, cuts: u64, failure: Option<&str>| {
            let mut outcome = Outcome { amount: 5, checked: 100, ..Outcome::default() };
            outcome.figure("recovery_ms_p99", p99);
            outcome.count("cuts", cuts);
            outcome.failures.extend(failure.map(str::to_owned));
            outcome
        };
        let mut whole = Outcome::default();
        whole.also(evening(30.0, 2, None));
        assert!(whole.passed());
        whole.also(evening(20.0, 3, Some("it did not come back")));
        assert!(!whole.passed());
        assert_eq!((whole.amount, whole.checked), (10, 200));
        assert_eq!((whole.figures["recovery_ms_p99"], whole.counts["cuts"]), (30.0, 5.0));
    }
}
