//! Rehearsal fans: accounts for load runs, signed in and without a password.

use domain::{AccountId, Problem, Role, Timestamp};
use sqlx::{AnyConnection, AssertSqlSafe};

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

async fn insert_accounts(connection: &mut AnyConnection, fans: &[Fan]) -> Result<(), Problem> {
    let insert = "INSERT INTO accounts (id, kind, email, locale, role, created_at_ms) VALUES ";
    let insert = AssertSqlSafe(format!("{insert}{}", database::rows(fans.len(), 6)));
    let query = fans.iter().fold(sqlx::query(insert), |query, Fan { account, .. }| {
        let query = query.bind(id_bytes(account.id)).bind(account.kind.text()).bind(account.email.as_str());
        let query = query.bind(account.locale.tag()).bind(role_text(account.role));
        query.bind(account.created_at.as_millis())
    });
    query.execute(connection).await.map_err(problems::database).map(drop)
}

async fn insert_sessions(connection: &mut AnyConnection, fans: &[Fan], now: Timestamp) -> Result<(), Problem> {
    let insert = "INSERT INTO sessions (token_hash, account, started_at_ms, seen_at_ms, expires_at_ms) VALUES ";
    let insert = AssertSqlSafe(format!("{insert}{}", database::rows(fans.len(), 5)));
    let query = fans.iter().fold(sqlx::query(insert), |query, Fan { account, token }| {
        let query = query.bind(token.hash().bytes().to_vec()).bind(id_bytes(account.id));
        let query = query.bind(now.as_millis()).bind(now.as_millis());
        query.bind(new_session(account, now).expires_at.as_millis())
    });
    query.execute(connection).await.map_err(problems::database).map(drop)
}
