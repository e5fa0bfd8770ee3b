//! How the first operator comes to be.

use accounts::Password;
use accounts::limits::SETUP_TOKEN_MS_MAX;
use domain::Role;
use tokio::task::JoinSet;

use crate::house::{House, PASSWORD, at, person};

#[tokio::test]
async fn a_fresh_installation_has_no_operator_and_no_password_to_guess() {
    let house = House::open().await;
    assert!(!house.store.has_operator().await.unwrap());
    assert_eq!(house.store.list(None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_set_up_link_works_once() {
    let mut house = House::open().await;
    let token = house.store.issue_setup_token(at(0)).await.unwrap();
    house.restart().await;
    let redeem = async |email| house.store.redeem_setup_token(token.as_str(), person(email), at(1)).await;

    let mut common = person("op@example.com");
    common.password = Password::new("password1234");
    let refused = house.store.redeem_setup_token(token.as_str(), common, at(1)).await.unwrap_err();
    assert_eq!(refused.code, "password_too_common", "which does not use the link up");

    let operator = redeem("op@example.com").await.unwrap();
    assert_eq!(operator.role, Role::Operator);
    assert_eq!(redeem("second@example.com").await.unwrap_err().code, "setup_token_invalid");
    assert_eq!(house.store.issue_setup_token(at(2)).await.unwrap_err().code, "operator_exists");
    let (account, session) = house.log_in("op@example.com", PASSWORD).await.unwrap();
    assert_eq!(account.id, operator.id);
    assert_eq!(house.store.authenticate(session.as_str(), at(3)).await.unwrap().role, Role::Operator);
}

#[tokio::test]
async fn of_many_who_use_a_set_up_link_at_once_one_becomes_operator() {
    let house = House::open().await;
    let token = house.store.issue_setup_token(at(0)).await.unwrap();
    let mut crowd = JoinSet::new();
    for number in 0..8 {
        let (store, token) = (house.store.clone(), token.clone());
        let new = person(&format!("op{number}@example.com"));
        crowd.spawn(async move { store.redeem_setup_token(token.as_str(), new, at(1)).await });
    }
    let answers = crowd.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    assert_eq!(house.store.count().await.unwrap().operators, 1);
}

#[tokio::test]
async fn a_set_up_link_is_refused_when_old_replaced_or_invented() {
    let house = House::open().await;
    let replaced = house.store.issue_setup_token(at(0)).await.unwrap();
    let token = house.store.issue_setup_token(at(0)).await.unwrap();
    let code = async |token: &str, ms| {
        house.store.redeem_setup_token(token, person("op@example.com"), at(ms)).await.err().map(|problem| problem.code)
    };
    let invalid = Some("setup_token_invalid");
    assert_eq!(code(replaced.as_str(), 1).await, invalid);
    assert_eq!(code(&"A".repeat(43), 1).await, invalid);
    assert_eq!(code("", 1).await, invalid);
    assert_eq!(code(token.as_str(), SETUP_TOKEN_MS_MAX).await, invalid);
    assert_eq!(house.store.stats().password_hashes_done, 0, "none of these costs a hash");
    assert_eq!(code(token.as_str(), SETUP_TOKEN_MS_MAX - 1).await, None);
}

#[tokio::test]
async fn the_command_on_the_server_creates_the_first_operator_only() {
    let house = House::open().await;
    let token = house.store.issue_setup_token(at(0)).await.unwrap();
    house.store.bootstrap_operator(person("op@example.com"), at(0)).await.unwrap();
    let refused = house.store.bootstrap_operator(person("op2@example.com"), at(1)).await.unwrap_err();
    assert_eq!(refused.code, "operator_exists");
    let refused = house.store.redeem_setup_token(token.as_str(), person("op2@example.com"), at(1)).await.unwrap_err();
    assert_eq!(refused.code, "setup_token_invalid", "the open link is closed");
}
