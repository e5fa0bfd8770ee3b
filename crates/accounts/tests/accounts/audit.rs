//! The audit log: noted before, never rewritten, still there after a restart.

use accounts::{AuditLog, AuditNote};
use domain::{AccountId, Role};
use test_support::tables;

use crate::house::at;

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
    let folder = tempfile::TempDir::new().unwrap();
    let place = tables::place(folder.path(), "audit.db").await.unwrap();
    let log = AuditLog::open(&place).await.unwrap();
    let first = log.begin(note("pause", ""), at(1)).await.unwrap();
    log.end(first, "done").await.unwrap();
    let second = log.begin(note("close", "for good"), at(2)).await.unwrap();
    log.close().await;
    let log = AuditLog::open(&place).await.unwrap();
    let page = log.page(None, 10).await.unwrap();
    let said: Vec<_> = page.iter().map(|row| (row.id, row.action.as_str(), row.outcome.as_deref())).collect();
    assert_eq!(said, [(second, "close", None), (first, "pause", Some("done"))]);
    assert_eq!((page[1].at, page[1].account, page[1].role), (at(1), AccountId::new(7), Role::Operator));
    let older = log.page(Some(second.get()), 10).await.unwrap();
    assert_eq!(older.len(), 1);
}

#[tokio::test]
async fn how_it_ended_is_said_once_and_not_unsaid() {
    let folder = tempfile::TempDir::new().unwrap();
    let log = AuditLog::open(&tables::place(folder.path(), "audit.db").await.unwrap()).await.unwrap();
    let id = log.begin(note("close", &"x".repeat(5_000)), at(1)).await.unwrap();
    log.end(id, "sale_closed").await.unwrap();
    log.end(id, "done").await.unwrap();
    let row = log.page(None, 1).await.unwrap().remove(0);
    assert_eq!((row.outcome.as_deref(), row.detail.len()), (Some("sale_closed"), 4_000));
}
