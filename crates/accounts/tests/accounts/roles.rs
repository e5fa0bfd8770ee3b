//! Roles, and how soon a change is seen.

use domain::{AccountId, OrganiserId, Role};

use crate::house::{House, at, person};

#[tokio::test]
async fn a_change_of_role_is_seen_by_the_next_request() {
    let house = House::open().await;
    let (account, token) = house.sign_in("kim@example.com").await;
    let role = async || {
        let session = house.store.authenticate(token.as_str(), at(1)).await.unwrap();
        (session.role, session.organiser)
    };
    assert_eq!(role().await, (Role::Fan, None));
    let organiser = Some(OrganiserId::new(3));
    let changed = house.store.grant_role(account.id, Role::Organiser, organiser).await.unwrap();
    assert_eq!((changed.role, changed.organiser), (Role::Organiser, organiser));
    assert_eq!(role().await, (Role::Organiser, organiser));
    house.store.grant_role(account.id, Role::Fan, None).await.unwrap();
    assert_eq!(role().await, (Role::Fan, None));
    assert_eq!(house.store.find(account.id).await.unwrap().unwrap().role, Role::Fan);
}

#[tokio::test]
async fn an_organiser_is_named_exactly_for_the_role_organiser() {
    let house = House::open().await;
    let account = house.sign_up("kim@example.com").await;
    let some = Some(OrganiserId::new(3));
    for (role, organiser) in [(Role::Organiser, None), (Role::Fan, some), (Role::Operator, some)] {
        let problem = house.store.grant_role(account.id, role, organiser).await.unwrap_err();
        assert_eq!(problem.code, "role_invalid");
    }
    let problem = house.store.grant_role(AccountId::new(7), Role::Fan, None).await.unwrap_err();
    assert_eq!(problem.code, "account_unknown");
}

#[tokio::test]
async fn the_last_operator_stays_one() {
    let house = House::open().await;
    let first = house.store.bootstrap_operator(person("op@example.com"), at(0)).await.unwrap();
    let refused = house.store.grant_role(first.id, Role::Fan, None).await.unwrap_err();
    assert_eq!(refused.code, "last_operator");
    let second = house.sign_up("kim@example.com").await;
    house.store.grant_role(second.id, Role::Operator, None).await.unwrap();
    house.store.grant_role(first.id, Role::Fan, None).await.unwrap();
    let counts = house.store.count().await.unwrap();
    assert_eq!((counts.fans, counts.operators), (1, 1));
}
