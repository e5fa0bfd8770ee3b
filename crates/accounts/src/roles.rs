//! Roles. Who may grant them is the gateway's to decide; here they only stay consistent.

use domain::{AccountId, OrganiserId, Problem, Role};
use sqlx::AnyConnection;

use crate::AccountStore;
use crate::account::{Account, AccountKind, id_bytes, role_text};
use crate::database::to_the_end;
use crate::problems;
use crate::sessions::{find_in, read_tokens};

impl AccountStore {
    /// Gives an account a role, visible to its next request. Errors: `account_unknown`, `role_invalid` (an organiser
    /// is named exactly for [`Role::Organiser`]; a rehearsal fan stays a fan), `last_operator`, `busy`.
    pub async fn grant_role(
        &self,
        account: AccountId,
        role: Role,
        organiser: Option<OrganiserId>,
    ) -> Result<Account, Problem> {
        if (role == Role::Organiser) != organiser.is_some() {
            return Err(problems::role_invalid());
        }
        let inner = self.inner.clone();
        to_the_end(async move {
            let mut writing = inner.database.write_roles().await?;
            writing.also_of(account).await?;
            let before = find_in(&mut writing, account).await?.ok_or_else(problems::account_unknown)?;
            if before.kind == AccountKind::Rehearsal && role != Role::Fan {
                return Err(problems::role_invalid());
            }
            if before.role == Role::Operator && role != Role::Operator && count_operators(&mut writing).await? == 1 {
                return Err(problems::last_operator());
            }
            let query = sqlx::query("UPDATE accounts SET role = $1, organiser = $2 WHERE id = $3")
                .bind(role_text(role))
                .bind(organiser.map(|organiser| i64::from(organiser.get())))
                .bind(id_bytes(account));
            query.execute(&mut *writing).await.map_err(problems::database)?;
            let query = sqlx::query("SELECT token_hash FROM sessions WHERE account = $1").bind(id_bytes(account));
            let sessions = read_tokens(&query.fetch_all(&mut *writing).await.map_err(problems::database)?)?;
            writing.commit().await?;
            // The sessions live on, but what is remembered of them has the old role.
            inner.cache.revoke(&sessions);
            Ok(Account { role, organiser, ..before })
        })
        .await
    }
}

/// How many operators there are.
pub(crate) async fn count_operators(connection: &mut AnyConnection) -> Result<i64, Problem> {
    let query = sqlx::query_scalar("SELECT count(*) FROM accounts WHERE role = 'operator'");
    query.fetch_one(connection).await.map_err(problems::database)
}
