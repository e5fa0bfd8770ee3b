//! Virtual fans: open-loop arrivals from a seed, each with habits of its own, over the real HTTP API.
//!
//! ```text
//! arrivals + personality (seed) -> journey: join -> wait (poll | listen) -> choose -> pay -> record
//!                                    each request through ask: retries, Retry-After, a line in the history
//! ```

pub mod arrivals;
mod ask;
pub mod board;
mod choose;
pub mod figures;
pub mod history;
mod journey;
mod listen;
pub mod options;
mod pay;
pub mod personality;
pub mod wire;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Problem, SeatingPlan};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use figures::{FanReport, StepFigures};
pub use history::{FanRecord, History, Outcome, Step};
pub use options::FansOptions;
pub use world::FanProgress;

use crate::client::{Pool, Request};
use board::Board;
use journey::Fan;
use world::World;

/// How often the seat map is fetched for all.
const BOARD_EVERY: Duration = Duration::from_secs(1);
/// How often the progress is told.
const PROGRESS_EVERY: Duration = Duration::from_millis(250);

/// A finished run with all its requests.
#[derive(Debug)]
pub struct FansRun {
    /// What it amounts to.
    pub report: FanReport,
    /// Every request of every fan.
    pub history: History,
    /// The hall.
    pub plan: Arc<SeatingPlan>,
}

/// Sends the crowd and waits until the last fan has gone. Dropping the future stops everybody at once.
///
/// # Errors
/// `plan_unreadable` if the sale's plan cannot be fetched; what happens to fans is in the report instead.
pub async fn run_fans(options: FansOptions, progress: watch::Sender<FanProgress>) -> Result<FansRun, Problem> {
    let now_ms = crate::clock::now_ms();
    let history = History::new(Instant::now(), now_ms);
    let plan = Arc::new(fetch_plan(&options).await?);
    let world = Arc::new(World::new(options, Board::new(Arc::clone(&plan)), history));
    // Aborted with this future: a set aborts its tasks when it is dropped.
    let mut background = JoinSet::new();
    let watched = Arc::clone(&world);
    background.spawn(async move { follow_board(&watched).await });
    let told = Arc::clone(&world);
    background.spawn(async move { tell_progress(&told, &progress).await });

    let records = send_all(&world).await;
    background.shutdown().await;
    let report = report_of(&world, records);
    let world = Arc::try_unwrap(world).map_err(|_| Problem::new("fans_still_running", "A fan is still on the way."))?;
    Ok(FansRun { report, history: world.history, plan })
}

async fn send_all(world: &Arc<World>) -> Vec<FanRecord> {
    let options = &world.options;
    let arrivals = options.arrivals.draw(options.seed, options.sessions.len());
    let mut fans = JoinSet::new();
    for (index, (session, arrival)) in options.sessions.iter().zip(arrivals).enumerate() {
        let fan = Fan::new(Arc::clone(world), index as u32, session.clone());
        fans.spawn(async move { fan.attend(arrival).await });
    }
    let mut records = Vec::with_capacity(options.sessions.len());
    while let Some(joined) = fans.join_next().await {
        // A fan that panicked has no record; the count of records shows it.
        if let Ok(record) = joined {
            records.push(record);
        }
    }
    records.sort_unstable_by_key(|record| record.fan);
    records
}

async fn follow_board(world: &World) {
    // A second pool, so that the fans' rush does not keep the board from being fetched.
    let pool = Pool::new(world.options.server.clone(), 1, world.options.exchange_timeout);
    world.board.follow(&pool, &world.options.sale, BOARD_EVERY).await;
}

async fn tell_progress(world: &World, progress: &watch::Sender<FanProgress>) {
    loop {
        progress.send_replace(world.counts.progress());
        tokio::time::sleep(PROGRESS_EVERY).await;
    }
}

async fn fetch_plan(options: &FansOptions) -> Result<SeatingPlan, Problem> {
    let unreadable =
        |why: String| Problem::new("plan_unreadable", "The sale's seating plan cannot be read.").internal(why);
    let pool = Pool::new(options.server.clone(), 1, options.exchange_timeout);
    let path = format!("/v1/sales/{}/plan", options.sale);
    let answer = pool.send(&Request::new("GET", &path)).await.map_err(|lost| unreadable(lost.to_string()))?;
    if answer.status != 200 {
        return Err(unreadable(format!("status {}", answer.status)));
    }
    let plan: SeatingPlan = serde_json::from_slice(&answer.body).map_err(|error| unreadable(error.to_string()))?;
    plan.validate()?;
    Ok(plan)
}

fn report_of(world: &World, records: Vec<FanRecord>) -> FanReport {
    let entries = world.history.entries();
    let progress = world.counts.progress();
    let opened = world.history.instant_of_ms(world.options.opens_at_ms);
    let mut outcomes = BTreeMap::new();
    let mut surprises = BTreeMap::new();
    for record in &records {
        *outcomes.entry(record.outcome).or_default() += 1;
        if let Some(surprise) = &record.surprise {
            *surprises.entry(surprise.clone()).or_default() += 1;
        }
    }
    FanReport {
        outcomes,
        steps: figures::steps_of(&entries),
        purchases: figures::purchases_of(&entries, &records),
        sold_out_seconds: world.board.sold_out_at().map(|at| at.saturating_duration_since(opened).as_secs_f64()),
        seconds: Instant::now().saturating_duration_since(opened).as_secs_f64(),
        tickets: progress.tickets,
        requests: progress.requests,
        unanswered: progress.unanswered,
        surprises,
        records,
    }
}
