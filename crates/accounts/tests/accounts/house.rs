//! A store in a folder of its own, and sentences to use it with.

use std::path::PathBuf;

use accounts::{Account, AccountStore, AccountStoreOptions, LogIn, NewAccount, Password, PasswordCost, SessionToken};
use database::Place;
use domain::{Problem, Timestamp};
use tempfile::TempDir;
use test_support::tables;

/// A password that keeps every rule.
pub const PASSWORD: &str = "vier alte Seile";
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub struct House {
    pub store: AccountStore,
    place: Place,
    folder: TempDir,
}

/// The instant so many milliseconds into the test.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + ms)
}

/// Cheap hashes, so that tests are quick; all else as in production.
pub fn options() -> AccountStoreOptions {
    AccountStoreOptions { password_cost: PasswordCost { memory_kib: 64, passes: 1 }, ..AccountStoreOptions::default() }
}

pub fn person(email: &str) -> NewAccount {
    NewAccount {
        email: email.to_owned(),
        password: Password::new(PASSWORD),
        name: Some("  Kim Min-ji ".to_owned()),
        locale: accounts::Locale::Ko,
    }
}

pub fn credentials(email: &str, password: &str, from: &str) -> LogIn {
    LogIn { email: email.to_owned(), password: Password::new(password), from: from.parse().unwrap() }
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(options()).await
    }

    pub async fn open_with(options: AccountStoreOptions) -> Self {
        let folder = TempDir::new().unwrap();
        let place = tables::place(folder.path(), "accounts.db").await.unwrap();
        let store = AccountStore::open_with(&place, options).await.unwrap();
        Self { store, place, folder }
    }

    /// Closes the store and opens its place again with nothing remembered.
    pub async fn restart(&mut self) {
        self.restart_with(options()).await;
    }

    pub async fn restart_with(&mut self, options: AccountStoreOptions) {
        self.store.close().await;
        self.store = AccountStore::open_with(&self.place, options).await.unwrap();
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("accounts.db")
    }

    pub async fn sign_up(&self, email: &str) -> Account {
        self.store.sign_up(person(email), at(0)).await.unwrap()
    }

    /// Signs up and logs in.
    pub async fn sign_in(&self, email: &str) -> (Account, SessionToken) {
        self.sign_up(email).await;
        self.log_in(email, PASSWORD).await.unwrap()
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Result<(Account, SessionToken), Problem> {
        self.store.log_in(credentials(email, password, "192.0.2.1"), at(0)).await
    }

    /// Whether the token is accepted, asking the cache first as the gateway does.
    pub async fn accepts(&self, token: &SessionToken, ms: i64) -> bool {
        if self.store.authenticate_cached(token.as_str(), at(ms)).is_some() {
            return true;
        }
        match self.store.authenticate(token.as_str(), at(ms)).await {
            Ok(_) => true,
            Err(problem) => {
                assert_eq!(problem.code, "not_signed_in", "{problem}");
                false
            }
        }
    }

    /// Whether the store's files, or the rows of its tables, hold these bytes anywhere.
    pub async fn files_hold(&self, bytes: &[u8]) -> bool {
        if let Place::Postgres(url) = &self.place {
            let rows = tables::rows_as_text(url, &accounts::ACCOUNTS).await.unwrap();
            return rows.iter().any(|row| row.as_bytes().windows(bytes.len()).any(|window| window == bytes));
        }
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let contents = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        contents.into_iter().any(|content| content.windows(bytes.len()).any(|window| window == bytes))
    }
}
