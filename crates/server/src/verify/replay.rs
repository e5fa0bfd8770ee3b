//! From events to sales, one sale at a time, with the newest snapshot carried along to see whether it agrees.

use domain::SaleId;
use journal::{JournalError, Snapshots};
use sale::{Recorded, Sale, SnapshotError};

use super::AuditedSale;
use crate::failure::Failure;
use crate::journal_place::JournalPlace;

/// What became of the newest snapshot of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotFinding {
    /// There is none that can be read; the server replays every event.
    None,
    /// The newest one is of another version; the server passes it over.
    OtherVersion,
    /// The snapshot of this sequence and the events after it give the same state as all events.
    Agrees(u64),
    /// They give another state.
    Differs(u64),
    /// It knows events that the journal does not have.
    Ahead(u64),
}

/// Receives each sale once all its events are applied.
type Each<'a> = dyn FnMut(AuditedSale) -> Result<(), Failure> + 'a;

/// A sale in the making.
struct Rising {
    id: SaleId,
    events: u64,
    sale: Sale,
    shadow: Shadow,
}

/// The state that the newest snapshot leads to.
enum Shadow {
    None,
    OtherVersion,
    /// Boxed: a sale is large, and most of the time there is no shadow.
    At(u64, Box<Sale>),
}

/// Replays a journal. Returns why the reading ended early, if it did.
///
/// # Errors
/// What `each` failed with.
pub fn replay(journal: &JournalPlace, snapshots: &Snapshots, each: &mut Each<'_>) -> Result<Option<String>, Failure> {
    let mut rising: Option<Rising> = None;
    let mut failure = None;
    let read = journal.read(&mut |id, sequence, payload| {
        let recorded: Recorded = postcard::from_bytes(payload).map_err(|error| error.to_string())?;
        match &mut rising {
            Some(sale) if sale.id == id => sale.apply(sequence, &recorded),
            _ => {
                let next = Rising::new(id, snapshots, &recorded)?;
                if let Some(Err(failed)) = rising.replace(next).map(|done| each(done.audited())) {
                    failure = Some(failed);
                    return Err("stopped".into());
                }
            }
        }
        Ok(())
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    match read {
        Ok(()) => {
            rising.map_or(Ok(()), |last| each(last.audited()))?;
            Ok(None)
        }
        Err(error) => Ok(Some(stopped(&error, rising.map(|sale| sale.id)))),
    }
}

/// The sentence about where the reading ended. What was read of that sale is not judged: it is not the whole of it.
fn stopped(error: &JournalError, rising: Option<SaleId>) -> String {
    let mut sentence = error.to_string();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let unchecked = match error {
        JournalError::Gap { sale, .. }
        | JournalError::EndMissing { sale, .. }
        | JournalError::Damaged { sale, .. }
        | JournalError::Unreadable { sale, .. } => Some(*sale),
        _ => rising,
    };
    match unchecked {
        Some(sale) => format!("{sentence}. Nothing from {sale} on was checked."),
        None => format!("{sentence}."),
    }
}

impl Rising {
    fn new(id: SaleId, snapshots: &Snapshots, first: &Recorded) -> Result<Self, String> {
        let sale = Sale::from_created(first).ok_or("the first event does not create the sale")?;
        Ok(Self { id, events: 1, sale, shadow: Shadow::load(id, snapshots) })
    }

    fn apply(&mut self, sequence: u64, recorded: &Recorded) {
        self.sale.apply(recorded);
        self.events = sequence;
        if let Shadow::At(at, sale) = &mut self.shadow
            && sequence > *at
        {
            sale.apply(recorded);
        }
    }

    fn audited(self) -> AuditedSale {
        let state_hash = self.sale.state_hash();
        let snapshot = match &self.shadow {
            Shadow::None => SnapshotFinding::None,
            Shadow::OtherVersion => SnapshotFinding::OtherVersion,
            Shadow::At(at, _) if *at > self.events => SnapshotFinding::Ahead(*at),
            Shadow::At(at, sale) if sale.state_hash() == state_hash => SnapshotFinding::Agrees(*at),
            Shadow::At(at, _) => SnapshotFinding::Differs(*at),
        };
        let Self { id, events, sale, .. } = self;
        AuditedSale { id, events, state_hash, sale, snapshot, findings: Vec::new() }
    }
}

impl Shadow {
    fn load(id: SaleId, snapshots: &Snapshots) -> Self {
        // Loaded before the events after it are read: a snapshot is only ever saved of what is in the journal.
        let Some(snapshot) = snapshots.load(id).next() else { return Self::None };
        match Sale::from_snapshot(&snapshot.state) {
            Ok(sale) => Self::At(snapshot.sequence, Box::new(sale)),
            Err(SnapshotError::Version { .. }) => Self::OtherVersion,
            Err(SnapshotError::Damaged(_)) => Self::None,
        }
    }
}
