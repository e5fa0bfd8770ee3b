//! Logging in: count the attempt, compare the password, start a session.

use std::net::IpAddr;

use domain::{Problem, Timestamp};
use sqlx::SqliteConnection;

use crate::AccountStore;
use crate::account::{Account, COLUMNS, get, id_bytes};
use crate::database::to_the_end;
use crate::email::normalise;
use crate::hashing::Verdict;
use crate::password::Password;
use crate::problems;
use crate::sessions::insert_session;
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
    pub(crate) password_hash: String,
}

impl AccountStore {
    /// Logs in and starts a session with a new token. An unknown e-mail address, an account without a password and a
    /// wrong password give the same answer after the same work. Errors: `credentials_wrong`, `too_many_attempts`,
    /// `busy`.
    pub async fn log_in(&self, log_in: LogIn, now: Timestamp) -> Result<(Account, SessionToken), Problem> {
        let email = normalise(&log_in.email);
        let credentials = self.inner.credentials_by_email(&email).await?;
        let proof = self.prove(&email, log_in.password, log_in.from, credentials, now).await?;
        let inner = self.inner.clone();
        to_the_end(async move {
            let generation = inner.cache.generation();
            let mut writing = inner.database.write().await?;
            // The row again: the password, the role or the account may have changed while the hash was computed.
            let account = proof.confirm(&mut writing).await?;
            let started = insert_session(&mut writing, &account, now).await?;
            writing.commit().await?;
            Ok((account, inner.keep(generation, started)))
        })
        .await
    }

    /// Counts an attempt and compares a password. Errors: `credentials_wrong`, `too_many_attempts`, `busy`.
    pub(crate) async fn prove(
        &self,
        email: &str,
        password: Password,
        from: IpAddr,
        credentials: Option<Credentials>,
        now: Timestamp,
    ) -> Result<Proof, Problem> {
        let attempt = self.inner.attempts.take(email, from, now)?;
        if password.is_too_long() {
            return Err(problems::credentials_wrong());
        }
        let stored = credentials.as_ref().map(|credentials| credentials.password_hash.as_str());
        match (self.inner.passwords.verify(password, stored).await, credentials) {
            (Ok(Verdict::Right { rehashed }), Some(credentials)) => {
                attempt.give_back();
                Ok(Proof { credentials, rehashed })
            }
            (Ok(_), _) => Err(problems::credentials_wrong()),
            (Err(problem), _) => {
                // Nothing was compared, so nothing was learned.
                attempt.give_back();
                Err(problem)
            }
        }
    }
}

/// The right password was given for these credentials.
pub(crate) struct Proof {
    pub(crate) credentials: Credentials,
    rehashed: Option<String>,
}

impl Proof {
    /// Reads the account again in the transaction that acts on the proof, and stores the new hash if the old one had
    /// another cost. Errors: `credentials_wrong` if the password is no longer the one that was compared.
    async fn confirm(self, connection: &mut SqliteConnection) -> Result<Account, Problem> {
        let Credentials { account, password_hash } = self.credentials;
        let current = read_credentials(connection, "id = ?", id_bytes(account.id)).await?;
        let current = current.filter(|current| current.password_hash == password_hash);
        let account = current.ok_or_else(problems::credentials_wrong)?.account;
        if let Some(rehashed) = self.rehashed {
            let query = sqlx::query("UPDATE accounts SET password_hash = ? WHERE id = ?");
            let query = query.bind(rehashed).bind(id_bytes(account.id));
            query.execute(connection).await.map_err(problems::database)?;
        }
        Ok(account)
    }
}
