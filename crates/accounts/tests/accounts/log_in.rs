//! Logging in, and changing the password.

use accounts::{AccountStoreOptions, Password, PasswordChange, PasswordCost};

use crate::house::{House, PASSWORD, at, credentials, options};

#[tokio::test]
async fn a_person_logs_in_in_whatever_case_and_out_again() {
    let house = House::open().await;
    let signed_up = house.sign_up("kim@example.com").await;
    let (account, token) = house.log_in("  Kim@EXAMPLE.com", PASSWORD).await.unwrap();
    assert_eq!(account, signed_up);
    assert!(house.accepts(&token, 1).await);
    house.store.end_session(token.as_str()).await.unwrap();
    assert!(!house.accepts(&token, 2).await);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer_for_the_same_work() {
    let house = House::open().await;
    house.sign_up("kim@example.com").await;
    let hashes = || house.store.stats().password_hashes_done;

    let before = hashes();
    let wrong = house.log_in("kim@example.com", "fünf alte Seile").await.unwrap_err();
    let between = hashes();
    let unknown = house.log_in("lee@example.com", PASSWORD).await.unwrap_err();
    let invalid = house.log_in("no address at all", PASSWORD).await.unwrap_err();
    assert_eq!(wrong.code, "credentials_wrong");
    assert_eq!((&wrong, &wrong), (&unknown, &invalid));
    assert_eq!((between - before, hashes() - between), (1, 2), "each cost one hash");
}

#[tokio::test]
async fn each_log_in_has_a_token_of_its_own() {
    let house = House::open().await;
    let (_, first) = house.sign_in("kim@example.com").await;
    let (_, second) = house.log_in("kim@example.com", PASSWORD).await.unwrap();
    assert!(first != second);
    house.store.end_session(first.as_str()).await.unwrap();
    assert!(!house.accepts(&first, 1).await);
    assert!(house.accepts(&second, 1).await);
}

#[tokio::test]
async fn a_crowd_beyond_the_pool_is_told_busy_and_loses_no_attempt() {
    let small = AccountStoreOptions {
        password_cost: PasswordCost::default(),
        password_hashes_at_once_max: 1,
        password_hashes_waiting_max: 1,
        attempts_per_account_max: 1,
        ..options()
    };
    let house = House::open_with(small).await;
    house.sign_up("kim@example.com").await;
    let mut crowd = Vec::new();
    for number in 0..40 {
        let store = house.store.clone();
        let log_in = credentials(&format!("fan{number}@example.com"), PASSWORD, &format!("192.0.2.{number}"));
        crowd.push(tokio::spawn(async move { store.log_in(log_in, at(0)).await.unwrap_err().code }));
    }
    let mut answers = Vec::new();
    for answer in crowd {
        answers.push(answer.await.unwrap());
    }
    let count = |code| answers.iter().filter(|answer| **answer == code).count();
    assert!(count("busy") > 0 && count("credentials_wrong") >= 2, "{answers:?}");
    assert_eq!(count("busy") + count("credentials_wrong"), 40, "{answers:?}");
    assert!(house.log_in("kim@example.com", PASSWORD).await.is_ok(), "there is room again");

    let busy = answers.iter().position(|answer| *answer == "busy").unwrap();
    let again = house.log_in(&format!("fan{busy}@example.com"), PASSWORD).await.unwrap_err();
    assert_eq!(again.code, "credentials_wrong", "its one attempt is still there");
}

#[tokio::test]
async fn a_stored_hash_is_replaced_when_the_cost_changes() {
    let mut house = House::open().await;
    house.sign_up("kim@example.com").await;
    house
        .restart_with(AccountStoreOptions { password_cost: PasswordCost { memory_kib: 128, passes: 1 }, ..options() })
        .await;
    assert!(!house.files_hold(b"$argon2id$v=19$m=128,t=1,p=1$").await);
    house.log_in("kim@example.com", PASSWORD).await.unwrap();
    assert!(house.files_hold(b"$argon2id$v=19$m=128,t=1,p=1$").await);
    house.log_in("kim@example.com", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_change_of_password_ends_every_session_but_the_new_one() {
    let house = House::open().await;
    let (account, old) = house.sign_in("kim@example.com").await;
    assert!(house.accepts(&old, 1).await);
    let change = |current: &str, new: &str| PasswordChange {
        account: account.id,
        current: Password::new(current),
        new: Password::new(new),
        from: "192.0.2.1".parse().unwrap(),
    };
    let refused = house.store.change_password(change("not this one", "neun neue Netze"), at(2)).await.unwrap_err();
    assert_eq!(refused.code, "credentials_wrong");
    let refused = house.store.change_password(change(PASSWORD, "1234567890"), at(2)).await.unwrap_err();
    assert_eq!(refused.code, "password_too_common");
    assert!(house.accepts(&old, 2).await);

    let new = house.store.change_password(change(PASSWORD, "neun neue Netze"), at(3)).await.unwrap();
    assert!(house.store.authenticate_cached(old.as_str(), at(3)).is_none());
    assert!(!house.accepts(&old, 3).await);
    assert!(house.accepts(&new, 3).await);
    assert_eq!(house.log_in("kim@example.com", PASSWORD).await.unwrap_err().code, "credentials_wrong");
    assert!(house.log_in("kim@example.com", "neun neue Netze").await.is_ok());
}

#[tokio::test]
async fn neither_password_nor_token_is_stored_in_clear() {
    let house = House::open().await;
    let (_, token) = house.sign_in("kim@example.com").await;
    let setup = house.store.issue_setup_token(at(0)).await.unwrap();
    assert!(house.files_hold(b"kim@example.com").await, "the search works");
    assert!(!house.files_hold(token.as_str().as_bytes()).await);
    assert!(!house.files_hold(setup.as_str().as_bytes()).await);
    assert!(!house.files_hold(PASSWORD.as_bytes()).await);
    house.store.close().await;
    assert!(house.files_hold(b"kim@example.com").await, "the search works after the log is merged too");
    assert!(!house.files_hold(token.as_str().as_bytes()).await);
}
