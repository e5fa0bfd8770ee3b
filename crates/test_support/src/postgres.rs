//! A PostgreSQL server of one's own.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::free_port;

/// How long the server may take to come up.
const START_MAX: Duration = Duration::from_secs(60);
/// How long it may take to end.
const STOP_MAX: Duration = Duration::from_secs(30);
/// The user that owns everything; anybody on this machine may be it.
const USER: &str = "onsale";

/// As in production, but for a standby that looks for its primary more often.
const SETTINGS: [&str; 5] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=on",
    "max_connections=400",
    "wal_retrieve_retry_interval=100ms",
];

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Sessions are cut, everything is written (`SIGINT`).
    Fast,
    /// Nothing is written; the next start recovers from the log (`SIGQUIT`).
    Immediate,
}

/// A server, durable as in production, whose data goes away with it.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    bin: PathBuf,
    port: u16,
    /// Words before the command, such as `taskset -c 0`.
    prefix: Vec<String>,
    process: Option<Child>,
    databases: AtomicU32,
}

impl Postgres {
    /// Makes an empty server and starts it.
    ///
    /// # Errors
    /// PostgreSQL is not installed, or does not come up; its log is in the message.
    pub fn start() -> io::Result<Self> {
        Self::start_with(&[])
    }

    /// As [`start`](Self::start), with words before the command.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(prefix: &[&str]) -> io::Result<Self> {
        let bin = find().ok_or_else(|| {
            io::Error::other("PostgreSQL is missing: install the Debian package `postgresql`, or put initdb on PATH")
        })?;
        let folder = own_folder()?;
        let mut initdb = as_postgres(&[]);
        initdb.arg(bin.join("initdb")).arg("-D").arg(folder.path().join("data"));
        finish(initdb.args(["-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]))?;
        Self::run(folder, bin, prefix)
    }

    fn run(folder: TempDir, bin: PathBuf, prefix: &[&str]) -> io::Result<Self> {
        let prefix = prefix.iter().map(|word| (*word).to_owned()).collect();
        let mut server = Self { folder, bin, port: free_port()?, prefix, process: None, databases: AtomicU32::new(0) };
        server.resume()?;
        Ok(server)
    }

    /// A standby of this server. From now on a commit is acknowledged when both have it.
    ///
    /// # Errors
    /// It cannot be made, or does not follow.
    pub fn standby(&self) -> io::Result<Self> {
        let folder = own_folder()?;
        let mut copy = as_postgres(&[]);
        copy.arg(self.bin.join("pg_basebackup")).arg("-D").arg(folder.path().join("data"));
        copy.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER, "-R", "-X", "stream", "-c", "fast"]);
        finish(&mut copy)?;
        let standby = Self::run(folder, self.bin.clone(), &[])?;
        self.ask("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'")?;
        self.ask("postgres", "SELECT pg_reload_conf()")?;
        let until = Instant::now() + START_MAX;
        while self.ask("postgres", "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")? != "1" {
            if Instant::now() > until {
                return Err(io::Error::other("the standby does not follow"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(standby)
    }

    /// Makes a standby a server of its own.
    ///
    /// # Errors
    /// It is none, or does not become one.
    pub fn promote(&self) -> io::Result<()> {
        match self.ask("postgres", "SELECT pg_promote()")?.as_str() {
            "t" => Ok(()),
            _ => Err(io::Error::other("the standby is not promoted")),
        }
    }

    /// Starts the server again, on the same port and data.
    ///
    /// # Errors
    /// It does not come up; its log is in the message.
    pub fn resume(&mut self) -> io::Result<()> {
        let log = self.folder.path().join("postgres.log");
        let out = File::options().create(true).append(true).open(&log)?;
        let prefix: Vec<&str> = self.prefix.iter().map(String::as_str).collect();
        let mut command = as_postgres(&prefix);
        command.arg(self.bin.join("postgres")).arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let child = command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out).spawn()?;
        self.process = Some(child);
        let until = Instant::now() + START_MAX;
        while !self.ready()? {
            let ended = self.process.as_mut().is_none_or(|child| child.try_wait().is_ok_and(|ended| ended.is_some()));
            if ended || Instant::now() > until {
                let said = fs::read_to_string(&log).unwrap_or_default();
                return Err(io::Error::other(format!("PostgreSQL does not come up: {said}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn ready(&self) -> io::Result<bool> {
        let mut ask = Command::new(self.bin.join("pg_isready"));
        ask.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER, "-d", "postgres"]);
        Ok(ask.status()?.success())
    }

    /// Ends the server and waits for it.
    ///
    /// # Errors
    /// It does not end.
    pub fn stop(&mut self, how: Stop) -> io::Result<()> {
        let Some(mut child) = self.process.take() else { return Ok(()) };
        let signal = if how == Stop::Fast { "-INT" } else { "-QUIT" };
        finish(Command::new("kill").args([signal, &child.id().to_string()]))?;
        let until = Instant::now() + STOP_MAX;
        while child.try_wait()?.is_none() {
            if Instant::now() > until {
                child.kill()?;
                return Err(io::Error::other("PostgreSQL did not end when asked to"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// The address of an empty database of its own.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn database(&self) -> io::Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.ask("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// The address of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Where it listens, on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its main process.
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Runs a statement beside everybody else's sessions, and gives what it says, one row to a line.
    ///
    /// # Errors
    /// The server refuses it.
    pub fn ask(&self, database: &str, statement: &str) -> io::Result<String> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", statement]);
        finish(&mut psql)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its data goes with it: nothing has to be written.
        let _ended = self.stop(Stop::Immediate);
    }
}

/// A folder that belongs to whoever PostgreSQL runs as.
fn own_folder() -> io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("onsale-postgres-").tempdir()?;
    if root() {
        finish(Command::new("chown").arg("postgres").arg(folder.path()))?;
    }
    Ok(folder)
}

pub(crate) fn root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A command of an ordinary user: PostgreSQL does not run as root. `setpriv` replaces itself by the command, so the
/// process started is the server itself.
fn as_postgres(prefix: &[&str]) -> Command {
    let user: &[&str] = if root() {
        &["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
    } else {
        &["env", "--"]
    };
    let words: Vec<&str> = prefix.iter().chain(user).copied().collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir("/");
    command
}

pub(crate) fn finish(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    Err(io::Error::other(format!("{} failed: {why}", command.get_program().to_string_lossy())))
}

/// The folder of the newest version's programs.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    let on_path = std::env::split_paths(&path).map(|folder| (0, folder));
    let whole = |bin: &Path| {
        ["initdb", "postgres", "psql", "pg_isready", "pg_basebackup"].iter().all(|name| bin.join(name).is_file())
    };
    versions.into_iter().chain(on_path).map(|(_, bin)| bin).find(|bin| whole(bin))
}
