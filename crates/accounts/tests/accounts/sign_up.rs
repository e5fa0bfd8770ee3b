//! Signing up.

use accounts::{AccountKind, AccountStore, Locale, NewAccount, Password};
use domain::Role;
use tokio::task::JoinSet;

use crate::house::{House, PASSWORD, at, options, person};

#[tokio::test]
async fn a_person_signs_up_and_is_found() {
    let house = House::open().await;
    let account = house.sign_up(" Kim@Example.COM ").await;
    assert_eq!((account.email.as_str(), account.name.as_deref()), ("kim@example.com", Some("Kim Min-ji")));
    assert_eq!((account.kind, account.role, account.organiser), (AccountKind::Person, Role::Fan, None));
    assert_eq!((account.locale, account.created_at), (Locale::Ko, at(0)));
    assert_eq!(account.id.bits() >> 80, at(0).as_millis() as u128, "a UUIDv7 of the time it was made");
    assert_eq!(house.store.find(account.id).await.unwrap().as_ref(), Some(&account));
    assert_eq!(house.store.find_by_email("KIM@example.com").await.unwrap().as_ref(), Some(&account));
}

#[tokio::test]
async fn an_e_mail_address_has_one_account_in_whatever_case() {
    let house = House::open().await;
    house.sign_up("kim@example.com").await;
    let problem = house.store.sign_up(person("KIM@Example.com"), at(1)).await.unwrap_err();
    assert_eq!((problem.code, problem.field.as_deref()), ("email_taken", Some("/email")));
}

#[tokio::test]
async fn of_many_sign_ups_with_one_address_one_wins() {
    let house = House::open().await;
    let mut sign_ups = JoinSet::new();
    for _ in 0..16 {
        let store = house.store.clone();
        sign_ups.spawn(async move { store.sign_up(person("kim@example.com"), at(0)).await });
    }
    let answers = sign_ups.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|problem| problem.code == "email_taken"));
}

#[tokio::test]
async fn a_refusal_names_the_field() {
    let house = House::open().await;
    let long = "x".repeat(101);
    for (email, password, name, code, field) in [
        ("kim.example.com", PASSWORD, "Kim", "email_invalid", "/email"),
        ("kim@example.com", "too short", "Kim", "password_too_short", "/password"),
        ("kim@example.com", &"long ".repeat(26), "Kim", "password_too_long", "/password"),
        ("kim@example.com", "Password123!", "Kim", "password_too_common", "/password"),
        ("minji@example.com", "hello-minji-hello", "Kim", "password_too_common", "/password"),
        ("kim@example.com", PASSWORD, "Kim\u{0}", "name_invalid", "/name"),
        ("kim@example.com", PASSWORD, &long, "name_invalid", "/name"),
    ] {
        let new = NewAccount {
            email: email.to_owned(),
            password: Password::new(password),
            name: Some(name.to_owned()),
            locale: Locale::En,
        };
        let problem = house.store.sign_up(new, at(0)).await.unwrap_err();
        assert_eq!((problem.code, problem.field.as_deref()), (code, Some(field)));
        assert!(!problem.to_string().contains(password), "a password is never repeated");
    }
    assert_eq!(house.store.count().await.unwrap().fans, 0);
    assert_eq!(house.store.stats().password_hashes_done, 0, "what is refused anyway is not hashed");
}

#[tokio::test]
async fn accounts_are_listed_in_pages_and_counted() {
    let house = House::open().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let made = house.store.sign_up(person(&format!("fan{number}@example.com")), at(number)).await.unwrap();
        ids.push(made.id);
    }
    let first = house.store.list(None, 3).await.unwrap();
    let rest = house.store.list(Some(first[2].id), 3).await.unwrap();
    assert_eq!(first.iter().chain(&rest).map(|account| account.id).collect::<Vec<_>>(), ids);
    let found = house.store.find_many(&[ids[4], ids[1], ids[4], domain::AccountId::new(7)]).await.unwrap();
    assert_eq!(found.iter().map(|account| account.id).collect::<Vec<_>>(), [ids[1], ids[4]]);
    assert_eq!(house.store.count().await.unwrap().fans, 5);
}

#[tokio::test]
async fn a_store_in_memory_works_like_one_in_a_file() {
    let store = AccountStore::in_memory(options()).await.unwrap();
    let account = store.sign_up(person("kim@example.com"), at(0)).await.unwrap();
    let token = store.start_session(account.id, at(0)).await.unwrap();
    assert_eq!(store.authenticate(token.as_str(), at(1)).await.unwrap().account, account.id);
    store.end_session(token.as_str()).await.unwrap();
    assert!(store.authenticate(token.as_str(), at(1)).await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::open().await;
    house.sign_up("kim@example.com").await;
    if test_support::tables::on_postgres() {
        return;
    }
    for name in ["accounts.db", "accounts.db-wal", "accounts.db-shm"] {
        let mode = std::fs::metadata(house.path().with_file_name(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
