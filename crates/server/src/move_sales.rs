//! Copying sales between journals: event by event, and then by the state they give.

use domain::SaleId;
use journal::{Journal, JournalError, copy_sale};

use crate::failure::Failure;
use crate::journal_place::JournalPlace;

/// A sale that is in both places now.
pub struct MovedSale {
    /// Which.
    pub id: SaleId,
    /// How many events it has.
    pub events: u64,
    /// SHA-256 of the state they give, the same from both.
    pub state_hash: [u8; 32],
}

/// Copies these sales, or all, and compares the states. What is there already is not copied again, so that a move that
/// was interrupted can be repeated.
///
/// # Errors
/// A journal cannot be used, a sale is unknown or has gone on in both places, or the states differ.
pub fn move_sales(sales: &[SaleId], from: &JournalPlace, to: &JournalPlace) -> Result<Vec<MovedSale>, Failure> {
    if !from.exists() {
        return Err(Failure::new(format!("There is no journal {from}.")));
    }
    let (source, target) = (from.open()?, to.open()?);
    let known = source.sales().map_err(|error| unread(from, &error))?;
    if let Some(unknown) = sales.iter().find(|sale| !known.contains(sale)) {
        return Err(Failure::new(format!("{from} has no events of {unknown}.")));
    }
    let chosen = if sales.is_empty() { &known } else { sales };
    let moved = chosen.iter().map(|id| move_sale(*id, &*source, &*target)).collect();
    source.close();
    target.close();
    moved
}

/// Copies every sale into a new journal, for a backup.
///
/// # Errors
/// As [`move_sales`].
pub fn copy_all(from: &JournalPlace, to: &JournalPlace) -> Result<(), Failure> {
    let target = to.open()?;
    let mut sales = Vec::new();
    let look = from.read(&mut |id, _, _| {
        if sales.last() != Some(&id) {
            sales.push(id);
        }
        Ok(())
    });
    look.map_err(|error| unread(from, &error))?;
    for id in sales {
        let copied = copy_sale(id, &mut |after, each| from.read_sale(id, after, each), &*target);
        copied.map_err(|error| Failure::because(format!("{id} cannot be copied."), error))?;
    }
    target.close();
    Ok(())
}

fn move_sale(id: SaleId, from: &dyn Journal, to: &dyn Journal) -> Result<MovedSale, Failure> {
    let failed = |error: JournalError| match error {
        JournalError::Deposed { .. } => Failure::new(format!("{id} has gone on in both places; nothing was changed.")),
        other => Failure::because(format!("{id} cannot be copied."), other),
    };
    let events = copy_sale(id, &mut |after, each| from.replay(id, after, each), to).map_err(failed)?;
    let (before, after) = (state_hash(id, from).map_err(failed)?, state_hash(id, to).map_err(failed)?);
    if before != after {
        return Err(Failure::new(format!("The copy of {id} gives another state. Please report this.")));
    }
    Ok(MovedSale { id, events, state_hash: after })
}

fn state_hash(id: SaleId, journal: &dyn Journal) -> Result<[u8; 32], JournalError> {
    let replayed = engine::recovery::replay(id, journal, None, 0)?;
    let recovered = replayed.ok_or(JournalError::Gap { sale: id, expected: 1, found: 0 })?;
    Ok(recovered.sale.state_hash())
}

fn unread(place: &JournalPlace, error: &JournalError) -> Failure {
    Failure::because(format!("The journal in {place} cannot be read."), error)
}
