//! Every bound of this crate that is not a bound of the whole product ([`domain::limits`]).

/// Bytes of an e-mail address (RFC 5321, 4.5.3.1.3).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Bytes of the part before the @ (RFC 5321, 4.5.3.1.1).
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;
/// Characters of a person's name.
pub const NAME_CHARS_MAX: usize = 100;
/// Shortest local part of an e-mail address that a password may not contain; a shorter one occurs by chance.
pub const EMAIL_IN_PASSWORD_CHARS_MIN: usize = 4;
/// A session that nobody used for this long is over: 24 hours.
pub const SESSION_IDLE_MS_MAX: i64 = 24 * 60 * 60 * 1_000;
/// A session is over this long after the log-in, used or not: 7 days.
pub const SESSION_AGE_MS_MAX: i64 = 7 * 24 * 60 * 60 * 1_000;
/// How precisely the last use of a session is kept: 10 minutes. A session may end that much earlier, never later.
pub const SESSION_SEEN_STEP_MS: i64 = 10 * 60 * 1_000;
/// Sessions of one account; with a further log-in the oldest ends.
pub const SESSIONS_PER_ACCOUNT_MAX: u32 = 20;
/// Sessions kept in memory; the least used go first and are read again when needed.
pub const SESSIONS_CACHED_MAX: usize = 1_500_000;
/// Sessions waiting to be read from the file; further ones are answered `busy`.
pub const SESSION_READS_WAITING_MAX: usize = 65_536;
/// Sessions read in one query.
pub const SESSIONS_READ_AT_ONCE: usize = 500;
/// Last uses of sessions waiting to be written; further ones are dropped and noted again later.
pub const SEEN_WAITING_MAX: usize = 1_000_000;
/// Last uses of sessions written in one transaction, so that a log-in never waits long for the writer.
pub const SEEN_BATCH_MAX: usize = 2_000;
/// Expired sessions removed in one transaction.
pub const EXPIRED_BATCH_MAX: u32 = 2_000;
/// How long a set-up link works: 24 hours.
pub const SETUP_TOKEN_MS_MAX: i64 = 24 * 60 * 60 * 1_000;
/// Failed log-ins in one window for one e-mail address.
pub const ATTEMPTS_PER_ACCOUNT_MAX: u32 = 10;
/// Failed log-ins in one window from one network address.
pub const ATTEMPTS_PER_ADDRESS_MAX: u32 = 50;
/// The window of the attempt limits: 15 minutes.
pub const ATTEMPTS_WINDOW_MS: i64 = 15 * 60 * 1_000;
/// Slots of one table of attempts, 8 bytes each; a power of two.
pub const ATTEMPT_SLOTS: usize = 1 << 17;
/// Milliseconds a password waits for its turn to be hashed before the answer is `busy`.
pub const PASSWORD_WAIT_MS_MAX: u64 = 15_000;
/// Rehearsal fans made in one call.
pub const REHEARSAL_FANS_MAX: usize = 5_000;
/// Rows of one INSERT, well below the 32,766 values SQLite binds (PostgreSQL 65,535).
pub const INSERT_ROWS_MAX: usize = 500;
/// Characters kept of how something was done.
pub const AUDIT_DETAIL_CHARS_MAX: usize = 4_000;
/// Milliseconds a session in memory is believed where other processes may end it: so long one that was ended elsewhere may
/// still be good here.
pub const SESSION_BELIEVED_MS: u64 = 5_000;
/// Connections that read.
pub const READERS_MAX: u32 = 4;
/// Connections that write, in PostgreSQL; SQLite has one.
pub const WRITERS_MAX: u32 = 8;
/// Reads running or waiting; further ones are answered `busy`.
pub const READS_WAITING_MAX: usize = 4_096;
/// Writes running or waiting; further ones are answered `busy`.
pub const WRITES_WAITING_MAX: usize = 1_024;
/// Milliseconds a read or write waits for its connection, or the file's lock, before it fails.
pub const DATABASE_WAIT_MS_MAX: u64 = 5_000;

const _: () = assert!(ATTEMPT_SLOTS.is_power_of_two());
const _: () = assert!(SESSION_SEEN_STEP_MS < SESSION_IDLE_MS_MAX && SESSION_IDLE_MS_MAX < SESSION_AGE_MS_MAX);
const _: () = assert!(INSERT_ROWS_MAX * 9 < 32_766);
const _: () = assert!(SESSIONS_READ_AT_ONCE < 32_766);
