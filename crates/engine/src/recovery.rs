//! From the journal back to a sale: the newest snapshot that fits, then every event after it.

use domain::SaleId;
use journal::{Journal, JournalError, Snapshots};
use sale::{Recorded, Sale};

/// A sale as the journal has it.
pub struct Recovered {
    /// The state.
    pub sale: Sale,
    /// The sequence of the last event in it.
    pub sequence: u64,
}

/// Recovers a sale; `None` if the journal has no events of it.
///
/// A snapshot that is damaged, of another version, or of a journal other than this one is passed over: the events
/// are the truth.
///
/// # Errors
/// The journal cannot be read, or an event is missing or damaged. The sale must not run then.
pub fn recover(id: SaleId, journal: &dyn Journal, snapshots: &Snapshots) -> Result<Option<Recovered>, JournalError> {
    sabotage::crash_point("engine.recovering");
    let recovered = from_newest_fitting(id, journal, snapshots)?;
    sabotage::crash_point("engine.recovered");
    Ok(recovered)
}

fn from_newest_fitting(
    id: SaleId,
    journal: &dyn Journal,
    snapshots: &Snapshots,
) -> Result<Option<Recovered>, JournalError> {
    for snapshot in snapshots.load(id) {
        match Sale::from_snapshot(&snapshot.state) {
            Ok(sale) => match onto(id, journal, sale, snapshot.sequence) {
                Ok(recovered) => return Ok(recovered),
                Err(error) => tracing::warn!(sale.id = %id, %error, "A snapshot does not fit the journal"),
            },
            Err(error) => tracing::warn!(sale.id = %id, %error, "A snapshot is passed over"),
        }
    }
    replay(id, journal, None, 0)
}

/// Replays what came after a snapshot, if the snapshot is of this journal: the last event in it happened when the event
/// of this number did. A journal that lost its end and went on, or another one, has a later event there.
fn onto(id: SaleId, journal: &dyn Journal, sale: Sale, sequence: u64) -> Result<Option<Recovered>, JournalError> {
    let (at, mut fits) = (sale.last_at(), false);
    let before = sequence.checked_sub(1).ok_or(JournalError::Gap { sale: id, expected: 1, found: 0 })?;
    let mut recovered = Recovered { sale, sequence };
    journal.replay(id, before, &mut |number, payload| {
        let recorded: Recorded = postcard::from_bytes(payload).map_err(|error| error.to_string())?;
        if number == sequence {
            fits = recorded.at == at;
            return if fits { Ok(()) } else { Err("the snapshot is of another journal".to_owned()) };
        }
        recovered.sale.apply(&recorded);
        recovered.sequence = number;
        Ok(())
    })?;
    if fits { Ok(Some(recovered)) } else { Err(JournalError::Gap { sale: id, expected: sequence, found: before }) }
}

/// Replays events onto a sale, or from the event that created it.
///
/// # Errors
/// As [`recover`].
pub fn replay(
    id: SaleId,
    journal: &dyn Journal,
    mut sale: Option<Sale>,
    after: u64,
) -> Result<Option<Recovered>, JournalError> {
    let mut last = after;
    journal.replay(id, after, &mut |sequence, payload| {
        let recorded: Recorded = postcard::from_bytes(payload).map_err(|error| error.to_string())?;
        match &mut sale {
            Some(sale) => sale.apply(&recorded),
            None => sale = Some(Sale::from_created(&recorded).ok_or("the first event does not create the sale")?),
        }
        last = sequence;
        Ok(())
    })?;
    Ok(sale.map(|sale| Recovered { sale, sequence: last }))
}
