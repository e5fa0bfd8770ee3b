//! What an account is, and how it stands in a row.

use domain::{AccountId, OrganiserId, Problem, Role, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Builder;

use crate::email::Email;
use crate::limits::NAME_CHARS_MAX;
use crate::password::{Password, check_password};
use crate::problems;

/// An account, as its owner and the operator may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The id: a UUIDv7, so that accounts sort by the time they were made.
    pub id: AccountId,
    /// A person, or a fan made for a load run.
    pub kind: AccountKind,
    /// The e-mail address in its normal form; ends in `.invalid` for a rehearsal fan.
    pub email: String,
    /// The name the person gave.
    pub name: Option<String>,
    /// The language of pages and mail.
    pub locale: Locale,
    /// What the account may do.
    pub role: Role,
    /// The organiser it works for; exactly the accounts with [`Role::Organiser`] have one.
    pub organiser: Option<OrganiserId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who is behind an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountKind {
    /// A person, who signed up.
    Person,
    /// A fan of a load run: has no password, so nobody can log in as it.
    Rehearsal,
}

/// A language the product speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

/// What a person gives to sign up. Has no `Debug`: it holds a password.
pub struct NewAccount {
    /// The e-mail address, in any case.
    pub email: String,
    /// The password.
    pub password: Password,
    /// The name, if given; blank counts as not given.
    pub name: Option<String>,
    /// The language.
    pub locale: Locale,
}

/// A [`NewAccount`] that keeps every rule which needs no look at other accounts.
pub(crate) struct Draft {
    pub(crate) email: Email,
    pub(crate) password: Password,
    pub(crate) name: Option<String>,
    pub(crate) locale: Locale,
}

impl NewAccount {
    pub(crate) fn check(self) -> Result<Draft, Problem> {
        let email = Email::parse(&self.email).ok_or_else(problems::email_invalid)?;
        check_password(&self.password, &email)?;
        Ok(Draft { email, password: self.password, name: checked_name(self.name)?, locale: self.locale })
    }
}

/// A name as it is stored; blank counts as not given. Errors: `name_invalid`.
pub(crate) fn checked_name(name: Option<String>) -> Result<Option<String>, Problem> {
    let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let wrong = |name: &String| name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control);
    if name.as_ref().is_some_and(wrong) { Err(problems::name_invalid()) } else { Ok(name) }
}

/// A new account id: a UUIDv7 of `now` and these random bytes.
pub(crate) fn account_id(now: Timestamp, random: &[u8; 10]) -> AccountId {
    let millis = u64::try_from(now.as_millis()).unwrap_or_default();
    AccountId::from_uuid(Builder::from_unix_timestamp_millis(millis, random).into_uuid())
}

/// The bytes under which an account id is stored; they sort as the id does.
pub(crate) fn id_bytes(id: AccountId) -> Vec<u8> {
    id.bits().to_be_bytes().to_vec()
}

/// A query for the columns [`Account::from_row`] reads, and further ones if given first.
macro_rules! select_account {
    ($rest:literal) => {
        select_account!("", $rest)
    };
    ($more_columns:literal, $rest:literal) => {
        concat!(
            "SELECT id, kind, email, name, locale, role, organiser, created_at_ms",
            $more_columns,
            " FROM accounts ",
            $rest
        )
    };
}
pub(crate) use select_account;

impl Account {
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, Problem> {
        let email: String = get(row, "email")?;
        Ok(Self {
            id: read_id(get(row, "id")?)?,
            kind: AccountKind::read(get(row, "kind")?)?,
            email,
            name: get(row, "name")?,
            locale: Locale::read(get(row, "locale")?)?,
            role: read_role(get(row, "role")?)?,
            organiser: read_organiser(get(row, "organiser")?)?,
            created_at: Timestamp::from_millis(get(row, "created_at_ms")?),
        })
    }
}

/// One column of a row; a column of another type is a damaged file, not a panic.
pub(crate) fn get<'row, T>(row: &'row AnyRow, column: &'static str) -> Result<T, Problem>
where
    T: sqlx::Decode<'row, sqlx::Any> + sqlx::Type<sqlx::Any>,
{
    row.try_get(column).map_err(problems::database)
}

pub(crate) fn read_id(bytes: &[u8]) -> Result<AccountId, Problem> {
    let bytes = bytes.try_into().map_err(|_| problems::unavailable("an account id in accounts.db is not 16 bytes"))?;
    Ok(AccountId::new(u128::from_be_bytes(bytes)))
}

pub(crate) fn read_role(text: &str) -> Result<Role, Problem> {
    match text {
        "fan" => Ok(Role::Fan),
        "organiser" => Ok(Role::Organiser),
        "operator" => Ok(Role::Operator),
        _ => Err(problems::unavailable("accounts.db holds an unknown role")),
    }
}

pub(crate) fn role_text(role: Role) -> &'static str {
    match role {
        Role::Fan => "fan",
        Role::Organiser => "organiser",
        Role::Operator => "operator",
    }
}

pub(crate) fn read_organiser(number: Option<i64>) -> Result<Option<OrganiserId>, Problem> {
    number
        .map(|number| u32::try_from(number).map(OrganiserId::new))
        .transpose()
        .map_err(|_| problems::unavailable("accounts.db holds an impossible organiser number"))
}

impl AccountKind {
    pub(crate) fn read(text: &str) -> Result<Self, Problem> {
        match text {
            "person" => Ok(Self::Person),
            "rehearsal" => Ok(Self::Rehearsal),
            _ => Err(problems::unavailable("accounts.db holds an unknown kind of account")),
        }
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Rehearsal => "rehearsal",
        }
    }
}

impl Locale {
    fn read(text: &str) -> Result<Self, Problem> {
        match text {
            "en" => Ok(Self::En),
            "ko" => Ok(Self::Ko),
            _ => Err(problems::unavailable("accounts.db holds an unknown language")),
        }
    }

    /// The BCP 47 tag: `en` or `ko`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }
}
