//! What a sandbox knew, it knows after a start.

use domain::OrderId;
use payments::sandbox::{Behaviour, Sandbox, SandboxError};
use payments::{PaymentProvider, PaymentStatus, Secret};

use crate::fixture::{Receiver, Stage, eur, options, order};

#[tokio::test]
async fn the_ledger_and_the_answers_survive() {
    let stage = Stage::start().await;
    let request = order(1);
    let opened = stage.provider.open(request.clone()).await.unwrap();
    stage.open_and_pay(2).await;
    stage.provider.refund(OrderId::new(2), eur(100), "part").await.unwrap();
    let before = stage.client.ledger().await.unwrap();

    let stage = stage.restart(None).await;
    let after = stage.client.ledger().await.unwrap();
    assert_eq!(after.len(), before.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before.operations, &before.webhooks), (&after.operations, &after.webhooks));
        assert_eq!(before.payment.id, after.payment.id);
    }
    assert_eq!(stage.provider.open(request).await.unwrap(), opened);
    let part = stage.provider.refund(OrderId::new(2), eur(100), "part").await.unwrap();
    assert_eq!((part.status, part.refunded), (PaymentStatus::Captured, eur(100)));
    assert_eq!(stage.find(2).await.refunded, eur(100));
}

#[tokio::test]
async fn what_was_not_delivered_before_a_stop_is_delivered_after_the_start() {
    let nobody = Receiver::start(u32::MAX).await;
    let stage = Stage::start_with(Behaviour::default(), Some(&nobody.url)).await;
    stage.open_and_pay(1).await;
    stage.entry_when(1, |entry| entry.webhooks[0].attempts >= 1).await;
    let mut receiver = Receiver::start(0).await;
    let stage = stage.restart(Some(&receiver.url)).await;
    assert_eq!(receiver.next().await.order, OrderId::new(1));
    stage.entry_when(1, |entry| entry.webhooks[0].state == "delivered").await;
}

#[tokio::test]
async fn an_unusable_sandbox_says_why_it_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let mut open_door = options(path.clone(), None);
    open_door.api_key = Secret::new("");
    assert!(matches!(Sandbox::start(open_door).await, Err(SandboxError::EmptySecret)));
    let unreachable = options(path.clone(), Some("shop.example/webhook"));
    assert!(matches!(Sandbox::start(unreachable).await, Err(SandboxError::WebhookUrl(_))));
    let mut odd = options(path.clone(), None);
    odd.behaviour.fail = 2.0;
    assert!(matches!(Sandbox::start(odd).await, Err(SandboxError::Behaviour(_))));
    let first = Sandbox::start(options(path.clone(), None)).await.unwrap();
    let mut taken = options(path, None);
    taken.listen = first.address();
    assert!(matches!(Sandbox::start(taken).await, Err(SandboxError::Listen { .. })));
    let nowhere = options(folder.path().join("missing/ledger.db"), None);
    assert!(matches!(Sandbox::start(nowhere).await, Err(SandboxError::Ledger(_))));
}

#[tokio::test]
async fn running_until_told_to_stop_leaves_a_closed_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    payments::sandbox::run(options(path.clone(), None), async {}).await.unwrap();
    // A ledger that is closed in order has no write-ahead log left.
    assert!(path.exists() && !path.with_extension("db-wal").exists());
}
