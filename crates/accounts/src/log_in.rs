//! Logging in: count the attempt, compare the password, start a session.

use std::net::IpAddr;

use domain::{AccountId, Problem, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::AccountStore;
use crate::account::{Account, get, id_bytes, select_account};
use crate::attempts::Attempt;
use crate::database::to_the_end;
use crate::email::normalise;
use crate::hashing::Verdict;
use crate::password::Password;
use crate::problems;
use crate::sessions::insert_session;
use crate::store::Inner;
use crate::token::SessionToken;

/// What a person gives to log in. Has no `Debug`: it holds a password.
pub struct LogIn {
    /// The e-mail address, in any case.
    pub email: String,
    /// The password.
    pub password: Password,
    /// The network address the request comes from.
    pub from: IpAddr,
}

/// An account that can log in, with its password hash.
pub(crate) struct Credentials {
    pub(crate) account: Account,
    password_hash: String,
}

/// The right password was given for these credentials.
pub(crate) struct Proof {
    credentials: Credentials,
    rehashed: Option<String>,
}

impl AccountStore {
    /// Logs in and starts a session with a new token. An unknown e-mail address, an account without a password and a
    /// wrong password give the same answer after the same work. Errors: `credentials_wrong`, `too_many_attempts`,
    /// `busy`.
    pub async fn log_in(&self, log_in: LogIn, now: Timestamp) -> Result<(Account, SessionToken), Problem> {
        let email = normalise(&log_in.email);
        let attempt = self.inner.attempts.take(&email, log_in.from, now)?;
        let credentials = self.inner.credentials_by_email(&email).await;
        let proof = self.inner.prove(attempt, credentials, log_in.password).await?;
        let inner = self.inner.clone();
        to_the_end(async move {
            let generation = inner.cache.generation();
            let mut writing = inner.database.write_of(proof.account()).await?;
            let account = proof.confirm(&mut writing).await?;
            let started = insert_session(&mut writing, &account, now).await?;
            sabotage::crash_point("accounts.session_written");
            writing.commit().await?;
            sabotage::crash_point("accounts.session_committed");
            Ok((account, inner.keep(generation, started)))
        })
        .await
    }
}

impl Inner {
    /// Compares a password, at the same cost if there are no credentials to compare with. The attempt stays counted
    /// if the password is wrong. Errors: `credentials_wrong`, `busy`.
    pub(crate) async fn prove(
        &self,
        attempt: Attempt<'_>,
        credentials: Result<Option<Credentials>, Problem>,
        password: Password,
    ) -> Result<Proof, Problem> {
        match self.compare(credentials, password).await {
            Ok(Some(proof)) => {
                attempt.give_back();
                Ok(proof)
            }
            Ok(None) => Err(problems::credentials_wrong()),
            Err(problem) => {
                // Nothing was compared, so nothing was learned.
                attempt.give_back();
                Err(problem)
            }
        }
    }

    async fn compare(
        &self,
        credentials: Result<Option<Credentials>, Problem>,
        password: Password,
    ) -> Result<Option<Proof>, Problem> {
        let credentials = credentials?;
        if password.is_too_long() {
            return Ok(None);
        }
        let stored = credentials.as_ref().map(|credentials| credentials.password_hash.as_str());
        Ok(match (self.passwords.verify(password, stored).await?, credentials) {
            (Verdict::Right { rehashed }, Some(credentials)) => Some(Proof { credentials, rehashed }),
            _ => None,
        })
    }

    async fn credentials_by_email(&self, email: &str) -> Result<Option<Credentials>, Problem> {
        let mut reading = self.database.read().await?;
        let query = sqlx::query(select_account!(", password_hash", "WHERE email = $1")).bind(email);
        let row = query.fetch_optional(&mut *reading).await.map_err(problems::database)?;
        read_credentials(row)
    }

    pub(crate) async fn credentials_of(&self, account: AccountId) -> Result<Option<Credentials>, Problem> {
        let mut reading = self.database.read().await?;
        credentials_in(&mut reading, account).await
    }
}

impl Proof {
    /// Whose password it was.
    pub(crate) fn account(&self) -> AccountId {
        self.credentials.account.id
    }

    /// Reads the account again in the transaction that acts on the proof: the password, the role or the account may
    /// have changed while the hash was computed. Stores the new hash if the old one had another cost.
    /// Errors: `credentials_wrong` if the password is no longer the one that was compared.
    pub(crate) async fn confirm(self, connection: &mut AnyConnection) -> Result<Account, Problem> {
        let Credentials { account, password_hash } = self.credentials;
        let current = credentials_in(connection, account.id).await?;
        let current = current.filter(|current| current.password_hash == password_hash);
        let account = current.ok_or_else(problems::credentials_wrong)?.account;
        if let Some(rehashed) = self.rehashed {
            store_password_hash(connection, account.id, &rehashed).await?;
        }
        Ok(account)
    }
}

/// Replaces the password hash of an account.
pub(crate) async fn store_password_hash(
    connection: &mut AnyConnection,
    account: AccountId,
    password_hash: &str,
) -> Result<(), Problem> {
    let query = sqlx::query("UPDATE accounts SET password_hash = $1 WHERE id = $2");
    let query = query.bind(password_hash).bind(id_bytes(account));
    query.execute(connection).await.map_err(problems::database).map(drop)
}

async fn credentials_in(connection: &mut AnyConnection, account: AccountId) -> Result<Option<Credentials>, Problem> {
    let query = sqlx::query(select_account!(", password_hash", "WHERE id = $1")).bind(id_bytes(account));
    read_credentials(query.fetch_optional(connection).await.map_err(problems::database)?)
}

/// A row with a password hash; an account without a password has no credentials.
fn read_credentials(row: Option<AnyRow>) -> Result<Option<Credentials>, Problem> {
    let Some(row) = row else { return Ok(None) };
    let Some(password_hash) = get(&row, "password_hash")? else { return Ok(None) };
    Ok(Some(Credentials { account: Account::from_row(&row)?, password_hash }))
}
