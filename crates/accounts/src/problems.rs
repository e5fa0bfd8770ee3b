//! Every problem this crate answers with: the code, and the sentence the person reads.

use std::fmt;

use domain::Problem;
use domain::limits::{PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN};

use crate::limits::NAME_CHARS_MAX;

pub(crate) fn email_invalid() -> Problem {
    Problem::new("email_invalid", "This is not an e-mail address we can use.").at("/email")
}

pub(crate) fn email_taken() -> Problem {
    Problem::new("email_taken", "There is already an account with this e-mail address.").at("/email")
}

pub(crate) fn name_invalid() -> Problem {
    let sentence = format!("A name has at most {NAME_CHARS_MAX} characters and no control characters.");
    Problem::new("name_invalid", sentence).at("/name")
}

pub(crate) fn password_too_short() -> Problem {
    let sentence = format!("A password needs at least {PASSWORD_CHARS_MIN} characters.");
    Problem::new("password_too_short", sentence).at("/password")
}

pub(crate) fn password_too_long() -> Problem {
    let sentence = format!("A password may have at most {PASSWORD_CHARS_MAX} characters.");
    Problem::new("password_too_long", sentence).at("/password")
}

pub(crate) fn password_too_common() -> Problem {
    let sentence = "This password is among the first that would be guessed. Choose another one.";
    Problem::new("password_too_common", sentence).at("/password")
}

pub(crate) fn password_names_email() -> Problem {
    let sentence = "The password contains your e-mail name. Choose one that does not.";
    Problem::new("password_too_common", sentence).at("/password")
}

/// The same for a wrong password, an unknown e-mail address and an account without a password.
pub(crate) fn credentials_wrong() -> Problem {
    Problem::new("credentials_wrong", "The e-mail address or the password is wrong.")
}

/// The same for either limit, so that it does not tell which one was met.
pub(crate) fn too_many_attempts() -> Problem {
    Problem::new("too_many_attempts", "There were too many attempts. Wait a few minutes and try again.")
}

pub(crate) fn not_signed_in() -> Problem {
    Problem::new("not_signed_in", "You are not signed in, or your session is over. Sign in and try again.")
}

pub(crate) fn account_unknown() -> Problem {
    Problem::new("account_unknown", "There is no such account.")
}

pub(crate) fn role_invalid() -> Problem {
    let sentence = "The role organiser needs an organiser, the others have none, and a rehearsal fan stays a fan.";
    Problem::new("role_invalid", sentence).at("/organiser")
}

pub(crate) fn last_operator() -> Problem {
    Problem::new("last_operator", "This is the only operator. Make another one before changing this role.").at("/role")
}

pub(crate) fn operator_exists() -> Problem {
    Problem::new("operator_exists", "There is an operator already. Ask one of them for the role.")
}

pub(crate) fn setup_token_invalid() -> Problem {
    let sentence = "This set-up link was used, replaced or is too old. A restart of the server prints a new one.";
    Problem::new("setup_token_invalid", sentence)
}

pub(crate) fn rehearsal_fans_too_many() -> Problem {
    let sentence = format!("At most {} rehearsal fans are made at once.", crate::limits::REHEARSAL_FANS_MAX);
    Problem::new("rehearsal_fans_too_many", sentence).at("/count")
}

pub(crate) fn busy() -> Problem {
    Problem::new("busy", "Very many people are signing in right now. Try again in a few seconds.")
}

/// The database, the random source or the password hash failed: nothing the person did.
pub(crate) fn unavailable(detail: impl fmt::Display) -> Problem {
    Problem::new("accounts_unavailable", "Accounts are not available right now. Try again in a moment.")
        .internal(detail)
}

/// What a failed statement means to the person who waits for it.
pub(crate) fn database(error: sqlx::Error) -> Problem {
    match error {
        sqlx::Error::PoolTimedOut => busy().internal("no connection to the accounts became free in time"),
        error => unavailable(format_args!("accounts: {error}")),
    }
}
