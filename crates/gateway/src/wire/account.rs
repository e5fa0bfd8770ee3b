//! Accounts on the wire.

use accounts::Account;
use serde::Serialize;
use utoipa::ToSchema;

/// An account, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountBody {
    /// `acct_…`
    pub id: String,
    /// The address it signs in with.
    pub email: String,
    /// What the person is called.
    pub name: Option<String>,
    /// `fan`, `organiser` or `operator`.
    #[schema(value_type = String)]
    pub role: domain::Role,
    /// The organiser it works for.
    pub organiser: Option<String>,
    /// `en` or `ko`.
    pub locale: &'static str,
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.to_string(),
            email: account.email,
            name: account.name,
            role: account.role,
            organiser: account.organiser.map(|organiser| organiser.to_string()),
            locale: account.locale.tag(),
        }
    }
}
