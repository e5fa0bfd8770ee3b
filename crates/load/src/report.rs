//! One shape for every figure: what was offered, on which machine, what came out, and how far the runs lay apart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::Problem;
use serde::Serialize;
use serde_json::Value;

/// The machine the figures come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// Model name of the processor.
    pub cpu: String,
    /// Logical cores.
    pub cores: u32,
    /// Main memory.
    pub memory_gib: u32,
    /// Kernel release.
    pub kernel: String,
    /// `sqlite` or `postgres`: where the server kept its journal.
    pub storage: String,
}

impl Machine {
    /// This machine; what cannot be found out is empty or 0.
    pub fn this(storage: &str) -> Self {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            cpu: value_of(&cpuinfo, "model name").unwrap_or_default(),
            cores: std::thread::available_parallelism()
                .map_or(0, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
                .max(count_of(&cpuinfo, "processor")),
            memory_gib: value_of(&meminfo, "MemTotal").and_then(|value| kib_as_gib(&value)).unwrap_or(0),
            kernel: std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            storage: storage.to_owned(),
        }
    }
}

fn value_of(text: &str, name: &str) -> Option<String> {
    let (_, value) = text.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.trim() == name)?;
    Some(value.trim().to_owned())
}

fn count_of(text: &str, name: &str) -> u32 {
    text.lines().filter(|line| line.split(':').next().is_some_and(|key| key.trim() == name)).count() as u32
}

fn kib_as_gib(value: &str) -> Option<u32> {
    let kib: u64 = value.split_whitespace().next()?.parse().ok()?;
    u32::try_from((kib + 512 * 1024) / (1024 * 1024)).ok()
}

/// The median of some values and how far apart they lay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The middle value; the mean of the two middle ones of an even number.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// How many there were.
    pub runs: u32,
}

impl Spread {
    /// Of these values; `None` if there are none.
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 };
        Some(Self { median, min, max, runs: sorted.len() as u32 })
    }
}

/// A report in the making. Names carry unit and statistic; see docs of the shape in the module above.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Names the file too.
    pub name: String,
    /// When it was made, RFC 3339.
    pub at: String,
    /// The commit it was made of, with `+` if the tree had changes; empty outside a repository.
    pub commit: String,
    /// Where it was made.
    pub machine: Machine,
    /// What was offered: clients, rate, duration, seed.
    pub load: BTreeMap<String, Value>,
    /// What was reached.
    pub figures: BTreeMap<String, f64>,
    /// Comparisons made in the same run; the name tells both sides.
    pub ratios: BTreeMap<String, f64>,
    /// Counts that must be 0.
    pub violations: BTreeMap<String, u64>,
    /// How far the runs behind a figure or ratio lay apart.
    pub spread: BTreeMap<String, Spread>,
}

impl Report {
    /// An empty report made now on this machine.
    pub fn new(name: &str, storage: &str) -> Self {
        Self {
            name: name.to_owned(),
            at: crate::clock::now().to_string(),
            commit: commit(),
            machine: Machine::this(storage),
            load: BTreeMap::new(),
            figures: BTreeMap::new(),
            ratios: BTreeMap::new(),
            violations: BTreeMap::new(),
            spread: BTreeMap::new(),
        }
    }

    /// Notes what was offered.
    pub fn load(&mut self, name: &str, value: impl Into<Value>) {
        self.load.insert(name.to_owned(), value.into());
    }

    /// Adds a figure. One that is not a number is left out: it was not measured.
    pub fn figure(&mut self, name: &str, value: f64) {
        if value.is_finite() {
            self.figures.insert(name.to_owned(), value);
        }
    }

    /// Adds the median of runs as a figure and keeps their spread.
    pub fn figure_of_runs(&mut self, name: &str, runs: &[f64]) {
        if let Some(spread) = Spread::of(runs) {
            self.figures.insert(name.to_owned(), spread.median);
            self.spread.insert(name.to_owned(), spread);
        }
    }

    /// Adds the median of the rounds' ratios and keeps their spread; both sides of a ratio come from one round.
    pub fn ratio_of_runs(&mut self, name: &str, ours: &[f64], theirs: &[f64]) {
        let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
        if let Some(spread) = Spread::of(&ratios) {
            self.ratios.insert(name.to_owned(), spread.median);
            self.spread.insert(name.to_owned(), spread);
        }
    }

    /// Counts a violation; 0 says that it was looked for.
    pub fn violation(&mut self, name: &str, count: u64) {
        *self.violations.entry(name.to_owned()).or_default() += count;
    }

    /// Whether nothing was violated.
    pub fn clean(&self) -> bool {
        self.violations.values().all(|count| *count == 0)
    }

    /// Writes `NAME.json` into `folder` and gives its path.
    ///
    /// # Errors
    /// `report_not_written`, with the reason.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, Problem> {
        let path = folder.join(format!("{}.json", self.name));
        let failed = |why: &dyn std::fmt::Display| {
            Problem::new("report_not_written", format!("The report {} cannot be written.", path.display()))
                .internal(why)
        };
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(&error))?;
        std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        std::fs::write(&path, text + "\n").map_err(|error| failed(&error))?;
        Ok(path)
    }

    /// Prints figures, ratios and violations as a table.
    pub fn print(&self) {
        println!(
            "\n{}  {}  {} cores, {} GiB, {}",
            self.name, self.commit, self.machine.cores, self.machine.memory_gib, self.machine.cpu
        );
        for (name, value) in &self.figures {
            println!("  {name:<44} {value:>14.2}{}", self.range_of(name));
        }
        for (name, value) in &self.ratios {
            println!("  {name:<44} {value:>13.2}x{}", self.range_of(name));
        }
        for (name, count) in &self.violations {
            println!("  {name:<44} {count:>14}{}", if *count == 0 { "" } else { "   VIOLATED" });
        }
    }

    fn range_of(&self, name: &str) -> String {
        self.spread
            .get(name)
            .map(|spread| format!("   ({:.2} to {:.2}, {} runs)", spread.min, spread.max, spread.runs))
            .unwrap_or_default()
    }
}

/// `target/reports` of the workspace one is in; of the current folder outside of one.
pub fn default_folder() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let root = here.ancestors().filter(|folder| folder.join("Cargo.toml").exists()).last().unwrap_or(&here);
    root.join("target/reports")
}

fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return String::new() };
    let changed = git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty());
    if changed { commit + "+" } else { commit }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_agreed_shape() {
        let mut report = Report::new("sample", "sqlite");
        report.load("clients", 32);
        report.figure_of_runs("holds_per_second", &[3.0, 1.0, 2.0]);
        report.figure("never_measured", f64::NAN);
        report.ratio_of_runs("ours_vs_theirs", &[4.0, 9.0, 8.0], &[2.0, 3.0, 2.0]);
        report.violation("oversold", 0);
        let folder = tempfile::tempdir().unwrap();
        let path = report.write(&folder.path().join("reports")).unwrap();
        let read: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for key in ["name", "at", "commit", "machine", "load", "figures", "ratios", "violations"] {
            assert!(read.get(key).is_some(), "{key}");
        }
        assert_eq!(
            (&read["figures"]["holds_per_second"], &read["ratios"]["ours_vs_theirs"]),
            (&2.0.into(), &3.0.into())
        );
        assert_eq!(
            (read["spread"]["holds_per_second"]["min"].as_f64(), read["load"]["clients"].as_u64()),
            (Some(1.0), Some(32))
        );
        assert!(read["figures"].get("never_measured").is_none());
        assert!(read["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        assert!(report.clean());
        report.violation("oversold", 1);
        assert!(!report.clean());
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(
            Spread::of(&[1.0, 4.0, 2.0, f64::NAN, 10.0]).unwrap(),
            Spread { median: 3.0, min: 1.0, max: 10.0, runs: 4 }
        );
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn this_machine_has_cores_and_memory() {
        let machine = Machine::this("sqlite");
        assert!(machine.cores > 0 && machine.memory_gib > 0 && !machine.kernel.is_empty(), "{machine:?}");
    }
}
