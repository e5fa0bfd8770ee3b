//! The processes of a line: one engine and the gateways before it, or one process that does everything.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::process::Command;

use crate::client::{Origin, Pool, Request};
use crate::network::Network;
use crate::operator::Operator;
use crate::processes::{LIMITS, OPERATOR_EMAIL, Process, TempFolder, free_port, make_operator, wait_for, with_secrets};

/// How long a process may take to come up with everybody in line.
const READY_MAX: Duration = Duration::from_secs(120);

/// Processes that share a machine answer with a thread each: what hands work between threads takes it from the others.
const ALONE: &str = "server.threads=1";

/// Running processes and their folder.
#[derive(Debug)]
pub struct Cluster {
    bin: PathBuf,
    settings: Vec<String>,
    core: Option<u32>,
    folder: TempFolder,
    secret: String,
    engine: Process,
    engine_port: u16,
    link_port: u16,
    /// Where gateways look for the engine: its port, or a network that leads there.
    link_seen_at: u16,
    gateways: Vec<(Process, u16)>,
    apart: bool,
}

impl Cluster {
    /// Starts an engine and so many gateways; with none, one process that does everything. `core` pins all of them.
    ///
    /// # Errors
    /// What could not be started.
    pub async fn start(bin: &Path, gateways: usize, settings: &[String], core: Option<u32>) -> Result<Self, Problem> {
        let mut cluster = Self::engine_alone(bin, gateways > 0, settings, core).await?;
        cluster.add_gateways(gateways).await?;
        Ok(cluster)
    }

    /// Starts an engine and so many gateways with a network between them that can be broken.
    ///
    /// # Errors
    /// What could not be started.
    pub async fn start_apart(bin: &Path, gateways: usize, settings: &[String]) -> Result<(Self, Network), Problem> {
        let mut cluster = Self::engine_alone(bin, true, settings, None).await?;
        let network = Network::to(cluster.link_port).await?;
        cluster.link_seen_at = network.port();
        cluster.add_gateways(gateways.max(1)).await?;
        Ok((cluster, network))
    }

    async fn engine_alone(bin: &Path, apart: bool, settings: &[String], core: Option<u32>) -> Result<Self, Problem> {
        let folder = TempFolder::new("line")?;
        let (engine_port, link_port) = (free_port().await?, free_port().await?);
        let secret = format!("rehearsal-{}", crate::clock::now().as_nanosecond());
        let mut command = command(bin, core);
        command.args(engine_arguments(&folder, engine_port, link_port, apart, settings));
        with_all_secrets(&mut command, &secret, apart);
        let engine = Process::start("engine", &mut command, &folder.path().join("server.log"))?;
        let cluster = Self {
            bin: bin.to_owned(),
            settings: settings.to_vec(),
            core,
            folder,
            secret,
            engine,
            engine_port,
            link_port,
            link_seen_at: link_port,
            gateways: Vec::new(),
            apart,
        };
        wait_for(&cluster.engine_origin(), "/readyz", cluster.folder.path()).await?;
        Ok(cluster)
    }

    /// Starts more gateways until there are `count`; without an engine apart there are none to start.
    ///
    /// # Errors
    /// What could not be started.
    pub async fn add_gateways(&mut self, count: usize) -> Result<(), Problem> {
        let first = self.gateways.len();
        while self.apart && self.gateways.len() < count {
            let port = free_port().await?;
            let process = self.start_gateway(port)?;
            self.gateways.push((process, port));
        }
        for origin in self.origins().iter().skip(first).filter(|_| self.apart) {
            wait_for(origin, "/readyz", self.folder.path()).await?;
        }
        Ok(())
    }

    fn start_gateway(&self, port: u16) -> Result<Process, Problem> {
        let mut command = command(&self.bin, self.core);
        command.args(["serve", "--role", "gateway"]);
        let settings = [
            format!("storage.data_folder={}", self.folder.path().join("no-data").display()),
            format!("server.listen=127.0.0.1:{port}"),
            format!("server.public_url=http://127.0.0.1:{port}"),
            format!("cluster.engines=127.0.0.1:{}", self.link_seen_at),
            format!("cluster.engines_http=http://127.0.0.1:{}", self.engine_port),
            ALONE.to_owned(),
            "log.level=warn".to_owned(),
        ];
        set_all(&mut command, settings.into_iter().chain(lifted_limits()).chain(self.settings.iter().cloned()));
        with_all_secrets(&mut command, &self.secret, self.apart);
        Process::start("gateway", &mut command, &self.folder.path().join(format!("gateway-{port}.log")))
    }

    /// The folder of the run.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The journal's file.
    pub fn journal(&self) -> PathBuf {
        data(&self.folder).join("journal.db")
    }

    /// The engine's HTTP server.
    pub fn engine_origin(&self) -> Origin {
        Origin::of_address(SocketAddr::from((Ipv4Addr::LOCALHOST, self.engine_port)))
    }

    /// Where fans connect: the gateways, or the one process.
    pub fn origins(&self) -> Vec<Origin> {
        if !self.apart {
            return vec![self.engine_origin()];
        }
        let ports = self.gateways.iter().map(|(_, port)| *port);
        ports.map(|port| Origin::of_address(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))).collect()
    }

    /// The engine's process; `None` once it has ended.
    pub fn engine_id(&self) -> Option<u32> {
        self.engine.id()
    }

    /// The processes fans connect to.
    pub fn edge_ids(&self) -> Vec<u32> {
        if self.apart {
            self.gateways.iter().filter_map(|(process, _)| process.id()).collect()
        } else {
            self.engine.id().into_iter().collect()
        }
    }

    /// Every process.
    pub fn ids(&self) -> Vec<u32> {
        let engine = self.engine.id().filter(|_| self.apart);
        engine.into_iter().chain(self.edge_ids()).collect()
    }

    /// Signs the operator in, whose account is made first.
    ///
    /// # Errors
    /// What the server says.
    pub async fn operator(&self) -> Result<Operator, Problem> {
        let password = make_operator(&self.bin, &data(&self.folder), &self.secret).await?;
        Operator::sign_in(self.engine_origin(), OPERATOR_EMAIL, &password).await
    }

    /// Waits until every process where fans connect knows the sale.
    ///
    /// # Errors
    /// `process_not_ready`.
    pub async fn wait_for_sale(&self, sale: &str) -> Result<(), Problem> {
        for origin in self.origins() {
            wait_for(&origin, &format!("/v1/sales/{sale}/status"), self.folder.path()).await?;
        }
        Ok(())
    }

    /// Kills the engine as a power cut would.
    ///
    /// # Errors
    /// `process_not_stopped`.
    pub async fn kill_engine(&mut self) -> Result<(), Problem> {
        self.engine.kill().await
    }

    /// Starts the engine again on the same folder; gives the seconds until it is ready and until a place can be read
    /// where fans connect.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn start_engine(&mut self, sale: &str, session: &str) -> Result<(f64, f64), Problem> {
        let began = Instant::now();
        let mut command = command(&self.bin, self.core);
        command.args(engine_arguments(&self.folder, self.engine_port, self.link_port, self.apart, &self.settings));
        with_all_secrets(&mut command, &self.secret, self.apart);
        self.engine = Process::start("engine", &mut command, &self.folder.path().join("server.log"))?;
        let ready = until_answered(&self.engine_origin(), "/readyz", None, began).await?;
        let path = format!("/v1/sales/{sale}/line/me");
        let edge = self.origins().into_iter().next().unwrap_or_else(|| self.engine_origin());
        Ok((ready, until_answered(&edge, &path, Some(session), began).await?))
    }

    /// Kills the first gateway as a power cut would; false if there is none to spare.
    ///
    /// # Errors
    /// `process_not_stopped`.
    pub async fn kill_gateway(&mut self) -> Result<bool, Problem> {
        if self.gateways.len() < 2 {
            return Ok(false);
        }
        if let Some((process, _)) = self.gateways.first_mut() {
            process.kill().await?;
        }
        Ok(true)
    }

    /// Stops everything; what does not stop in time is killed, for a benchmark has no more to say to it.
    pub async fn stop(mut self) {
        for (process, _) in &mut self.gateways {
            let _killed = process.kill().await;
        }
        let _killed_if_slow = self.engine.stop().await;
    }
}

async fn until_answered(origin: &Origin, path: &str, session: Option<&str>, began: Instant) -> Result<f64, Problem> {
    let pool = Pool::new(origin.clone(), 1, Duration::from_secs(10));
    let request = Request { session, ..Request::new("GET", path) };
    while began.elapsed() < READY_MAX {
        if pool.send(&request).await.is_ok_and(|answer| answer.status == 200) {
            return Ok(began.elapsed().as_secs_f64());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err(Problem::new("process_not_ready", format!("{origin}{path} did not answer in time.")))
}

fn engine_arguments(folder: &TempFolder, port: u16, link: u16, apart: bool, further: &[String]) -> Vec<String> {
    let mut arguments = vec!["serve".to_owned()];
    let mut settings = vec![
        format!("storage.data_folder={}", data(folder).display()),
        format!("server.listen=127.0.0.1:{port}"),
        format!("server.public_url=http://127.0.0.1:{port}"),
        "rehearsal.enabled=true".to_owned(),
        "log.level=warn".to_owned(),
    ];
    if apart {
        arguments.extend(["--role".to_owned(), "engine".to_owned()]);
        settings.extend([format!("cluster.listen=127.0.0.1:{link}"), ALONE.to_owned()]);
    }
    settings.extend(lifted_limits().chain(further.iter().cloned()));
    arguments.extend(settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]));
    arguments
}

/// Every fan of a run comes from one address, and some ask as fast as they are answered.
fn lifted_limits() -> impl Iterator<Item = String> {
    LIMITS.iter().map(|limit| format!("limits.{limit}=0"))
}

fn set_all(command: &mut Command, settings: impl Iterator<Item = String>) {
    for setting in settings {
        command.args(["--set", &setting]);
    }
}

fn with_all_secrets(command: &mut Command, secret: &str, apart: bool) {
    with_secrets(command, secret);
    if apart {
        command.env("ONSALE_CLUSTER__SECRET", format!("{secret}-cluster"));
    }
}

/// The program, pinned if asked for.
pub fn command(program: &Path, core: Option<u32>) -> Command {
    match core {
        None => Command::new(program),
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &core.to_string()]).arg(program);
            command
        }
    }
}

fn data(folder: &TempFolder) -> PathBuf {
    folder.path().join("data")
}
