//! The store itself: what it is made of, and how it opens and closes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use database::Place;
use domain::Problem;
use domain::limits::{PASSWORD_HASHES_AT_ONCE_MAX, PASSWORD_HASHES_WAITING_MAX};

use crate::attempts::Attempts;
use crate::cache::SessionCache;
use crate::database::{ACCOUNTS, Database};
use crate::hashing::{PasswordCost, PasswordPool};
use crate::limits::{ATTEMPTS_PER_ACCOUNT_MAX, ATTEMPTS_PER_ADDRESS_MAX, SESSION_BELIEVED_MS, SESSIONS_CACHED_MAX};
use crate::maintain::SeenQueue;
use crate::problems;
use crate::read_sessions::SessionReader;

/// Accounts and their sessions. Clones are handles to the same store.
#[derive(Clone)]
pub struct AccountStore {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) database: Arc<Database>,
    pub(crate) reader: SessionReader,
    pub(crate) cache: SessionCache,
    pub(crate) seen: SeenQueue,
    pub(crate) passwords: PasswordPool,
    pub(crate) attempts: Attempts,
    pub(crate) session_reads: AtomicU64,
}

/// What may be set; the default is for production.
#[derive(Debug, Clone, Copy)]
pub struct AccountStoreOptions {
    /// The cost of a password hash. Hashes of another cost are replaced as their owners log in.
    pub password_cost: PasswordCost,
    /// Password hashes computed at once.
    pub password_hashes_at_once_max: usize,
    /// Password hashes waiting.
    pub password_hashes_waiting_max: usize,
    /// Failed log-ins in 15 minutes for one e-mail address.
    pub attempts_per_account_max: u32,
    /// Failed log-ins in 15 minutes from one network address.
    pub attempts_per_address_max: u32,
    /// Sessions kept in memory.
    pub sessions_cached_max: usize,
}

impl Default for AccountStoreOptions {
    fn default() -> Self {
        Self {
            password_cost: PasswordCost::default(),
            password_hashes_at_once_max: PASSWORD_HASHES_AT_ONCE_MAX,
            password_hashes_waiting_max: PASSWORD_HASHES_WAITING_MAX,
            attempts_per_account_max: ATTEMPTS_PER_ACCOUNT_MAX,
            attempts_per_address_max: ATTEMPTS_PER_ADDRESS_MAX,
            sessions_cached_max: SESSIONS_CACHED_MAX,
        }
    }
}

/// Figures for the metrics page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountStats {
    /// Sessions in memory now.
    pub sessions_cached: usize,
    /// Sessions looked up in the file since the start.
    pub session_reads: u64,
    /// Password hashes running and waiting now.
    pub password_hashes_waiting: usize,
    /// Password hashes that may run and wait.
    pub password_hashes_max: usize,
    /// Password hashes computed since the start.
    pub password_hashes_done: u64,
}

impl AccountStore {
    /// Opens the tables, makes them if missing, and brings them up to date. Errors: `accounts_unavailable`.
    pub async fn open(place: &Place) -> Result<Self, Problem> {
        Self::open_with(place, AccountStoreOptions::default()).await
    }

    /// Opens the tables with other settings than the default ones.
    pub async fn open_with(place: &Place, options: AccountStoreOptions) -> Result<Self, Problem> {
        Self::new(Database::open(place, &ACCOUNTS).await?, options).await
    }

    /// An empty store in memory, for tests.
    pub async fn in_memory(options: AccountStoreOptions) -> Result<Self, Problem> {
        Self::open_with(&Place::Memory, options).await
    }

    async fn new(database: Database, options: AccountStoreOptions) -> Result<Self, Problem> {
        let (at_once, waiting) = (options.password_hashes_at_once_max, options.password_hashes_waiting_max);
        let passwords = tokio::task::spawn_blocking(move || PasswordPool::new(options.password_cost, at_once, waiting));
        let believed = database.is_shared().then_some(Duration::from_millis(SESSION_BELIEVED_MS));
        let database = Arc::new(database);
        let inner = Inner {
            reader: SessionReader::new(Arc::clone(&database)),
            database,
            cache: SessionCache::new(options.sessions_cached_max, believed),
            seen: SeenQueue::default(),
            passwords: passwords.await.map_err(problems::unavailable)??,
            attempts: Attempts::new(options.attempts_per_account_max, options.attempts_per_address_max),
            session_reads: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Figures for the metrics page.
    pub fn stats(&self) -> AccountStats {
        AccountStats {
            sessions_cached: self.inner.cache.len(),
            session_reads: self.inner.session_reads.load(Ordering::Relaxed),
            password_hashes_waiting: self.inner.passwords.waiting(),
            password_hashes_max: self.inner.passwords.waiting_max(),
            password_hashes_done: self.inner.passwords.done(),
        }
    }

    /// Writes what is noted in memory, waits for running statements and closes the database.
    pub async fn close(&self) {
        if let Err(problem) = self.inner.write_seen().await {
            tracing::warn!(%problem, "The last uses of some sessions were not written; they may end a little earlier");
        }
        self.inner.database.close().await;
    }
}
