//! What people may change of their account themselves.

use domain::{AccountId, Problem};

use crate::AccountStore;
use crate::account::{Account, Locale, checked_name, id_bytes};
use crate::database::to_the_end;
use crate::problems;
use crate::sessions::find_in;

/// What changes; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// The name; an empty one takes it away.
    pub name: Option<String>,
    /// The language of mails.
    pub locale: Option<Locale>,
}

impl AccountStore {
    /// Changes name and language. Errors: `name_invalid`, `account_unknown`, `busy`.
    pub async fn change_profile(&self, account: AccountId, change: ProfileChange) -> Result<Account, Problem> {
        let renamed = change.name.is_some();
        let name = checked_name(change.name)?;
        let inner = self.inner.clone();
        to_the_end(async move {
            let mut writing = inner.database.write_of(account).await?;
            let known = find_in(&mut writing, account).await?.ok_or_else(problems::account_unknown)?;
            let name = if renamed { name } else { known.name.clone() };
            let locale = change.locale.unwrap_or(known.locale);
            let update = sqlx::query("UPDATE accounts SET name = $1, locale = $2 WHERE id = $3");
            let update = update.bind(&name).bind(locale.tag()).bind(id_bytes(account));
            update.execute(&mut *writing).await.map_err(problems::database)?;
            writing.commit().await?;
            Ok(Account { name, locale, ..known })
        })
        .await
    }
}
