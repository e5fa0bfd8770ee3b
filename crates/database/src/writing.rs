//! A transaction that writes.

use std::ops::{Deref, DerefMut};

use sqlx::{Any, AnyConnection, Transaction};

/// A transaction; undone when dropped without [`commit`](Self::commit).
#[derive(Debug)]
pub struct Writing {
    transaction: Transaction<'static, Any>,
    postgres: bool,
    schema: &'static str,
}

impl Writing {
    pub(crate) fn new(transaction: Transaction<'static, Any>, postgres: bool, schema: &'static str) -> Self {
        Self { transaction, postgres, schema }
    }

    /// From here to the end of the transaction nobody else is in one that asked for the same key. Every statement after
    /// it sees what they committed. With several keys, ask in their order, or two transactions wait for each other.
    ///
    /// # Errors
    /// It took longer than the patience of the database, or the database failed.
    pub async fn alone(&mut self, key: i32) -> sqlx::Result<()> {
        // SQLite has one writer.
        if !self.postgres {
            return Ok(());
        }
        let lock = sqlx::query("SELECT pg_advisory_xact_lock(hashtext($1), $2)").bind(self.schema).bind(key);
        lock.execute(&mut *self.transaction).await.map(drop)
    }

    /// Makes the changes durable.
    ///
    /// # Errors
    /// The database failed; whether the changes were made is then not known.
    pub async fn commit(self) -> sqlx::Result<()> {
        self.transaction.commit().await
    }
}

impl Deref for Writing {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}
