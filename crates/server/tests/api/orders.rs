//! `/v1/orders` and `/v1/sales/{sale}/orders`.

use serde_json::{Value, json};

use crate::fixture::{Answer, DECLINED_CARD, Fan, GOOD_CARD, TestShop, hall};

#[tokio::test]
async fn the_same_key_begins_one_order() {
    let shop = TestShop::open_sale(hall(10)).with_fans(2).await;
    let (fan, other) = (&shop.fans[0], &shop.fans[1]);
    fan.holding(&[0]).await;
    let keys = futures_util::future::join_all((0..5).map(|_| keyed(fan, "evening"))).await;
    let ids: Vec<Value> = keys.iter().map(|answer| answer.ok(201)["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(fan.orders().await.len(), 1);
    keyed(fan, "another").await.refused(409, "already_paying");
    let reused = fan.caller.ask("PUT", &fan.path("/hold")).header("idempotency-key", "evening");
    reused.with_pass().json(&json!({ "seats": [1] })).send().await.refused(422, "idempotency_key_reused");
    other.holding(&[1]).await;
    assert_ne!(keyed(other, "evening").await.ok(201)["id"], ids[0], "a key belongs to its account");
}

#[tokio::test]
async fn a_cancelled_order_frees_its_seats_and_its_payment() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(2).await;
    let (fan, next) = (&shop.fans[0], &shop.fans[1]);
    let (order, page) = fan.paying(&[0, 1]).await;
    next.join().await.ok(201);
    let cancelled = fan.caller.delete(&format!("/v1/orders/{order}")).await.ok(200);
    assert_eq!(cancelled["stage"], "cancelled");
    assert_eq!(next.stage().await, "admitted");
    next.hold(&[0, 1]).await.ok(200);
    assert_eq!(fan.caller.delete(&format!("/v1/orders/{order}")).await.ok(200)["stage"], "cancelled");
    shop.money_and_tickets_agree(&[fan]).await;
    assert_eq!(shop.provider.pay(&page, GOOD_CARD).await.unwrap(), 409);
}

#[tokio::test]
async fn giving_up_on_the_payment_page_cancels_the_order() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    let (order, page) = fan.paying(&[0]).await;
    assert_eq!(shop.provider.pay(&page, DECLINED_CARD).await.unwrap(), 402);
    assert_eq!(shop.provider.give_up(&page).await.unwrap(), 303);
    fan.order_becomes(&order, "cancelled").await;
    fan.caller.delete(&format!("/v1/orders/{order}")).await.ok(200);
    shop.money_and_tickets_agree(&[fan]).await;
}

#[tokio::test]
async fn a_fans_orders_are_listed_newest_first_and_page_by_page() {
    let shop = TestShop::open_sale(hall(10)).limit(20).with_fans(2).await;
    let (fan, other) = (&shop.fans[0], &shop.fans[1]);
    other.paying(&[9]).await;
    let mut begun = vec![];
    for seat in 0..5 {
        let (order, _) = fan.paying(&[seat]).await;
        fan.caller.delete(&format!("/v1/orders/{order}")).await.ok(200);
        begun.insert(0, order);
    }
    let (mut listed, mut path) = (vec![], "/v1/orders?limit=2".to_owned());
    loop {
        let page = fan.caller.get(&path).await.ok(200);
        let rows = page["orders"].as_array().unwrap();
        assert!(rows.len() <= 2);
        listed.extend(rows.iter().map(|order| order["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/orders?limit=2&after={next}");
    }
    assert_eq!(listed, begun);
    fan.caller.get("/v1/orders?after=nowhere").await.refused(422, "cursor_invalid");
    fan.caller.get("/v1/orders/ord_nothing").await.refused(404, "order_unknown");
}

async fn keyed(fan: &Fan, key: &str) -> Answer {
    let ask = fan.caller.ask("POST", &fan.path("/orders")).header("idempotency-key", key);
    ask.json(&json!({})).send().await
}
