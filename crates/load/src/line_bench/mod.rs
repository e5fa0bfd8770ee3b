//! `line`: very many in one line. Joins, memory, restart, reads, live connections, the way to the last place, peers and
//! faults, each in a file of its own, in one report.

pub mod audit;
pub mod book;
pub mod chart;
pub mod clients;
pub mod cluster;
pub mod crowd;
pub mod drain;
pub mod estimates;
pub mod faults;
pub mod joins;
pub mod live;
pub mod memory;
pub mod pacing;
pub mod peers;
pub mod pipeline;
pub mod positions;
pub mod reads;
pub mod redis;
pub mod slow_readers;
mod stages;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Problem;
use domain::limits::AREA_CAPACITY_MAX;

use self::book::Book;
use self::cluster::Cluster;
use crate::operator::{Operator, SaleRules, Show};
use crate::plan;
use crate::report::{self, Report};
use crate::sellout::default_bin;

/// Accounts asked for before progress is noted.
const MINT_STEP: usize = 50_000;
/// A sale opens this long after it is made, milliseconds.
const OPENS_AFTER_MS: i64 = 1_500;

/// How many wait, and what is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct LineArgs {
    /// Places in line; by default 1,000,000, with --quick 50,000.
    #[arg(long)]
    pub places: Option<usize>,
    /// Live connections; by default 150,000, with --quick 20,000. At most as many as places.
    #[arg(long)]
    pub connections: Option<usize>,
    /// A small run, to see whether everything works.
    #[arg(long)]
    pub quick: bool,
    /// Gateways while fans join; 0: one process does everything.
    #[arg(long, default_value_t = 2)]
    pub gateways: usize,
    /// Joins offered per second at first; the rate grows until the machine no longer keeps up.
    #[arg(long, default_value_t = 20_000.0)]
    pub rate: f64,
    /// Joins offered per second at most.
    #[arg(long, default_value_t = 200_000.0)]
    pub rate_max: f64,
    /// Keep-alive connections of the joins.
    #[arg(long, default_value_t = 1_024)]
    pub join_connections: usize,
    /// Admissions per second while the line moves before the live connections.
    #[arg(long, default_value_t = 50)]
    pub line_rate: u32,
    /// Seconds for which it moves; by default 120, with --quick 20.
    #[arg(long)]
    pub line_seconds: Option<f64>,
    /// Frames for everybody that all gateways together send in a second; shared out over them, for they share a machine.
    #[arg(long, default_value_t = 24_000)]
    pub live_frames: u32,
    /// Admissions per second while the line is drained.
    #[arg(long, default_value_t = 100_000)]
    pub drain_rate: u32,
    /// Rounds of reads of each side.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// Seconds of a round of reads.
    #[arg(long, default_value_t = 4.0)]
    pub read_seconds: f64,
    /// What to measure after the joins.
    #[arg(long, value_delimiter = ',', default_values_t = PARTS.map(str::to_owned))]
    pub parts: Vec<String>,
    /// The binary `onsale`; by default the one beside this program.
    #[arg(long)]
    pub bin: Option<PathBuf>,
    /// The program `redis-server`.
    #[arg(long, default_value = "/usr/bin/redis-server")]
    pub redis: PathBuf,
    /// The program `bun`; left out without it.
    #[arg(long)]
    pub bun: Option<PathBuf>,
    /// The program `nginx` with the module nchan; left out without it.
    #[arg(long)]
    pub nginx: Option<PathBuf>,
    /// Further `--set key=value` for the servers.
    #[arg(long = "set")]
    pub settings: Vec<String>,
    /// Folder of the report.
    #[arg(long)]
    pub reports: Option<PathBuf>,
}

/// The parts there are, in the order in which they run.
const PARTS: [&str; 6] = ["reads", "restart", "live", "drain", "peers", "faults"];

impl LineArgs {
    fn places(&self) -> usize {
        self.places.unwrap_or(if self.quick { 50_000 } else { 1_000_000 }).max(100)
    }

    fn connections(&self) -> usize {
        self.connections.unwrap_or(if self.quick { 20_000 } else { 150_000 }).max(10)
    }

    /// The settings of the servers that hold the line, with their share of the frames.
    fn line_settings(&self) -> Vec<String> {
        let gateways = self.connections().div_ceil(crowd::PER_PROCESS_MAX).max(self.gateways.max(1)) as u32;
        let share = format!("cluster.live_frames_per_second={}", (self.live_frames / gateways).max(100));
        std::iter::once(share).chain(self.settings.iter().cloned()).collect()
    }

    fn peer_connections(&self) -> usize {
        if self.quick { 4_000 } else { 15_000 }
    }

    fn moving(&self) -> Duration {
        let seconds = self.line_seconds.unwrap_or(if self.quick { 20.0 } else { 120.0 });
        Duration::from_secs_f64(seconds.clamp(5.0, 3_600.0))
    }

    fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|named| named == part)
    }

    fn bin(&self) -> Result<PathBuf, Problem> {
        self.bin.clone().map_or_else(default_bin, Ok)
    }
}

/// A sale that has opened and accounts that may join it.
#[derive(Debug)]
pub struct Opened {
    /// Who runs it.
    pub operator: Operator,
    /// The sale.
    pub sale: String,
    /// The accounts' sessions.
    pub book: Arc<Book>,
}

/// Makes a sale whose line does not move, and accounts with sessions; waits until it is open.
///
/// # Errors
/// What the server says.
pub async fn line_opened(cluster: &Cluster, accounts: usize) -> Result<Opened, Problem> {
    let operator = cluster.operator().await?;
    // Nobody who is let in will come, and their turn ends as soon as the rules allow.
    let rules = SaleRules { capacity: Some(1), grace_seconds: 2, ..SaleRules::sellout() };
    let opens_at_ms = crate::clock::now_ms() + OPENS_AFTER_MS;
    // Nobody is let in to a full hall, so there is room for all: the line is to be drained at its own speed.
    let standing = u32::try_from(accounts).unwrap_or(u32::MAX).clamp(1_000, AREA_CAPACITY_MAX);
    let hall = plan::hall(1_000, 50, &[("Meadow", standing)]).0;
    let sale = operator.put_on_sale(&Show::plain(), &hall, opens_at_ms, &rules).await?;
    operator.set_pace(&sale, None, Some((1, 86_400))).await?;
    let mut book = Book::default();
    while book.len() < accounts {
        let sessions = operator.mint_fans(&sale, MINT_STEP.min(accounts - book.len())).await?;
        if !book.extend(&sessions) {
            return Err(Problem::new("answer_unreadable", "The sessions differ in length."));
        }
    }
    let until_open = opens_at_ms + 100 - crate::clock::now_ms();
    tokio::time::sleep(Duration::from_millis(u64::try_from(until_open).unwrap_or(0))).await;
    cluster.wait_for_sale(&sale).await?;
    Ok(Opened { operator, sale, book: Arc::new(book) })
}

/// Runs, prints and writes the report; true if nothing was violated.
///
/// # Errors
/// If a process or the set-up fails.
pub async fn run(arguments: &LineArgs) -> Result<bool, Problem> {
    if let Some(unknown) = arguments.parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        let sentence = format!("There is no part {unknown:?}; there are {}.", PARTS.join(", "));
        return Err(Problem::new("part_unknown", sentence));
    }
    let folder = arguments.reports.clone().unwrap_or_else(report::default_folder);
    let mut report = Report::new("line", "sqlite");
    describe(&mut report, arguments);
    stages::line(arguments, &mut report, &folder).await?;
    // Each part writes what there is so far, so that a later one that fails takes nothing along.
    report.write(&folder)?;
    if arguments.has("peers") {
        println!("beside peers");
        peers::run(arguments, &mut report).await?;
        report.write(&folder)?;
    }
    if arguments.has("faults") {
        println!("faults");
        faults::run(arguments, &mut report).await?;
    }
    report.print();
    println!("written to {}", report.write(&folder)?.display());
    Ok(report.clean())
}

fn describe(report: &mut Report, arguments: &LineArgs) {
    report.load("places", arguments.places());
    report.load("gateways", arguments.gateways);
    report.load("join_connections", arguments.join_connections);
    report.load(
        "joins",
        "open loop over HTTP, keep-alive, one at a time on a connection; latency counts from the due instant",
    );
    report.load("join_rates", "over the middle nine tenths of the acknowledgements; _peak is the busiest second");
    report.load("generator", "on the same machine, sharing its cores with the engine and the gateways");
    report.load("parts", arguments.parts.join(","));
}

/// A sentence about progress, with the time since the run began.
fn note(began: Instant, what: std::fmt::Arguments<'_>) {
    println!("{:>7.1} s  {what}", began.elapsed().as_secs_f64());
}
