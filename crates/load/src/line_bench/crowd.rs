//! The client processes of a run, each with fewer connections than a process may have.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::clients::Told;
use super::cluster::command;
use crate::client::Origin;

/// Connections of one process: below the 20,000 files that a process may have where nothing else was agreed.
pub const PER_PROCESS_MAX: usize = 19_000;
/// Handshakes on their way at once, over all processes.
const AT_ONCE: usize = 512;
/// How long a process may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// Who connects to whom.
#[derive(Debug)]
pub struct CrowdPlan {
    /// Where to connect; a process of clients connects to one of these, and to the next if it is cut.
    pub origins: Vec<Origin>,
    /// Path of the WebSocket.
    pub path: String,
    /// Connections over all.
    pub count: usize,
    /// Tokens, a line each, in the order of the connections.
    pub tokens: Option<PathBuf>,
    /// Run all of them on this core.
    pub core: Option<u32>,
}

/// Running clients; killed when dropped.
#[derive(Debug)]
pub struct Crowd {
    children: Vec<Clients>,
    count: usize,
}

#[derive(Debug)]
struct Clients {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Crowd {
    /// Starts the processes, as many as servers or as many as it takes.
    ///
    /// # Errors
    /// `clients_not_started`.
    pub fn start(plan: &CrowdPlan) -> Result<Self, Problem> {
        let processes = plan.count.div_ceil(PER_PROCESS_MAX).max(plan.origins.len()).min(plan.count.max(1));
        let mut children = Vec::with_capacity(processes);
        let mut first = 0;
        for number in 0..processes {
            let count = (plan.count - first).div_ceil(processes - number);
            children.push(start(plan, number, first, count, (AT_ONCE / processes).max(4))?);
            first += count;
        }
        Ok(Self { children, count: plan.count })
    }

    /// The processes.
    pub fn ids(&self) -> Vec<u32> {
        self.children.iter().filter_map(|clients| clients.child.id()).collect()
    }

    /// What all of them report now.
    ///
    /// # Errors
    /// `clients_silent`.
    pub async fn told(&mut self) -> Result<Told, Problem> {
        self.order("told").await?;
        let mut all = Told::default();
        for clients in &mut self.children {
            let line = tokio::time::timeout(ANSWER_MAX, clients.answers.next_line()).await;
            let line = line.map_err(silent)?.map_err(silent)?.ok_or_else(|| silent("it has ended"))?;
            all.merge(&serde_json::from_str(&line).map_err(silent)?);
        }
        Ok(all)
    }

    /// Closes every connection and opens it again.
    ///
    /// # Errors
    /// `clients_silent`.
    pub async fn reload(&mut self) -> Result<(), Problem> {
        self.order("reload").await
    }

    async fn order(&mut self, order: &str) -> Result<(), Problem> {
        for clients in &mut self.children {
            clients.orders.write_all(format!("{order}\n").as_bytes()).await.map_err(silent)?;
        }
        Ok(())
    }

    /// Waits until all are open; gives the seconds it took and what was told last. All that are open by `until` are
    /// what there is.
    ///
    /// # Errors
    /// `clients_silent`.
    pub async fn open(&mut self, patience: Duration) -> Result<(f64, Told), Problem> {
        let began = Instant::now();
        loop {
            let told = self.told().await?;
            if told.open >= self.count as u64 || began.elapsed() > patience {
                return Ok((began.elapsed().as_secs_f64(), told));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends all of them.
    pub async fn stop(mut self) {
        let _whoever_is_gone_needs_no_order = self.order("quit").await;
        for clients in &mut self.children {
            if tokio::time::timeout(Duration::from_secs(10), clients.child.wait()).await.is_err() {
                let _killed = clients.child.kill().await;
            }
        }
    }
}

fn start(plan: &CrowdPlan, number: usize, first: usize, count: usize, at_once: usize) -> Result<Clients, Problem> {
    let failed = |why: String| Problem::new("clients_not_started", "The clients cannot be started.").internal(why);
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let mut command = command(Path::new(&program), plan.core);
    command.arg("line-clients");
    for turn in 0..plan.origins.len() {
        if let Some(origin) = plan.origins.get((number + turn) % plan.origins.len()) {
            // One server per process of clients as long as it lives, so that their numbers stay even.
            command.args(["--address", &origin.address.to_string()]);
        }
        if plan.origins.len() > 4 {
            break;
        }
    }
    // Ports are counted per address: 127.0.1.1 to 127.0.254.254.
    let source = format!("127.0.{}.{}", 1 + number / 250, 1 + number % 250);
    command.args(["--source", &source, "--path", &plan.path, "--count", &count.to_string()]);
    command.args(["--at-once", &at_once.to_string()]);
    if let Some(tokens) = &plan.tokens {
        command.arg("--tokens").arg(tokens).args(["--first", &first.to_string()]);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let (orders, answers) = (child.stdin.take(), child.stdout.take());
    let (Some(orders), Some(answers)) = (orders, answers) else { return Err(failed("it has no pipes".into())) };
    Ok(Clients { child, orders, answers: BufReader::new(answers).lines() })
}

fn silent(why: impl std::fmt::Display) -> Problem {
    Problem::new("clients_silent", "A process of clients does not answer.").internal(why)
}
