//! Live connections: what each costs in memory, and how old the positions are that they know while the line moves.

use std::time::{Duration, Instant};

use domain::Problem;

use super::book::Book;
use super::clients::{Ages, Told};
use super::cluster::Cluster;
use super::crowd::{Crowd, CrowdPlan, PER_PROCESS_MAX};
use super::{LineArgs, estimates, memory};
use crate::bench::cpu;
use crate::operator::Operator;
use crate::report::Report;

/// Those at the front whose positions are watched most closely.
const NEAR: usize = 20_000;
/// Between two looks at the ages.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Slowest rate at which connections are expected to open, per second.
const OPENED_PER_SECOND_MIN: usize = 500;
/// Counted while nothing moves.
const IDLE: Duration = Duration::from_secs(10);
/// Memory settles for this long after the last connection.
const SETTLE: Duration = Duration::from_secs(3);
/// The longest a far position may be old, and a look at it must come after it had time to become so.
const FAR_AGE_MAX: Duration = Duration::from_secs(60);

/// Processor time over a stretch.
struct Meter {
    began: Instant,
    server: f64,
    clients: f64,
    machine: (f64, f64),
}

impl Meter {
    fn start(server: &[u32], clients: &[u32]) -> Self {
        Self {
            began: Instant::now(),
            server: memory::ticks(server),
            clients: memory::ticks(clients),
            machine: machine_ticks(),
        }
    }

    /// Shares of all cores: the server's, the clients', and the whole machine's with the kernel's work for both.
    fn shares(&self, server: &[u32], clients: &[u32], tick_us: f64) -> [f64; 3] {
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        let all = self.began.elapsed().as_secs_f64() * 1e6 * cores;
        let (busy, total) = machine_ticks();
        let machine = (busy - self.machine.0) / (total - self.machine.1).max(1.0);
        let server = (memory::ticks(server) - self.server) * tick_us / all;
        [server, (memory::ticks(clients) - self.clients) * tick_us / all, machine]
    }
}

/// Holds the connections, idle and moving.
///
/// # Errors
/// If a process fails.
pub async fn run(
    arguments: &LineArgs,
    report: &mut Report,
    cluster: &mut Cluster,
    operator: &Operator,
    sale: &str,
    book: &Book,
) -> Result<(), Problem> {
    let wanted = arguments.connections().min(book.len());
    cluster.add_gateways(wanted.div_ceil(PER_PROCESS_MAX)).await?;
    cluster.wait_for_sale(sale).await?;
    let edges = cluster.origins();
    let count = wanted.min(edges.len() * PER_PROCESS_MAX);
    let tokens = cluster.folder().join("clients");
    let order = spread(book.len(), count, edges.len().max(count.div_ceil(PER_PROCESS_MAX)));
    let written = book.write(&tokens, &order);
    written
        .map_err(|error| Problem::new("file_not_written", "The clients' file cannot be written.").internal(error))?;
    let before = Kernel::now(cluster);
    let path = format!("/v1/live?sale={sale}");
    let plan = CrowdPlan { origins: edges, path, count, tokens: Some(tokens), core: None };
    let mut crowd = Crowd::start(&plan)?;
    let patience = Duration::from_secs((60 + count / OPENED_PER_SECOND_MIN) as u64);
    let (seconds, told) = crowd.open(patience).await?;
    println!("  {} of {count} connections open after {seconds:.1} s, {} handshakes failed", told.open, told.failed);
    tokio::time::sleep(SETTLE).await;
    before.compare(&Kernel::now(cluster), told.open as f64, report);
    report.load("live_connections", count);
    report.load("live_gateways", plan.origins.len());
    report.figure("live_connections", told.open as f64);
    report.figure("live_open_per_second", told.open as f64 / seconds);
    report.figure("live_handshakes_failed", told.failed as f64);
    let result = watch(arguments, report, cluster, operator, sale, book, &mut crowd).await;
    crowd.stop().await;
    result
}

async fn watch(
    arguments: &LineArgs,
    report: &mut Report,
    cluster: &Cluster,
    operator: &Operator,
    sale: &str,
    book: &Book,
    crowd: &mut Crowd,
) -> Result<(), Problem> {
    let tick_us = cpu::tick_us().await?;
    let (server, clients) = (cluster.ids(), crowd.ids());
    let meter = Meter::start(&server, &clients);
    tokio::time::sleep(IDLE).await;
    note_shares(report, "idle", meter.shares(&server, &clients, tick_us));

    operator.set_pace(sale, None, Some((arguments.line_rate, 1))).await?;
    let moving = arguments.moving();
    let (began, from) = (Instant::now(), crowd.told().await?);
    let meter = Meter::start(&server, &clients);
    let (mut near, mut far, mut last) = (Ages::default(), Ages::default(), Told::default());
    let looking = async {
        while began.elapsed() < moving {
            tokio::time::sleep(LOOK_EVERY).await;
            last = crowd.told().await?;
            // Everybody knew the position when the line began to move; ages mean something only some time after.
            if began.elapsed() > moving / 10 {
                near.merge(&last.near);
            }
            if began.elapsed() > moving.mul_f64(0.6).min(FAR_AGE_MAX) {
                far.merge(&last.far);
            }
        }
        Ok(())
    };
    let people = (f64::from(arguments.line_rate) * moving.as_secs_f64()) as usize;
    let origin = cluster.origins().into_iter().next().unwrap_or_else(|| cluster.engine_origin());
    let estimating = estimates::follow(report, &origin, sale, book, people, moving);
    tokio::try_join!(looking, estimating)?;
    note_shares(report, "moving", meter.shares(&server, &clients, tick_us));
    operator.set_pace(sale, None, Some((1, 86_400))).await?;
    let frames = last.frames - from.frames;
    report.load("line_moves_per_second", arguments.line_rate);
    report.load("line_moves_seconds", moving.as_secs_f64());
    report.figure("near_position_age_ms_p50", near.ms(0.5));
    report.figure("near_position_age_ms_p99", near.ms(0.99));
    report.figure("far_position_age_ms_p50", far.ms(0.5));
    report.figure("far_position_age_ms_p99", far.ms(0.99));
    report.figure("live_frames_per_second", frames as f64 / began.elapsed().as_secs_f64());
    report.figure("live_frame_bytes_mean", (last.frame_bytes - from.frame_bytes) as f64 / frames as f64);
    report.figure("live_connections_cut", last.cut as f64);
    report.figure("live_connections_untold", last.untold as f64);
    Ok(())
}

fn note_shares(report: &mut Report, when: &str, [server, clients, machine]: [f64; 3]) {
    report.figure(&format!("{when}_server_cpu_share"), server);
    report.figure(&format!("{when}_clients_cpu_share"), clients);
    report.figure(&format!("{when}_machine_cpu_share"), machine);
}

/// What connections have cost so far.
struct Kernel {
    rss: f64,
    slab: f64,
    buffers: f64,
}

impl Kernel {
    fn now(cluster: &Cluster) -> Self {
        Self {
            rss: memory::rss_of(&cluster.edge_ids()),
            slab: memory::slab_bytes(),
            buffers: memory::socket_buffer_bytes(),
        }
    }

    /// Both ends of every connection are on this machine, so the server's is half of the kernel's.
    fn compare(&self, after: &Self, connections: f64, report: &mut Report) {
        let kernel = after.slab - self.slab + after.buffers - self.buffers;
        report.figure("server_user_bytes_per_connection", (after.rss - self.rss) / connections);
        report.figure("server_kernel_bytes_per_connection", kernel / (2.0 * connections));
    }
}

/// Which accounts connect, so that those at the front are there and every process has its share of them: nearly all
/// of the first 20,000, and the others evenly from the rest. The connections of process `p` follow one another.
fn spread(places: usize, count: usize, processes: usize) -> Vec<u32> {
    let near = NEAR.min(places).min(count.div_ceil(2).max(count.saturating_sub(places.saturating_sub(NEAR))));
    let (rest, of) = (count - near, places - near);
    let far = (0..rest).map(|index| near + index * of / rest.max(1));
    let all: Vec<u32> = (0..near).chain(far).map(|index| index as u32).collect();
    let mut order = Vec::with_capacity(count);
    for process in 0..processes.max(1) {
        order.extend(all.iter().skip(process).step_by(processes.max(1)));
    }
    order
}

/// Busy and all clock ticks of the machine.
fn machine_ticks() -> (f64, f64) {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<f64> = text
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|word| word.parse().ok())
        .collect();
    let total: f64 = ticks.iter().sum();
    let idle: f64 = ticks.iter().skip(3).take(2).sum();
    (total - idle, total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn nobody_connects_twice_and_the_front_is_there() {
        for (places, count, processes) in
            [(1_000_000, 150_000, 8), (50_000, 50_000, 3), (1_000, 10, 1), (30_000, 20_000, 2)]
        {
            let order = spread(places, count, processes);
            let different: BTreeSet<u32> = order.iter().copied().collect();
            assert_eq!((order.len(), different.len()), (count, count), "{places} {count}");
            assert!(order.iter().all(|index| (*index as usize) < places));
            let near = order.iter().filter(|index| (**index as usize) < NEAR).count();
            assert!(near * 2 >= count.min(NEAR), "{near} of {count}");
        }
    }

    #[test]
    fn the_machine_has_been_busy_and_idle() {
        let (busy, total) = machine_ticks();
        assert!(busy > 0.0 && busy <= total);
    }
}
