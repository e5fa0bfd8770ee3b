//! Every bound of the product in one place, with the relations between them checked at compile time.

/// Numbered seats in one seating plan.
pub const PLAN_SEATS_MAX: usize = 200_000;
/// Counted areas in one seating plan.
pub const PLAN_AREAS_MAX: usize = 1_000;
/// People one counted area may hold.
pub const AREA_CAPACITY_MAX: u32 = 1_000_000;
/// Rows in one seating plan.
pub const PLAN_ROWS_MAX: usize = 20_000;
/// Sections in one seating plan.
pub const PLAN_SECTIONS_MAX: usize = 1_000;
/// Seats in one row, so that a row fits the bit arithmetic of the best-available search.
pub const ROW_SEATS_MAX: usize = 1_024;
/// Price levels in one sale.
pub const PRICE_LEVELS_MAX: usize = 64;
/// Bytes of an uploaded seating plan.
pub const PLAN_UPLOAD_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bytes of an ordinary request body.
pub const REQUEST_BODY_BYTES_MAX: usize = 64 * 1024;
/// Tickets one buyer may take in one sale over all orders: the highest value of that setting.
pub const TICKETS_PER_BUYER_MAX: u32 = 20;
/// Places in one line.
pub const PLACES_MAX: u32 = 100_000_000;
/// Characters of a message to everybody in line.
pub const ANNOUNCEMENT_CHARS_MAX: usize = 500;
/// A draw that has not happened so long after the opening is overdue.
pub const DRAW_PATIENCE_MS: i64 = 30_000;
/// Turns whose beginning is known before no-shows are corrected for.
pub const NO_SHOW_TURNS_MIN: u32 = 50;
/// Seats an organiser may block or unblock in one command.
pub const BLOCK_SEATS_MAX: usize = 10_000;
/// Commands waiting for one sale's writer. A full inbox answers 503.
pub const WRITER_INBOX_COMMANDS_MAX: usize = 16_384;
/// Commands in one commit.
pub const COMMIT_BATCH_COMMANDS_MAX: usize = 4_096;
/// Accounts in one bulk join.
pub const JOIN_BULK_ACCOUNTS_MAX: usize = 4_096;
/// Characters of an `Idempotency-Key` (as Stripe allows).
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 255;
/// How long an answer is remembered under its idempotency key: 7 days, longer than any retry window.
pub const IDEMPOTENCY_KEEP_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// Answers remembered under idempotency keys, per sale; the oldest go first.
pub const IDEMPOTENCY_ANSWERS_MAX: usize = 1_000_000;
/// Place numbers in one question after positions.
pub const POSITIONS_MAX: usize = 256;
/// Rows in one page of a list.
pub const PAGE_ROWS_MAX: usize = 100;
/// Bytes of one WebSocket message from a client.
pub const SOCKET_MESSAGE_BYTES_MAX: usize = 4 * 1024;
/// Characters of a password: at most, so that hashing stays bounded.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Characters of a password: at least.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Passwords hashed at once; each takes 19 MiB.
pub const PASSWORD_HASHES_AT_ONCE_MAX: usize = 4;
/// Sign-ups and log-ins waiting for the password pool. A full pool answers 503.
pub const PASSWORD_HASHES_WAITING_MAX: usize = 256;
/// PDFs of tickets made at once; each takes some milliseconds and megabytes.
pub const TICKET_PDFS_AT_ONCE_MAX: usize = 2;
/// PDFs of tickets waiting for their turn. More answer 503.
pub const TICKET_PDFS_WAITING_MAX: usize = 64;

const _: () = assert!(COMMIT_BATCH_COMMANDS_MAX <= WRITER_INBOX_COMMANDS_MAX);
const _: () = assert!(PASSWORD_CHARS_MIN < PASSWORD_CHARS_MAX);
