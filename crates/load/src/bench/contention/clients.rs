//! Clients in a closed loop, and what they saw.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::task::JoinSet;

use crate::bench::cpu;

/// Refusals in a row after which a client believes that everything is sold: one way refuses while others hold a lock.
const REFUSALS_MAX: u32 = 20;

/// What sells.
pub trait Seller {
    /// One that asks it.
    type Client: Client;

    /// A new client, connected and ready.
    async fn client(&self) -> Result<Self::Client, Problem>;

    /// The process whose time counts beside this one, with its children.
    fn server(&self) -> Option<u32>;

    /// What is there after a run.
    async fn sold(&self) -> Result<Sold, Problem>;
}

/// What asks.
pub trait Client: Send + 'static {
    /// Takes one of the stock for this fan; false if there is nothing left. Durable when it returns.
    fn hold(&mut self, fan: u32) -> impl Future<Output = Result<bool, Problem>> + Send;
}

/// The books of a seller.
#[derive(Debug, Clone, Copy)]
pub struct Sold {
    /// What there was in the beginning.
    pub stock: u64,
    /// Holds that are written down.
    pub holds: u64,
    /// What is left.
    pub remaining: u64,
    /// Nothing is left, or nobody who could take it: the clients had to stop.
    pub used_up: bool,
}

/// When a run begins to count, for how long, and the length of a clock tick.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub warm_up: Duration,
    pub counted: Duration,
    pub tick_us: f64,
}

/// What came out of a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Acknowledged within the whole run.
    pub acknowledged: u64,
    /// Overtaken by more later questions than there are clients.
    pub unfair: u64,
    counted: u64,
    seconds: f64,
    cpu_us: f64,
    /// Of the counted holds, sorted.
    latencies_us: Vec<u32>,
}

/// One hold: nanoseconds since the run began.
#[derive(Debug, Clone, Copy)]
struct Asked {
    sent: u64,
    answered: u64,
}

impl Run {
    pub fn per_second(&self) -> f64 {
        self.counted as f64 / self.seconds
    }

    pub fn cpu_us_each(&self) -> f64 {
        self.cpu_us / self.counted as f64
    }

    /// A latency quantile, milliseconds.
    pub fn ms(&self, quantile: f64) -> f64 {
        let last = self.latencies_us.len().saturating_sub(1);
        let index = (last as f64 * quantile).round() as usize;
        self.latencies_us.get(index).map_or(f64::NAN, |us| f64::from(*us) / 1_000.0)
    }
}

/// Lets the clients run for the window, or until `stock` is sold.
///
/// # Errors
/// A client fails: a benchmark of a failing seller is none.
pub async fn run<S: Seller>(seller: &S, clients: u32, window: Window, stock: Option<u64>) -> Result<Run, Problem> {
    let mut ready = Vec::new();
    for _ in 0..clients {
        ready.push(seller.client().await?);
    }
    let fans = Arc::new(AtomicU32::new(0));
    let began = Instant::now();
    let until = match stock {
        Some(_) => began + Duration::from_secs(600),
        None => began + window.warm_up + window.counted,
    };
    let mut tasks = JoinSet::new();
    for client in ready {
        tasks.spawn(ask(client, Arc::clone(&fans), began, until));
    }
    let cpu_us = || {
        let ticks = |ticks: Option<u64>| ticks.map_or(f64::NAN, |ticks| ticks as f64 * window.tick_us);
        let server = seller.server().map_or(0.0, |id| ticks(cpu::ticks_of_family(id)));
        server + ticks(cpu::ticks_of_process(std::process::id()))
    };
    let (mut from, mut to) = ((began, cpu_us()), (began, 0.0));
    if stock.is_none() {
        tokio::time::sleep_until((began + window.warm_up).into()).await;
        from = (Instant::now(), cpu_us());
        tokio::time::sleep_until(until.into()).await;
        to = (Instant::now(), cpu_us());
    }
    let mut asked: Vec<Asked> = Vec::new();
    while let Some(part) = tasks.join_next().await {
        asked.extend(part.map_err(|error| failed(&error))??);
    }
    Ok(measure(&asked, clients, (began, from, to)))
}

fn measure(asked: &[Asked], clients: u32, (began, from, to): (Instant, (Instant, f64), (Instant, f64))) -> Run {
    let nanos = |at: Instant| u64::try_from((at - began).as_nanos()).unwrap_or(u64::MAX);
    let counted = asked.iter().filter(|it| (nanos(from.0)..nanos(to.0)).contains(&it.answered));
    let mut latencies_us: Vec<u32> =
        counted.map(|it| u32::try_from((it.answered - it.sent) / 1_000).unwrap_or(u32::MAX)).collect();
    latencies_us.sort_unstable();
    Run {
        acknowledged: asked.len() as u64,
        unfair: overtaken(asked, clients),
        counted: latencies_us.len() as u64,
        seconds: (to.0 - from.0).as_secs_f64(),
        cpu_us: to.1 - from.1,
        latencies_us,
    }
}

async fn ask(
    mut client: impl Client,
    fans: Arc<AtomicU32>,
    began: Instant,
    until: Instant,
) -> Result<Vec<Asked>, Problem> {
    let mut asked = Vec::with_capacity(4_096);
    let nanos = || u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let mut refused = 0;
    while Instant::now() < until && refused < REFUSALS_MAX {
        let fan = fans.fetch_add(1, Ordering::Relaxed);
        let sent = nanos();
        if client.hold(fan).await? {
            asked.push(Asked { sent, answered: nanos() });
            refused = 0;
        } else {
            refused += 1;
        }
    }
    Ok(asked)
}

/// Holds that more than `clients` later questions overtook. In a queue nobody is overtaken; with so many at once, the
/// order in which they are sent and heard of may differ by as much.
fn overtaken(asked: &[Asked], clients: u32) -> u64 {
    let mut by_answer: Vec<u64> = asked.iter().map(|it| it.answered).collect();
    by_answer.sort_unstable();
    let mut by_sent: Vec<&Asked> = asked.iter().collect();
    by_sent.sort_unstable_by_key(|it| std::cmp::Reverse(it.sent));
    // A Fenwick tree over the answers of those who were sent later.
    let mut tree = vec![0u32; by_answer.len() + 1];
    let mut unfair = 0;
    for it in by_sent {
        let rank = by_answer.partition_point(|answered| *answered < it.answered);
        let (mut earlier, mut at) = (0, rank);
        while at > 0 {
            earlier += tree[at];
            at &= at - 1;
        }
        unfair += u64::from(earlier > clients);
        let mut at = rank + 1;
        while at < tree.len() {
            tree[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    unfair
}

/// A failure of a run.
pub fn failed(why: &dyn std::fmt::Display) -> Problem {
    Problem::new("run_failed", "A run of the benchmark went wrong.").internal(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_overtaken_by_more_than_everybody_counts() {
        let asked = |sent, answered| Asked { sent, answered };
        let queue: Vec<_> = (0..100).map(|at| asked(at, at + 10)).collect();
        assert_eq!(overtaken(&queue, 1), 0);
        let mut starved = queue.clone();
        starved.push(asked(0, 1_000));
        assert_eq!(overtaken(&starved, 98), 1);
        assert_eq!(overtaken(&starved, 100), 0);
    }
}
