//! Backups: a folder with a consistent copy of everything durable, and a manifest that proves it whole.
//!
//! A backup has the layout of a data folder, so that `onsale verify --data BACKUP` reads it as it is.
//!
//! **Why the journal is copied first.** Each database is copied as of one instant, but not all of them as of the same
//! one. Whatever a file names must be in the files that are copied *after* it:
//!
//! - The journal names accounts and sales. Both are written durably before the journal names them, and neither is
//!   ever removed; so accounts and catalog, copied later, know everything the copied journal names. They may know
//!   more: an account that never joined, a sale that the server creates in the journal when it starts.
//! - The journal names payments after the provider has them; so the ledger of the sandbox, copied later, knows each of
//!   them. It may know more: money taken for an order that is unfinished in the copied journal. The checkout asks
//!   the provider about every unfinished order when the server starts, and finishes or refunds it.
//! - A snapshot must not know more than the journal; so snapshots are chosen after it, by their sequence.
//! - Keys and secrets are made once, before anything is signed with them, and never change.
//!
//! What is not in a backup is what happened after it: orders begun later, with a provider that has kept their money.

mod database;
mod manifest;
mod restore;
mod take;

pub use restore::restore;
pub use take::take;
