//! What goes wrong when told to, and what is true all the same.

use std::time::{Duration, Instant};

use domain::OrderId;
use payments::provider::refund_key;
use payments::sandbox::Behaviour;
use payments::sandbox::client::GOOD_CARD;
use payments::{OpenPayment, PaymentProvider, PaymentStatus};

use crate::fixture::{PATIENCE, Stage, eur, now, order};

const ORDER: OrderId = OrderId::new(1);

#[tokio::test]
async fn a_failure_does_nothing() {
    let stage = Stage::start_with(Behaviour { fail: 1.0, ..Behaviour::default() }, None).await;
    assert!(stage.provider.open(order(1)).await.unwrap_err().is_unknown_outcome());
    stage.client.set_behaviour(&Behaviour::default()).await.unwrap();
    assert_eq!(stage.provider.find(ORDER).await, Ok(None));
}

#[tokio::test]
async fn a_success_that_timed_out_is_found_and_repeating_it_does_nothing_more() {
    let silent = Behaviour { timeout_after_success: 1.0, ..Behaviour::default() };
    let stage = Stage::start_with(silent, None).await;
    let request = order(1);
    assert!(stage.provider.open(request.clone()).await.unwrap_err().is_unknown_outcome());
    let found = stage.find(1).await;
    assert_eq!(found.status, PaymentStatus::Open);
    assert_eq!(stage.pay(&found, GOOD_CARD).await, 303);

    let key = refund_key(ORDER);
    assert!(stage.provider.refund(ORDER, eur(9_900), &key).await.unwrap_err().is_unknown_outcome());
    assert_eq!(stage.find(1).await.status, PaymentStatus::Refunded);

    stage.client.set_behaviour(&Behaviour::default()).await.unwrap();
    assert_eq!(stage.provider.open(request).await.unwrap().id, found.id);
    assert_eq!(stage.provider.refund(ORDER, eur(9_900), &key).await.unwrap().refunded, eur(9_900));
    let kinds: Vec<_> = stage.entry(1).await.operations.into_iter().map(|operation| operation.kind).collect();
    assert_eq!(kinds, ["open", "capture", "refund"]);
}

#[tokio::test]
async fn a_refusal_is_told_even_by_a_silent_provider() {
    let silent = Behaviour { timeout_after_success: 1.0, ..Behaviour::default() };
    let stage = Stage::start_with(silent, None).await;
    assert!(!stage.provider.cancel(ORDER).await.unwrap_err().is_unknown_outcome());
}

#[tokio::test]
async fn a_slow_provider_answers_in_the_end() {
    let stage = Stage::start_with(Behaviour { slow_ms: 200, ..Behaviour::default() }, None).await;
    let started = Instant::now();
    stage.open(1).await;
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn the_page_takes_money_late_when_told_to() {
    let stage = Stage::start_with(Behaviour { capture_late: 1.0, ..Behaviour::default() }, None).await;
    let payment = stage.provider.open(OpenPayment { expires_at: now(), ..order(1) }).await.unwrap();
    assert_eq!(stage.pay(&payment, GOOD_CARD).await, 303);
    assert_eq!(stage.find(1).await.status, PaymentStatus::Captured);
}

#[tokio::test]
async fn half_of_the_calls_fail_and_repeating_them_opens_everything_once() {
    let behaviour = Behaviour { fail: 0.5, ..Behaviour::default() };
    let stage = Stage::start_with(behaviour, None).await;
    let mut failures = 0;
    for number in 1..=20 {
        let request = order(number);
        while stage.provider.open(request.clone()).await.is_err() {
            failures += 1;
        }
    }
    assert!((1..200).contains(&failures), "{failures}");
    assert_eq!(stage.client.ledger().await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_behaviour_out_of_range_is_refused_and_changes_nothing() {
    let stage = Stage::start().await;
    assert!(stage.client.set_behaviour(&Behaviour { fail: 1.5, ..Behaviour::default() }).await.is_err());
    stage.open(1).await;
}

#[tokio::test]
async fn a_request_that_hangs_does_not_hold_up_the_stop() {
    let stage = Stage::start_with(Behaviour { timeout_after_success: 1.0, ..Behaviour::default() }, None).await;
    let provider = stage.provider.clone();
    let hanging = tokio::spawn(async move { provider.open(order(1)).await });
    stage.entry_when_opened(1).await;
    let started = Instant::now();
    stage.sandbox.stop().await;
    assert!(started.elapsed() < PATIENCE / 10, "{:?}", started.elapsed());
    assert!(hanging.await.unwrap().unwrap_err().is_unknown_outcome());
}
