//! What is usually built: one row with the remaining stock, decremented in a transaction per ticket.
//!
//! Durable (`fsync` and `synchronous_commit` on), one prepared statement per hold, so one round trip: the strongest
//! form of this design.

use std::time::Instant;

use domain::Problem;
use test_support::Postgres;
use test_support::postgres::Stop;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

use super::closed_loop::{self, Round, Window};
use crate::bench::cpu;

/// The stock of the hot row: more than any round can take.
const STOCK: i64 = 1_000_000_000;
/// One hold: take one of the hot row if there is one, and write down who has it.
const HOLD: &str = "WITH taken AS (UPDATE stock SET remaining = remaining - 1 WHERE id = 1 AND remaining > 0 RETURNING remaining) \
                    INSERT INTO holds (fan, remaining) SELECT $1, remaining FROM taken RETURNING id";

/// A database of its own in a temporary folder.
#[derive(Debug)]
pub struct HotRow {
    server: Postgres,
}

fn failed(what: &'static str) -> impl Fn(&dyn std::fmt::Display) -> Problem {
    move |why| Problem::new("postgres_failed", format!("PostgreSQL: {what} failed.")).internal(why)
}

impl HotRow {
    /// Makes an empty database and starts it on `core`.
    ///
    /// # Errors
    /// `postgres_failed`, also if PostgreSQL is not installed.
    pub async fn start(core: Option<u32>) -> Result<Self, Problem> {
        let pinned = core.map(|core| core.to_string());
        let prefix: Vec<&str> = pinned.iter().flat_map(|core| ["taskset", "-c", core.as_str()]).collect();
        let server = Postgres::start_with(&prefix).map_err(|error| failed("starting")(&error))?;
        let hot_row = Self { server };
        hot_row.make_tables().await?;
        Ok(hot_row)
    }

    async fn make_tables(&self) -> Result<(), Problem> {
        let client = self.connect().await?;
        let tables = "CREATE TABLE stock (id int PRIMARY KEY, remaining bigint NOT NULL CHECK (remaining >= 0));
                      CREATE TABLE holds (id bigserial PRIMARY KEY, fan bigint NOT NULL, remaining bigint NOT NULL,
                                          at timestamptz NOT NULL DEFAULT now())";
        client.batch_execute(tables).await.map_err(|error| failed("making its tables")(&error))
    }

    async fn connect(&self) -> Result<Client, Problem> {
        let url = self.server.url("postgres");
        let (client, connection) =
            tokio_postgres::connect(&url, NoTls).await.map_err(|error| failed("connecting")(&error))?;
        // Ends with its client.
        tokio::spawn(connection);
        Ok(client)
    }

    /// One round with a fresh row; gives the round and the violations found after it.
    ///
    /// # Errors
    /// `postgres_failed`.
    pub async fn round(&self, clients: u32, window: Window, tick_us: f64) -> Result<(Round, u64), Problem> {
        let main = self.connect().await?;
        let fresh = format!("TRUNCATE holds; DELETE FROM stock; INSERT INTO stock VALUES (1, {STOCK}); VACUUM stock");
        for statement in fresh.split(';') {
            main.batch_execute(statement).await.map_err(|error| failed("setting up a round")(&error))?;
        }
        let mut connected = Vec::new();
        for _ in 0..clients {
            connected.push(self.connect().await?);
        }
        let from = Instant::now() + window.warm_up;
        let until = from + window.counted;
        let mut holders = JoinSet::new();
        for (fan, client) in connected.into_iter().enumerate() {
            holders.spawn(async move { hold_until(client, fan as i64, from, until).await });
        }
        let parent = self.server.id().ok_or_else(|| failed("staying alive")(&"it has ended"))?;
        let cpu_us = || cpu::ticks_of_family(parent).map_or(f64::NAN, |ticks| ticks as f64 * tick_us);
        let mut round = closed_loop::measure(window, from, tick_us, cpu_us).await;
        let mut acknowledged = 0;
        while let Some(part) = holders.join_next().await {
            let (latencies_us, all) = part.map_err(|error| failed("a client")(&error))??;
            round.latencies_us.extend(latencies_us);
            acknowledged += all;
        }
        round.acknowledged = round.latencies_us.len() as u64;
        round.latencies_us.sort_unstable();
        let violations = self.count_wrong(&main, acknowledged).await?;
        Ok((round, violations))
    }

    async fn count_wrong(&self, main: &Client, acknowledged: i64) -> Result<u64, Problem> {
        let sql = "SELECT (SELECT count(*) FROM holds), (SELECT remaining FROM stock WHERE id = 1)";
        let row = main.query_one(sql, &[]).await.map_err(|error| failed("counting")(&error))?;
        let (held, remaining): (i64, i64) = (row.get(0), row.get(1));
        Ok(held.abs_diff(acknowledged) + (STOCK - remaining).abs_diff(acknowledged))
    }

    /// Stops the database.
    ///
    /// # Errors
    /// `postgres_failed`.
    pub fn stop(mut self) -> Result<(), Problem> {
        self.server.stop(Stop::Fast).map_err(|error| failed("stopping")(&error))
    }
}

/// Latencies of the counted holds, and the number of all acknowledged ones.
async fn hold_until(client: Client, fan: i64, from: Instant, until: Instant) -> Result<(Vec<u32>, i64), Problem> {
    let broken = failed("a hold");
    let hold = client.prepare(HOLD).await.map_err(|error| broken(&error))?;
    let (mut latencies_us, mut acknowledged) = (Vec::new(), 0);
    let mut sent = Instant::now();
    while sent < until {
        let rows = client.query(&hold, &[&fan]).await.map_err(|error| broken(&error))?;
        let received = Instant::now();
        acknowledged += rows.len() as i64;
        if received >= from && received < until && !rows.is_empty() {
            latencies_us.push(u32::try_from((received - sent).as_micros()).unwrap_or(u32::MAX));
        }
        sent = received;
    }
    Ok((latencies_us, acknowledged))
}
