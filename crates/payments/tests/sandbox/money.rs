//! The money rules: one capture, no more given back than was taken.

use domain::{Currency, Money, OrderId};
use payments::provider::refund_key;
use payments::sandbox::client::{DECLINED_CARD, GOOD_CARD};
use payments::{PaymentProvider, PaymentStatus, ProviderError};

use crate::fixture::{Stage, eur};

const ORDER: OrderId = OrderId::new(1);

#[tokio::test]
async fn a_declined_card_leaves_the_payment_open_for_another() {
    let stage = Stage::start().await;
    let payment = stage.open(1).await;
    assert_eq!(stage.pay(&payment, DECLINED_CARD).await, 402);
    assert_eq!(stage.find(1).await.status, PaymentStatus::Open);
    assert_eq!(stage.pay(&payment, GOOD_CARD).await, 303);
    assert_eq!(stage.find(1).await.status, PaymentStatus::Captured);
}

#[tokio::test]
async fn paying_from_many_tabs_at_once_captures_once() {
    let stage = Stage::start().await;
    let payment = stage.open(1).await;
    let tabs: Vec<_> = (0..32)
        .map(|_| {
            let (client, page_url) = (stage.client.clone(), payment.page_url.clone());
            tokio::spawn(async move { client.pay(&page_url, GOOD_CARD).await.unwrap().as_u16() })
        })
        .collect();
    for tab in tabs {
        assert_eq!(tab.await.unwrap(), 303);
    }
    let entry = stage.entry(1).await;
    assert_eq!(entry.captures(), 1);
    assert_eq!(entry.webhooks.iter().filter(|webhook| webhook.kind == "captured").count(), 1);
}

#[tokio::test]
async fn a_cancelled_payment_takes_no_money() {
    let stage = Stage::start().await;
    let payment = stage.open(1).await;
    for _ in 0..2 {
        assert_eq!(stage.provider.cancel(ORDER).await.unwrap().status, PaymentStatus::Cancelled);
    }
    assert_eq!(stage.pay(&payment, GOOD_CARD).await, 409);
    assert_eq!(stage.entry(1).await.captures(), 0);
}

#[tokio::test]
async fn cancelling_after_the_capture_tells_that_it_was_too_late() {
    let stage = Stage::start().await;
    stage.open_and_pay(1).await;
    for _ in 0..2 {
        assert_eq!(stage.provider.cancel(ORDER).await.unwrap().status, PaymentStatus::Captured);
    }
}

#[tokio::test]
async fn cancelling_and_paying_at_once_end_in_one_of_the_two() {
    let stage = Stage::start().await;
    for number in 1..=20 {
        let payment = stage.open(number).await;
        let (cancelled, paid) =
            tokio::join!(stage.provider.cancel(OrderId::new(number)), stage.pay(&payment, GOOD_CARD));
        let expected = match cancelled.unwrap().status {
            PaymentStatus::Cancelled => (409, 0),
            PaymentStatus::Captured => (303, 1),
            other => panic!("neither cancelled nor captured but {other}"),
        };
        assert_eq!((paid, stage.entry(number).await.captures()), expected);
    }
}

#[tokio::test]
async fn a_refund_repeated_under_its_key_refunds_once() {
    let stage = Stage::start().await;
    stage.open_and_pay(1).await;
    let first = stage.provider.refund(ORDER, eur(4_000), "once").await.unwrap();
    let second = stage.provider.refund(ORDER, eur(4_000), "once").await.unwrap();
    assert_eq!(first, second);
    assert_eq!(stage.find(1).await.refunded, eur(4_000));
    let error = stage.provider.refund(ORDER, eur(4_001), "once").await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { code, .. } if code == "idempotency_key_reused"));
}

#[tokio::test]
async fn no_more_is_given_back_than_was_taken() {
    let stage = Stage::start().await;
    stage.open_and_pay(1).await;
    assert_eq!(stage.provider.refund(ORDER, eur(9_000), "a").await.unwrap().status, PaymentStatus::Captured);
    let error = stage.provider.refund(ORDER, eur(901), "b").await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { code, .. } if code == "refund_exceeds_capture"));
    let whole = stage.provider.refund(ORDER, eur(900), "c").await.unwrap();
    assert_eq!((whole.status, whole.refunded), (PaymentStatus::Refunded, eur(9_900)));
}

#[tokio::test]
async fn many_full_refunds_under_different_keys_give_back_once() {
    let stage = Stage::start().await;
    stage.open_and_pay(1).await;
    let tasks: Vec<_> = (0..16)
        .map(|attempt| {
            let provider = stage.provider.clone();
            tokio::spawn(async move { provider.refund(ORDER, eur(9_900), &format!("key-{attempt}")).await.is_ok() })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += usize::from(task.await.unwrap());
    }
    assert_eq!(done, 1);
    assert_eq!(stage.find(1).await.refunded, eur(9_900));
}

#[tokio::test]
async fn what_was_not_captured_or_in_another_currency_is_not_refunded() {
    let stage = Stage::start().await;
    let payment = stage.open(1).await;
    let key = refund_key(ORDER);
    let error = stage.provider.refund(ORDER, eur(1), &key).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { code, .. } if code == "payment_not_captured"));
    assert_eq!(stage.pay(&payment, GOOD_CARD).await, 303);
    let won = Money::new(1, Currency::from_code(*b"KRW"));
    let error = stage.provider.refund(ORDER, won, &key).await.unwrap_err();
    assert!(matches!(error, ProviderError::Refused { code, .. } if code == "currency_differs"));
    // A refusal is not remembered under the key: it changed nothing.
    assert_eq!(stage.provider.refund(ORDER, eur(9_900), &key).await.unwrap().status, PaymentStatus::Refunded);
}
