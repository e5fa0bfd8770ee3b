//! Keep-alive connections that each send their next request as soon as the last one is answered.

use std::time::{Duration, Instant};

use domain::Problem;
use tokio::task::JoinSet;

use crate::bench::cpu;
use crate::client::{Connection, Origin};

/// Patience with one exchange.
const PATIENCE: Duration = Duration::from_secs(20);

/// What one connection sends, and what it makes of the answers.
pub trait Source: Send + 'static {
    /// Appends the next request to `out`; false if there is nothing more to send.
    fn next(&mut self, authority: &str, out: &mut Vec<u8>) -> bool;
    /// Takes the answer; true if it acknowledges what was asked for.
    fn take(&mut self, status: u16, body: &[u8]) -> bool;
}

/// When a round begins to count and when it ends.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Not counted before.
    pub warm_up: Duration,
    /// Counted for this long.
    pub counted: Duration,
}

/// What came out of a round.
#[derive(Debug, Clone, Default)]
pub struct Round {
    /// Acknowledged answers within the counted time.
    pub acknowledged: u64,
    /// Other answers within the whole round.
    pub refused: u64,
    /// Counted time, seconds.
    pub seconds: f64,
    /// Server time spent within the counted time, microseconds.
    pub cpu_us: f64,
    /// Time this process spent within the counted time, microseconds: near the counted time, it was the bottleneck.
    pub generator_cpu_us: f64,
    /// Latencies of the acknowledged answers, microseconds, sorted.
    pub latencies_us: Vec<u32>,
}

impl Round {
    /// Acknowledged answers per second.
    pub fn per_second(&self) -> f64 {
        self.acknowledged as f64 / self.seconds
    }

    /// Microseconds of the server's processor time per acknowledged answer.
    pub fn cpu_us_each(&self) -> f64 {
        self.cpu_us / self.acknowledged as f64
    }

    /// Microseconds of this process's time per acknowledged answer.
    pub fn generator_cpu_us_each(&self) -> f64 {
        self.generator_cpu_us / self.acknowledged as f64
    }

    /// A latency quantile, milliseconds; not a number without answers.
    pub fn ms(&self, quantile: f64) -> f64 {
        let last = self.latencies_us.len().saturating_sub(1);
        let index = (last as f64 * quantile).round() as usize;
        self.latencies_us.get(index).map_or(f64::NAN, |us| f64::from(*us) / 1_000.0)
    }
}

struct Part<S> {
    source: S,
    refused: u64,
    latencies_us: Vec<u32>,
}

/// Waits for the counted part of a round and measures the time spent in it; `cpu_us` reads the server's.
pub async fn measure(window: Window, from: Instant, tick_us: f64, cpu_us: impl Fn() -> f64) -> Round {
    let own_us = || cpu::ticks_of_process(std::process::id()).map_or(f64::NAN, |ticks| ticks as f64 * tick_us);
    tokio::time::sleep_until(from.into()).await;
    let (began, server_from, own_from) = (Instant::now(), cpu_us(), own_us());
    tokio::time::sleep_until((from + window.counted).into()).await;
    // Read late on a busy core, so the times are scaled to the counted time.
    let share = window.counted.as_secs_f64() / began.elapsed().as_secs_f64();
    Round {
        seconds: window.counted.as_secs_f64(),
        cpu_us: (cpu_us() - server_from) * share,
        generator_cpu_us: (own_us() - own_from) * share,
        ..Round::default()
    }
}

/// Runs one connection per source for a window and gives the sources back. `cpu_us` reads the server's time.
/// Every request sent is answered before this returns, so that the server can be counted afterwards.
///
/// # Errors
/// `connection_lost`, at the first exchange that fails: a benchmark of a failing server is none.
pub async fn run<S: Source>(
    origin: &Origin,
    sources: Vec<S>,
    window: Window,
    tick_us: f64,
    cpu_us: impl Fn() -> f64,
) -> Result<(Round, Vec<S>), Problem> {
    let mut connections = Vec::with_capacity(sources.len());
    for source in sources {
        connections.push((Connection::open(origin.address, PATIENCE).await.map_err(lost)?, source));
    }
    let from = Instant::now() + window.warm_up;
    let until = from + window.counted;
    let mut parts = JoinSet::new();
    for (connection, source) in connections {
        let authority = origin.authority.clone();
        parts.spawn(async move { drive(connection, source, &authority, from, until).await });
    }
    let mut round = measure(window, from, tick_us, cpu_us).await;
    let mut sources = Vec::with_capacity(parts.len());
    while let Some(part) = parts.join_next().await {
        let part =
            part.map_err(|error| Problem::new("connection_lost", "A connection's task ended.").internal(error))??;
        round.refused += part.refused;
        round.latencies_us.extend(part.latencies_us);
        sources.push(part.source);
    }
    round.acknowledged = round.latencies_us.len() as u64;
    round.latencies_us.sort_unstable();
    Ok((round, sources))
}

async fn drive<S: Source>(
    mut connection: Connection,
    source: S,
    authority: &str,
    from: Instant,
    until: Instant,
) -> Result<Part<S>, Problem> {
    let mut part = Part { source, refused: 0, latencies_us: Vec::with_capacity(4_096) };
    let mut request = Vec::with_capacity(1_024);
    let mut sent = Instant::now();
    while sent < until {
        request.clear();
        if !part.source.next(authority, &mut request) {
            break;
        }
        let head = connection.exchange(&request, PATIENCE).await.map_err(lost)?;
        let received = Instant::now();
        if !part.source.take(head.status, connection.body()) {
            part.refused += 1;
        } else if received >= from && received < until {
            part.latencies_us.push(u32::try_from((received - sent).as_micros()).unwrap_or(u32::MAX));
        }
        sent = received;
    }
    Ok(part)
}

fn lost(error: impl std::fmt::Display) -> Problem {
    Problem::new("connection_lost", "A connection to the server under test failed.").internal(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_knows_its_rate_and_quantiles() {
        let round = Round {
            acknowledged: 100,
            refused: 0,
            seconds: 2.0,
            cpu_us: 1_000.0,
            generator_cpu_us: 0.0,
            latencies_us: (1..=100).map(|ms| ms * 1_000).collect(),
        };
        assert_eq!((round.per_second(), round.cpu_us_each(), round.ms(0.99), round.ms(0.0)), (50.0, 10.0, 99.0, 1.0));
        assert!(Round::default().ms(0.5).is_nan());
    }
}
