//! `onsale-judge`: faults against the real processes, and the judge over what clients saw of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use futures_util::StreamExt;
use judge::Failed;
use judge::faults::outcome::{self, Done, Outcome};
use judge::faults::{Context, ROWS, Row, Size};
use tokio::signal::unix::{SignalKind, signal};

/// The outside judge of Onsale.
#[derive(Debug, Parser)]
#[command(name = "onsale-judge", version)]
struct Arguments {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Bring faults about under load, and judge what clients were told.
    Faults(FaultsArgs),
}

#[derive(Debug, clap::Args)]
struct FaultsArgs {
    /// How much.
    #[arg(long, value_enum, default_value = "pr")]
    size: Size,
    /// Only these rows, by number.
    #[arg(long, value_delimiter = ',')]
    rows: Vec<u32>,
    /// So often instead of what the size says.
    #[arg(long)]
    amount: Option<u32>,
    /// The binary `onsale`; by default the one beside this program.
    #[arg(long)]
    bin: Option<PathBuf>,
    /// The binary with crash points and mutations.
    #[arg(long)]
    damaged: Option<PathBuf>,
    /// The binary of another version, to which row 21 changes and back.
    #[arg(long)]
    other: Option<PathBuf>,
    /// Decides what fans do and faults hit.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rows at the same time: most of a row is waiting.
    #[arg(long, default_value_t = 3)]
    jobs: usize,
    /// Folder of the report.
    #[arg(long, default_value = "target/reports")]
    reports: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let What::Faults(arguments) = Arguments::parse().command;
    // What is dropped ends the processes it has started, and what it changed in the kernel.
    let done = tokio::select! {
        done = faults(arguments) => done,
        ended = told_to_end() => ended.map(|()| false),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failed) => {
            eprintln!("error: {failed}");
            ExitCode::FAILURE
        }
    }
}

/// Waits for SIGTERM or SIGINT.
async fn told_to_end() -> Result<(), Failed> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    eprintln!("told to end: nothing is judged");
    Ok(())
}

async fn faults(arguments: FaultsArgs) -> Result<bool, Failed> {
    let beside = std::env::current_exe()?.with_file_name("onsale");
    let context = Context {
        bin: arguments.bin.unwrap_or(beside),
        damaged: arguments.damaged,
        other: arguments.other,
        size: arguments.size,
        seed: arguments.seed,
    };
    let wanted = |number: u32| arguments.rows.is_empty() || arguments.rows.contains(&number);
    let amount = |row: &Row| arguments.amount.unwrap_or_else(|| row.amount(arguments.size));
    let rows: Vec<&Row> = ROWS.iter().filter(|row| wanted(row.number)).collect();
    let mut done: BTreeMap<u32, Done> =
        rows.iter().map(|row| (row.number, Done::nothing_yet(row, amount(row)))).collect();
    // The longest first, so that none of them is the last and alone.
    let (alone, mut together): (Vec<&Row>, Vec<&Row>) = rows.into_iter().partition(|row| row.alone);
    together.sort_by_key(|row| !matches!(row.number, 2 | 100));
    for (rows, jobs) in [(alone, 1), (together, arguments.jobs.max(1))] {
        let evenings = rows.into_iter().flat_map(|row| (0..).zip(row.evenings(amount(row))).map(move |it| (row, it)));
        let running = evenings.map(|(row, (index, amount))| {
            let context = Context { seed: context.seed + index, ..context.clone() };
            async move { (row.number, carry_out(&context, row, amount).await) }
        });
        let mut running = futures_util::stream::iter(running).buffer_unordered(jobs);
        while let Some((number, (outcome, seconds))) = running.next().await {
            let done = done.get_mut(&number).ok_or_else(|| Failed(format!("row {number} was not asked for")))?;
            done.outcome.also(outcome);
            done.seconds += seconds;
        }
    }
    let rows: Vec<Done> = done.into_values().collect();
    outcome::print(&rows);
    let size = format!("{:?}", arguments.size).to_lowercase();
    outcome::write(&rows, &size, &arguments.reports)?;
    println!("written to {}", arguments.reports.join("faults.json").display());
    Ok(rows.iter().all(|row| row.outcome.passed() || (row.outcome.amount == 0 && row.outcome.failures.is_empty())))
}

/// One evening: what it came to, and after how many seconds.
async fn carry_out(context: &Context, row: &Row, amount: u32) -> (Outcome, f64) {
    println!("row {}: {} x {amount}, seed {}", row.number, row.name, context.seed);
    let began = Instant::now();
    let ran = (row.run)(context, amount).await;
    let outcome = ran.unwrap_or_else(|failed| Outcome { failures: vec![failed.to_string()], ..Outcome::default() });
    let seconds = began.elapsed().as_secs_f64();
    println!("row {}: {} in {seconds:.1} s", row.number, if outcome.passed() { "passed" } else { "not passed" });
    (outcome, seconds)
}
