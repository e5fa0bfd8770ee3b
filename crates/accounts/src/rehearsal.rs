//! Rehearsal fans: accounts for load runs, signed in and without a password.

use domain::{AccountId, Problem, Role, Timestamp};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::AccountStore;
use crate::account::{Account, AccountKind, Locale, account_id, id_bytes, role_text};
use crate::database::to_the_end;
use crate::limits::{INSERT_ROWS_MAX, REHEARSAL_FANS_MAX};
use crate::problems;
use crate::sessions::{Started, new_session};
use crate::token::{SessionToken, random};

struct Fan {
    account: Account,
    token: SessionToken,
}

impl AccountStore {
    /// Creates so many fans (at most 5,000) with a session each, in one transaction. Nobody can log in as one.
    /// Errors: `rehearsal_fans_too_many`, `busy`.
    pub async fn create_rehearsal_fans(
        &self,
        count: usize,
        now: Timestamp,
    ) -> Result<Vec<(AccountId, SessionToken)>, Problem> {
        if count > REHEARSAL_FANS_MAX {
            return Err(problems::rehearsal_fans_too_many());
        }
        let fans = (0..count).map(|_| Fan::draw(now)).collect::<Result<Vec<_>, _>>()?;
        let inner = self.inner.clone();
        to_the_end(async move {
            let generation = inner.cache.generation();
            let mut writing = inner.database.write().await?;
            for some in fans.chunks(INSERT_ROWS_MAX) {
                insert_accounts(&mut writing, some).await?;
                insert_sessions(&mut writing, some, now).await?;
            }
            writing.commit().await?;
            let sign_in = |Fan { account, token }: Fan| {
                let session = new_session(&account, now);
                (account.id, inner.keep(generation, Started { token, session, ended: Vec::new() }))
            };
            Ok(fans.into_iter().map(sign_in).collect())
        })
        .await
    }
}

impl Fan {
    fn draw(now: Timestamp) -> Result<Self, Problem> {
        let bytes = random::<42>()?;
        let (for_id, for_token) = (bytes.first_chunk(), bytes.last_chunk());
        let (Some(for_id), Some(for_token)) = (for_id, for_token) else { unreachable!("42 = 10 + 32") };
        let id = account_id(now, for_id);
        let account = Account {
            id,
            kind: AccountKind::Rehearsal,
            // A domain that never exists (RFC 2606), so that no mail ever leaves for it.
            email: format!("{id}@rehearsal.invalid"),
            name: None,
            locale: Locale::En,
            role: Role::Fan,
            organiser: None,
            created_at: now,
        };
        Ok(Self { account, token: SessionToken::from_random(for_token) })
    }
}

async fn insert_accounts(connection: &mut SqliteConnection, fans: &[Fan]) -> Result<(), Problem> {
    let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO accounts (id, kind, email, locale, role, created_at_ms) ");
    query.push_values(fans, |mut row, Fan { account, .. }| {
        row.push_bind(id_bytes(account.id))
            .push_bind(account.kind.text())
            .push_bind(account.email.clone())
            .push_bind(account.locale.tag())
            .push_bind(role_text(account.role))
            .push_bind(account.created_at.as_millis());
    });
    query.build().execute(connection).await.map_err(problems::database).map(drop)
}

async fn insert_sessions(connection: &mut SqliteConnection, fans: &[Fan], now: Timestamp) -> Result<(), Problem> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO sessions (token_hash, account, started_at_ms, seen_at_ms, expires_at_ms) ",
    );
    query.push_values(fans, |mut row, Fan { account, token }| {
        row.push_bind(token.hash().bytes().to_vec())
            .push_bind(id_bytes(account.id))
            .push_bind(now.as_millis())
            .push_bind(now.as_millis())
            .push_bind(new_session(account, now).expires_at.as_millis());
    });
    query.build().execute(connection).await.map_err(problems::database).map(drop)
}
