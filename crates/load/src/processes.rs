//! The processes of a run: the server, the payment provider, and their folder. Everything that depends on how
//! `onsale` is started is in this file.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::client::{Origin, Pool, Request};

/// How long a process may take to come up.
const START_MAX: Duration = Duration::from_secs(60);
/// How long a process may take to stop when asked to.
const STOP_MAX: Duration = Duration::from_secs(20);
/// The operator of a run's own server, which nobody else can reach.
pub const OPERATOR_EMAIL: &str = "operator@example.com";

/// The limits per client that a run lifts.
pub(crate) const LIMITS: [&str; 4] = [
    "requests_per_second_per_account",
    "joins_per_minute_per_account",
    "joins_per_second_per_address",
    "logins_per_minute_per_address",
];

/// A folder of this process that goes away with it.
#[derive(Debug)]
pub struct TempFolder(PathBuf);

impl TempFolder {
    /// A new folder under the system's temporary one.
    ///
    /// # Errors
    /// `folder_not_made`.
    pub fn new(name: &str) -> Result<Self, Problem> {
        let unique = crate::clock::now().as_nanosecond();
        let path = std::env::temp_dir().join(format!("onsale-{name}-{}-{unique}", std::process::id()));
        std::fs::create_dir(&path)
            .map_err(|error| Problem::new("folder_not_made", "No temporary folder can be made.").internal(error))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // Left behind at worst; the system clears its temporary folder.
        let _left_behind = std::fs::remove_dir_all(&self.0);
    }
}

/// A child process; killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
}

impl Process {
    /// Starts `command`; its output goes to `log`.
    ///
    /// # Errors
    /// `process_not_started`, with the reason.
    pub fn start(name: &'static str, command: &mut Command, log: &Path) -> Result<Self, Problem> {
        let failed = |error: std::io::Error| {
            Problem::new("process_not_started", format!("The process {name} cannot be started.")).internal(error)
        };
        let out = std::fs::File::options().create(true).append(true).open(log).map_err(failed)?;
        let err = out.try_clone().map_err(failed)?;
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).kill_on_drop(true).spawn().map_err(failed)?;
        Ok(Self { name, child })
    }

    /// The process's id; `None` once it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Kills it as a power cut would: nothing is finished, nothing is flushed.
    ///
    /// # Errors
    /// `process_not_stopped`.
    pub async fn kill(&mut self) -> Result<(), Problem> {
        self.child.kill().await.map_err(|error| self.not_stopped(&error))
    }

    /// Asks it to stop (SIGTERM) and waits.
    ///
    /// # Errors
    /// `process_not_stopped`, if it does not within 20 seconds; it is killed then.
    pub async fn stop(&mut self) -> Result<(), Problem> {
        let Some(id) = self.id() else { return Ok(()) };
        let asked = Command::new("kill").args(["-TERM", &id.to_string()]).status().await;
        asked.map_err(|error| self.not_stopped(&error))?;
        match tokio::time::timeout(STOP_MAX, self.child.wait()).await {
            Ok(ended) => ended.map(drop).map_err(|error| self.not_stopped(&error)),
            Err(_) => {
                self.kill().await?;
                Err(self.not_stopped(&"it did not end when asked to"))
            }
        }
    }

    fn not_stopped(&self, why: &dyn std::fmt::Display) -> Problem {
        Problem::new("process_not_stopped", format!("The process {} cannot be stopped.", self.name)).internal(why)
    }
}

/// A free port of the loopback interface. Another process may take it before it is used; the start fails then.
///
/// # Errors
/// `no_port`.
pub async fn free_port() -> Result<u16, Problem> {
    // A port is free until the process it was meant for listens: of many, two would get the same.
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let no_port = |error: std::io::Error| Problem::new("no_port", "There is no free port.").internal(error);
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_port)?;
        let port = listener.local_addr().map_err(no_port)?.port();
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return Ok(port);
        }
    }
}

/// How to start the platform.
#[derive(Debug, Clone)]
pub struct Platform {
    /// The binary `onsale`.
    pub bin: PathBuf,
    /// Run on this core only.
    pub core: Option<u32>,
    /// Further `--set key=value` for the server.
    pub settings: Vec<String>,
}

/// A running platform with a folder of its own.
#[derive(Debug)]
pub struct Running {
    platform: Platform,
    folder: TempFolder,
    server: Process,
    provider: Process,
    server_port: u16,
    provider_port: u16,
    secret: String,
}

impl Platform {
    /// Starts the sandbox provider and the server on free ports and an empty folder, and waits until both answer.
    ///
    /// # Errors
    /// What could not be started, with the path of its log.
    pub async fn start(self) -> Result<Running, Problem> {
        let folder = TempFolder::new("run")?;
        let (server_port, provider_port) = (free_port().await?, free_port().await?);
        let secret = format!("rehearsal-{}", crate::clock::now().as_nanosecond());
        let provider = self.start_provider(&folder, provider_port, server_port, &secret)?;
        let server = self.start_server(&folder, server_port, provider_port, &secret)?;
        let running = Running { platform: self, folder, server, provider, server_port, provider_port, secret };
        wait_for(&running.provider_origin(), "/livez", running.folder.path()).await?;
        wait_for(&running.server_origin(), "/readyz", running.folder.path()).await?;
        Ok(running)
    }

    fn start_provider(
        &self,
        folder: &TempFolder,
        port: u16,
        server_port: u16,
        secret: &str,
    ) -> Result<Process, Problem> {
        let mut command = self.command();
        command
            .arg("sandbox-provider")
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(["--data", &folder.path().join("provider").display().to_string()])
            .args(["--webhook-url", &format!("http://127.0.0.1:{server_port}/v1/payments/webhook")]);
        with_secrets(&mut command, secret);
        Process::start("sandbox-provider", &mut command, &folder.path().join("provider.log"))
    }

    fn start_server(
        &self,
        folder: &TempFolder,
        port: u16,
        provider_port: u16,
        secret: &str,
    ) -> Result<Process, Problem> {
        let mut command = self.command();
        command.arg("serve");
        let mut settings = vec![
            format!("storage.data_folder={}", data(folder).display()),
            format!("server.listen=127.0.0.1:{port}"),
            format!("server.public_url=http://127.0.0.1:{port}"),
            format!("payments.provider_url=http://127.0.0.1:{provider_port}"),
            "rehearsal.enabled=true".to_owned(),
            "log.level=warn".to_owned(),
        ];
        // Every fan of a run comes from one address, and some ask as fast as they are answered.
        settings.extend(LIMITS.iter().map(|limit| format!("limits.{limit}=0")));
        settings.extend(self.settings.iter().cloned());
        for setting in settings {
            command.args(["--set", &setting]);
        }
        with_secrets(&mut command, secret);
        Process::start("server", &mut command, &folder.path().join("server.log"))
    }

    fn command(&self) -> Command {
        match self.core {
            None => Command::new(&self.bin),
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string()]).arg(&self.bin);
                command
            }
        }
    }
}

impl Running {
    /// The server.
    pub fn server_origin(&self) -> Origin {
        Origin::of_address(SocketAddr::from((Ipv4Addr::LOCALHOST, self.server_port)))
    }

    /// The payment provider.
    pub fn provider_origin(&self) -> Origin {
        Origin::of_address(SocketAddr::from((Ipv4Addr::LOCALHOST, self.provider_port)))
    }

    /// The key with which the provider's ledger is read.
    pub fn provider_key(&self) -> &str {
        &self.secret
    }

    /// The server's process id; `None` once it has ended.
    pub fn server_id(&self) -> Option<u32> {
        self.server.id()
    }

    /// Makes the operator's account on the server's own folder and gives its password.
    ///
    /// # Errors
    /// `operator_not_made`, with what the command said.
    pub async fn make_operator(&self) -> Result<String, Problem> {
        make_operator(&self.platform.bin, &data(&self.folder), &self.secret).await
    }

    /// Kills the server without warning and starts it again on the same folder: what it says from then on comes
    /// from its database.
    ///
    /// # Errors
    /// If it does not come up again.
    pub async fn crash_and_restart(&mut self) -> Result<(), Problem> {
        self.server.kill().await?;
        self.server = self.platform.start_server(&self.folder, self.server_port, self.provider_port, &self.secret)?;
        wait_for(&self.server_origin(), "/readyz", self.folder.path()).await
    }

    /// Stops both in order.
    ///
    /// # Errors
    /// If one of them does not stop when asked to.
    pub async fn stop(mut self) -> Result<(), Problem> {
        self.server.stop().await?;
        self.provider.stop().await
    }
}

/// Makes the operator's account on a server's data folder and gives its password.
pub(crate) async fn make_operator(bin: &Path, data: &Path, secret: &str) -> Result<String, Problem> {
    // Without the word that the account is named after, which a password must not hold.
    let password = format!("{secret}-conductor");
    let failed =
        |why: String| Problem::new("operator_not_made", "The operator's account cannot be made.").internal(why);
    let mut command = Command::new(bin);
    command
        .args(["user", "add", "--email", OPERATOR_EMAIL, "--name", "Operator", "--role", "operator"])
        .args(["--set", &format!("storage.data_folder={}", data.display())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(format!("{password}\n").as_bytes()).await.map_err(|error| failed(error.to_string()))?;
    }
    let output = child.wait_with_output().await.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(password)
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// Both processes know the same two secrets, and nobody else on the machine reads them from a command line.
pub(crate) fn with_secrets(command: &mut Command, secret: &str) {
    command.env("ONSALE_PAYMENTS__API_KEY", secret).env("ONSALE_PAYMENTS__WEBHOOK_SECRET", format!("{secret}-webhook"));
}

fn data(folder: &TempFolder) -> PathBuf {
    folder.path().join("data")
}

/// Waits until `path` is answered with success.
pub(crate) async fn wait_for(origin: &Origin, path: &str, folder: &Path) -> Result<(), Problem> {
    let pool = Pool::new(origin.clone(), 1, Duration::from_secs(2));
    let until = Instant::now() + START_MAX;
    while Instant::now() < until {
        if pool.send(&Request::new("GET", path)).await.is_ok_and(|answer| answer.status < 300) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let logs = ["server.log", "provider.log"].map(|log| last_lines(&folder.join(log)));
    Err(Problem::new("process_not_ready", format!("{origin}{path} did not answer in time.")).internal(logs.join("\n")))
}

fn last_lines(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(8).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
