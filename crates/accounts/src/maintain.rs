//! What may wait: writing down when sessions were last used, and removing what is over.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::{Problem, Timestamp};

use crate::AccountStore;
use crate::database::to_the_end;
use crate::limits::{EXPIRED_BATCH_MAX, SEEN_BATCH_MAX, SEEN_WAITING_MAX};
use crate::problems;
use crate::store::Inner;
use crate::token::TokenHash;

/// Uses of sessions waiting to be written. A use that is lost ends its session a little earlier, never later.
#[derive(Default)]
pub(crate) struct SeenQueue {
    waiting: Mutex<Vec<(TokenHash, Timestamp)>>,
}

impl SeenQueue {
    pub(crate) fn note(&self, token: TokenHash, now: Timestamp) {
        let mut waiting = self.lock();
        if waiting.len() < SEEN_WAITING_MAX {
            waiting.push((token, now));
        }
    }

    fn take(&self) -> Vec<(TokenHash, Timestamp)> {
        mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(TokenHash, Timestamp)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AccountStore {
    /// Call this about once a minute: writes when sessions were last used, and removes sessions and set-up links that
    /// are too old. It works in small transactions, so that log-ins go on.
    pub async fn maintain(&self, now: Timestamp) -> Result<(), Problem> {
        let inner = self.inner.clone();
        to_the_end(async move {
            inner.write_seen().await?;
            inner.remove_expired(now).await
        })
        .await
    }
}

impl Inner {
    pub(crate) async fn write_seen(&self) -> Result<(), Problem> {
        for batch in self.seen.take().chunks(SEEN_BATCH_MAX) {
            let mut writing = self.database.write().await?;
            for (token, seen_at) in batch {
                sqlx::query("UPDATE sessions SET seen_at_ms = $1 WHERE token_hash = $2 AND seen_at_ms < $1")
                    .bind(seen_at.as_millis())
                    .bind(token.bytes())
                    .execute(&mut *writing)
                    .await
                    .map_err(problems::database)?;
            }
            writing.commit().await?;
        }
        Ok(())
    }

    /// Removes what is too old. Idle sessions stay in the file, dead, until they are too old as well.
    async fn remove_expired(&self, now: Timestamp) -> Result<(), Problem> {
        loop {
            let mut writing = self.database.write().await?;
            let expired = "DELETE FROM sessions WHERE token_hash IN \
                (SELECT token_hash FROM sessions WHERE expires_at_ms <= $1 LIMIT $2)";
            let query = sqlx::query(expired).bind(now.as_millis()).bind(i64::from(EXPIRED_BATCH_MAX));
            let removed = query.execute(&mut *writing).await.map_err(problems::database)?.rows_affected();
            let expired = sqlx::query("DELETE FROM setup_tokens WHERE expires_at_ms <= $1").bind(now.as_millis());
            expired.execute(&mut *writing).await.map_err(problems::database)?;
            writing.commit().await?;
            if removed < u64::from(EXPIRED_BATCH_MAX) {
                return Ok(());
            }
        }
    }
}
