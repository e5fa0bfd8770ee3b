//! The accused: the real processes, on free ports and a folder of their own, started and killed by their ids.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::Failed;

/// How long a server may take to answer after its start.
pub const START_MAX: Duration = Duration::from_secs(60);
/// The operator of the run.
pub const OPERATOR: &str = "operator@example.com";

/// How the server is started.
#[derive(Debug, Clone, Default)]
pub struct How {
    /// Further environment.
    pub env: Vec<(String, String)>,
    /// Further `--set`.
    pub settings: Vec<String>,
    /// Where clients and webhooks find the server, if not at its own port.
    pub front_port: Option<u16>,
    /// Where the data folder is, if not in the run's own folder.
    pub data: Option<PathBuf>,
    /// What stands before the program, such as `taskset -c 0`.
    pub before: Vec<String>,
}

/// A server, its payment provider, and their folder, which goes with it.
#[derive(Debug)]
pub struct Stand {
    /// The binary `onsale`.
    pub bin: PathBuf,
    /// How the next server is started.
    pub how: How,
    /// The run's folder.
    pub folder: PathBuf,
    /// The server's port.
    pub port: u16,
    /// The provider's port.
    pub provider_port: u16,
    secret: String,
    server: Option<Child>,
    provider: Option<Child>,
}

impl Stand {
    /// Starts the provider and the server, and waits until both answer.
    ///
    /// # Errors
    /// What did not start, with the end of its log.
    pub async fn start(bin: &Path, how: How) -> Result<Self, Failed> {
        let mut stand = Self::prepare(bin, how)?;
        stand.start_provider().await?;
        stand.start_server().await?;
        Ok(stand)
    }

    /// Ports and a folder, and nothing running.
    ///
    /// # Errors
    /// There is no port or no folder.
    pub fn prepare(bin: &Path, how: How) -> Result<Self, Failed> {
        let port = free_port()?;
        let folder = std::env::temp_dir().join(format!("onsale-judge-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let secret = format!("rehearsal-{port}-{}", std::process::id());
        let provider_port = free_port()?;
        Ok(Self { bin: bin.to_owned(), how, folder, port, provider_port, secret, server: None, provider: None })
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.how.data.clone().unwrap_or_else(|| self.folder.join("data"))
    }

    /// Where clients ask.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.how.front_port.unwrap_or(self.port))
    }

    /// Where the provider answers.
    pub fn provider_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.provider_port)
    }

    /// What the shop shows to the provider.
    pub fn provider_key(&self) -> &str {
        &self.secret
    }

    /// What the provider signs with.
    pub fn webhook_secret(&self) -> String {
        format!("{}-webhook", self.secret)
    }

    /// The server's process id.
    pub fn server_id(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Starts the payment provider.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn start_provider(&mut self) -> Result<(), Failed> {
        let mut command = Command::new(&self.bin);
        let webhook = format!("{}/v1/payments/webhook", self.origin());
        command
            .args(["sandbox-provider", "--listen", &format!("127.0.0.1:{}", self.provider_port)])
            .arg("--data")
            .arg(self.folder.join("provider"))
            .args(["--webhook-url", &webhook])
            .env("ONSALE_PAYMENTS__API_KEY", &self.secret)
            .env("ONSALE_PAYMENTS__WEBHOOK_SECRET", self.webhook_secret());
        // The mutation of a provider that pays twice is the provider's.
        command.envs(self.sabotage());
        self.provider = Some(self.spawn(&mut command, "provider.log")?);
        wait_for(&format!("{}/livez", self.provider_origin()), START_MAX).await
    }

    /// The mutation, if there is one: a state that came about by it is replayed by it too.
    pub fn sabotage(&self) -> Vec<(String, String)> {
        self.how.env.iter().filter(|(name, _)| name == "ONSALE_SABOTAGE").cloned().collect()
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// It ended or did not answer; with the end of its log.
    pub async fn start_server(&mut self) -> Result<(), Failed> {
        self.launch_server()?;
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        let began = Instant::now();
        while began.elapsed() < START_MAX {
            if answers(&url).await {
                return Ok(());
            }
            if let Some(ended) = self.ended()? {
                return Err(Failed(format!("the server ended ({ended}): {}", self.log_end())));
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        Err(Failed(format!("the server is not ready: {}", self.log_end())))
    }

    /// Starts the server and does not wait.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn launch_server(&mut self) -> Result<(), Failed> {
        let mut command = match self.how.before.split_first() {
            None => Command::new(&self.bin),
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(&self.bin);
                command
            }
        };
        command.arg("serve").args(self.settings());
        command.env("ONSALE_PAYMENTS__API_KEY", &self.secret);
        command.env("ONSALE_PAYMENTS__WEBHOOK_SECRET", self.webhook_secret());
        command.envs(self.how.env.iter().cloned());
        self.server = Some(self.spawn(&mut command, "server.log")?);
        Ok(())
    }

    fn settings(&self) -> Vec<String> {
        let mut settings = vec![
            format!("storage.data_folder={}", self.data().display()),
            format!("server.listen=127.0.0.1:{}", self.port),
            format!("server.public_url={}", self.origin()),
            format!("payments.provider_url={}", self.provider_origin()),
            "rehearsal.enabled=true".to_owned(),
            "log.level=warn".to_owned(),
        ];
        // Every fan of a run comes from one address, and some ask as fast as they are answered.
        let limits = [
            "requests_per_second_per_account",
            "joins_per_minute_per_account",
            "joins_per_second_per_address",
            "logins_per_minute_per_address",
        ];
        settings.extend(limits.iter().map(|limit| format!("limits.{limit}=0")));
        settings.extend(self.how.settings.iter().cloned());
        settings.into_iter().flat_map(|setting| ["--set".to_owned(), setting]).collect()
    }

    fn spawn(&self, command: &mut Command, log: &str) -> Result<Child, Failed> {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join(log))?;
        let err = log.try_clone()?;
        Ok(command.stdin(Stdio::null()).stdout(log).stderr(err).spawn()?)
    }

    /// How the server ended, if it has.
    ///
    /// # Errors
    /// It cannot be asked.
    pub fn ended(&mut self) -> Result<Option<std::process::ExitStatus>, Failed> {
        let Some(server) = &mut self.server else { return Ok(None) };
        Ok(server.try_wait()?)
    }

    /// Starts a gateway apart from the server, on a port, with the server's link on another.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start_gateway(&self, port: u16, link: u16) -> Result<Gateway, Failed> {
        let mut command = Command::new(&self.bin);
        command.args(["serve", "--role", "gateway"]);
        let settings = [
            format!("server.listen=127.0.0.1:{port}"),
            format!("server.public_url=http://127.0.0.1:{port}"),
            format!("cluster.engines=127.0.0.1:{link}"),
            format!("cluster.engines_http=http://127.0.0.1:{}", self.port),
            "log.level=warn".to_owned(),
        ];
        let limits = self.settings().into_iter().filter(|setting| setting.starts_with("limits."));
        for setting in settings.into_iter().chain(limits) {
            command.args(["--set", &setting]);
        }
        command.envs(self.how.env.iter().cloned());
        Ok(Gateway(Some(self.spawn(&mut command, "gateway.log")?)))
    }

    /// Kills the server: nothing is finished, nothing is flushed.
    pub fn kill(&mut self) {
        end(&mut self.server);
    }

    /// Kills the provider.
    pub fn kill_provider(&mut self) {
        end(&mut self.provider);
    }

    /// Sends a signal to the server.
    pub fn signal(&self, signal: libc::c_int) {
        if let Some(id) = self.server_id().and_then(|id| libc::pid_t::try_from(id).ok()) {
            send_signal(id, signal);
        }
    }

    /// Asks the server to stop and waits; true if it ended by itself in time, and says that it ended well.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub async fn stop(&mut self, patience: Duration) -> Result<bool, Failed> {
        self.signal(libc::SIGTERM);
        let began = Instant::now();
        while began.elapsed() < patience {
            if let Some(status) = self.ended()? {
                self.server = None;
                return Ok(status.success());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.kill();
        Ok(false)
    }

    /// The operator's password, without the word that the account is named after.
    pub fn password(&self) -> String {
        format!("{}-conductor", self.secret)
    }

    /// Makes the operator and gives the password.
    ///
    /// # Errors
    /// What the command said.
    pub fn make_operator(&self) -> Result<String, Failed> {
        let password = self.password();
        let arguments = ["user", "add", "--email", OPERATOR, "--name", "Operator", "--role", "operator"];
        let setting = format!("storage.data_folder={}", self.data().display());
        let mut child = Command::new(&self.bin)
            .args(arguments)
            .args(["--set", &setting])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(format!("{password}\n").as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if output.status.success() { Ok(password) } else { Err(Failed(text(&output.stderr))) }
    }

    /// Runs another command of the binary to its end.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn run(&self, arguments: &[&str], env: &[(String, String)]) -> Result<Output, Failed> {
        Ok(Command::new(&self.bin).args(arguments).envs(env.iter().cloned()).stdin(Stdio::null()).output()?)
    }

    /// What the binary's own verification says of the journal, wherever it is, with every place, order and ticket.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn verify(&self) -> Result<Output, Failed> {
        let mut env = self.sabotage();
        env.extend(self.how.env.iter().filter(|(name, _)| name.starts_with("ONSALE_STORAGE__")).cloned());
        let folder = format!("storage.data_folder={}", self.data().display());
        self.run(&["verify", "--dump", "--set", &folder], &env)
    }

    /// The end of the server's log.
    pub fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().rev().take(6).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Everything the server has logged.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.folder.join("server.log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        end(&mut self.server);
        end(&mut self.provider);
        if std::env::var_os("ONSALE_JUDGE_KEEP").is_none() {
            // Left behind at worst; the system clears its temporary folder.
            let _left_behind = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A gateway; killed when dropped.
#[derive(Debug)]
pub struct Gateway(Option<Child>);

impl Drop for Gateway {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

fn end(child: &mut Option<Child>) {
    if let Some(mut child) = child.take() {
        // Either it has ended already, or it does now.
        let _ended = child.kill();
        let _status = child.wait();
    }
}

/// Sends a signal to a process of our own.
#[expect(unsafe_code, reason = "the C library's kill")]
pub fn send_signal(id: libc::pid_t, signal: libc::c_int) {
    // SAFETY: two numbers; a process that has ended is reported, not touched.
    unsafe { libc::kill(id, signal) };
}

/// Text of a program's output.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// Ports below those that the system gives to connections: a server that is down for a moment must find its own free.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A free port. Another process may take it before it is used; the start fails then.
///
/// # Errors
/// There is none.
pub fn free_port() -> Result<u16, Failed> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..PORTS.len() {
        let number = std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + u16::try_from(number % PORTS.len() as u32).unwrap_or(0);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Failed("there is no free port".into()))
}

/// Waits until an address answers with success.
///
/// # Errors
/// It does not in time.
pub async fn wait_for(url: &str, patience: Duration) -> Result<(), Failed> {
    let began = Instant::now();
    while began.elapsed() < patience {
        if answers(url).await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(Failed(format!("{url} does not answer")))
}

/// Whether an address answers with success now.
pub async fn answers(url: &str) -> bool {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(2)).no_proxy().build();
    let Ok(client) = client else { return false };
    client.get(url).send().await.is_ok_and(|answer| answer.status().is_success())
}
