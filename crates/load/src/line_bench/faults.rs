//! What happens to a line when something breaks: a gateway, the engine, the network between them; and when everybody
//! reloads at once, or many do not read what they are told.
//!
//! With `--quick` small enough to be run often; the same promises at either size: nobody loses a place, nobody gets two.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::task::{JoinHandle, JoinSet};

use super::audit::Journaled;
use super::book::Book;
use super::cluster::Cluster;
use super::crowd::{Crowd, CrowdPlan};
use super::joins::{self, Joined, Joining};
use super::pacing::Pacing;
use super::reads::{self, HttpPositions};
use super::{LineArgs, Opened, line_opened, slow_readers};
use crate::client::{Origin, Pool, Request};
use crate::report::Report;

/// How large a run is.
struct Size {
    /// Joins of each process that is killed.
    places: usize,
    /// Rate at which they are offered: below what the machine does, so that what is missing is the fault's doing.
    rate: f64,
    /// The fault happens when so many have joined.
    fault_at: u64,
    /// The rate while the network is broken.
    outage_rate: f64,
    /// So long it carries nothing from the engine to its gateways.
    outage: Duration,
    /// Live connections that are opened again and again.
    storm: usize,
}

const QUICK: Size = Size {
    places: 30_000,
    rate: 4_000.0,
    fault_at: 6_000,
    outage_rate: 2_000.0,
    outage: Duration::from_secs(10),
    storm: 4_000,
};
const FULL: Size = Size {
    places: 300_000,
    rate: 12_000.0,
    fault_at: 60_000,
    outage_rate: 4_000.0,
    outage: Duration::from_secs(30),
    storm: 30_000,
};

/// Seconds for which joins go on after the network was healed.
const HEALED_SECONDS: f64 = 20.0;
/// A share of the joins that are due from which on things are as before.
const RECOVERED: f64 = 0.9;
/// Over so long, microseconds; and so far apart.
const WINDOW_US: u32 = 1_000_000;
const WINDOW_STEP: usize = 100_000;
/// The engine stays away this long.
const AWAY: Duration = Duration::from_secs(2);
/// Everybody reloads so many times.
const RELOADS: u32 = 10;
/// Reads per second offered during the reloads.
const POLLS_PER_SECOND: u32 = 500;
/// An answer within this time is worth something.
const GOOD_WITHIN: Duration = Duration::from_secs(1);
/// How long everybody may take to be back.
const BACK_MAX: Duration = Duration::from_secs(60);

const ENGINE_KILLED: &str = "engine_killed";

/// Runs all of them.
///
/// # Errors
/// If a process fails that nobody killed.
pub async fn run(arguments: &LineArgs, report: &mut Report) -> Result<(), Problem> {
    let size = if arguments.quick { &QUICK } else { &FULL };
    report.load("fault_places", size.places);
    report.load("fault_joins_per_second", size.rate);
    report.load("fault_recovery", "until of the joins due in a second nine tenths are acknowledged within a second");
    for engine in [false, true] {
        let name = if engine { ENGINE_KILLED } else { "gateway_killed" };
        let gateways = if arguments.gateways == 0 { 0 } else { arguments.gateways.max(2) };
        if !engine && gateways == 0 {
            println!("  {name}: there is no gateway to kill");
            continue;
        }
        let mut cluster = Cluster::start(&arguments.bin()?, gateways, &arguments.settings, None).await?;
        let opened = line_opened(&cluster, size.places).await?;
        let joined = killed(arguments, report, name, &mut cluster, &opened).await?;
        check(report, &cluster, &opened, joined).await?;
        if engine {
            reload_storm(size.storm, report, &cluster, &opened).await?;
        }
        cluster.stop().await;
    }
    one_way(arguments, size, report).await?;
    slow_readers::run(arguments, report).await
}

/// For half a minute nothing the engine says reaches its gateways, and nobody tells them.
async fn one_way(arguments: &LineArgs, size: &Size, report: &mut Report) -> Result<(), Problem> {
    let (outage, rate) = (size.outage, size.outage_rate);
    let before = size.fault_at as f64 / 3.0;
    let places = (before + rate * (outage.as_secs_f64() + HEALED_SECONDS)) as usize;
    let (cluster, network) = Cluster::start_apart(&arguments.bin()?, arguments.gateways, &arguments.settings).await?;
    let opened = line_opened(&cluster, places).await?;
    let joining = Joining::new(places, Pacing::steady(places, rate));
    let clients = start_joins(arguments, &joining, &cluster, &opened);
    while (joining.counts().acknowledged as f64) < before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    network.fall_silent();
    tokio::time::sleep(outage).await;
    network.heal();
    let healed_us = joining.began().elapsed().as_micros() as u32;
    clients.await.map_err(|error| Problem::new("joins_broke_off", "The joins broke off.").internal(error))??;
    let counts = joining.counts();
    let joined = joining.take();
    let (recovery, goodput) = after(&joined, healed_us);
    println!("  one way: {counts:?}, recovered {recovery:.2} s after it was healed, goodput {goodput:.2} from then on");
    report.load("one_way_seconds", outage.as_secs_f64());
    report.figure("one_way_recovery_seconds", recovery);
    report.figure("one_way_goodput_share", goodput);
    report.violation("given_up", counts.given_up);
    check(report, &cluster, &opened, joined).await?;
    cluster.stop().await;
    Ok(())
}

/// Joins, and in the middle of it a process dies.
async fn killed(
    arguments: &LineArgs,
    report: &mut Report,
    name: &str,
    cluster: &mut Cluster,
    opened: &Opened,
) -> Result<Vec<Joined>, Problem> {
    let size = if arguments.quick { &QUICK } else { &FULL };
    let engine = name == ENGINE_KILLED;
    let joining = Joining::new(size.places, Pacing::steady(size.places, size.rate));
    let clients = start_joins(arguments, &joining, cluster, opened);
    while joining.counts().acknowledged < size.fault_at {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let at_us = joining.began().elapsed().as_micros() as u32;
    if engine {
        cluster.kill_engine().await?;
        tokio::time::sleep(AWAY).await;
        let (ready, place) = cluster.start_engine(&opened.sale, opened.book.token(0)).await?;
        report.figure("engine_killed_ready_seconds", ready);
        report.figure("engine_killed_place_read_seconds", place);
    } else {
        cluster.kill_gateway().await?;
    }
    clients.await.map_err(|error| Problem::new("joins_broke_off", "The joins broke off.").internal(error))??;
    let counts = joining.counts();
    let joined = joining.take();
    let (recovery, goodput) = after(&joined, at_us);
    println!("  {name}: {counts:?}, recovered in {recovery:.2} s, goodput {goodput:.2} of what was offered");
    report.figure(&format!("{name}_recovery_seconds"), recovery);
    report.figure(&format!("{name}_goodput_share"), goodput);
    report.figure(&format!("{name}_unanswered"), counts.unanswered as f64);
    report.violation("given_up", counts.given_up);
    Ok(joined)
}

/// Lets everybody join, beside what goes on.
fn start_joins(
    arguments: &LineArgs,
    joining: &Arc<Joining>,
    cluster: &Cluster,
    opened: &Opened,
) -> JoinHandle<Result<(), Problem>> {
    let (running, origins, sale, book, connections) = (
        Arc::clone(joining),
        cluster.origins(),
        opened.sale.clone(),
        Arc::clone(&opened.book),
        arguments.join_connections,
    );
    tokio::spawn(async move { joins::run(&running, &origins, &sale, &book, connections).await })
}

/// Seconds from an instant until a second begins in which nine tenths of the joins that are due are acknowledged in
/// time, whoever waited before them included; and the share of those due from then on that are. Not numbers if there is
/// no such second.
fn after(joined: &[Joined], at_us: u32) -> (f64, f64) {
    let good_us = GOOD_WITHIN.as_micros() as u32;
    let share = |from: u32, to: u32| {
        let due = || joined.iter().filter(|join| (from..to).contains(&join.due_us));
        let good = due().filter(|join| join.number > 0 && join.answered_us - join.due_us <= good_us).count();
        good as f64 / due().count() as f64
    };
    let last = joined.iter().map(|join| join.due_us).max().unwrap_or(0);
    let mut starts = (at_us..last.saturating_sub(WINDOW_US)).step_by(WINDOW_STEP);
    let again = starts.find(|start| share(*start, start + WINDOW_US) >= RECOVERED);
    again.map_or((f64::NAN, f64::NAN), |again| (f64::from(again - at_us) / 1e6, share(again, u32::MAX)))
}

/// The same promises as without a fault, from the clients' histories, every account's place, and the journal.
async fn check(report: &mut Report, cluster: &Cluster, opened: &Opened, joined: Vec<Joined>) -> Result<(), Problem> {
    let (out_of_order, duplicated) = joins::contradictions(&joined);
    let source = HttpPositions {
        origins: vec![cluster.engine_origin()],
        sale: opened.sale.clone(),
        book: Arc::clone(&opened.book),
        joined: Arc::new(joined),
        once: true,
    };
    let lost = reads::lost(&source).await?;
    let journaled = Journaled::read(&cluster.journal())?;
    report.violation("out_of_order", out_of_order + journaled.gaps);
    report.violation("duplicated", duplicated + journaled.duplicated);
    report.violation("lost", lost);
    Ok(())
}

/// Everybody with a page open reloads it, again and again, while others ask for their place at a steady rate.
async fn reload_storm(
    connections: usize,
    report: &mut Report,
    cluster: &Cluster,
    opened: &Opened,
) -> Result<(), Problem> {
    let count = connections.min(opened.book.len());
    let tokens = cluster.folder().join("storm");
    let order: Vec<u32> = (0..count as u32).collect();
    let written = opened.book.write(&tokens, &order);
    written
        .map_err(|error| Problem::new("file_not_written", "The clients' file cannot be written.").internal(error))?;
    let plan = CrowdPlan {
        origins: cluster.origins(),
        path: format!("/v1/live?sale={}", opened.sale),
        count,
        tokens: Some(tokens),
        core: None,
    };
    let mut crowd = Crowd::start(&plan)?;
    crowd.open(BACK_MAX).await?;
    let counts = Arc::new(Polls::default());
    let asking = polls(plan.origins.clone(), opened.sale.clone(), Arc::clone(&opened.book), Arc::clone(&counts));
    let asked = tokio::spawn(asking);
    let began = Instant::now();
    for _ in 0..RELOADS {
        crowd.reload().await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let storm = began.elapsed().as_secs_f64();
    let (recovery, told) = crowd.open(BACK_MAX).await?;
    asked.abort();
    let (good, offered) = (counts.good.load(Ordering::Relaxed), counts.offered.load(Ordering::Relaxed));
    crowd.stop().await;
    println!("  reload storm: {} of {count} back after {recovery:.2} s, {good} of {offered} reads in time", told.open);
    report.load("storm_connections", count);
    report.load("storm_reloads", RELOADS);
    report.figure("storm_seconds", storm);
    report.figure("storm_recovery_seconds", recovery);
    report.figure("storm_goodput_share", good as f64 / offered as f64);
    report.figure("storm_not_back", (count as u64).saturating_sub(told.open) as f64);
    Ok(())
}

/// Reads offered and those of them answered in time, counted while the task that asks may be cut off at any moment.
#[derive(Debug, Default)]
pub(super) struct Polls {
    pub(super) offered: AtomicU64,
    pub(super) good: AtomicU64,
}

/// Asks for places at a steady rate until it is cut off; open loop.
pub(super) async fn polls(origins: Vec<Origin>, sale: String, book: Arc<Book>, counts: Arc<Polls>) {
    let pools: Vec<Arc<Pool>> =
        origins.iter().map(|origin| Arc::new(Pool::new(origin.clone(), 64, Duration::from_secs(10)))).collect();
    let path: Arc<str> = format!("/v1/sales/{sale}/line/me").into();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / POLLS_PER_SECOND);
    let mut asked = JoinSet::new();
    for number in 0.. {
        tick.tick().await;
        let Some(pool) = pools.get(number % pools.len().max(1)).cloned() else { return };
        let (path, book, counts) = (Arc::clone(&path), Arc::clone(&book), Arc::clone(&counts));
        counts.offered.fetch_add(1, Ordering::Relaxed);
        asked.spawn(async move {
            let due = Instant::now();
            let request = Request::new("GET", &path).session(book.token(number % book.len().max(1)));
            let answered = pool.send(&request).await.is_ok_and(|answer| answer.status == 200);
            counts.good.fetch_add(u64::from(answered && due.elapsed() < GOOD_WITHIN), Ordering::Relaxed);
        });
        while asked.try_join_next().is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_is_the_time_until_the_old_rate_and_goodput_counts_from_there() {
        // Every quarter of a millisecond one is due; from 1 s to 3 s nothing is answered, then everything at once.
        let joined: Vec<Joined> = (0..20_000u32)
            .map(|number| {
                let due_us = number * 250;
                let answered_us = if (1_000_000..3_000_000).contains(&due_us) { 3_000_000 } else { due_us + 100 };
                Joined { due_us, sent_us: due_us, answered_us, number: number + 1 }
            })
            .collect();
        let (recovery, goodput) = after(&joined, 1_000_200);
        // Those due from the second second on are answered within one; nine tenths of a second may begin a little before.
        assert!((0.8..=1.0).contains(&recovery) && goodput > 0.95, "{recovery} {goodput}");
        assert!(after(&[], 5).0.is_nan());
    }
}
