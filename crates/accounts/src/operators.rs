//! The first operator: there is no default password, but a link that works once, or a command on the server.

use domain::{Problem, Role, Timestamp};
use sqlx::AnyConnection;

use crate::AccountStore;
use crate::account::{Account, NewAccount};
use crate::database::to_the_end;
use crate::limits::SETUP_TOKEN_MS_MAX;
use crate::problems;
use crate::roles::count_operators;
use crate::sign_up::insert_account;
use crate::token::{SetupToken, TokenHash};

impl AccountStore {
    /// Whether anybody can run this installation.
    pub async fn has_operator(&self) -> Result<bool, Problem> {
        let mut reading = self.inner.database.read().await?;
        Ok(count_operators(&mut reading).await? > 0)
    }

    /// Creates the first operator, for a command that only the owner of the server can run. Errors:
    /// `operator_exists` and those of [`sign_up`](Self::sign_up).
    pub async fn bootstrap_operator(&self, new: NewAccount, now: Timestamp) -> Result<Account, Problem> {
        let draft = new.check()?;
        if self.has_operator().await? {
            return Err(problems::operator_exists());
        }
        let prepared = self.prepare(draft, Role::Operator, now).await?;
        self.insert_first_operator(prepared, None, now).await
    }

    /// A token that creates the first operator, once, within 24 hours; it replaces the one before. The server prints
    /// it as a link at its start. Errors: `operator_exists`.
    pub async fn issue_setup_token(&self, now: Timestamp) -> Result<SetupToken, Problem> {
        let token = SetupToken::draw()?;
        let hash = token.hash();
        let inner = self.inner.clone();
        to_the_end(async move {
            let mut writing = inner.database.write_roles().await?;
            refuse_second_operator(&mut writing).await?;
            delete_setup_tokens(&mut writing).await?;
            let query = sqlx::query("INSERT INTO setup_tokens (token_hash, expires_at_ms) VALUES ($1, $2)")
                .bind(hash.bytes())
                .bind(now.as_millis().saturating_add(SETUP_TOKEN_MS_MAX));
            query.execute(&mut *writing).await.map_err(problems::database)?;
            writing.commit().await
        })
        .await?;
        Ok(token)
    }

    /// Creates the first operator with the token of the set-up link. A refused e-mail address or password does not
    /// use the token up. Errors: `setup_token_invalid` and those of [`sign_up`](Self::sign_up).
    pub async fn redeem_setup_token(&self, token: &str, new: NewAccount, now: Timestamp) -> Result<Account, Problem> {
        let token = TokenHash::of(token).ok_or_else(problems::setup_token_invalid)?;
        // Before anything else, so that a stranger learns nothing here and costs no password hash.
        let mut reading = self.inner.database.read().await?;
        check_setup_token(&mut reading, token, now).await?;
        drop(reading);
        let prepared = self.prepare(new.check()?, Role::Operator, now).await?;
        self.insert_first_operator(prepared, Some(token), now).await
    }

    async fn insert_first_operator(
        &self,
        (account, password_hash): (Account, String),
        token: Option<TokenHash>,
        now: Timestamp,
    ) -> Result<Account, Problem> {
        let inner = self.inner.clone();
        to_the_end(async move {
            let mut writing = inner.database.write_roles().await?;
            if let Some(token) = token {
                check_setup_token(&mut writing, token, now).await?;
            }
            refuse_second_operator(&mut writing).await?;
            delete_setup_tokens(&mut writing).await?;
            insert_account(&mut writing, &account, &password_hash).await?;
            writing.commit().await?;
            Ok(account)
        })
        .await
    }
}

async fn refuse_second_operator(connection: &mut AnyConnection) -> Result<(), Problem> {
    if count_operators(connection).await? > 0 { Err(problems::operator_exists()) } else { Ok(()) }
}

async fn delete_setup_tokens(connection: &mut AnyConnection) -> Result<(), Problem> {
    sqlx::query("DELETE FROM setup_tokens").execute(connection).await.map_err(problems::database).map(drop)
}

async fn check_setup_token(connection: &mut AnyConnection, token: TokenHash, now: Timestamp) -> Result<(), Problem> {
    let valid = "SELECT count(*) FROM setup_tokens WHERE token_hash = $1 AND expires_at_ms > $2";
    let query = sqlx::query_scalar(valid).bind(token.bytes()).bind(now.as_millis());
    let valid: i64 = query.fetch_one(connection).await.map_err(problems::database)?;
    if valid > 0 { Ok(()) } else { Err(problems::setup_token_invalid()) }
}
