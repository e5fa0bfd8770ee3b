//! The journal's thread: everything that waits goes into one transaction, then its callers are told.

use std::collections::HashMap;

use crossbeam_channel::{Receiver, TryRecvError};
use domain::SaleId;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Statement, TransactionBehavior, params};

use super::noted::Notes;
use super::{SqliteOptions, connect, storage};
use crate::chain::Tip;
use crate::{Batch, Done, JournalError};

/// Columns of an event.
const COLUMNS: usize = 4;
/// Events inserted by one statement, as long as there are as many: setting one up costs as much as a row.
const ROWS_AT_ONCE: usize = 16;

/// What the thread is asked.
pub(super) enum Work {
    /// Make these events durable.
    Append(Batch, Done),
    /// Finish.
    Close,
}

pub(super) struct Writer {
    options: SqliteOptions,
    connection: Option<Connection>,
    tips: HashMap<SaleId, Tip>,
    notes: Notes,
}

impl Writer {
    pub(super) fn new(options: SqliteOptions, connection: Connection, notes: Notes) -> Self {
        Self { options, connection: Some(connection), tips: HashMap::new(), notes }
    }

    pub(super) fn run(mut self, inbox: &Receiver<Work>) {
        let mut group: Vec<(Batch, Done)> = Vec::new();
        let mut open = true;
        while open {
            match wait(inbox) {
                Ok(Work::Append(batch, done)) => group.push((batch, done)),
                Ok(Work::Close) | Err(_) => break,
            }
            while group.len() < self.options.batches_per_commit_max {
                match inbox.try_recv() {
                    Ok(Work::Append(batch, done)) => group.push((batch, done)),
                    Ok(Work::Close) => {
                        open = false;
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.commit_group(&mut group);
        }
        sabotage::crash_point("journal.folding");
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!(%error, "The journal's log could not be folded into the database; it will be at the next start");
        }
    }

    /// Commits a group, and tells each caller. A deposed sale is taken out and the others are committed without it.
    fn commit_group(&mut self, group: &mut Vec<(Batch, Done)>) {
        while !group.is_empty() {
            match self.commit(group) {
                Ok(()) => {
                    for (_, done) in group.drain(..) {
                        done(Ok(()));
                    }
                }
                Err(error) => {
                    // Nothing is retried on this connection: after a failed sync its pages cannot be trusted.
                    self.connection = None;
                    self.tips.clear();
                    let culprit = match &error {
                        JournalError::Deposed { sale, .. } | JournalError::Gap { sale, .. } => Some(*sale),
                        _ => None,
                    };
                    tracing::error!(%error, batches = group.len(), "The journal could not commit");
                    let mut rest = Vec::new();
                    for (batch, done) in group.drain(..) {
                        if culprit.is_none_or(|sale| sale == batch.sale) {
                            done(Err(error.clone()));
                        } else {
                            rest.push((batch, done));
                        }
                    }
                    *group = rest;
                }
            }
        }
    }

    fn commit(&mut self, group: &[(Batch, Done)]) -> Result<(), JournalError> {
        if self.connection.is_none() {
            self.connection = Some(connect(&self.options)?);
        }
        let Some(connection) = &mut self.connection else { return Err(JournalError::Closed) };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(storage)?;
        sabotage::crash_point("journal.begun");
        for (batch, _) in group {
            let tip = match self.tips.get(&batch.sale) {
                Some(tip) => *tip,
                None => read_tip(&transaction, batch.sale)?,
            };
            let tip = insert(&transaction, batch, tip)?;
            self.tips.insert(batch.sale, tip);
        }
        sabotage::crash_point("journal.inserted");
        transaction.commit().map_err(storage)?;
        sabotage::crash_point("journal.committed");
        // A sale with several batches is noted as often: what it came to is that of the last.
        for (batch, _) in group {
            if let Some(tip) = self.tips.get(&batch.sale) {
                self.notes.note(batch.sale, tip.sequence);
            }
        }
        Ok(())
    }
}

/// The next work. Receiving from a channel that is empty spins and gives the processor away in vain before it sleeps;
/// whoever sends work wakes this thread.
fn wait(inbox: &Receiver<Work>) -> Result<Work, TryRecvError> {
    loop {
        match inbox.try_recv() {
            Err(TryRecvError::Empty) => std::thread::park(),
            there => return there,
        }
    }
}

fn read_tip(connection: &Connection, sale: SaleId) -> Result<Tip, JournalError> {
    let last = "SELECT sequence, checksum FROM journal WHERE sale_id = ?1 ORDER BY sequence DESC LIMIT 1";
    let row = |row: &rusqlite::Row<'_>| Ok(Tip { sequence: row.get(0)?, checksum: row.get(1)? });
    let tip = connection.query_row(last, params![sale.get()], row).optional().map_err(storage)?;
    Ok(tip.unwrap_or_default())
}

fn insert(connection: &Connection, batch: &Batch, mut tip: Tip) -> Result<Tip, JournalError> {
    tip.expect(batch)?;
    let mut many = connection.prepare_cached(&insert_statement(ROWS_AT_ONCE)).map_err(storage)?;
    let mut one = connection.prepare_cached(&insert_statement(1)).map_err(storage)?;
    let mut payloads = batch.payloads.iter();
    loop {
        let left = payloads.len();
        if left == 0 {
            return Ok(tip);
        }
        let (statement, rows) = if left >= ROWS_AT_ONCE { (&mut many, ROWS_AT_ONCE) } else { (&mut one, 1) };
        let first = tip.sequence + 1;
        for (row, payload) in payloads.by_ref().take(rows).enumerate() {
            tip = tip.after(payload);
            bind(statement, row, batch.sale, tip, payload).map_err(storage)?;
        }
        statement.raw_execute().map_err(|error| {
            if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) {
                JournalError::Deposed { sale: batch.sale, sequence: first }
            } else {
                storage(error)
            }
        })?;
    }
}

/// Gives row number `row` of a statement of [`insert_statement`] its values.
fn bind(statement: &mut Statement<'_>, row: usize, sale: SaleId, tip: Tip, payload: &[u8]) -> rusqlite::Result<()> {
    let first = 1 + row * COLUMNS;
    statement.raw_bind_parameter(first, sale.get())?;
    statement.raw_bind_parameter(first + 1, tip.sequence)?;
    statement.raw_bind_parameter(first + 2, tip.checksum)?;
    statement.raw_bind_parameter(first + 3, payload)
}

/// Inserts so many events.
fn insert_statement(rows: usize) -> String {
    let values = vec!["(?, ?, ?, ?)"; rows].join(", ");
    format!("INSERT INTO journal (sale_id, sequence, checksum, payload) VALUES {values}")
}
