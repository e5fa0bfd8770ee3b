//! Changing one's password, which ends every session that the old one started.

use std::net::IpAddr;

use domain::{AccountId, Problem, Timestamp};

use crate::AccountStore;
use crate::database::to_the_end;
use crate::email::Email;
use crate::log_in::store_password_hash;
use crate::password::{Password, check_password};
use crate::problems;
use crate::sessions::{delete_sessions, insert_session};
use crate::token::SessionToken;

/// What a person gives to change their password. Has no `Debug`: it holds passwords.
pub struct PasswordChange {
    /// Whose password; from the session, not from the client.
    pub account: AccountId,
    /// The password until now.
    pub current: Password,
    /// The password from now on.
    pub new: Password,
    /// The network address the request comes from.
    pub from: IpAddr,
}

impl AccountStore {
    /// Changes a password, ends every session of the account at once, and starts a new one. Errors:
    /// `credentials_wrong`, `password_too_short`, `password_too_long`, `password_too_common`, `too_many_attempts`,
    /// `busy`.
    pub async fn change_password(&self, change: PasswordChange, now: Timestamp) -> Result<SessionToken, Problem> {
        let credentials = self.inner.credentials_of(change.account).await?.ok_or_else(problems::credentials_wrong)?;
        let email = Email::parse(&credentials.account.email).ok_or_else(problems::credentials_wrong)?;
        check_password(&change.new, &email)?;
        let attempt = self.inner.attempts.take(email.as_str(), change.from, now)?;
        let proof = self.inner.prove(attempt, Ok(Some(credentials)), change.current).await?;
        let password_hash = self.inner.passwords.hash(change.new).await?;
        let inner = self.inner.clone();
        to_the_end(async move {
            let generation = inner.cache.generation();
            let mut writing = inner.database.write_of(proof.account()).await?;
            let account = proof.confirm(&mut writing).await?;
            store_password_hash(&mut writing, account.id, &password_hash).await?;
            let mut ended = delete_sessions(&mut writing, account.id).await?;
            let mut started = insert_session(&mut writing, &account, now).await?;
            writing.commit().await?;
            started.ended.append(&mut ended);
            Ok(inner.keep(generation, started))
        })
        .await
    }
}
