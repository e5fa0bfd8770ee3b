//! Accounts: sign-up, log-in, sessions and roles; and the audit log. Each has a SQLite file, or a schema of a PostgreSQL
//! database, of its own.
//!
//! **Invariants:** a password and a token are never stored in clear and never logged. A session ends, and a role
//! changes, at once: the answer to the change leaves only when neither the table nor the cache knows the old state; where several processes
//! share the tables, the others believe it for [`limits::SESSION_BELIEVED_MS`] at most.
//! Whatever fails, the answer is "not signed in" or an error, never a session.
//!
//! [`AccountStore::authenticate_cached`] is on the way of every request: one SHA-256 block and one look-up in memory.

mod account;
mod attempts;
mod audit;
mod cache;
mod change_password;
mod database;
mod email;
mod hashing;
pub mod limits;
mod log_in;
mod lookup;
mod maintain;
mod operators;
mod password;
mod problems;
mod profile;
mod read_sessions;
mod rehearsal;
mod roles;
mod session;
mod sessions;
mod sign_up;
mod store;
mod token;

pub use account::{Account, AccountKind, Locale, NewAccount};
pub use audit::{AuditId, AuditLog, AuditNote, AuditRecord};
pub use change_password::PasswordChange;
pub use database::{ACCOUNTS, AUDIT};
pub use hashing::PasswordCost;
pub use log_in::LogIn;
pub use lookup::AccountCounts;
pub use password::Password;
pub use profile::ProfileChange;
pub use session::{Session, SessionFacts};
pub use store::{AccountStats, AccountStore, AccountStoreOptions};
pub use token::{SessionToken, SetupToken};
