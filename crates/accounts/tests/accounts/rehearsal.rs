//! Fans for load runs.

use std::collections::HashSet;

use accounts::AccountKind;
use accounts::limits::REHEARSAL_FANS_MAX;
use domain::Role;

use crate::house::{House, at};

#[tokio::test]
async fn rehearsal_fans_are_signed_in_from_the_start_and_after_a_restart() {
    let mut house = House::open().await;
    let fans = house.store.create_rehearsal_fans(REHEARSAL_FANS_MAX, at(0)).await.unwrap();
    assert_eq!(fans.len(), REHEARSAL_FANS_MAX);
    assert_eq!(fans.iter().map(|(account, _)| account).collect::<HashSet<_>>().len(), REHEARSAL_FANS_MAX);
    for (account, token) in &fans {
        let session = house.store.authenticate_cached(token.as_str(), at(1)).unwrap();
        assert_eq!((session.account, session.role, session.kind), (*account, Role::Fan, AccountKind::Rehearsal));
    }
    assert_eq!(house.store.count().await.unwrap().rehearsal, REHEARSAL_FANS_MAX as u64);
    house.restart().await;
    for (account, token) in fans.iter().step_by(500) {
        assert_eq!(house.store.authenticate(token.as_str(), at(1)).await.unwrap().account, *account);
    }
}

#[tokio::test]
async fn nobody_logs_in_as_a_rehearsal_fan_or_promotes_one() {
    let house = House::open().await;
    let fans = house.store.create_rehearsal_fans(1, at(0)).await.unwrap();
    let fan = house.store.find(fans[0].0).await.unwrap().unwrap();
    assert!(fan.email.ends_with("@rehearsal.invalid"), "{}", fan.email);
    for password in ["", "nobody has this password", "null"] {
        assert_eq!(house.log_in(&fan.email, password).await.unwrap_err().code, "credentials_wrong");
    }
    let refused = house.store.grant_role(fan.id, Role::Operator, None).await.unwrap_err();
    assert_eq!(refused.code, "role_invalid");
}

#[tokio::test]
async fn their_number_is_limited() {
    let house = House::open().await;
    let refused = house.store.create_rehearsal_fans(REHEARSAL_FANS_MAX + 1, at(0)).await.unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), ("rehearsal_fans_too_many", Some("/count")));
    assert_eq!(house.store.create_rehearsal_fans(0, at(0)).await.unwrap().len(), 0);
}
