//! Where the journal is: a file in the data folder, or a PostgreSQL database.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use domain::SaleId;
use journal::{Journal, JournalError, PostgresJournal, PostgresOptions, ReplayEach, SqliteJournal, SqliteOptions};
use platform::Config;
use sha2::{Digest, Sha256};

use crate::beside_others;
use crate::data_folder::DataFolder;
use crate::failure::Failure;

/// Receives the sale, sequence and payload of each event.
pub type EachEvent<'a> = dyn FnMut(SaleId, u64, &[u8]) -> Result<(), String> + 'a;

/// The place of a journal; nothing is touched yet.
#[derive(Clone)]
pub enum JournalPlace {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Database(PostgresOptions),
}

impl JournalPlace {
    /// The place that the settings name.
    ///
    /// # Errors
    /// The data folder cannot be used.
    pub fn of(config: &Config, folder: &DataFolder) -> Result<Self, Failure> {
        match &config.storage.journal_url {
            None => Ok(Self::file(folder)),
            Some(url) => Self::database(url.expose(), folder, &beside_others::name(config)),
        }
    }

    /// The file of a data folder.
    pub fn file(folder: &DataFolder) -> Self {
        Self::File(folder.journal())
    }

    /// A database, as the server with this data folder writes to it.
    ///
    /// # Errors
    /// The data folder cannot be used.
    pub fn database(url: &str, folder: &DataFolder, engine: &str) -> Result<Self, Failure> {
        // Each start of this engine ends the session of the one before it, and no other engine's.
        let secret = folder.secret("journal_writer")?;
        let digest: [u8; 32] = Sha256::new().chain_update(secret.expose()).chain_update(engine).finalize().into();
        let writer = digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        Ok(Self::Database(PostgresOptions::new(url, writer)))
    }

    /// Opens it for writing, making what is missing. Blocks.
    ///
    /// # Errors
    /// It cannot be opened, or would not be durable.
    pub fn open(&self) -> Result<Arc<dyn Journal>, Failure> {
        let opened = match self {
            Self::File(path) => {
                SqliteJournal::open(SqliteOptions::new(path)).map(|it| Arc::new(it) as Arc<dyn Journal>)
            }
            Self::Database(options) => {
                PostgresJournal::open(options.clone()).map(|it| Arc::new(it) as Arc<dyn Journal>)
            }
        };
        opened.map_err(|error| Failure::because(format!("The journal in {self} cannot be opened."), error))
    }

    /// There may be something to read.
    pub fn exists(&self) -> bool {
        match self {
            Self::File(path) => path.is_file(),
            Self::Database(_) => true,
        }
    }

    /// Reads every event, while others may be writing. Blocks.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or `each` refuses an event.
    pub fn read(&self, each: &mut EachEvent<'_>) -> Result<(), JournalError> {
        match self {
            Self::File(path) => journal::sqlite::read_file(path, each),
            Self::Database(options) => journal::postgres::read_all(&options.url, each),
        }
    }

    /// Reads the events of one sale after `after`, while others may be writing. Blocks.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_sale(&self, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError> {
        match self {
            Self::File(path) => journal::sqlite::read_sale(path, sale, after, each),
            Self::Database(options) => journal::postgres::read_sale(&options.url, sale, after, each),
        }
    }
}

/// For people; never with the password.
impl fmt::Display for JournalPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Database(_) => f.write_str("the database"),
        }
    }
}
