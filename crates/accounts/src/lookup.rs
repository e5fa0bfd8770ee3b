//! Finding, counting and listing accounts. No answer holds a password hash.

use domain::limits::PAGE_ROWS_MAX;
use domain::{AccountId, Problem};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;

use crate::AccountStore;
use crate::account::{Account, get, id_bytes, select_account};
use crate::email::normalise;
use crate::limits::INSERT_ROWS_MAX;
use crate::problems;
use crate::sessions::find_in;

/// How many accounts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountCounts {
    /// People who buy for themselves.
    pub fans: u64,
    /// People who run sales.
    pub organisers: u64,
    /// People who run the installation.
    pub operators: u64,
    /// Rehearsal fans, of any role; in none of the other counts.
    pub rehearsal: u64,
}

impl AccountStore {
    /// The account with this id.
    pub async fn find(&self, account: AccountId) -> Result<Option<Account>, Problem> {
        let mut reading = self.inner.database.read().await?;
        find_in(&mut reading, account).await
    }

    /// The account with this e-mail address, in any case.
    pub async fn find_by_email(&self, email: &str) -> Result<Option<Account>, Problem> {
        let mut reading = self.inner.database.read().await?;
        let query = sqlx::query(select_account!("WHERE email = $1")).bind(normalise(email));
        let row = query.fetch_optional(&mut *reading).await.map_err(problems::database)?;
        row.as_ref().map(Account::from_row).transpose()
    }

    /// The accounts with these ids, in the order of their ids; unknown ones are left out.
    pub async fn find_many(&self, accounts: &[AccountId]) -> Result<Vec<Account>, Problem> {
        let mut ids = accounts.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(INSERT_ROWS_MAX) {
            let select = format!("{} ({}) ORDER BY id", select_account!("WHERE id IN"), database::rows(some.len(), 1));
            let query = some.iter().fold(sqlx::query(AssertSqlSafe(select)), |query, id| query.bind(id_bytes(*id)));
            let mut reading = self.inner.database.read().await?;
            let rows = query.fetch_all(&mut *reading).await.map_err(problems::database)?;
            found.append(&mut read_accounts(&rows)?);
        }
        Ok(found)
    }

    /// A page of accounts, oldest first, after this one; at most [`PAGE_ROWS_MAX`].
    pub async fn list(&self, after: Option<AccountId>, limit: usize) -> Result<Vec<Account>, Problem> {
        let limit = i64::try_from(limit.min(PAGE_ROWS_MAX)).map_err(problems::unavailable)?;
        let mut reading = self.inner.database.read().await?;
        let query = sqlx::query(select_account!("WHERE id > $1 ORDER BY id LIMIT $2"));
        let query = query.bind(after.map_or_else(Vec::new, id_bytes)).bind(limit);
        read_accounts(&query.fetch_all(&mut *reading).await.map_err(problems::database)?)
    }

    /// How many accounts there are. It reads them all: for reports, not for every page.
    pub async fn count(&self) -> Result<AccountCounts, Problem> {
        let counts = "SELECT count(*) FILTER (WHERE kind = 'rehearsal') AS rehearsal, \
            count(*) FILTER (WHERE kind = 'person' AND role = 'fan') AS fans, \
            count(*) FILTER (WHERE kind = 'person' AND role = 'organiser') AS organisers, \
            count(*) FILTER (WHERE kind = 'person' AND role = 'operator') AS operators FROM accounts";
        let mut reading = self.inner.database.read().await?;
        let row = sqlx::query(counts).fetch_one(&mut *reading).await.map_err(problems::database)?;
        let count = |column| get::<i64>(&row, column).map(i64::cast_unsigned);
        Ok(AccountCounts {
            fans: count("fans")?,
            organisers: count("organisers")?,
            operators: count("operators")?,
            rehearsal: count("rehearsal")?,
        })
    }
}

fn read_accounts(rows: &[AnyRow]) -> Result<Vec<Account>, Problem> {
    rows.iter().map(Account::from_row).collect()
}
