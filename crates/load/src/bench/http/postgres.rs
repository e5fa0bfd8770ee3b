//! What is usually built: one row with the remaining stock, decremented in a transaction per ticket.
//!
//! Durable (`fsync` and `synchronous_commit` on), one prepared statement per hold, so one round trip: the strongest
//! form of this design.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

use super::closed_loop::{self, Round, Window};
use crate::bench::cpu;
use crate::processes::{Process, TempFolder, free_port};

/// The stock of the hot row: more than any round can take.
const STOCK: i64 = 1_000_000_000;
/// One hold: take one of the hot row if there is one, and write down who has it.
const HOLD: &str = "WITH taken AS (UPDATE stock SET remaining = remaining - 1 WHERE id = 1 AND remaining > 0 RETURNING remaining) \
                    INSERT INTO holds (fan, remaining) SELECT $1, remaining FROM taken RETURNING id";
/// How long the database may take to come up.
const START_MAX: Duration = Duration::from_secs(60);

/// A database of its own in a temporary folder.
#[derive(Debug)]
pub struct HotRow {
    process: Process,
    config: tokio_postgres::Config,
    _folder: TempFolder,
}

fn failed(what: &'static str) -> impl Fn(&dyn std::fmt::Display) -> Problem {
    move |why| Problem::new("postgres_failed", format!("PostgreSQL: {what} failed.")).internal(why)
}

impl HotRow {
    /// Finds or installs PostgreSQL, makes an empty database and starts it on `core`.
    ///
    /// # Errors
    /// `postgres_missing` or `postgres_failed`.
    pub async fn start(core: Option<u32>) -> Result<Self, Problem> {
        let bin = find_or_install().await?;
        let folder = TempFolder::new("postgres")?;
        let data = folder.path().join("data");
        let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        run(
            as_postgres(root, &[]).args(["mkdir", "-p"]).arg(&data),
            "making its folder",
            root.then_some(folder.path()),
        )
        .await?;
        let mut initdb = as_postgres(root, &[]);
        initdb.arg(bin.join("initdb")).arg("-D").arg(&data).args([
            "-U",
            "bench",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
        ]);
        run(&mut initdb, "initdb", None).await?;
        let port = free_port().await?;
        let pinned = core.map(|core| core.to_string());
        let prefix: Vec<&str> = pinned.iter().flat_map(|core| ["taskset", "-c", core.as_str()]).collect();
        let mut server = as_postgres(root, &prefix);
        server.arg(bin.join("postgres")).arg("-D").arg(&data).args(["-p", &port.to_string()]).arg("-k").arg(&data);
        for setting in ["listen_addresses=127.0.0.1", "fsync=on", "synchronous_commit=on", "max_connections=200"] {
            server.args(["-c", setting]);
        }
        let process = Process::start("postgres", &mut server, &folder.path().join("postgres.log"))?;
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(port).user("bench").dbname("postgres");
        let hot_row = Self { process, config, _folder: folder };
        hot_row.make_tables().await?;
        Ok(hot_row)
    }

    async fn make_tables(&self) -> Result<(), Problem> {
        let until = Instant::now() + START_MAX;
        let client = loop {
            match self.connect().await {
                Ok(client) => break client,
                Err(problem) if Instant::now() > until => return Err(problem),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        };
        let tables = "CREATE TABLE stock (id int PRIMARY KEY, remaining bigint NOT NULL CHECK (remaining >= 0));
                      CREATE TABLE holds (id bigserial PRIMARY KEY, fan bigint NOT NULL, remaining bigint NOT NULL,
                                          at timestamptz NOT NULL DEFAULT now())";
        client.batch_execute(tables).await.map_err(|error| failed("making its tables")(&error))
    }

    async fn connect(&self) -> Result<Client, Problem> {
        let (client, connection) = self.config.connect(NoTls).await.map_err(|error| failed("connecting")(&error))?;
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
        let parent = self.process.id().ok_or_else(|| failed("staying alive")(&"it has ended"))?;
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
    /// `process_not_stopped`.
    pub async fn stop(mut self) -> Result<(), Problem> {
        self.process.stop().await
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

/// A command of an ordinary user: PostgreSQL does not run as root. `setpriv` replaces itself by the command, so the
/// process started is the database itself.
fn as_postgres(root: bool, prefix: &[&str]) -> Command {
    let user: &[&str] =
        if root { &["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] } else { &["env", "--"] };
    let words: Vec<&str> = prefix.iter().chain(user).copied().collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir("/");
    command
}

/// Runs a command to its end; before it, hands `folder` over to the user `postgres`.
async fn run(command: &mut Command, what: &'static str, folder: Option<&Path>) -> Result<(), Problem> {
    if let Some(folder) = folder {
        let owner = Command::new("chown").arg("postgres").arg(folder).status().await;
        owner.map_err(|error| failed("handing over its folder")(&error))?;
    }
    let output = command.output().await.map_err(|error| failed(what)(&error))?;
    if output.status.success() { Ok(()) } else { Err(failed(what)(&String::from_utf8_lossy(&output.stderr))) }
}

async fn find_or_install() -> Result<PathBuf, Problem> {
    if let Some(bin) = find() {
        return Ok(bin);
    }
    println!("PostgreSQL is not installed; installing it");
    let installed = Command::new("apt-get").args(["install", "-y", "-q", "postgresql"]).output().await;
    let missing =
        || Problem::new("postgres_missing", "PostgreSQL is not installed and cannot be: apt-get install postgresql.");
    installed.map_err(|error| missing().internal(error))?;
    find().ok_or_else(missing)
}

/// The binaries of the newest version installed.
fn find() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let versions =
        versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))));
    versions.filter(|(_, bin)| bin.join("initdb").exists()).max_by_key(|(version, _)| *version).map(|(_, bin)| bin)
}
