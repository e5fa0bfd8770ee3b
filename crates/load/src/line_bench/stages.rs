//! What is done with the one long line: filled, read, lost and found again, held live, and drained.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Problem;

use super::audit::Journaled;
use super::chart::{self, Panel, Series};
use super::cluster::Cluster;
use super::joins::{self, Joined, Joining};
use super::pacing::Pacing;
use super::reads::{self, HttpPositions};
use super::redis::Redis;
use super::{LineArgs, Opened, drain, line_opened, live, memory, note};
use crate::client::{Pool, Request};
use crate::report::Report;

/// Between two looks at the memory while fans join.
const SAMPLE_EVERY: Duration = Duration::from_millis(250);
/// Memory settles for this long.
const SETTLE: Duration = Duration::from_secs(2);
/// Accounts that join once more and must be told the same number.
const REPEATS: usize = 1_000;
/// Those few at the front are let in while the others join. They do not come, and may then take a new place.
const LET_IN_AT_ONCE: u32 = 3;

/// Memory and places at one instant.
struct Sample {
    second: f64,
    acknowledged: f64,
    engine: f64,
    gateways: f64,
}

/// From the first join to the last turn.
///
/// # Errors
/// If a process or the set-up fails.
pub async fn line(arguments: &LineArgs, report: &mut Report, folder: &Path) -> Result<(), Problem> {
    let began = Instant::now();
    let settings = arguments.line_settings();
    let mut cluster = Cluster::start(&arguments.bin()?, arguments.gateways, &settings, None).await?;
    let empty_bytes = engine_bytes(&cluster);
    let opened = line_opened(&cluster, arguments.places()).await?;
    report.figure("accounts_made_seconds", began.elapsed().as_secs_f64());
    note(began, format_args!("{} accounts with sessions", opened.book.len()));

    let joined = Arc::new(join(arguments, report, &cluster, &opened, folder).await?);
    note(began, format_args!("{} joined", joined.iter().filter(|join| join.number > 0).count()));
    repeat(report, &cluster, &opened, &joined).await?;
    let mut positions = HttpPositions {
        origins: cluster.origins(),
        sale: opened.sale.clone(),
        book: Arc::clone(&opened.book),
        joined: Arc::clone(&joined),
        once: false,
    };
    if arguments.has("reads") {
        let mut redis = Redis::start(&arguments.redis).await?;
        let bytes = redis.fill(opened.book.len() as u32).await?;
        report.figure("redis_bytes_per_member", bytes);
        // One server against one server: whatever more gateways there are do not count here.
        let source = HttpPositions { origins: positions.origins.iter().take(1).cloned().collect(), ..positions };
        reads::compare(arguments, report, &source, &edge(&cluster), &redis).await?;
        positions = HttpPositions { origins: cluster.origins(), ..source };
        note(began, format_args!("reads compared"));
    }
    if arguments.has("restart") {
        restart(report, &mut cluster, &opened, empty_bytes).await?;
        note(began, format_args!("killed and started again"));
    }
    let everybody = HttpPositions { once: true, ..positions };
    report.violation("lost", reads::lost(&everybody).await?);
    note(began, format_args!("everybody asked for the place they were told"));
    if arguments.has("live") {
        live::run(arguments, report, &mut cluster, &opened.operator, &opened.sale, &opened.book).await?;
        note(began, format_args!("live connections held"));
    }
    if arguments.has("drain") {
        drain::run(report, &opened.operator, &opened.sale, arguments.drain_rate).await?;
        note(began, format_args!("drained"));
    }
    audit(arguments, report, &cluster, &joined)?;
    cluster.stop().await;
    note(began, format_args!("the journal agrees or does not: see the violations"));
    Ok(())
}

/// The first gateway or the one process.
fn edge(cluster: &Cluster) -> Vec<u32> {
    cluster.edge_ids().into_iter().take(1).collect()
}

fn engine_bytes(cluster: &Cluster) -> f64 {
    cluster.engine_id().map_or(f64::NAN, memory::rss_bytes)
}

async fn join(
    arguments: &LineArgs,
    report: &mut Report,
    cluster: &Cluster,
    opened: &Opened,
    folder: &Path,
) -> Result<Vec<Joined>, Problem> {
    tokio::time::sleep(SETTLE).await;
    let (before, gateways) = (engine_bytes(cluster), gateways_of(cluster));
    let pacing = Pacing::new(opened.book.len(), arguments.rate, arguments.rate_max);
    let joining = Joining::new(opened.book.len(), pacing);
    let origins = cluster.origins();
    let clients = joins::run(&joining, &origins, &opened.sale, &opened.book, arguments.join_connections);
    tokio::pin!(clients);
    let mut samples = Vec::new();
    let mut tick = tokio::time::interval(SAMPLE_EVERY);
    loop {
        tokio::select! {
            ended = &mut clients => break ended?,
            _ = tick.tick() => samples.push(Sample {
                second: joining.began().elapsed().as_secs_f64(),
                acknowledged: joining.counts().acknowledged as f64,
                engine: engine_bytes(cluster),
                gateways: memory::rss_of(&gateways),
            }),
        }
    }
    tokio::time::sleep(SETTLE).await;
    let (counts, rate_peak, joined) = (joining.counts(), joining.rate_peak(), joining.take());
    let places = counts.acknowledged as f64;
    // With everything else that many requests leave in a process: sessions remembered, buffers, garbage.
    report.figure("engine_rss_growth_bytes_per_place", (engine_bytes(cluster) - before) / places);
    report.figure("engine_rss_bytes", engine_bytes(cluster));
    let ((per_second, peak), (p50, answer_p50), (p99, answer_p99)) =
        (joins::rates(&joined), joins::latency_ms(&joined, 0.5), joins::latency_ms(&joined, 0.99));
    report.figure("joins_per_second", per_second);
    report.figure("joins_per_second_peak", peak);
    report.figure("joins_offered_per_second_peak", rate_peak);
    for (name, value) in [("p50", p50), ("p99", p99)] {
        report.figure(&format!("join_ms_{name}"), value);
    }
    report.figure("join_answer_ms_p50", answer_p50);
    report.figure("join_answer_ms_p99", answer_p99);
    report.figure("joins_refused", counts.refused as f64);
    report.figure("joins_unanswered", counts.unanswered as f64);
    report.violation("given_up", counts.given_up);
    let (out_of_order, duplicated) = joins::contradictions(&joined);
    report.violation("out_of_order", out_of_order);
    report.violation("duplicated", duplicated);
    draw(folder, &samples, &joined)?;
    Ok(joined)
}

fn gateways_of(cluster: &Cluster) -> Vec<u32> {
    cluster.edge_ids().into_iter().filter(|id| Some(*id) != cluster.engine_id()).collect()
}

/// Who joins again, through another gateway, is told the same number.
async fn repeat(report: &mut Report, cluster: &Cluster, opened: &Opened, joined: &[Joined]) -> Result<(), Problem> {
    let origins = cluster.origins();
    let pools: Vec<Pool> = origins.iter().map(|origin| Pool::new(origin.clone(), 8, Duration::from_secs(10))).collect();
    let path = format!("/v1/sales/{}/line", opened.sale);
    let mut other = 0;
    for number in 0..REPEATS.min(joined.len()) {
        let index = number * joined.len() / REPEATS.min(joined.len());
        let told = joined.get(index).map_or(0, |join| join.number);
        let Some(pool) = pools.get(number % pools.len().max(1)).filter(|_| told > LET_IN_AT_ONCE) else { continue };
        let request = Request::new("POST", &path).session(opened.book.token(index));
        let answer = pool.send(&request).await.map_err(|lost| {
            Problem::new("server_silent", "A join that was repeated was not answered.").internal(lost)
        })?;
        other += u64::from(joins::number_in(&answer.body) != Some(told));
    }
    report.violation("repeated_differently", other);
    Ok(())
}

async fn restart(report: &mut Report, cluster: &mut Cluster, opened: &Opened, empty_bytes: f64) -> Result<(), Problem> {
    cluster.kill_engine().await?;
    let last = opened.book.token(opened.book.len() - 1).to_owned();
    let (ready, place) = cluster.start_engine(&opened.sale, &last).await?;
    report.figure("recovery_seconds", place);
    report.figure("recovery_ready_seconds", ready);
    tokio::time::sleep(SETTLE).await;
    // A process that has just started with everybody in line against one that had just started with nobody: what the
    // line takes, and what reading it back has left behind.
    let bytes = (engine_bytes(cluster) - empty_bytes) / opened.book.len() as f64;
    report.figure("engine_bytes_per_place", bytes);
    if let Some(redis) = report.figures.get("redis_bytes_per_member").copied() {
        report.ratio_of_runs("engine_bytes_vs_redis", &[bytes], &[redis]);
    }
    Ok(())
}

fn audit(arguments: &LineArgs, report: &mut Report, cluster: &Cluster, joined: &[Joined]) -> Result<(), Problem> {
    let journaled = Journaled::read(&cluster.journal())?;
    let acknowledged = joined.iter().filter(|join| join.number > 0).count() as u64;
    report.figure("journaled_places", f64::from(journaled.places()));
    report.violation("out_of_order", journaled.gaps);
    report.violation("lost", acknowledged.saturating_sub(u64::from(journaled.places())));
    report.violation("duplicated", journaled.duplicated);
    if arguments.has("drain") {
        report.violation("drained_wrong", journaled.drain_wrong());
    }
    Ok(())
}

fn draw(folder: &Path, samples: &[Sample], joined: &[Joined]) -> Result<(), Problem> {
    let of = |name, value: fn(&Sample) -> f64| Series {
        name,
        points: samples.iter().map(|sample| (sample.second, value(sample))).collect(),
    };
    let latencies = |name, quantile: f64| {
        let mut buckets: Vec<Vec<Joined>> = Vec::new();
        for join in joined.iter().filter(|join| join.number > 0) {
            let bucket = (join.answered_us / 500_000) as usize;
            if buckets.len() <= bucket {
                buckets.resize(bucket + 1, Vec::new());
            }
            buckets[bucket].push(*join);
        }
        let points = buckets.iter().enumerate().filter(|(_, joins)| !joins.is_empty());
        let points = points.map(|(at, joins)| (at as f64 / 2.0 + 0.25, joins::latency_ms(joins, quantile).0)).collect();
        Series { name, points }
    };
    let panels = [
        Panel { title: "Places acknowledged", series: vec![of("places", |sample| sample.acknowledged)] },
        Panel {
            title: "Latency of a join from its due instant, ms",
            series: vec![latencies("median", 0.5), latencies("99th percentile", 0.99)],
        },
        Panel {
            title: "Resident memory, MiB",
            series: vec![
                of("engine", |sample| sample.engine / 1_048_576.0),
                of("all gateways", |sample| sample.gateways / 1_048_576.0),
            ],
        },
    ];
    let path = chart::write(folder, &format!("{} join one line", joined.len()), &panels)?;
    println!("  drawn in {}", path.display());
    Ok(())
}
