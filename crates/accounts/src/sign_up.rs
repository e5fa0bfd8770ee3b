//! Signing up.

use domain::{Problem, Role, Timestamp};
use sqlx::AnyConnection;

use crate::AccountStore;
use crate::account::{Account, AccountKind, Draft, NewAccount, account_id, id_bytes, role_text};
use crate::database::to_the_end;
use crate::email::Email;
use crate::problems;
use crate::token::random;

impl AccountStore {
    /// Creates a fan's account. Errors, with their field: `email_invalid`, `email_taken`, `password_too_short`,
    /// `password_too_long`, `password_too_common`, `name_invalid`; and `busy`.
    pub async fn sign_up(&self, new: NewAccount, now: Timestamp) -> Result<Account, Problem> {
        let (account, password_hash) = self.prepare(new.check()?, Role::Fan, now).await?;
        let inner = self.inner.clone();
        to_the_end(async move {
            let mut writing = inner.database.write().await?;
            insert_account(&mut writing, &account, &password_hash).await?;
            writing.commit().await?;
            Ok(account)
        })
        .await
    }

    /// The account of a draft and its password hash; not yet written. Asks for the e-mail address before hashing,
    /// which costs a thousand times more; the table's UNIQUE decides in the end.
    pub(crate) async fn prepare(&self, draft: Draft, role: Role, now: Timestamp) -> Result<(Account, String), Problem> {
        if self.is_taken(&draft.email).await? {
            return Err(problems::email_taken());
        }
        let password_hash = self.inner.passwords.hash(draft.password).await?;
        let account = Account {
            id: account_id(now, &random()?),
            kind: AccountKind::Person,
            email: draft.email.as_str().to_owned(),
            name: draft.name,
            locale: draft.locale,
            role,
            organiser: None,
            created_at: now,
        };
        Ok((account, password_hash))
    }

    async fn is_taken(&self, email: &Email) -> Result<bool, Problem> {
        let mut reading = self.inner.database.read().await?;
        let query = sqlx::query_scalar("SELECT count(*) FROM accounts WHERE email = $1").bind(email.as_str());
        let count: i64 = query.fetch_one(&mut *reading).await.map_err(problems::database)?;
        Ok(count > 0)
    }
}

/// Writes a new account. Errors: `email_taken`.
pub(crate) async fn insert_account(
    connection: &mut AnyConnection,
    account: &Account,
    password_hash: &str,
) -> Result<(), Problem> {
    let insert = "INSERT INTO accounts (id, kind, email, name, locale, role, organiser, password_hash, created_at_ms) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    sqlx::query(insert)
        .bind(id_bytes(account.id))
        .bind(account.kind.text())
        .bind(&account.email)
        .bind(&account.name)
        .bind(account.locale.tag())
        .bind(role_text(account.role))
        .bind(account.organiser.map(|organiser| i64::from(organiser.get())))
        .bind(password_hash)
        .bind(account.created_at.as_millis())
        .execute(connection)
        .await
        .map_err(|error| match error.as_database_error() {
            Some(conflict) if conflict.is_unique_violation() => problems::email_taken(),
            _ => problems::database(error),
        })?;
    Ok(())
}
