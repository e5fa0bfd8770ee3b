//! A payment provider that misbehaves in every way it can, and `/v1/payments/webhook`. At the end of each, every sum
//! that was captured is tickets or a refund.

use std::time::Duration;

use payments::webhook::{SIGNATURE_HEADER, sign};
use payments::{PaymentStatus, Secret};
use serde_json::json;

use crate::fixture::{Behaviour, DECLINED_CARD, Fan, GOOD_CARD, TestShop, hall, until};

#[tokio::test]
async fn a_slow_provider_costs_time_only() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    shop.provider_will(Behaviour { slow_ms: 1_000, ..Behaviour::default() }).await;
    let order = begins(fan, 0).await;
    assert!(order["payment_url"].is_string(), "the answer waits a moment for the page: {order}");
    pays(&shop, fan, &order, GOOD_CARD).await;
    fan.order_becomes(id(&order), "paid").await;
    shop.money_and_tickets_agree(&[fan]).await;
}

#[tokio::test]
async fn a_provider_that_fails_is_asked_until_it_recovers() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    shop.provider_will(Behaviour { fail: 1.0, ..Behaviour::default() }).await;
    let order = begins(fan, 0).await;
    assert_eq!((&order["stage"], &order["payment_url"]), (&json!("paying"), &json!(null)));
    shop.provider_will(Behaviour::default()).await;
    pays(&shop, fan, &order, GOOD_CARD).await;
    fan.order_becomes(id(&order), "paid").await;
    shop.money_and_tickets_agree(&[fan]).await;
}

#[tokio::test]
async fn an_answer_that_never_came_is_asked_for_again_under_the_same_key() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    shop.provider_will(Behaviour { timeout_after_success: 1.0, ..Behaviour::default() }).await;
    let order = begins(fan, 0).await;
    assert_eq!(shop.provider.ledger().await.unwrap().len(), 1, "it was opened");
    shop.provider_will(Behaviour::default()).await;
    pays(&shop, fan, &order, GOOD_CARD).await;
    fan.order_becomes(id(&order), "paid").await;
    assert_eq!(shop.provider.ledger().await.unwrap().len(), 1, "and never a second time");
    shop.money_and_tickets_agree(&[fan]).await;
}

#[tokio::test]
async fn a_lost_webhook_is_found_by_watching() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    shop.provider_will(Behaviour { webhook_drop: 1.0, ..Behaviour::default() }).await;
    let order = begins(fan, 0).await;
    pays(&shop, fan, &order, GOOD_CARD).await;
    fan.order_becomes(id(&order), "paid").await;
    assert_eq!(shop.provider.ledger().await.unwrap()[0].webhooks[0].state, "dropped");
    shop.money_and_tickets_agree(&[fan]).await;
}

#[tokio::test]
async fn a_webhook_that_comes_many_times_counts_once() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    shop.provider_will(Behaviour { webhook_duplicate: 20, ..Behaviour::default() }).await;
    let order = begins(fan, 0).await;
    pays(&shop, fan, &order, GOOD_CARD).await;
    fan.order_becomes(id(&order), "paid").await;
    until("the copies are delivered", async || {
        (shop.provider.ledger().await.unwrap()[0].webhooks[0].state == "delivered").then_some(())
    })
    .await;
    assert_eq!(fan.tickets().await.len(), 1);
    shop.money_and_tickets_agree(&[fan]).await;
}

#[tokio::test]
async fn webhooks_out_of_order_and_before_the_answer_change_nothing() {
    let shop = TestShop::open_sale(hall(10)).with_fans(6).await;
    let some = Behaviour { webhook_out_of_order: 0.7, webhook_before_response: 0.5, ..Behaviour::default() };
    shop.provider_will(some).await;
    let fans: Vec<&Fan> = shop.fans.iter().collect();
    futures_util::future::join_all((0..).zip(&fans).map(async |(seat, fan)| {
        let order = begins(fan, seat).await;
        pays(&shop, fan, &order, DECLINED_CARD).await;
        pays(&shop, fan, &order, GOOD_CARD).await;
        fan.order_becomes(id(&order), "paid").await;
        shop.operator.ask("POST", &format!("/v1/orders/{}/refund", id(&order))).send().await.ok(200);
        fan.order_becomes(id(&order), "refunded").await;
    }))
    .await;
    shop.money_and_tickets_agree(&fans).await;
}

#[tokio::test]
async fn a_webhook_with_a_wrong_amount_is_not_believed() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    shop.provider_will(Behaviour { wrong_amount: 1.0, ..Behaviour::default() }).await;
    let order = begins(fan, 0).await;
    pays(&shop, fan, &order, GOOD_CARD).await;
    fan.order_becomes(id(&order), "paid").await;
    shop.money_and_tickets_agree(&[fan]).await;
    assert_eq!(shop.status().await["taken"], json!({ "amount": 9_900, "currency": "EUR" }));
}

#[tokio::test]
async fn money_that_comes_late_buys_the_seats_if_they_are_free() {
    let shop = TestShop::open_sale(hall(10)).pay_seconds(2).with_fans(1).await;
    let fan = &shop.fans[0];
    let order = pays_late(&shop, fan, async || {}).await;
    let order = fan.order_becomes(&order, "paid").await;
    assert_eq!(order["tickets"].as_array().unwrap().len(), 1);
    shop.provider_will(Behaviour::default()).await;
    shop.money_and_tickets_agree(&[fan]).await;
}

#[tokio::test]
async fn money_that_comes_late_goes_back_if_the_seats_are_taken() {
    let shop = TestShop::open_sale(hall(10)).pay_seconds(2).with_fans(2).await;
    let (fan, quicker) = (&shop.fans[0], &shop.fans[1]);
    let order = pays_late(&shop, fan, async || {
        quicker.holding(&[0]).await;
    })
    .await;
    fan.order_becomes(&order, "refund_pending").await;
    shop.provider_will(Behaviour::default()).await;
    fan.order_becomes(&order, "refunded").await;
    assert_eq!(fan.tickets().await, Vec::<serde_json::Value>::new());
    shop.money_and_tickets_agree(&[fan]).await;
    assert_eq!(shop.provider.ledger().await.unwrap()[0].payment.status, PaymentStatus::Refunded);
    assert_eq!(quicker.stage().await, "selecting");
}

#[tokio::test]
async fn a_declined_card_may_be_followed_by_a_good_one() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    let order = begins(fan, 0).await;
    pays(&shop, fan, &order, DECLINED_CARD).await;
    assert_eq!(fan.order(id(&order)).await["stage"], "paying");
    pays(&shop, fan, &order, GOOD_CARD).await;
    fan.order_becomes(id(&order), "paid").await;
    shop.money_and_tickets_agree(&[fan]).await;
}

#[tokio::test]
async fn a_webhook_that_the_provider_did_not_sign_is_refused() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    let order = begins(fan, 0).await;
    let (body, now) = (shop.capture_event().await, domain::Timestamp::from_millis(load::clock::now_ms()));
    let hour_ago = domain::Timestamp::from_millis(load::clock::now_ms() - 3_600_000);
    let ours = Secret::new(crate::fixture::SECRET);
    let signatures = [
        String::new(),
        "t=1,v1=00".to_owned(),
        sign(&Secret::new("a guess"), body.as_bytes(), now),
        sign(&ours, b"{}", now),
        sign(&ours, body.as_bytes(), hour_ago),
    ];
    for signature in signatures {
        let ask = shop.stranger.ask("POST", "/v1/payments/webhook").header(SIGNATURE_HEADER, &signature);
        ask.body(body.clone()).send().await.refused(401, "webhook_refused");
    }
    shop.stranger.ask("POST", "/v1/payments/webhook").body(body).send().await.refused(401, "webhook_refused");
    assert_eq!(fan.order(id(&order)).await["stage"], "paying");
    let huge = shop.stranger.ask("POST", "/v1/payments/webhook").body("x".repeat(100_000));
    huge.send().await.refused(413, "body_too_large");
}

/// Joins, takes the seat and begins an order.
async fn begins(fan: &Fan, seat: u32) -> serde_json::Value {
    fan.holding(&[seat]).await;
    fan.begin_order().await.ok(201)
}

/// Submits the payment page with a card, as soon as there is one.
async fn pays(shop: &TestShop, fan: &Fan, order: &serde_json::Value, card: &str) {
    let page = fan.payment_page(id(order)).await;
    let expected = if card == GOOD_CARD { 303 } else { 402 };
    assert_eq!(shop.provider.pay(&page, card).await.unwrap(), expected);
}

/// Lets an order for seat 0 expire while the provider takes no instructions, does something else, then pays.
async fn pays_late(shop: &TestShop, fan: &Fan, meanwhile: impl AsyncFnOnce()) -> String {
    let (order, page) = fan.paying(&[0]).await;
    shop.provider_will(Behaviour { fail: 1.0, capture_late: 1.0, ..Behaviour::default() }).await;
    fan.order_becomes(&order, "expired").await;
    meanwhile().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(shop.provider.pay(&page, GOOD_CARD).await.unwrap(), 303);
    order
}

fn id(order: &serde_json::Value) -> &str {
    order["id"].as_str().unwrap()
}
