//! `simulator --seed N` or `--seeds N [--from N] [--steps N]`: whole evenings from seeds.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use clap::Parser;
use serde_json::{Value, json};
use simulator::report::{Totals, failure};
use simulator::{Options, run};

/// Simulates whole sales, with every fault there is, and checks the invariants.
#[derive(Debug, Parser)]
struct Arguments {
    /// One seed alone.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// How many seeds.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Steps of each evening before the faults stop.
    #[arg(long, default_value_t = Options::default().steps)]
    steps: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options { steps: arguments.steps, ..Options::default() };
    let (from, count) = arguments.seed.map_or((arguments.from, arguments.seeds), |seed| (seed, 1));
    let started = Instant::now();
    let mut totals = Totals::default();
    let mut failed = 0u64;
    for seed in from..from.saturating_add(count) {
        let evening = run(seed, &options);
        totals.add(&evening);
        if !evening.violations.is_empty() {
            failed += 1;
            eprintln!("{}\n", failure(&evening));
        }
    }
    let spent = started.elapsed();
    println!("{}", totals.text(spent));
    let load = json!({ "first_seed": from, "seeds": count, "steps_per_seed": options.steps });
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
