//! What a crowd is told before it sets out.

use std::time::Duration;

use super::arrivals::Arrivals;
use crate::client::Origin;

/// A crowd of virtual fans and the sale they want to buy from.
#[derive(Debug, Clone)]
pub struct FansOptions {
    /// The server.
    pub server: Origin,
    /// The sale, such as `sale_1`.
    pub sale: String,
    /// A signed-in session token per fan, from [`crate::operator::Operator::mint_fans`].
    pub sessions: Vec<String>,
    /// The opening instant, unix milliseconds.
    pub opens_at_ms: i64,
    /// Decides who comes when and does what.
    pub seed: u64,
    /// How human the fans' pauses are: 1 = seconds of thought, 0 = none.
    pub pace: f64,
    /// When they come.
    pub arrivals: Arrivals,
    /// Connections to the server, shared by all.
    pub connections: usize,
    /// Share of the fans who wait on a WebSocket, 0 to 1.
    pub listening_share: f64,
    /// WebSockets at once, at most; who finds none free polls.
    pub listeners_max: usize,
    /// The shortest and the longest pause between two polls of a waiting fan.
    pub poll: (Duration, Duration),
    /// Patience with one exchange.
    pub exchange_timeout: Duration,
    /// The whole run ends this long after the opening, sold out or not.
    pub run_max: Duration,
}

impl FansOptions {
    /// A crowd to watch: with 9,000 fans a hall of more than 10,000 seats is sold out in two to three minutes.
    pub fn demo(server: Origin, sale: String, sessions: Vec<String>, opens_at_ms: i64, seed: u64) -> Self {
        Self {
            server,
            sale,
            sessions,
            opens_at_ms,
            seed,
            pace: 1.0,
            arrivals: Arrivals { front_share: 0.6, front_seconds: 8.0, tail_mean_seconds: 25.0, early_share: 0.01 },
            connections: 128,
            listening_share: 0.03,
            listeners_max: 200,
            poll: (Duration::from_millis(500), Duration::from_secs(10)),
            exchange_timeout: Duration::from_secs(30),
            run_max: Duration::from_secs(15 * 60),
        }
    }

    /// A crowd that measures: no pauses, everybody at once.
    pub fn sellout(server: Origin, sale: String, sessions: Vec<String>, opens_at_ms: i64, seed: u64) -> Self {
        Self {
            pace: 0.0,
            arrivals: Arrivals { front_share: 0.6, front_seconds: 3.0, tail_mean_seconds: 4.0, early_share: 0.01 },
            connections: 256,
            listening_share: 0.02,
            listeners_max: 500,
            poll: (Duration::from_millis(250), Duration::from_secs(15)),
            ..Self::demo(server, sale, sessions, opens_at_ms, seed)
        }
    }

    /// `seconds` of human hesitation at this crowd's pace.
    pub fn pause(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64((seconds * self.pace).clamp(0.0, 3_600.0))
    }
}
