//! A counter in Redis, taken from by a script, every command synced to its log before it is answered.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ::redis::aio::MultiplexedConnection;
use ::redis::{Client as Url, Script, cmd};
use domain::Problem;
use tokio::process::Command;

use super::clients::{Client, Seller, Sold, failed};
use crate::processes::{Process, TempFolder, free_port};

/// How long it may take to come up.
const START_MAX: Duration = Duration::from_secs(10);
/// Connections that all clients share, pipelined.
const SHARED: usize = 4;
const TAKE: &str = "if redis.call('DECR', KEYS[1]) < 0 then redis.call('INCR', KEYS[1]) return 0 end
                    redis.call('RPUSH', KEYS[2], ARGV[1]) return 1";

/// How its clients reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// All of them over a few connections, which send what waits together.
    Pipelined,
    /// Each over a connection of its own, as those of a web server's processes do.
    OneEach,
}

impl Reached {
    pub const ALL: [Self; 2] = [Self::Pipelined, Self::OneEach];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pipelined => "redis",
            Self::OneEach => "redis_connection_each",
        }
    }

    pub const fn describe(self) -> &'static str {
        match self {
            Self::Pipelined => {
                "Redis: a Lua script that counts down and writes the fan down, appendfsync always; the clients share a few \
                 connections, which send what waits together"
            }
            Self::OneEach => "the same, with a connection for each client",
        }
    }
}

/// A running Redis with a stock.
pub struct Redis {
    process: Process,
    reached: Reached,
    url: Url,
    connections: Vec<MultiplexedConnection>,
    given: AtomicUsize,
    stock: u64,
    _folder: TempFolder,
}

/// One client.
pub struct Caller {
    connection: MultiplexedConnection,
    script: Script,
}

impl Redis {
    /// Starts it with an empty log and this stock.
    ///
    /// # Errors
    /// `run_failed`.
    pub async fn start(program: &Path, reached: Reached, stock: u32) -> Result<Self, Problem> {
        let folder = TempFolder::new("redis")?;
        let port = free_port().await?;
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"]);
        command.args(["--appendfsync", "always", "--auto-aof-rewrite-percentage", "0", "--dir"]).arg(folder.path());
        let process = Process::start("redis", &mut command, &folder.path().join("log"))?;
        let url = Url::open((Ipv4Addr::LOCALHOST.to_string(), port)).map_err(|error| failed(&error))?;
        let began = Instant::now();
        let mut connections = Vec::new();
        while connections.len() < SHARED {
            match url.get_multiplexed_async_connection().await {
                Ok(connection) => connections.push(connection),
                Err(error) if began.elapsed() > START_MAX => return Err(failed(&error)),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        let set = cmd("SET").arg("stock").arg(stock).query_async::<()>(&mut connections[0]).await;
        set.map_err(|error| failed(&error))?;
        let given = AtomicUsize::new(0);
        Ok(Self { process, reached, url, connections, given, stock: u64::from(stock), _folder: folder })
    }
}

impl Seller for Redis {
    type Client = Caller;

    async fn client(&self) -> Result<Caller, Problem> {
        let connection = match self.reached {
            Reached::Pipelined => self.connections[self.given.fetch_add(1, Ordering::Relaxed) % SHARED].clone(),
            Reached::OneEach => self.url.get_multiplexed_async_connection().await.map_err(|error| failed(&error))?,
        };
        Ok(Caller { connection, script: Script::new(TAKE) })
    }

    fn server(&self) -> Option<u32> {
        self.process.id()
    }

    async fn sold(&self) -> Result<Sold, Problem> {
        let mut connection = self.connections[0].clone();
        let holds = cmd("LLEN").arg("holds").query_async(&mut connection).await.map_err(|error| failed(&error))?;
        let remaining = cmd("GET").arg("stock").query_async(&mut connection).await.map_err(|error| failed(&error))?;
        Ok(Sold { stock: self.stock, holds, remaining, used_up: remaining == 0 })
    }
}

impl Client for Caller {
    async fn hold(&mut self, fan: u32) -> Result<bool, Problem> {
        let mut call = self.script.key("stock");
        let taken: u32 =
            call.key("holds").arg(fan).invoke_async(&mut self.connection).await.map_err(|error| failed(&error))?;
        Ok(taken == 1)
    }
}
