//! `bench http`: holds over HTTP beside a bare axum server and a PostgreSQL hot row.
//!
//! Servers on core 0, this generator on core 1; the three take turns, so that whatever disturbs the machine
//! disturbs them alike. Ratios are taken round by round. A round counts only if what was acknowledged is there.

pub mod bare_axum;
pub mod closed_loop;
pub mod holds;
mod ours;
mod postgres;

use std::path::PathBuf;
use std::time::Duration;

use domain::Problem;
use tokio::process::Command;

use self::closed_loop::{Round, Window};
use self::holds::{Holder, Holds, share_out};
use self::ours::Ours;
use self::postgres::HotRow;
use super::cpu;
use crate::client::Origin;
use crate::processes::{Platform, Process, TempFolder, free_port};
use crate::report::{self, Report};
use crate::sellout::default_bin;

/// About as long as a real admission pass, for the peer that looks at none.
const PASS_BYTES: usize = 160;
/// The core of the servers and the core of the generator.
const CORES: (u32, u32) = (0, 1);

/// How to compare.
#[derive(Debug, Clone, clap::Args)]
pub struct HttpArgs {
    /// The binary `onsale`; by default the one beside this program.
    #[arg(long)]
    pub bin: Option<PathBuf>,
    /// Rounds of each.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Counted seconds of a round.
    #[arg(long, default_value_t = 6.0)]
    pub seconds: f64,
    /// Seconds before, which are not counted.
    #[arg(long, default_value_t = 1.0)]
    pub warm_up: f64,
    /// Keep-alive connections to the HTTP servers.
    #[arg(long, default_value_t = 256)]
    pub connections: usize,
    /// Fans who hold in turn.
    #[arg(long, default_value_t = 20_000)]
    pub fans: u32,
    /// Clients of PostgreSQL.
    #[arg(long, default_value_t = 32)]
    pub postgres_clients: u32,
    /// Leave PostgreSQL out.
    #[arg(long)]
    pub no_postgres: bool,
    /// Leave our server out, to see what this generator and the peers can do; no ratios then.
    #[arg(long)]
    pub peers_only: bool,
    /// Further `--set key=value` for the server.
    #[arg(long = "set")]
    pub settings: Vec<String>,
    /// Folder of the report.
    #[arg(long)]
    pub reports: Option<PathBuf>,
}

/// The rounds of one side.
#[derive(Default)]
struct Side {
    rounds: Vec<Round>,
}

impl Side {
    fn each(&self, value: impl Fn(&Round) -> f64) -> Vec<f64> {
        self.rounds.iter().map(value).collect()
    }

    fn add(&mut self, name: &str, round: Round) {
        println!(
            "  {name:<18} {:>9.0}/s  {:>7.2} CPU-us each  (generator {:>5.2})  p50 {:>7.2} ms  p99 {:>7.2} ms",
            round.per_second(),
            round.cpu_us_each(),
            round.generator_cpu_us_each(),
            round.ms(0.5),
            round.ms(0.99)
        );
        self.rounds.push(Round { latencies_us: Vec::new(), ..round.clone() });
        // Only quantiles are needed from here on; a million latencies per round are not.
        if let Some(kept) = self.rounds.last_mut() {
            kept.latencies_us = quantiles_of(&round);
        }
    }
}

/// A thousand and one evenly spaced latencies, which have the same quantiles.
fn quantiles_of(round: &Round) -> Vec<u32> {
    (0..=1_000)
        .filter_map(|step| {
            let ms = round.ms(f64::from(step) / 1_000.0);
            ms.is_finite().then_some((ms * 1_000.0) as u32)
        })
        .collect()
}

/// Runs, prints and writes the report; true if every round was correct.
///
/// # Errors
/// If a server cannot be started, or fails during a round.
pub async fn run(arguments: &HttpArgs) -> Result<bool, Problem> {
    let (server_core, own_core) = CORES;
    // With a single core there is nothing to keep apart.
    let core = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1).then_some(server_core);
    if core.is_some() {
        cpu::pin_self(own_core).await?;
    }
    let tick_us = cpu::tick_us().await?;
    let window = Window { warm_up: seconds(arguments.warm_up), counted: seconds(arguments.seconds) };
    let mut report = Report::new("http", "sqlite");
    let mut ours = if arguments.peers_only { None } else { Some(start_ours(arguments, core).await?) };
    let bare = Bare::start(core).await?;
    let postgres = if arguments.no_postgres { None } else { Some(HotRow::start(core).await?) };

    let (mut holds, mut floor, mut hot_row) = (Side::default(), Side::default(), Side::default());
    let mut stolen = Vec::new();
    for number in 1..=arguments.rounds.max(1) {
        stolen.push(cpu::stolen_share());
        println!(
            "round {number}: {:.1} % of the generator's core was taken by others just before",
            stolen.last().unwrap_or(&0.0) * 100.0
        );
        if let Some(ours) = &mut ours {
            let (round, wrong) = ours.round(arguments.connections, window, tick_us).await?;
            report.violation("holds_wrong", wrong);
            report.violation("holds_refused", round.refused);
            holds.add("onsale", round);
        }
        let asked = match &ours {
            Some(ours) => ours.sources(arguments.connections),
            None => strangers(arguments),
        };
        floor.add("bare axum", bare.round(asked, window, tick_us).await?);
        if let Some(postgres) = &postgres {
            let (round, wrong) = postgres.round(arguments.postgres_clients, window, tick_us).await?;
            report.violation("postgres_wrong", wrong);
            hot_row.add("postgres hot row", round);
        }
    }
    if let Some(ours) = ours {
        ours.stop().await?;
    }
    if let Some(postgres) = postgres {
        postgres.stop()?;
    }
    describe(&mut report, arguments, &stolen);
    fill(&mut report, &holds, &floor, &hot_row);
    report.print();
    let path = report.write(&arguments.reports.clone().unwrap_or_else(report::default_folder))?;
    println!("written to {}", path.display());
    Ok(report.clean())
}

fn describe(report: &mut Report, arguments: &HttpArgs, stolen: &[f64]) {
    report.load("connections", arguments.connections);
    report.load("fans", arguments.fans);
    report.load("rounds", arguments.rounds.max(1));
    report.load("round_seconds", arguments.seconds);
    report.load("warm_up_seconds", arguments.warm_up);
    report.load("postgres_clients", arguments.postgres_clients);
    report.load("shape", "closed loop; servers on core 0, generator on core 1; rounds of all sides interleaved");
    report.load(
        "hold",
        "PUT /v1/sales/{sale}/hold of one numbered seat; a fan's later holds change between its two seats",
    );
    report.figure_of_runs("generator_core_stolen_share", stolen);
}

fn fill(report: &mut Report, holds: &Side, floor: &Side, hot_row: &Side) {
    for (side, rate, each) in [
        (holds, "holds_per_second", "hold"),
        (floor, "bare_axum_requests_per_second", "bare_axum"),
        (hot_row, "postgres_hot_row_holds_per_second", "postgres_hot_row"),
    ] {
        report.figure_of_runs(rate, &side.each(Round::per_second));
        report.figure_of_runs(&format!("{each}_cpu_us"), &side.each(Round::cpu_us_each));
        report.figure_of_runs(&format!("{each}_generator_cpu_us"), &side.each(Round::generator_cpu_us_each));
        report.figure_of_runs(&format!("{each}_ms_p50"), &side.each(|round| round.ms(0.5)));
        report.figure_of_runs(&format!("{each}_ms_p99"), &side.each(|round| round.ms(0.99)));
    }
    report.ratio_of_runs("holds_vs_postgres_hot_row", &holds.each(Round::per_second), &hot_row.each(Round::per_second));
    report.ratio_of_runs("hold_cpu_vs_bare_axum", &holds.each(Round::cpu_us_each), &floor.each(Round::cpu_us_each));
    report.ratio_of_runs(
        "hold_cpu_vs_postgres_hot_row",
        &holds.each(Round::cpu_us_each),
        &hot_row.each(Round::cpu_us_each),
    );
}

/// The bare server, in a process of its own.
struct Bare {
    process: Process,
    origin: Origin,
    _folder: TempFolder,
}

impl Bare {
    async fn start(core: Option<u32>) -> Result<Self, Problem> {
        let program = std::env::current_exe()
            .map_err(|error| Problem::new("program_missing", "This program cannot find itself.").internal(error))?;
        let folder = TempFolder::new("bare")?;
        let port = free_port().await?;
        let mut command = match core {
            None => Command::new(program),
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(program);
                command
            }
        };
        command.args(["bare-axum", "--port", &port.to_string()]);
        let process = Process::start("bare-axum", &mut command, &folder.path().join("log"))?;
        let (origin, _) = Origin::of_url(&format!("http://127.0.0.1:{port}/"))
            .map_err(|error| Problem::new("no_port", error.to_string()))?;
        crate::processes::wait_for(&origin, "/livez", folder.path()).await?;
        Ok(Self { process, origin, _folder: folder })
    }

    /// The same requests as ours gets.
    async fn round(&self, asked: Vec<Holds>, window: Window, tick_us: f64) -> Result<Round, Problem> {
        let id = self.process.id().ok_or_else(|| Problem::new("server_ended", "The bare server has ended."))?;
        let cpu_us = || cpu::ticks_of_process(id).map_or(f64::NAN, |ticks| ticks as f64 * tick_us);
        closed_loop::run(&self.origin, asked, window, tick_us, cpu_us).await.map(|(round, _)| round)
    }
}

async fn start_ours(arguments: &HttpArgs, core: Option<u32>) -> Result<Ours, Problem> {
    let bin = arguments.bin.clone().map_or_else(default_bin, Ok)?;
    Ours::start(Platform { bin, core, settings: arguments.settings.clone() }, arguments.fans).await
}

/// Fans with sessions of the usual length whom no server knows.
fn strangers(arguments: &HttpArgs) -> Vec<Holds> {
    let fans =
        (0..arguments.fans).map(|index| Holder::new(index, format!("{index:043}"), "p".repeat(PASS_BYTES))).collect();
    share_out(fans, arguments.connections).into_iter().map(|fans| Holds::new("sale_1", fans)).collect()
}

fn seconds(value: f64) -> Duration {
    Duration::from_secs_f64(value.clamp(0.1, 600.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_has_its_keys() {
        let side = |per_second: u64| {
            let round = Round {
                acknowledged: per_second,
                refused: 0,
                seconds: 1.0,
                cpu_us: 1e6,
                generator_cpu_us: 1e6,
                latencies_us: vec![1_000; 10],
            };
            Side { rounds: vec![round.clone(), round] }
        };
        let mut report = Report::new("http", "sqlite");
        fill(&mut report, &side(30_000), &side(60_000), &side(1_500));
        for key in ["holds_per_second", "hold_ms_p99", "hold_cpu_us"] {
            assert!(report.figures.contains_key(key), "{key}");
        }
        assert_eq!(report.ratios["holds_vs_postgres_hot_row"], 20.0);
        assert_eq!(report.ratios["hold_cpu_vs_bare_axum"], 2.0);
    }
}
