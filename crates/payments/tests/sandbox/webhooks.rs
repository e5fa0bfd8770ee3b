//! Webhooks: signed, at least once, in whatever order and number was asked for.

use std::collections::HashSet;

use domain::{Duration, OrderId, Timestamp};
use payments::provider::refund_key;
use payments::sandbox::Behaviour;
use payments::sandbox::client::{DECLINED_CARD, GOOD_CARD};
use payments::webhook::{TOLERANCE, sign, verify};
use payments::{PaymentProvider, PaymentStatus, ProviderEventKind, Secret, WebhookError};

use crate::fixture::{Receiver, Stage, WEBHOOK_SECRET, eur, now};

#[tokio::test]
async fn every_change_is_told_with_the_payment_as_it_was_then() {
    let mut receiver = Receiver::start(0).await;
    let stage = Stage::start_with(Behaviour::default(), Some(&receiver.url)).await;
    let payment = stage.open(1).await;
    stage.pay(&payment, DECLINED_CARD).await;
    let declined = receiver.next().await;
    assert_eq!((declined.kind, declined.payment.status), (ProviderEventKind::Declined, PaymentStatus::Open));
    stage.pay(&payment, GOOD_CARD).await;
    let captured = receiver.next().await;
    assert_eq!((captured.kind, captured.payment.clone()), (ProviderEventKind::Captured, stage.find(1).await));
    let order = OrderId::new(1);
    stage.provider.refund(order, eur(9_900), &refund_key(order)).await.unwrap();
    let refunded = receiver.next().await;
    assert_eq!((refunded.kind, refunded.payment.refunded), (ProviderEventKind::Refunded, eur(9_900)));
    stage.open(2).await;
    stage.provider.cancel(OrderId::new(2)).await.unwrap();
    assert_eq!(receiver.next().await.kind, ProviderEventKind::Cancelled);
}

#[tokio::test]
async fn a_refused_delivery_is_made_again() {
    let mut receiver = Receiver::start(2).await;
    let stage = Stage::start_with(Behaviour::default(), Some(&receiver.url)).await;
    stage.open_and_pay(1).await;
    assert_eq!(receiver.next().await.kind, ProviderEventKind::Captured);
    let entry = stage.entry_when(1, |entry| entry.webhooks[0].state == "delivered").await;
    assert_eq!(entry.webhooks[0].attempts, 3);
}

#[tokio::test]
async fn copies_are_the_same_event_and_verify() {
    let mut receiver = Receiver::start(0).await;
    let behaviour = Behaviour { webhook_duplicate: 2, ..Behaviour::default() };
    let stage = Stage::start_with(behaviour, Some(&receiver.url)).await;
    stage.open_and_pay(1).await;
    let events = receiver.take(3).await;
    assert_eq!(events.iter().map(|event| &event.id).collect::<HashSet<_>>().len(), 1);
}

#[tokio::test]
async fn a_late_delivery_is_signed_anew_and_verifies() {
    let mut receiver = Receiver::start(0).await;
    let behaviour = Behaviour { webhook_delay_ms: 1_200, ..Behaviour::default() };
    let stage = Stage::start_with(behaviour, Some(&receiver.url)).await;
    stage.open_and_pay(1).await;
    let event = receiver.next().await;
    assert!(now().since(event.created_at) >= Duration::from_millis(1_200));
}

#[tokio::test]
async fn events_may_overtake_each_other_and_none_is_lost() {
    let mut receiver = Receiver::start(0).await;
    let behaviour = Behaviour { webhook_out_of_order: 1.0, ..Behaviour::default() };
    let stage = Stage::start_with(behaviour, Some(&receiver.url)).await;
    for number in 1..=8 {
        stage.open_and_pay(number).await;
    }
    let arrived: Vec<_> = receiver.take(8).await.into_iter().map(|event| event.order).collect();
    let made: Vec<_> = (1..=8).map(OrderId::new).collect();
    assert_ne!(arrived, made);
    assert_eq!(arrived.into_iter().collect::<HashSet<_>>(), made.into_iter().collect());
}

#[tokio::test]
async fn a_webhook_may_arrive_before_the_answer() {
    let mut receiver = Receiver::start(0).await;
    let behaviour = Behaviour { webhook_before_response: 1.0, ..Behaviour::default() };
    let stage = Stage::start_with(behaviour, Some(&receiver.url)).await;
    let payment = stage.open(1).await;
    stage.pay(&payment, GOOD_CARD).await;
    assert_eq!(receiver.already_here().unwrap().kind, ProviderEventKind::Captured);
    let order = OrderId::new(1);
    stage.provider.refund(order, eur(1), &refund_key(order)).await.unwrap();
    assert_eq!(receiver.already_here().unwrap().kind, ProviderEventKind::Refunded);
}

#[tokio::test]
async fn a_dropped_webhook_never_comes_but_the_money_is_taken() {
    let mut receiver = Receiver::start(0).await;
    let behaviour = Behaviour { webhook_drop: 1.0, ..Behaviour::default() };
    let stage = Stage::start_with(behaviour, Some(&receiver.url)).await;
    assert_eq!(stage.open_and_pay(1).await.status, PaymentStatus::Captured);
    assert_eq!(stage.entry(1).await.webhooks[0].state, "dropped");
    stage.client.set_behaviour(&Behaviour::default()).await.unwrap();
    stage.open_and_pay(2).await;
    assert_eq!(receiver.next().await.order, OrderId::new(2));
}

#[tokio::test]
async fn a_wrong_amount_is_signed_but_differs_from_the_truth() {
    let mut receiver = Receiver::start(0).await;
    let behaviour = Behaviour { wrong_amount: 1.0, ..Behaviour::default() };
    let stage = Stage::start_with(behaviour, Some(&receiver.url)).await;
    let payment = stage.open_and_pay(1).await;
    assert_eq!(payment.amount, eur(9_900));
    assert_eq!(receiver.next().await.payment.amount, eur(9_901));
}

#[tokio::test]
async fn a_captured_delivery_replayed_later_or_changed_is_refused() {
    let mut receiver = Receiver::start(0).await;
    let stage = Stage::start_with(Behaviour::default(), Some(&receiver.url)).await;
    stage.open_and_pay(1).await;
    let body = serde_json::to_vec(&receiver.next().await).unwrap();
    let secrets = [Secret::new(WEBHOOK_SECRET)];
    let at = now();
    let header = sign(&secrets[0], &body, at);
    assert!(verify(&secrets, &header, &body, at, TOLERANCE).is_ok());
    let later: Timestamp = at + Duration::from_mins(6);
    assert_eq!(verify(&secrets, &header, &body, later, TOLERANCE), Err(WebhookError::SignatureStale));
    let forged = String::from_utf8(body).unwrap().replace("9900", "1");
    assert_eq!(verify(&secrets, &header, forged.as_bytes(), at, TOLERANCE), Err(WebhookError::SignatureWrong));
}
