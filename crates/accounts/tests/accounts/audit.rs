//! The audit log: noted before, never rewritten, still there after a restart.

use accounts::AuditNote;
use domain::{AccountId, Role};

use crate::house::{House, at};

fn note(action: &'static str, detail: &str) -> AuditNote {
    AuditNote {
        account: AccountId::new(7),
        role: Role::Operator,
        action,
        target: "sale_1".into(),
        detail: detail.into(),
    }
}

#[tokio::test]
async fn what_was_done_is_there_after_a_restart_the_latest_first() {
    let mut house = House::open().await;
    let first = house.store.audit_begin(note("pause", ""), at(1)).await.unwrap();
    house.store.audit_end(first, "done").await.unwrap();
    let second = house.store.audit_begin(note("close", "for good"), at(2)).await.unwrap();
    house.restart().await;
    let page = house.store.audit(None, 10).await.unwrap();
    let said: Vec<_> = page.iter().map(|row| (row.id, row.action.as_str(), row.outcome.as_deref())).collect();
    assert_eq!(said, [(second, "close", None), (first, "pause", Some("done"))]);
    assert_eq!((page[1].at, page[1].account, page[1].role), (at(1), AccountId::new(7), Role::Operator));
    let older = house.store.audit(Some(second.get()), 10).await.unwrap();
    assert_eq!(older.len(), 1);
}

#[tokio::test]
async fn how_it_ended_is_said_once_and_not_unsaid() {
    let house = House::open().await;
    let id = house.store.audit_begin(note("close", &"x".repeat(5_000)), at(1)).await.unwrap();
    house.store.audit_end(id, "sale_closed").await.unwrap();
    house.store.audit_end(id, "done").await.unwrap();
    let row = house.store.audit(None, 1).await.unwrap().remove(0);
    assert_eq!((row.outcome.as_deref(), row.detail.len()), (Some("sale_closed"), 1_000));
}
