//! `bench contention`: one stock that everybody wants, sold in several ways on the same machine in one run.
//!
//! Every client takes one of the stock as soon as it has its last answer; each hold is a fan of its own, takes one of
//! the remaining, and is written down durably before it is answered. The ways take turns within a round, so that
//! whatever disturbs the machine disturbs them alike; ratios are taken round by round. After each run what was
//! acknowledged is compared with what is there, and at the end each way sells a small stock out.

mod chart;
mod clients;
mod ours;
mod postgres;
mod redis;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domain::Problem;

use super::cpu;
use crate::report::{self, Report};
use clients::{Run, Seller, Sold};
use ours::{Kept, Ours};
use postgres::{Peer, Way};
use redis::{Reached, Redis};

/// Clients at once, in the runs of every way.
const CLIENTS: [u32; 4] = [1, 16, 64, 256];
/// Requests under way in the last run of our writer.
const MANY: u32 = 1_024;
/// What is sold out at the end, and by how many clients.
const SELL_OUT: (u32, u32) = (1_000, 64);
/// The stock of a run: more than it can take, of the tables of PostgreSQL
const STOCK: u32 = 1_000_000;
/// and of those who are faster.
const PLENTY: u32 = 4_000_000;

/// How to compare.
#[derive(Debug, Clone, clap::Args)]
pub struct ContentionArgs {
    /// Rounds; figures are medians.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// Counted seconds of a run.
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// Seconds before, which are not counted.
    #[arg(long, default_value_t = 1.0)]
    pub warm_up: f64,
    /// The program redis-server.
    #[arg(long, default_value = "redis-server")]
    pub redis: PathBuf,
    /// Folder of the report.
    #[arg(long)]
    pub reports: Option<PathBuf>,
}

/// The runs of each way at each number of clients.
type Runs = BTreeMap<(&'static str, u32), Vec<Run>>;

/// Runs, prints and writes the report; true if nothing was oversold and nothing acknowledged is missing.
///
/// # Errors
/// A server cannot be started, or fails during a run.
pub async fn run(arguments: &ContentionArgs) -> Result<bool, Problem> {
    let tick_us = cpu::tick_us().await?;
    let window = clients::Window {
        warm_up: Duration::from_secs_f64(arguments.warm_up),
        counted: Duration::from_secs_f64(arguments.seconds),
        tick_us,
    };
    let database = postgres::Server::start()?;
    let mut report = Report::new("contention", "postgres and sqlite");
    describe(&mut report, arguments);
    let mut runs = Runs::new();
    for round in 1..=arguments.rounds.max(1) {
        let stolen = cpu::stolen_share() * 100.0;
        println!("round {round}: {stolen:.1} % of a core was taken by others just before");
        for clients in CLIENTS {
            for way in Way::ALL {
                let peer = Peer::prepare(&database, way, STOCK).await?;
                sell(&mut runs, &mut report, way.name(), &peer, clients, window).await?;
            }
            for reached in Reached::ALL {
                let redis = Redis::start(&arguments.redis, reached, PLENTY).await?;
                sell(&mut runs, &mut report, reached.name(), &redis, clients, window).await?;
            }
            for kept in [Kept::Postgres(&database), Kept::Sqlite] {
                let ours = Ours::open(&kept, PLENTY, ours::fans_for(clients)).await?;
                sell(&mut runs, &mut report, kept.name(), &ours, clients, window).await?;
                ours.close().await?;
            }
        }
        let kept = Kept::Postgres(&database);
        let ours = Ours::open(&kept, PLENTY, ours::fans_for(MANY)).await?;
        sell(&mut runs, &mut report, kept.name(), &ours, MANY, window).await?;
        ours.close().await?;
    }
    sell_out(&mut report, &database, arguments, window).await?;
    figures(&mut report, &runs);
    report.print();
    let folder = arguments.reports.clone().unwrap_or_else(report::default_folder);
    println!("written to {}", report.write(&folder)?.display());
    println!("drawn in {}", chart::write(&folder, &report)?.display());
    Ok(report.violations.iter().all(|(name, count)| *count == 0 || name.starts_with("unfair")))
}

fn describe(report: &mut Report, arguments: &ContentionArgs) {
    report.load("stock", STOCK);
    report.load("stock_of_redis_and_ours", PLENTY);
    report.load("rounds", arguments.rounds);
    report.load("seconds_per_run", arguments.seconds);
    report.load("hold", "one of the remaining stock for a fan of its own, written down durably before the answer");
    report.load("clients", "in this process, each sends again as soon as it is answered");
    report.load("cpu", "processor time of server and clients together, for each hold");
    report.load(
        "unfair",
        "holds that were overtaken, between question and answer, by more later questions than there are clients",
    );
    for way in Way::ALL {
        report.load(way.name(), way.describe());
    }
    for reached in Reached::ALL {
        report.load(reached.name(), reached.describe());
    }
    report.load(ours::POSTGRES, "our writer, its journal in the same PostgreSQL");
    report.load(ours::SQLITE, "our writer, its journal in SQLite (WAL, synchronous=FULL)");
}

/// One run, judged.
async fn sell<S: Seller>(
    runs: &mut Runs,
    report: &mut Report,
    name: &'static str,
    seller: &S,
    clients: u32,
    window: clients::Window,
) -> Result<(), Problem> {
    let run = clients::run(seller, clients, window, None).await?;
    println!(
        "  {name:<22} {clients:>5} clients {:>9.0} holds/s {:>8.1} CPU-us each  p50 {:>8.2} ms  p99 {:>8.2} ms  {} unfair",
        run.per_second(),
        run.cpu_us_each(),
        run.ms(0.5),
        run.ms(0.99),
        run.unfair
    );
    let sold = judge(report, name, seller, &run).await?;
    if sold.used_up {
        // What was counted would be the stock and not the speed.
        return Err(clients::failed(&format!("{name} had sold all it could before the time was over")));
    }
    report.violation(&format!("unfair_{name}"), run.unfair);
    runs.entry((name, clients)).or_default().push(run);
    Ok(())
}

/// What was acknowledged is there, no more and no less, and the stock was not exceeded.
async fn judge<S: Seller>(report: &mut Report, name: &str, seller: &S, run: &Run) -> Result<Sold, Problem> {
    let sold = seller.sold().await?;
    report.violation("oversold", sold.holds.saturating_sub(sold.stock));
    report.violation("lost", run.acknowledged.saturating_sub(sold.holds));
    report.violation("never_acknowledged", sold.holds.saturating_sub(run.acknowledged));
    if sold.holds + sold.remaining != sold.stock {
        println!("  {name}: {} held and {} left of {}", sold.holds, sold.remaining, sold.stock);
        report.violation("stock_wrong", 1);
    }
    Ok(sold)
}

/// Every way sells a small stock out: the last ones are where overselling would show.
async fn sell_out(
    report: &mut Report,
    database: &postgres::Server,
    arguments: &ContentionArgs,
    window: clients::Window,
) -> Result<(), Problem> {
    let (stock, clients) = SELL_OUT;
    for way in Way::ALL {
        let peer = Peer::prepare(database, way, stock).await?;
        out(report, way.name(), &peer, clients, window).await?;
    }
    for reached in Reached::ALL {
        let redis = Redis::start(&arguments.redis, reached, stock).await?;
        out(report, reached.name(), &redis, clients, window).await?;
    }
    for kept in [Kept::Postgres(database), Kept::Sqlite] {
        let ours = Ours::open(&kept, stock, ours::fans_for(1)).await?;
        out(report, kept.name(), &ours, clients, window).await?;
        ours.close().await?;
    }
    Ok(())
}

async fn out<S: Seller>(
    report: &mut Report,
    name: &'static str,
    seller: &S,
    clients: u32,
    window: clients::Window,
) -> Result<(), Problem> {
    let run = clients::run(seller, clients, window, Some(seller.sold().await?.stock)).await?;
    let sold = judge(report, name, seller, &run).await?;
    println!("  {name:<22} sold {} of {} to {clients} clients", sold.holds, sold.stock);
    report.violation("not_sold_out", sold.stock - sold.holds.min(sold.stock));
    Ok(())
}

fn figures(report: &mut Report, runs: &Runs) {
    for ((name, clients), runs) in runs {
        let each = |value: fn(&Run) -> f64| runs.iter().map(value).collect::<Vec<_>>();
        report.figure_of_runs(&format!("{name}_{clients}_per_second"), &each(Run::per_second));
        report.figure_of_runs(&format!("{name}_{clients}_cpu_us"), &each(Run::cpu_us_each));
        report.figure_of_runs(&format!("{name}_{clients}_ms_p99"), &each(|run| run.ms(0.99)));
    }
    let rates = |name: &'static str, clients: u32| {
        runs.get(&(name, clients)).map(|runs| runs.iter().map(Run::per_second).collect::<Vec<_>>()).unwrap_or_default()
    };
    let ratio = |report: &mut Report, name: &str, peer: &'static str, clients: u32| {
        report.ratio_of_runs(name, &rates(ours::POSTGRES, clients), &rates(peer, clients));
    };
    ratio(report, "postgres_writer_vs_row_lock_64", Way::RowLock.name(), 64);
    ratio(report, "postgres_writer_vs_one_statement_64", Way::OneStatement.name(), 64);
    ratio(report, "postgres_writer_vs_optimistic_64", Way::Optimistic.name(), 64);
    ratio(report, "postgres_writer_vs_skip_locked_64", Way::SkipLocked.name(), 64);
    ratio(report, "postgres_writer_vs_redis_256", Reached::Pipelined.name(), 256);
    ratio(report, "postgres_writer_vs_redis_connection_each_256", Reached::OneEach.name(), 256);
    ratio(report, "postgres_writer_vs_sqlite_writer_256", ours::SQLITE, 256);
}
