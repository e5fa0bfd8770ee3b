//! Starting, checking and ending sessions.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::{AccountId, Problem, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::AccountStore;
use crate::account::{Account, id_bytes, select_account};
use crate::cache::Generation;
use crate::database::to_the_end;
use crate::limits::{SESSION_AGE_MS_MAX, SESSIONS_PER_ACCOUNT_MAX};
use crate::problems;
use crate::session::Session;
use crate::store::Inner;
use crate::token::{SessionToken, TokenHash};

impl AccountStore {
    /// Starts a session, after a sign-up or another proof of who it is. If the account has too many, its oldest ends.
    /// Errors: `account_unknown`, `busy`.
    pub async fn start_session(&self, account: AccountId, now: Timestamp) -> Result<SessionToken, Problem> {
        let inner = self.inner.clone();
        to_the_end(async move {
            let generation = inner.cache.generation();
            let mut writing = inner.database.write_of(account).await?;
            let account = find_in(&mut writing, account).await?.ok_or_else(problems::account_unknown)?;
            let started = insert_session(&mut writing, &account, now).await?;
            writing.commit().await?;
            Ok(inner.keep(generation, started))
        })
        .await
    }

    /// Who the bearer of this token is, if that is known without looking into the file. This is the fast way of
    /// every request; it neither waits nor fails. `None` says nothing: ask [`authenticate`](Self::authenticate).
    pub fn authenticate_cached(&self, token: &str, now: Timestamp) -> Option<Arc<Session>> {
        let token = TokenHash::of(token)?;
        self.inner.cached(&token, now)
    }

    /// Who the bearer of this token is. Errors: `not_signed_in`, `busy`.
    pub async fn authenticate(&self, token: &str, now: Timestamp) -> Result<Arc<Session>, Problem> {
        let token = TokenHash::of(token).ok_or_else(problems::not_signed_in)?;
        if let Some(session) = self.inner.cached(&token, now) {
            return Ok(session);
        }
        let generation = self.inner.cache.generation();
        self.inner.session_reads.fetch_add(1, Ordering::Relaxed);
        let session = self.inner.reader.read(token).await?.filter(|session| session.is_live(now));
        let session = session.ok_or_else(problems::not_signed_in)?;
        if session.note_use(now) {
            self.inner.seen.note(token, now);
        }
        self.inner.cache.put(generation, token, session.clone());
        Ok(session)
    }

    /// Ends a session at once. One that is unknown or over is no error. Errors: `busy`; then it may still be alive.
    pub async fn end_session(&self, token: &str) -> Result<(), Problem> {
        let Some(token) = TokenHash::of(token) else { return Ok(()) };
        let inner = self.inner.clone();
        to_the_end(async move {
            let mut writing = inner.database.write().await?;
            let query = sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(token.bytes());
            query.execute(&mut *writing).await.map_err(problems::database)?;
            writing.commit().await?;
            inner.cache.revoke(&[token]);
            Ok(())
        })
        .await
    }

    /// Ends every session of an account at once, and says how many. Errors: `busy`.
    pub async fn end_all_sessions(&self, account: AccountId) -> Result<usize, Problem> {
        let inner = self.inner.clone();
        to_the_end(async move {
            let mut writing = inner.database.write_of(account).await?;
            let ended = delete_sessions(&mut writing, account).await?;
            writing.commit().await?;
            inner.cache.revoke(&ended);
            Ok(ended.len())
        })
        .await
    }
}

/// More sessions than an account can have: SQLite has no OFFSET without a LIMIT.
const SESSIONS_ENDED_MAX: i64 = 1_000_000;

/// A session that was written, and those that ended for it.
pub(crate) struct Started {
    pub(crate) token: SessionToken,
    pub(crate) session: Session,
    pub(crate) ended: Vec<TokenHash>,
}

impl Inner {
    /// Takes a committed session into the cache, and those that ended for it out.
    pub(crate) fn keep(&self, generation: Generation, started: Started) -> SessionToken {
        self.cache.put(generation, started.token.hash(), Arc::new(started.session));
        if !started.ended.is_empty() {
            self.cache.revoke(&started.ended);
        }
        started.token
    }

    fn cached(&self, token: &TokenHash, now: Timestamp) -> Option<Arc<Session>> {
        let session = self.cache.get(token)?;
        if !session.is_live(now) {
            return None;
        }
        if session.note_use(now) {
            self.seen.note(*token, now);
        }
        Some(session)
    }
}

/// A new session of this account, not yet written.
pub(crate) fn new_session(account: &Account, now: Timestamp) -> Session {
    Session {
        account: account.id,
        kind: account.kind,
        role: account.role,
        organiser: account.organiser,
        started_at: now,
        expires_at: Timestamp::from_millis(now.as_millis().saturating_add(SESSION_AGE_MS_MAX)),
        seen_at_ms: now.as_millis().into(),
    }
}

/// Writes a new session with a new token, and ends the oldest ones beyond the limit.
pub(crate) async fn insert_session(
    connection: &mut AnyConnection,
    account: &Account,
    now: Timestamp,
) -> Result<Started, Problem> {
    let session = new_session(account, now);
    let token = SessionToken::draw()?;
    let insert = "INSERT INTO sessions (token_hash, account, started_at_ms, seen_at_ms, expires_at_ms) VALUES ($1, $2, $3, $4, $5)";
    sqlx::query(insert)
        .bind(token.hash().bytes().to_vec())
        .bind(id_bytes(account.id))
        .bind(now.as_millis())
        .bind(now.as_millis())
        .bind(session.expires_at.as_millis())
        .execute(&mut *connection)
        .await
        .map_err(problems::database)?;
    // The new one is kept even if the clock went back and makes it look like the oldest.
    let oldest = "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions \
        WHERE account = $1 AND token_hash <> $2 ORDER BY started_at_ms DESC LIMIT $4 OFFSET $3) RETURNING token_hash";
    let query = sqlx::query(oldest)
        .bind(id_bytes(account.id))
        .bind(token.hash().bytes().to_vec())
        .bind(i64::from(SESSIONS_PER_ACCOUNT_MAX - 1))
        .bind(SESSIONS_ENDED_MAX);
    let ended = read_tokens(&query.fetch_all(connection).await.map_err(problems::database)?)?;
    Ok(Started { token, session, ended })
}

/// Deletes every session of an account and returns their token hashes, for the cache.
pub(crate) async fn delete_sessions(
    connection: &mut AnyConnection,
    account: AccountId,
) -> Result<Vec<TokenHash>, Problem> {
    let query = sqlx::query("DELETE FROM sessions WHERE account = $1 RETURNING token_hash").bind(id_bytes(account));
    read_tokens(&query.fetch_all(connection).await.map_err(problems::database)?)
}

/// The first column of these rows, as token hashes.
pub(crate) fn read_tokens(rows: &[AnyRow]) -> Result<Vec<TokenHash>, Problem> {
    rows.iter().map(|row| TokenHash::from_bytes(row.try_get(0).map_err(problems::database)?)).collect()
}

/// The account, read in the transaction that decides about it.
pub(crate) async fn find_in(connection: &mut AnyConnection, account: AccountId) -> Result<Option<Account>, Problem> {
    let query = sqlx::query(select_account!("WHERE id = $1")).bind(id_bytes(account));
    let row = query.fetch_optional(connection).await.map_err(problems::database)?;
    row.as_ref().map(Account::from_row).transpose()
}
