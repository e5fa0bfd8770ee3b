//! The peer for a line in memory: Redis with a sorted set of the same members.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use domain::Problem;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;

use super::pipeline::{self, Questions};
use super::reads::PositionSource;
use crate::processes::{Process, TempFolder, free_port};

/// How long it may take to come up.
const START_MAX: Duration = Duration::from_secs(10);
/// Members added in one batch.
const FILL_DEPTH: usize = 512;

/// A running Redis that keeps nothing on disk.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    address: SocketAddr,
    members: u32,
    _folder: TempFolder,
}

impl Redis {
    /// Starts it.
    ///
    /// # Errors
    /// If it cannot be started.
    pub async fn start(program: &Path) -> Result<Self, Problem> {
        let folder = TempFolder::new("redis")?;
        let port = free_port().await?;
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(folder.path());
        let process = Process::start("redis", &mut command, &folder.path().join("log"))?;
        let redis =
            Self { process, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), members: 0, _folder: folder };
        let began = Instant::now();
        while redis.used_memory().await.is_err() {
            if began.elapsed() > START_MAX {
                return Err(Problem::new("redis_silent", "Redis does not answer."));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(redis)
    }

    /// Its process.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Adds so many members, 16 bytes each as an account's id is, and gives the bytes each of them takes.
    ///
    /// # Errors
    /// If it fails on the way.
    pub async fn fill(&mut self, members: u32) -> Result<f64, Problem> {
        let before = self.used_memory().await?;
        let fill = Adds { next: 0, members, refused: 0 };
        let (_, adds) = pipeline::run(vec![(self.address, fill)], FILL_DEPTH, Duration::from_secs(300)).await?;
        if adds.iter().any(|adds| adds.refused > 0 || adds.next < members) {
            return Err(Problem::new("redis_refused", "Redis did not take every member."));
        }
        self.members = members;
        Ok((self.used_memory().await? - before) / f64::from(members.max(1)))
    }

    async fn used_memory(&self) -> Result<f64, Problem> {
        let failed = |why: String| Problem::new("redis_silent", "Redis does not answer.").internal(why);
        let mut stream = TcpStream::connect(self.address).await.map_err(|error| failed(error.to_string()))?;
        let asked = stream.write_all(b"*2\r\n$4\r\nINFO\r\n$6\r\nmemory\r\n").await;
        asked.map_err(|error| failed(error.to_string()))?;
        let mut text = Vec::new();
        loop {
            if stream.read_buf(&mut text).await.map_err(|error| failed(error.to_string()))? == 0 {
                return Err(failed("it closed the connection".into()));
            }
            let read = String::from_utf8_lossy(&text);
            let line = read.lines().find_map(|line| line.strip_prefix("used_memory:"));
            if let Some(value) =
                line.and_then(|value| value.trim().parse().ok()).filter(|_| read.contains("used_memory_human"))
            {
                return Ok(value);
            }
        }
    }
}

/// The id of member `number`: random, and the same again for the same number.
fn member(number: u32) -> [u8; 16] {
    let mut id = [0; 16];
    ChaCha8Rng::seed_from_u64(number.into()).fill_bytes(&mut id);
    id
}

struct Adds {
    next: u32,
    members: u32,
    refused: u64,
}

impl Questions for Adds {
    fn ask(&mut self, out: &mut Vec<u8>) -> bool {
        if self.next == self.members {
            return false;
        }
        let score = (self.next + 1).to_string();
        out.extend_from_slice(
            format!("*4\r\n$4\r\nZADD\r\n$4\r\nline\r\n${}\r\n{score}\r\n$16\r\n", score.len()).as_bytes(),
        );
        out.extend_from_slice(&member(self.next));
        out.extend_from_slice(b"\r\n");
        self.next += 1;
        true
    }

    fn answer(&mut self, bytes: &[u8]) -> Option<usize> {
        let end = bytes.iter().position(|byte| *byte == b'\n')? + 1;
        self.refused += u64::from(!bytes.starts_with(b":1\r"));
        Some(end)
    }
}

/// `ZRANK` of member after member. The members' ids are made beforehand: drawing them is not Redis's work.
#[derive(Debug)]
pub struct Ranks {
    ids: Vec<(u32, [u8; 16])>,
    next: usize,
    heard: usize,
    wrong: u64,
}

impl Questions for Ranks {
    fn ask(&mut self, out: &mut Vec<u8>) -> bool {
        let Some((_, id)) = self.ids.get(self.next % self.ids.len().max(1)) else { return false };
        out.extend_from_slice(b"*3\r\n$5\r\nZRANK\r\n$4\r\nline\r\n$16\r\n");
        out.extend_from_slice(id);
        out.extend_from_slice(b"\r\n");
        self.next += 1;
        true
    }

    fn answer(&mut self, bytes: &[u8]) -> Option<usize> {
        let end = bytes.iter().position(|byte| *byte == b'\n')? + 1;
        let rank =
            bytes.get(1..end.saturating_sub(2)).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        let expected = self.ids.get(self.heard % self.ids.len().max(1)).map(|(number, _)| *number);
        self.wrong += u64::from(rank != expected);
        self.heard += 1;
        Some(end)
    }
}

impl PositionSource for Redis {
    type Questions = Ranks;

    fn questions(&self, number: usize, of: usize) -> (SocketAddr, Ranks) {
        let ids = (number as u32..self.members).step_by(of.max(1)).map(|number| (number, member(number))).collect();
        (self.address, Ranks { ids, next: 0, heard: 0, wrong: 0 })
    }

    fn wrong(asked: &Ranks) -> u64 {
        asked.wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_that_is_not_the_members_is_counted() {
        let mut ranks = Ranks { ids: vec![(4, member(4)), (9, member(9))], next: 0, heard: 0, wrong: 0 };
        let mut out = Vec::new();
        assert!(ranks.ask(&mut out) && ranks.ask(&mut out));
        assert_eq!(ranks.answer(b":4\r\n:7\r\n"), Some(4));
        assert_eq!((ranks.answer(b":7\r\n"), ranks.wrong), (Some(4), 1));
        assert_eq!(ranks.answer(b":7"), None);
    }
}
