//! The REST protocol: keys, idempotency, refusals.

use domain::OrderId;
use payments::{HttpProvider, HttpProviderOptions, OpenPayment, PaymentProvider, PaymentStatus, ProviderError, Secret};

use crate::fixture::{API_KEY, Stage, eur, order};

fn code(error: ProviderError) -> String {
    match error {
        ProviderError::Refused { code, .. } => code,
        ProviderError::Unavailable { reason } => format!("unavailable: {reason}"),
    }
}

#[tokio::test]
async fn opening_twice_opens_once() {
    let stage = Stage::start().await;
    let request = order(1);
    let first = stage.provider.open(request.clone()).await.unwrap();
    let second = stage.provider.open(request).await.unwrap();
    assert_eq!(first, second);
    assert_eq!((first.status, first.amount, first.refunded), (PaymentStatus::Open, eur(9_900), eur(0)));
    assert_eq!(stage.client.ledger().await.unwrap().len(), 1);
}

#[tokio::test]
async fn opening_at_the_same_time_from_many_sides_opens_once() {
    let stage = Stage::start().await;
    let request = order(1);
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let (provider, request) = (stage.provider.clone(), request.clone());
            tokio::spawn(async move { provider.open(request).await.unwrap().id })
        })
        .collect();
    let mut ids = std::collections::HashSet::new();
    for task in tasks {
        ids.insert(task.await.unwrap());
    }
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn the_same_key_with_another_content_is_refused() {
    let stage = Stage::start().await;
    let request = order(1);
    stage.provider.open(request.clone()).await.unwrap();
    let other = OpenPayment { amount: eur(1), ..request };
    assert_eq!(code(stage.provider.open(other).await.unwrap_err()), "idempotency_key_reused");
    assert_eq!(stage.find(1).await.amount, eur(9_900));

    let response = post(&stage, "/v1/payments", Some("ord:open"), &order(2)).await;
    assert_eq!(response.status().as_u16(), 201);
    let response = post(&stage, "/v1/payments", Some("ord:open"), &order(3)).await;
    assert_eq!(response.status().as_u16(), 422);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn an_order_has_one_payment_whatever_the_key() {
    let stage = Stage::start().await;
    stage.open(1).await;
    let response = post(&stage, "/v1/payments", Some("another-key"), &order(1)).await;
    assert_eq!(response.status().as_u16(), 409);
}

#[tokio::test]
async fn a_change_needs_an_idempotency_key() {
    let stage = Stage::start().await;
    for key in [None, Some(""), Some("with space"), Some(&*"x".repeat(256))] {
        assert_eq!(post(&stage, "/v1/payments", key, &order(1)).await.status().as_u16(), 400, "{key:?}");
    }
    assert_eq!(stage.provider.find(OrderId::new(1)).await, Ok(None));
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused() {
    let stage = Stage::start().await;
    let refused = async |request| code(stage.provider.open(request).await.unwrap_err());
    assert_eq!(refused(OpenPayment { amount: eur(0), ..order(1) }).await, "amount_invalid");
    assert_eq!(refused(OpenPayment { amount: eur(-5), ..order(1) }).await, "amount_invalid");
    for return_url in ["javascript:alert(1)", "/orders/1", "", "https://shop.example/\r\nSet-Cookie: a=b"] {
        assert_eq!(refused(OpenPayment { return_url: return_url.into(), ..order(1) }).await, "request_invalid");
    }
    assert_eq!(refused(OpenPayment { description: "x".repeat(201), ..order(1) }).await, "request_invalid");
}

#[tokio::test]
async fn without_the_right_key_nothing_is_shown_and_nothing_done() {
    let stage = Stage::start().await;
    for path in ["/v1/ledger", "/v1/behaviour", &format!("/v1/payments/by-order/{}", OrderId::new(1))] {
        let response = reqwest::get(format!("{}{path}", stage.sandbox.url())).await.unwrap();
        assert_eq!(response.status().as_u16(), 401, "{path}");
    }
    // To the shop a wrong key says nothing about its payment.
    let stranger = HttpProvider::new(HttpProviderOptions::new(stage.sandbox.url(), Secret::new("guess"))).unwrap();
    assert!(stranger.open(order(1)).await.unwrap_err().is_unknown_outcome());
    assert_eq!(stage.provider.find(OrderId::new(1)).await, Ok(None));
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_not_cancelled() {
    let stage = Stage::start().await;
    assert_eq!(stage.provider.find(OrderId::new(9)).await, Ok(None));
    assert_eq!(code(stage.provider.cancel(OrderId::new(9)).await.unwrap_err()), "payment_unknown");
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_an_unknown_outcome() {
    let stage = Stage::start().await;
    let provider = stage.provider.clone();
    stage.sandbox.stop().await;
    assert!(provider.open(order(1)).await.unwrap_err().is_unknown_outcome());
}

#[tokio::test]
async fn the_ledger_is_read_page_by_page() {
    let stage = Stage::start().await;
    for number in 1..=5 {
        stage.open(number).await;
    }
    let mut seen = Vec::new();
    let mut after = Some(0);
    while let Some(cursor) = after {
        let url = format!("{}/v1/ledger?limit=2&after={cursor}", stage.sandbox.url());
        let response = reqwest::Client::new().get(url).bearer_auth(API_KEY).send().await.unwrap();
        let page: payments::sandbox::LedgerPage = response.json().await.unwrap();
        assert!(page.payments.len() <= 2);
        seen.extend(page.payments.iter().map(|entry| entry.payment.order));
        after = page.next;
    }
    assert_eq!(seen, (1..=5).map(OrderId::new).collect::<Vec<_>>());
}

async fn post(stage: &Stage, path: &str, key: Option<&str>, body: &OpenPayment) -> reqwest::Response {
    let request = reqwest::Client::new().post(format!("{}{path}", stage.sandbox.url())).bearer_auth(API_KEY).json(body);
    let request = match key {
        Some(key) => request.header("Idempotency-Key", key),
        None => request,
    };
    request.send().await.unwrap()
}
