//! Limits on attempts to log in, over the store.

use accounts::AccountStoreOptions;

use crate::house::{House, MINUTE, PASSWORD, at, credentials, options};

async fn code(house: &House, email: &str, password: &str, from: &str, ms: i64) -> &'static str {
    match house.store.log_in(credentials(email, password, from), at(ms)).await {
        Ok(_) => "ok",
        Err(problem) => problem.code,
    }
}

#[tokio::test]
async fn one_account_is_protected_from_many_addresses() {
    let house = House::open().await;
    house.sign_up("kim@example.com").await;
    house.sign_up("lee@example.com").await;
    for host in 0..10 {
        assert_eq!(code(&house, "kim@example.com", "wrong", &format!("192.0.2.{host}"), 0).await, "credentials_wrong");
    }
    assert_eq!(code(&house, "KIM@example.com", PASSWORD, "198.51.100.1", 0).await, "too_many_attempts");
    assert_eq!(code(&house, "lee@example.com", PASSWORD, "192.0.2.1", 0).await, "ok", "another account is free");
    assert_eq!(code(&house, "kim@example.com", PASSWORD, "198.51.100.1", 15 * MINUTE).await, "ok");
}

#[tokio::test]
async fn many_accounts_are_protected_from_one_address() {
    let house = House::open_with(AccountStoreOptions { attempts_per_address_max: 4, ..options() }).await;
    house.sign_up("kim@example.com").await;
    for number in 0..4 {
        assert_eq!(
            code(&house, &format!("fan{number}@example.com"), "wrong", "192.0.2.1", 0).await,
            "credentials_wrong"
        );
    }
    let hashes = house.store.stats().password_hashes_done;
    assert_eq!(code(&house, "kim@example.com", PASSWORD, "192.0.2.1", 0).await, "too_many_attempts");
    assert_eq!(house.store.stats().password_hashes_done, hashes, "and costs no hash");
    assert_eq!(code(&house, "kim@example.com", PASSWORD, "192.0.2.2", 0).await, "ok", "another address is free");
}

#[tokio::test]
async fn an_unknown_address_meets_the_same_limit() {
    let house = House::open().await;
    for _ in 0..10 {
        assert_eq!(code(&house, "nobody@example.com", "wrong", "192.0.2.1", 0).await, "credentials_wrong");
    }
    assert_eq!(code(&house, "nobody@example.com", "wrong", "192.0.2.1", 0).await, "too_many_attempts");
}

#[tokio::test]
async fn a_crowd_behind_one_address_may_log_in() {
    let house = House::open_with(AccountStoreOptions { attempts_per_address_max: 2, ..options() }).await;
    house.sign_up("kim@example.com").await;
    for _ in 0..20 {
        assert_eq!(code(&house, "kim@example.com", PASSWORD, "192.0.2.1", 0).await, "ok");
    }
}
