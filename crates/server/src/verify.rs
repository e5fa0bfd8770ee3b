//! Verification: every sale is built again from its events, and everything that must hold is checked.
//!
//! Nothing is changed, and a server may run meanwhile: what is checked of each sale is one instant of it.

mod checks;
mod names;
mod replay;
pub mod report;

use std::collections::HashSet;

use domain::{OrderId, SaleId};
use journal::Snapshots;
use sale::Sale;

use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::journal_place::JournalPlace;

pub use replay::SnapshotFinding;

/// One sale as its events tell it, and what is wrong with it.
pub struct AuditedSale {
    /// Which.
    pub id: SaleId,
    /// How many events it has; also the sequence of the last.
    pub events: u64,
    /// SHA-256 of the state.
    pub state_hash: [u8; 32],
    /// The state.
    pub sale: Sale,
    /// What the newest snapshot says.
    pub snapshot: SnapshotFinding,
    /// What is broken, a sentence each; empty if the sale is sound.
    pub findings: Vec<String>,
}

/// The whole journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// Sales that could be read to their end.
    pub sales: u64,
    /// Events of these sales.
    pub events: u64,
    /// How many findings they have.
    pub findings: u64,
    /// Why the reading ended before the end of the journal: the event that is missing, damaged or not understood.
    pub stopped: Option<String>,
}

impl Verdict {
    /// Everything could be read, and everything holds.
    pub fn is_sound(&self) -> bool {
        self.findings == 0 && self.stopped.is_none()
    }
}

/// Verifies a journal with the snapshots of the folder beside it and the files of tables in another; calls `each` with every sale, in order.
///
/// # Errors
/// There is no journal, or `each` failed. What is wrong *in* the journal is no error but part of the verdict.
pub fn verify(
    folder: &DataFolder,
    journal: &JournalPlace,
    tables: &DataFolder,
    each: &mut dyn FnMut(&AuditedSale) -> Result<(), Failure>,
) -> Result<Verdict, Failure> {
    if !journal.exists() {
        return Err(Failure::new(format!("There is no journal {journal}; nothing was ever on sale here.")));
    }
    let mut verdict = Verdict::default();
    let mut orders: HashSet<OrderId> = HashSet::new();
    let mut names = names::Names::open(tables)?;
    let stopped = replay::replay(journal, &Snapshots::new(folder.snapshots()), &mut |mut audited| {
        audited.findings.extend(checks::findings(&audited, &mut orders));
        audited.findings.extend(names.findings(&audited)?);
        verdict.sales += 1;
        verdict.events += audited.events;
        verdict.findings += audited.findings.len() as u64;
        each(&audited)
    })?;
    verdict.stopped = stopped;
    Ok(verdict)
}
