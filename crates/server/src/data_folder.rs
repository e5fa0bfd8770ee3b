//! The data folder: where each durable thing lives, and who may use it.
//!
//! ```text
//! version  lock  journal.db  journal.tips  snapshots/  accounts.db  audit.db  catalog.db  keys/  secrets/
//! sandbox/ledger.db
//! ```
//!
//! **Invariant:** one server at a time: whoever writes to the journal holds [`FolderLock`].

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use platform::config::PaymentsConfig;
use platform::{Config, Secret};
use rustix::fs::FlockOperation;

use crate::failure::Failure;

/// The layout this program reads and writes.
const LAYOUT_VERSION: u32 = 1;
/// Stands in a folder until everything of a backup is in it and was verified.
pub const RESTORING: &str = "restoring";
/// Held by the server that uses the folder.
pub const LOCK: &str = "lock";
/// Bytes of a file that holds a number or a secret.
const SMALL_FILE_BYTES_MAX: u64 = 4 * 1024;
/// Permission bits a secret must not have; reading by the group is how secrets reach a container.
const SECRET_MODE_FORBIDDEN: u32 = 0o037;

/// The folder with everything durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    root: PathBuf,
}

/// The right to use the folder, until it is dropped or the process ends.
#[derive(Debug)]
#[must_use = "the folder is only locked while this lives"]
pub struct FolderLock {
    _file: File,
}

/// What the shop and the payment provider know of each other.
#[derive(Debug, Clone)]
pub struct PaymentSecrets {
    /// What the shop shows to the provider.
    pub api_key: Secret,
    /// What the provider signs its webhooks with.
    pub webhook_secret: Secret,
}

impl DataFolder {
    /// The folder at this path; nothing is touched yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder of this configuration.
    pub fn of(config: &Config) -> Self {
        Self::new(&config.storage.data_folder)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The events of every sale.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal.db")
    }

    /// Snapshots of sales, for a faster start.
    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// Accounts and sessions.
    pub fn accounts(&self) -> PathBuf {
        self.root.join("accounts.db")
    }

    /// What organisers and operators did.
    pub fn audit(&self) -> PathBuf {
        self.root.join("audit.db")
    }

    /// Organisers, venues, plans, performances, and what is on sale.
    pub fn catalog(&self) -> PathBuf {
        self.root.join("catalog.db")
    }

    /// The folder of the ticket key.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The key that signs tickets.
    pub fn ticket_key(&self) -> PathBuf {
        self.keys().join("ticket.pem")
    }

    /// The keys that sign challenges and wait tickets of joins.
    pub fn join_keys(&self) -> PathBuf {
        self.keys().join("join")
    }

    /// Secrets that nobody configured.
    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets")
    }

    /// The folder of the sandbox payment provider.
    pub fn sandbox(&self) -> PathBuf {
        self.root.join("sandbox")
    }

    /// What the sandbox payment provider has done.
    pub fn sandbox_ledger(&self) -> PathBuf {
        self.sandbox().join("ledger.db")
    }

    /// The version of the layout, as text.
    pub fn version(&self) -> PathBuf {
        self.root.join("version")
    }

    /// Makes what is missing, for its owner only.
    ///
    /// # Errors
    /// The folder cannot be made, is of a newer version, or holds an unfinished restore.
    pub fn create(&self) -> Result<(), Failure> {
        for folder in [self.root.clone(), self.snapshots(), self.keys(), self.secrets(), self.sandbox()] {
            private_folder(&folder).map_err(|error| self.unusable(&folder, &error))?;
        }
        if self.root.join(RESTORING).exists() {
            return Err(self.unfinished());
        }
        match self.check_version() {
            Ok(true) => Ok(()),
            Ok(false) => write_private(&self.version(), format!("{LAYOUT_VERSION}\n").as_bytes())
                .map_err(|error| self.unusable(&self.version(), &error)),
            Err(failure) => Err(failure),
        }
    }

    /// Makes sure that there is a folder this program can read; changes nothing.
    ///
    /// # Errors
    /// There is none, or it is of a newer version, or it holds an unfinished restore.
    pub fn require(&self) -> Result<(), Failure> {
        if !self.root.is_dir() {
            let root = self.root.display();
            return Err(Failure::new(format!(
                "There is no data folder {root}. Name another one with --set storage.data_folder=FOLDER."
            )));
        }
        if self.root.join(RESTORING).exists() {
            return Err(self.unfinished());
        }
        self.check_version().map(drop)
    }

    /// Takes the folder for this process.
    ///
    /// # Errors
    /// Another process has it; the sentence names that process.
    pub fn lock(&self) -> Result<FolderLock, Failure> {
        let path = self.root.join(LOCK);
        let unusable = |error: io::Error| self.unusable(&path, &error);
        let mut options = OpenOptions::new();
        // Not truncated on opening: the number in it belongs to whoever has the lock.
        let mut file =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(unusable)?;
        if let Err(error) = rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(unusable(error.into()));
            }
            let mut holder = String::new();
            let _ = (&mut file).take(SMALL_FILE_BYTES_MAX).read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "unknown" } else { holder.trim() };
            let root = self.root.display();
            return Err(Failure::new(format!("The data folder {root} is in use by process {holder}.")));
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(unusable)?;
        Ok(FolderLock { _file: file })
    }

    /// The secrets of the payment provider: the configured ones, else those of this folder, made if there are none.
    ///
    /// # Errors
    /// As [`Self::secret`].
    pub fn payment_secrets(&self, configured: &PaymentsConfig) -> Result<PaymentSecrets, Failure> {
        let settle = |configured: &Option<Secret>, name| match configured {
            Some(secret) => Ok(secret.clone()),
            None => self.secret(name),
        };
        Ok(PaymentSecrets {
            api_key: settle(&configured.api_key, "api_key")?,
            webhook_secret: settle(&configured.webhook_secret, "webhook_secret")?,
        })
    }

    /// The secret with this name: 32 random bytes in hex, made on first use.
    ///
    /// # Errors
    /// It cannot be read or made, or is open to others.
    pub fn secret(&self, name: &str) -> Result<Secret, Failure> {
        let path = self.secrets().join(name);
        let unusable = |error: io::Error| self.unusable(&path, &error);
        if let Some(text) = read_small(&path).map_err(unusable)? {
            return check_secret(&path, text);
        }
        private_folder(&self.root).and_then(|()| private_folder(&self.secrets())).map_err(unusable)?;
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| Failure::because("There is no randomness for a secret.", error))?;
        match write_private(&path, format!("{}\n", hex::encode(bytes)).as_bytes()) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(unusable(error)),
            // If another process was faster, its secret is the one.
            Ok(()) | Err(_) => {}
        }
        check_secret(&path, read_small(&path).map_err(unusable)?.unwrap_or_default())
    }

    /// Whether there is a version, and it is not a newer one.
    fn check_version(&self) -> Result<bool, Failure> {
        let path = self.version();
        let Some(text) = read_small(&path).map_err(|error| self.unusable(&path, &error))? else { return Ok(false) };
        match text.trim().parse::<u32>() {
            Ok(1..=LAYOUT_VERSION) => Ok(true),
            Ok(found) => Err(Failure::new(format!(
                "The data folder {} was written by a newer version of onsale (layout {found}, this one reads \
                 {LAYOUT_VERSION}). Please use that version.",
                self.root.display()
            ))),
            Err(_) => Err(Failure::new(format!("{} does not hold a version.", path.display()))),
        }
    }

    fn unfinished(&self) -> Failure {
        let root = self.root.display();
        Failure::new(format!("The data folder {root} holds an unfinished restore. Empty it and restore again."))
    }

    fn unusable(&self, path: &Path, error: &io::Error) -> Failure {
        Failure::because(format!("{} cannot be used.", path.display()), error)
    }
}

/// Makes a folder for its owner only, with those above it; one that exists stays as it is.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a new file, durable and whole from the moment it has its name, for its owner only.
///
/// # Errors
/// There is a file already, or it cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // A link, not a rename: it refuses to replace what another process has put there meanwhile.
        fs::hard_link(&draft, path)
    };
    let written = write();
    let removed = fs::remove_file(&draft);
    written?;
    removed?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Makes the names in a folder durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

/// The text of a small file; `None` if there is no file.
fn read_small(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    file.take(SMALL_FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(Some(text))
}

fn check_secret(path: &Path, text: String) -> Result<Secret, Failure> {
    let shown = path.display();
    let mode = fs::metadata(path).map(|metadata| metadata.permissions().mode() & 0o777);
    let mode = mode.map_err(|error| Failure::because(format!("{shown} cannot be used."), error))?;
    if mode & SECRET_MODE_FORBIDDEN != 0 {
        return Err(Failure::new(format!(
            "The secret {shown} is open to others (mode {mode:o}). Run: chmod 600 {shown}"
        )));
    }
    if text.trim().is_empty() {
        return Err(Failure::new(format!("The secret {shown} is empty. Remove the file, and a new one is made.")));
    }
    Ok(Secret::new(text.trim()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_folder_is_for_its_owner_only_and_secrets_stay() {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(base.path().join("a/b"));
        folder.create().unwrap();
        folder.create().unwrap();
        assert_eq!(mode(folder.path()), 0o700);
        let secret = folder.secret("api_key").unwrap();
        assert_eq!(secret.expose().len(), 64);
        assert_eq!(folder.secret("api_key").unwrap(), secret);
        assert_ne!(folder.secret("webhook_secret").unwrap(), secret);
        let path = folder.secrets().join("api_key");
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert!(folder.secret("api_key").unwrap_err().sentence().contains("open to others"));
    }

    #[test]
    fn a_newer_or_unfinished_folder_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(base.path());
        fs::write(folder.version(), "2\n").unwrap();
        assert!(folder.create().unwrap_err().sentence().contains("newer version"));
        fs::write(folder.version(), "1\n").unwrap();
        folder.create().unwrap();
        fs::write(base.path().join(RESTORING), "").unwrap();
        assert!(folder.create().unwrap_err().sentence().contains("unfinished restore"));
        assert!(folder.require().is_err());
    }

    #[test]
    fn the_second_to_lock_hears_who_was_first() {
        let base = tempfile::tempdir().unwrap();
        let folder = DataFolder::new(base.path());
        let lock = folder.lock().unwrap();
        let refused = folder.lock().unwrap_err();
        assert!(refused.sentence().ends_with(&format!("in use by process {}.", std::process::id())), "{refused:?}");
        drop(lock);
        let _again = folder.lock().unwrap();
    }
}
