//! `sellout`: the real binary, tens of thousands of fans, and an accounting that trusts the clients only.
//!
//! After the last fan has gone the server is killed without warning and started again, so that what the clients
//! were told is compared with what was durable.

pub mod audit;
pub mod checks;
pub mod ledger;

use std::collections::BTreeMap;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::Problem;
use serde_json::Value;
use tokio::sync::watch;

use self::audit::Known;
use self::ledger::Paid;
use crate::fans::history::JoinFact;
use crate::fans::wire::OrderStage;
use crate::fans::{FanProgress, FanRecord, FansOptions, FansRun, Step, StepFigures, run_fans};
use crate::operator::{Operator, SaleRules, Show};
use crate::plan;
use crate::processes::{OPERATOR_EMAIL, Platform, Running};
use crate::report::{self, Report};

/// Numbered seats when no plan and no number is given.
const SEATS_DEFAULT: u32 = 12_000;
/// People of the standing area of a hall made to measure.
const STANDING: u32 = 1_000;
/// How long abandoned holds may take to come back before the accounts are compared.
const SETTLE_MAX: Duration = Duration::from_secs(60);

/// What to sell, to how many.
#[derive(Debug, Clone, clap::Args)]
pub struct SelloutArgs {
    /// Fans who come.
    #[arg(long, default_value_t = 50_000)]
    pub fans: usize,
    /// Numbered seats of a hall made to measure, with a standing area besides.
    #[arg(long, conflicts_with = "plan")]
    pub seats: Option<u32>,
    /// A seating plan to sell instead, pretix JSON.
    #[arg(long)]
    pub plan: Option<PathBuf>,
    /// The binary `onsale`; by default the one beside this program.
    #[arg(long)]
    pub bin: Option<PathBuf>,
    /// Decides who comes when and does what; run r uses seed + r.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Whole runs; figures are medians.
    #[arg(long, default_value_t = 1)]
    pub runs: u32,
    /// Human hesitation: 0 = none, 1 = seconds.
    #[arg(long, default_value_t = 0.0)]
    pub pace: f64,
    /// Buyers inside at once.
    #[arg(long, default_value_t = 2_000)]
    pub capacity: u32,
    /// Do not kill the server before its books are read.
    #[arg(long)]
    pub no_crash: bool,
    /// Further `--set key=value` for the server.
    #[arg(long = "set")]
    pub settings: Vec<String>,
    /// Folder of the report.
    #[arg(long)]
    pub reports: Option<PathBuf>,
    /// Also write every request of the last run to this file, then what each fan was told: a JSON object per line.
    #[arg(long)]
    pub history: Option<PathBuf>,
}

/// One run's results.
struct Run {
    fans: FansRun,
    broken_invariants: Vec<String>,
    violations: Vec<(&'static str, u64)>,
    rss_bytes: f64,
    rss_peak_bytes: f64,
    restart_seconds: f64,
}

/// Runs, prints and writes the report; true if nothing was violated.
///
/// # Errors
/// If a process, the set-up or the audit fails.
pub async fn run(arguments: &SelloutArgs) -> Result<bool, Problem> {
    let plan_json = match &arguments.plan {
        Some(path) => read_plan(path)?,
        None => plan::hall(arguments.seats.unwrap_or(SEATS_DEFAULT), 60, &[("Standing", STANDING)]).0,
    };
    let mut runs = Vec::new();
    for number in 0..arguments.runs.max(1) {
        println!("run {} of {}: {} fans", number + 1, arguments.runs.max(1), arguments.fans);
        let run = run_once(arguments, &plan_json, arguments.seed + u64::from(number)).await?;
        if let Some(path) = &arguments.history {
            write_history(path, &run.fans)?;
        }
        runs.push(run);
    }
    let report = report_of(arguments, &runs);
    report.print();
    for (what, times) in runs.iter().flat_map(|run| &run.fans.report.surprises) {
        println!("  unexpected, {times} times: {what}");
    }
    for broken in runs.iter().flat_map(|run| &run.broken_invariants) {
        println!("  broken: {broken}");
    }
    let path = report.write(&arguments.reports.clone().unwrap_or_else(report::default_folder))?;
    println!("written to {}", path.display());
    Ok(report.clean())
}

async fn run_once(arguments: &SelloutArgs, plan_json: &Value, seed: u64) -> Result<Run, Problem> {
    let bin = arguments.bin.clone().map_or_else(default_bin, Ok)?;
    let mut platform = Platform { bin, core: None, settings: arguments.settings.clone() }.start().await?;
    let password = platform.make_operator().await?;
    let operator = Operator::sign_in(platform.server_origin(), OPERATOR_EMAIL, &password).await?;
    let rules = SaleRules { capacity: Some(arguments.capacity), ..SaleRules::sellout() };

    // Accounts are made on a sale of their own, since the real one has to open soon after it exists.
    let far = crate::clock::now_ms() + 86_400_000;
    let rehearsal = operator.put_on_sale(&Show::plain(), &plan::hall(1, 1, &[]).0, far, &rules).await?;
    let sessions = operator.mint_fans(&rehearsal, arguments.fans).await?;
    let opens_at_ms = crate::clock::now_ms() + 5_000;
    let sale = operator.put_on_sale(&Show::plain(), plan_json, opens_at_ms, &rules).await?;

    let mut options = FansOptions::sellout(platform.server_origin(), sale.clone(), sessions.clone(), opens_at_ms, seed);
    options.pace = arguments.pace;
    let (progress, shown) = watch::channel(FanProgress::default());
    let printer = tokio::spawn(print_progress(shown));
    let fans = run_fans(options, progress).await?;
    printer.abort();

    let (rss_bytes, rss_peak_bytes) = memory_of(platform.server_id());
    let mut restart_seconds = 0.0;
    if !arguments.no_crash {
        let began = Instant::now();
        platform.crash_and_restart().await?;
        restart_seconds = began.elapsed().as_secs_f64();
    }
    let (violations, broken_invariants) = account(&platform, &operator, &sale, &sessions, &fans, &rules).await?;
    platform.stop().await?;
    Ok(Run { fans, broken_invariants, violations, rss_bytes, rss_peak_bytes, restart_seconds })
}

/// Compares the clients' histories among themselves, with the server and with the provider.
async fn account(
    platform: &Running,
    operator: &Operator,
    sale: &str,
    sessions: &[String],
    fans: &FansRun,
    rules: &SaleRules,
) -> Result<(Vec<(&'static str, u64)>, Vec<String>), Problem> {
    let settled_by = Instant::now() + SETTLE_MAX;
    while operator.status(sale).await?.stock.iter().any(|level| level.held > 0) && Instant::now() < settled_by {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let records = &fans.report.records;
    let areas: Vec<u32> = fans.plan.areas.iter().map(|area| area.capacity).collect();
    let known = audit::ask_all(&platform.server_origin(), sale, sessions, records).await?;
    let ledger = ledger::read(&platform.provider_origin(), platform.provider_key()).await?;
    let mut violations = violations(records, &known, &ledger, &areas, rules.tickets_per_buyer_max);
    let status = operator.status(sale).await?;
    let broken = operator.broken_invariants(sale).await?;
    let paid = known.iter().flat_map(|known| &known.orders).filter(|order| order.stage == OrderStage::Paid);
    let tickets: u64 = paid.map(|order| order.items.len() as u64).sum();
    violations.extend([
        ("oversold", status.tickets_sold.saturating_sub(u64::from(fans.plan.capacity()))),
        ("miscounted", status.tickets_sold.abs_diff(tickets)),
        ("broken_invariants", broken.len() as u64),
        ("fans_without_record", (sessions.len() - records.len()) as u64),
    ]);
    Ok((violations, broken))
}

/// Everything that can be said against a server from the clients' histories, its own answers and the provider's
/// ledger; all of it must be 0. `areas` are the capacities of the counted areas.
pub fn violations(
    records: &[FanRecord],
    known: &[Known],
    ledger: &BTreeMap<String, Paid>,
    areas: &[u32],
    limit: u32,
) -> Vec<(&'static str, u64)> {
    let found = audit::compare(records, known, ledger, areas, limit);
    let joins: Vec<JoinFact> = records.iter().filter_map(|record| record.join).collect();
    let (missing, doubled) = checks::tickets_missing_and_doubled(records);
    vec![
        ("oversold", checks::oversold(records, areas) + found.oversold),
        ("lost", found.lost),
        ("duplicated", checks::duplicated_places(&joins) + doubled + found.duplicated),
        ("out_of_order", checks::out_of_order(&joins)),
        ("over_limit", checks::over_limit(records, limit) + found.over_limit),
        ("paid_without_ticket", missing + found.paid_without_ticket),
        ("ticket_without_payment", found.ticket_without_payment),
    ]
}

fn report_of(arguments: &SelloutArgs, runs: &[Run]) -> Report {
    let mut report = Report::new("sellout", "sqlite");
    report.load("fans", arguments.fans);
    report.load("capacity", runs.first().map_or(0, |run| run.fans.plan.capacity()));
    report.load("seats", runs.first().map_or(0, |run| run.fans.plan.seats.len()));
    report.load("buyers_inside_max", arguments.capacity);
    report.load("seed", arguments.seed);
    report.load("runs", arguments.runs.max(1));
    report.load("pace", arguments.pace);
    report.load("arrivals", "open loop: 60 % within 3 s of the opening, the others exponential with a mean of 4 s");
    report.load("rates", "over the middle nine tenths of the answers; _peak is the busiest second");
    report.load("generator", "on the same machine, sharing its cores with the server and the provider");
    let of_runs = |value: &dyn Fn(&Run) -> f64| runs.iter().map(value).collect::<Vec<f64>>();
    let step = |run: &Run, step: Step| run.fans.report.steps.get(&step).copied().unwrap_or_default();
    for (name, plural, step_of) in [
        ("join", "joins", &(|run: &Run| step(run, Step::Join)) as &dyn Fn(&Run) -> StepFigures),
        ("hold", "holds", &|run| step(run, Step::Hold)),
        ("purchase", "purchases", &|run| run.fans.report.purchases),
        ("poll", "polls", &|run| step(run, Step::Poll)),
        ("enter", "enters", &|run| step(run, Step::Enter)),
        ("order", "orders", &|run| step(run, Step::Order)),
        ("pay", "pays", &|run| step(run, Step::Pay)),
    ] {
        report.figure_of_runs(&format!("{plural}_per_second"), &of_runs(&|run| step_of(run).per_second));
        report.figure_of_runs(&format!("{plural}_per_second_peak"), &of_runs(&|run| step_of(run).per_second_peak));
        report.figure_of_runs(&format!("{name}_ms_p50"), &of_runs(&|run| step_of(run).ms_p50));
        report.figure_of_runs(&format!("{name}_ms_p99"), &of_runs(&|run| step_of(run).ms_p99));
        report.figure_of_runs(&format!("{name}_ms_p999"), &of_runs(&|run| step_of(run).ms_p999));
        report.figure_of_runs(&format!("{plural}_count"), &of_runs(&|run| step_of(run).count as f64));
    }
    // Not a number, and so left out, if it was not sold out.
    report.figure_of_runs("sold_out_seconds", &of_runs(&|run| run.fans.report.sold_out_seconds.unwrap_or(f64::NAN)));
    report.figure_of_runs("all_gone_seconds", &of_runs(&|run| run.fans.report.seconds));
    report.figure_of_runs("tickets_count", &of_runs(&|run| run.fans.report.tickets as f64));
    report.figure_of_runs("requests_count", &of_runs(&|run| run.fans.report.requests as f64));
    report.figure_of_runs("unanswered_count", &of_runs(&|run| run.fans.report.unanswered as f64));
    report.figure_of_runs("server_rss_bytes", &of_runs(&|run| run.rss_bytes));
    report.figure_of_runs("server_rss_peak_bytes", &of_runs(&|run| run.rss_peak_bytes));
    report.figure_of_runs(
        "restart_seconds",
        &of_runs(&|run| if run.restart_seconds > 0.0 { run.restart_seconds } else { f64::NAN }),
    );
    for (name, count) in runs.iter().flat_map(|run| &run.violations) {
        report.violation(name, *count);
    }
    report
}

async fn print_progress(mut shown: watch::Receiver<FanProgress>) {
    while shown.changed().await.is_ok() {
        let now = *shown.borrow_and_update();
        println!(
            "  in line {:>6}  choosing {:>5}  paying {:>5}  bought {:>6}  gone {:>6}  tickets {:>6}  requests {:>8}",
            now.in_line, now.choosing, now.paying, now.bought, now.gone, now.tickets, now.requests
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn write_history(path: &Path, run: &FansRun) -> Result<(), Problem> {
    let failed = |error: std::io::Error| {
        Problem::new("history_not_written", format!("The history {} cannot be written.", path.display()))
            .internal(error)
    };
    let mut out = BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    run.history.write_lines(&mut out).map_err(failed)?;
    for record in &run.report.records {
        serde_json::to_writer(&mut out, record).map_err(|error| failed(error.into()))?;
        std::io::Write::write_all(&mut out, b"\n").map_err(failed)?;
    }
    std::io::Write::flush(&mut out).map_err(failed)
}

fn read_plan(path: &Path) -> Result<Value, Problem> {
    let failed = |why: &dyn std::fmt::Display| {
        Problem::new("plan_unreadable", format!("The plan {} cannot be read.", path.display())).internal(why)
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    serde_json::from_str(&text).map_err(|error| failed(&error))
}

/// `onsale` beside this program, as cargo builds them.
pub fn default_bin() -> Result<PathBuf, Problem> {
    let missing =
        || Problem::new("binary_missing", "There is no `onsale` beside this program; build it, or name it with --bin.");
    let bin = std::env::current_exe().map_err(|error| missing().internal(error))?.with_file_name("onsale");
    if bin.exists() { Ok(bin) } else { Err(missing()) }
}

/// Resident bytes of a process now and at most so far; not numbers if it has ended.
fn memory_of(id: Option<u32>) -> (f64, f64) {
    let status = id.and_then(|id| std::fs::read_to_string(format!("/proc/{id}/status")).ok()).unwrap_or_default();
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).map_or(f64::NAN, |kib| kib * 1_024.0)
    };
    (bytes("VmRSS:"), bytes("VmHWM:"))
}
