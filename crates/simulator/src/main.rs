//! `onsale-sim --seeds N [--first S] [--steps N]`: whole evenings from seeds.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::{Value, json};
use simulator::minimise::minimise;
use simulator::report::{Totals, again, failure};
use simulator::{Fault, FaultSet, Options, Sabotage, run};

/// Failed seeds that are made small; the others are only named.
const MINIMISED_MAX: u64 = 3;

/// Simulates whole sales, with every fault there is, and checks the invariants.
#[derive(Debug, Parser)]
#[command(name = "onsale-sim")]
struct Arguments {
    /// One seed alone; if it fails it is shown as it is.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// How many seeds.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Steps of each evening before the faults stop.
    #[arg(long, default_value_t = Options::default().steps)]
    steps: u64,
    /// Stop after so many seconds, whatever is left.
    #[arg(long)]
    seconds: Option<u64>,
    /// Fans of an evening, at most.
    #[arg(long, default_value_t = u32::MAX)]
    fans: u32,
    /// Faults that do not happen, by name.
    #[arg(long, value_delimiter = ',', value_parser = fault)]
    without: Vec<Fault>,
    /// Something broken on purpose, by name.
    #[arg(long, value_parser = sabotage)]
    sabotage: Option<Sabotage>,
}

fn fault(word: &str) -> Result<Fault, String> {
    let all: Vec<&str> = Fault::ALL.iter().map(|fault| fault.word()).collect();
    Fault::from_word(word).ok_or_else(|| format!("one of {}", all.join(", ")))
}

fn sabotage(word: &str) -> Result<Sabotage, String> {
    let all: Vec<&str> = Sabotage::ALL.iter().map(|sabotage| sabotage.word()).collect();
    Sabotage::from_word(word).ok_or_else(|| format!("one of {}", all.join(", ")))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let without = arguments.without.iter().fold(FaultSet::default(), |set, fault| set.with(*fault));
    let (steps, fans_max, sabotage) = (arguments.steps, arguments.fans, arguments.sabotage);
    let options = Options { steps, fans_max, without, sabotage };
    let (first, count) = arguments.seed.map_or((arguments.first, arguments.seeds), |seed| (seed, 1));
    let patience = arguments.seconds.map_or(Duration::MAX, Duration::from_secs);
    let started = Instant::now();
    let mut totals = Totals::default();
    let mut failed = 0u64;
    for seed in first..first.saturating_add(count) {
        if started.elapsed() > patience {
            break;
        }
        let evening = run(seed, &options);
        totals.add(&evening);
        if evening.violations.is_empty() {
            continue;
        }
        failed += 1;
        if arguments.seed.is_some() {
            eprintln!("{}\n", failure(&evening, &options));
        } else if failed <= MINIMISED_MAX {
            let (options, evening) = minimise(evening, options);
            eprintln!("{}\n", failure(&evening, &options));
        } else {
            eprintln!("seed {seed} FAILED: {:?}\nagain: {}\n", evening.violations, again(seed, &options));
        }
    }
    let spent = started.elapsed();
    println!("{}", totals.text(spent));
    let load = json!({ "first_seed": first, "seeds": totals.seeds, "steps_per_seed": options.steps });
    let report = totals.json(spent, load, machine(), &now(), &commit());
    if let Err(error) = write(Path::new("target/reports/simulator.json"), &report) {
        eprintln!("the report was not written: {error}");
        return ExitCode::FAILURE;
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write(path: &Path, report: &Value) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, format!("{report:#}\n"))
}

#[expect(clippy::disallowed_methods, reason = "the report says when it was made; no simulation sees it")]
fn now() -> String {
    jiff::Timestamp::now().to_string()
}

fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    output.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What the figures were measured on.
fn machine() -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let (cpus, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let kib = field(&memory, "MemTotal").split(' ').next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0);
    json!({
        "cpu": field(&cpus, "model name"),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory_gib": (kib + 524_288) / 1_048_576,
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "storage": "simulated",
    })
}
