//! What happens to a line when something breaks: a gateway, the engine, the network between them; and when everybody
//! reloads at once, or many do not read what they are told.
//!
//! Small, so that it can be run often; the same promises as at full size: nobody loses a place, nobody gets two.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::task::JoinSet;

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

/// Joins of each fault.
const PLACES: usize = 30_000;
/// Rate at which they are offered: below what the machine does, so that what is missing is the fault's doing.
const RATE: f64 = 4_000.0;
/// The fault happens when so many have joined.
const FAULT_AT: u64 = 6_000;
/// A share of the offered rate from which on things are as before.
const RECOVERED: f64 = 0.9;
/// Over so long, microseconds.
const WINDOW_US: u32 = 1_000_000;
/// The engine stays away this long.
const AWAY: Duration = Duration::from_secs(2);
/// While the network is broken for long, fewer join, for longer.
const OUTAGE_PLACES: usize = 100_000;
const OUTAGE_RATE: f64 = 2_000.0;
/// So long the network carries nothing from the engine to its gateways.
const OUTAGE: Duration = Duration::from_secs(30);
const OUTAGE_QUICK: Duration = Duration::from_secs(10);
/// Everybody reloads so many times.
const RELOADS: u32 = 10;
/// Reads per second offered during the reloads.
const POLLS_PER_SECOND: u32 = 500;
/// An answer within this time is worth something.
const GOOD_WITHIN: Duration = Duration::from_secs(1);
/// How long everybody may take to be back.
const BACK_MAX: Duration = Duration::from_secs(60);

/// Runs all of them.
///
/// # Errors
/// If a process fails that nobody killed.
pub async fn run(arguments: &LineArgs, report: &mut Report) -> Result<(), Problem> {
    report.load("fault_places", PLACES);
    report.load("fault_joins_per_second", RATE);
    for engine in [false, true] {
        let name = if engine { "engine_killed" } else { "gateway_killed" };
        let gateways = if arguments.gateways == 0 { 0 } else { arguments.gateways.max(2) };
        if !engine && gateways == 0 {
            println!("  {name}: there is no gateway to kill");
            continue;
        }
        let mut cluster = Cluster::start(&arguments.bin()?, gateways, &arguments.settings, None).await?;
        let opened = line_opened(&cluster, PLACES).await?;
        let joined = killed(report, name, &mut cluster, &opened, engine).await?;
        check(report, &cluster, &opened, joined).await?;
        if engine {
            reload_storm(arguments, report, &cluster, &opened).await?;
        }
        cluster.stop().await;
    }
    one_way(arguments, report).await?;
    slow_readers::run(arguments, report).await
}

/// For half a minute nothing the engine says reaches its gateways, and nobody tells them.
async fn one_way(arguments: &LineArgs, report: &mut Report) -> Result<(), Problem> {
    let outage = if arguments.quick { OUTAGE_QUICK } else { OUTAGE };
    let places = (OUTAGE_RATE * (outage.as_secs_f64() + 20.0)).min(OUTAGE_PLACES as f64) as usize;
    let (cluster, network) = Cluster::start_apart(&arguments.bin()?, arguments.gateways, &arguments.settings).await?;
    let opened = line_opened(&cluster, places).await?;
    let joining = Joining::new(places, Pacing::steady(places, OUTAGE_RATE));
    let (running, origins, sale, book) =
        (Arc::clone(&joining), cluster.origins(), opened.sale.clone(), Arc::clone(&opened.book));
    let clients = tokio::spawn(async move { joins::run(&running, &origins, &sale, &book, 64).await });
    while joining.counts().acknowledged < FAULT_AT {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    network.fall_silent();
    tokio::time::sleep(outage).await;
    network.heal();
    let healed_us = joining.began().elapsed().as_micros() as u32;
    clients.await.map_err(|error| Problem::new("joins_broke_off", "The joins broke off.").internal(error))??;
    let counts = joining.counts();
    let joined = joining.take();
    let (recovery, goodput) = after(&joined, healed_us, OUTAGE_RATE);
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
    report: &mut Report,
    name: &str,
    cluster: &mut Cluster,
    opened: &Opened,
    engine: bool,
) -> Result<Vec<Joined>, Problem> {
    let joining = Joining::new(PLACES, Pacing::steady(PLACES, RATE));
    let (running, origins, sale, book) =
        (Arc::clone(&joining), cluster.origins(), opened.sale.clone(), Arc::clone(&opened.book));
    let clients = tokio::spawn(async move { joins::run(&running, &origins, &sale, &book, 64).await });
    while joining.counts().acknowledged < FAULT_AT {
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
    let (recovery, goodput) = after(&joined, at_us, RATE);
    println!("  {name}: {counts:?}, recovered in {recovery:.2} s, goodput {goodput:.2} of what was offered");
    report.figure(&format!("{name}_recovery_seconds"), recovery);
    report.figure(&format!("{name}_goodput_share"), goodput);
    report.figure(&format!("{name}_unanswered"), counts.unanswered as f64);
    report.violation("given_up", counts.given_up);
    Ok(joined)
}

/// Seconds from an instant until a second begins in which nine tenths of the offered rate are acknowledged, and the
/// share of the joins due from then on that are acknowledged in time. Not numbers if there is no such second.
fn after(joined: &[Joined], at_us: u32, rate: f64) -> (f64, f64) {
    let acknowledged = joined.iter().filter(|join| join.number > 0 && join.answered_us >= at_us);
    let mut answers: Vec<u32> = acknowledged.map(|join| join.answered_us).collect();
    answers.sort_unstable();
    let enough = (rate * RECOVERED * f64::from(WINDOW_US) / 1e6) as usize;
    let begins = answers
        .iter()
        .enumerate()
        .find(|(from, at)| answers.get(from + enough - 1).is_some_and(|last| last - **at < WINDOW_US));
    let Some((_, again)) = begins else { return (f64::NAN, f64::NAN) };
    let due = || joined.iter().filter(|join| join.due_us >= *again);
    let good_us = GOOD_WITHIN.as_micros() as u32;
    let good = due().filter(|join| join.number > 0 && join.answered_us - join.due_us <= good_us).count();
    (f64::from(again - at_us) / 1e6, good as f64 / due().count() as f64)
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
    arguments: &LineArgs,
    report: &mut Report,
    cluster: &Cluster,
    opened: &Opened,
) -> Result<(), Problem> {
    let count = arguments.peer_connections().min(opened.book.len());
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
        let (recovery, goodput) = after(&joined, 1_000_200, RATE);
        assert!((recovery - 1.9998).abs() < 0.01 && goodput == 1.0, "{recovery} {goodput}");
        assert!(after(&[], 5, RATE).0.is_nan());
    }
}
