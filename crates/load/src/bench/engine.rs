//! `bench engine`: the writer with its durable SQLite journal, in process, beside itself with one commit per hold.

pub mod runs;

use std::path::PathBuf;
use std::time::Duration;

use domain::Problem;

use crate::processes::TempFolder;
use crate::report::Report;
use runs::Measured;

/// How long and how often.
#[derive(Debug, Clone, clap::Args)]
pub struct EngineArgs {
    /// Rounds, each of every kind; figures are medians.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Seconds of each run of holds.
    #[arg(long, default_value_t = 3)]
    pub seconds: u64,
    /// Places of the joins and of the recovery.
    #[arg(long, default_value_t = 1_000_000)]
    pub places: u32,
    /// Folder of the report.
    #[arg(long)]
    pub reports: Option<PathBuf>,
}

#[derive(Default)]
struct Rounds {
    grouped: Vec<Measured>,
    single: Vec<Measured>,
    joins: Vec<Measured>,
    crowd_joins: Vec<Measured>,
    single_joins: Vec<Measured>,
    recovery: Vec<f64>,
    snapshot_recovery: Vec<f64>,
}

/// Runs, prints and writes the report; true if every run was correct.
///
/// # Errors
/// If a run fails, or what was recovered is not what was acknowledged.
pub async fn run(arguments: &EngineArgs) -> Result<bool, Problem> {
    let length = Duration::from_secs(arguments.seconds);
    let mut rounds = Rounds::default();
    for round in 0..arguments.rounds.max(1) {
        let folder = TempFolder::new("bench-engine")?;
        let at = |name: &str| folder.path().join(name);
        // Interleaved, so that a disturbance hits every kind alike; each on a new file.
        rounds.grouped.push(spawn(runs::holds(at("grouped"), usize::MAX, length)).await?);
        rounds.single.push(spawn(runs::holds(at("single"), 1, length)).await?);
        rounds.joins.push(spawn(runs::joins(at("joins"), arguments.places, runs::IN_FLIGHT)).await?);
        let crowd = runs::joins(at("crowd-joins"), arguments.places, runs::CROWD_IN_FLIGHT);
        rounds.crowd_joins.push(spawn(crowd).await?);
        rounds.single_joins.push(spawn(runs::single_joins(at("single-joins"), length)).await?);
        let (events, snapshot) = spawn(runs::recovery(at("recovery"), arguments.places)).await?;
        rounds.recovery.push(events);
        rounds.snapshot_recovery.push(snapshot);
        println!("round {}: {}", round + 1, line(&rounds));
    }
    let report = report(arguments, &rounds);
    report.print();
    let folder = arguments.reports.clone().unwrap_or_else(crate::report::default_folder);
    println!("written to {}", report.write(&folder)?.display());
    Ok(true)
}

/// On a worker thread, as a server would have it; the journal and the writer have threads of their own.
async fn spawn<T: Send + 'static>(
    run: impl Future<Output = Result<T, runs::Failure>> + Send + 'static,
) -> Result<T, Problem> {
    let failed = |why: String| Problem::new("run_failed", "A run of the engine went wrong.").internal(why);
    tokio::spawn(run).await.map_err(|error| failed(error.to_string()))?.map_err(failed)
}

fn line(rounds: &Rounds) -> String {
    let rate = |runs: &[Measured]| runs.last().map_or(0.0, Measured::per_second);
    format!(
        "{:.0} holds/s grouped, {:.0} with a commit each, {:.0} joins/s, {:.0} in a crowd, {:.0} one by one, recovery {:.2} s",
        rate(&rounds.grouped),
        rate(&rounds.single),
        rate(&rounds.joins),
        rate(&rounds.crowd_joins),
        rate(&rounds.single_joins),
        rounds.recovery.last().copied().unwrap_or_default()
    )
}

fn report(arguments: &EngineArgs, rounds: &Rounds) -> Report {
    let mut report = Report::new("engine", "sqlite");
    report.load("in_flight", runs::IN_FLIGHT);
    report.load("crowd_in_flight", runs::CROWD_IN_FLIGHT);
    report.load("seats", runs::SEATS);
    report.load("places", arguments.places);
    report.load("seconds_per_run", arguments.seconds);
    report.load("joins_per_message", runs::JOINS_PER_MESSAGE);
    report.load("hold", "a fan changes between its two own seats; answered after the commit (WAL, synchronous=FULL)");
    let rates = |runs: &[Measured]| runs.iter().map(Measured::per_second).collect::<Vec<_>>();
    let cpu = |runs: &[Measured]| runs.iter().map(Measured::cpu_us).collect::<Vec<_>>();
    report.figure_of_runs("sqlite_holds_per_second", &rates(&rounds.grouped));
    report.figure_of_runs("sqlite_hold_cpu_us", &cpu(&rounds.grouped));
    report.figure_of_runs("sqlite_single_commit_holds_per_second", &rates(&rounds.single));
    report.figure_of_runs("sqlite_single_commit_hold_cpu_us", &cpu(&rounds.single));
    report.figure_of_runs("sqlite_joins_per_second", &rates(&rounds.joins));
    report.figure_of_runs("sqlite_join_cpu_us", &cpu(&rounds.joins));
    report.figure_of_runs("sqlite_crowd_joins_per_second", &rates(&rounds.crowd_joins));
    report.figure_of_runs("sqlite_crowd_join_cpu_us", &cpu(&rounds.crowd_joins));
    report.figure_of_runs("sqlite_single_joins_per_second", &rates(&rounds.single_joins));
    report.figure_of_runs("recovery_seconds", &rounds.recovery);
    report.figure_of_runs("snapshot_recovery_seconds", &rounds.snapshot_recovery);
    report.ratio_of_runs("grouped_vs_single_commits", &rates(&rounds.grouped), &rates(&rounds.single));
    report
}
