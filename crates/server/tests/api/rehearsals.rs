//! A rehearsal: a whole sale of which nothing counts.

use serde_json::{Value, json};

use crate::fixture::{Fan, GOOD_CARD, TestShop, hall};

/// A rehearsal of the shop's performance, open now.
async fn rehearsal(shop: &TestShop) -> String {
    let sale = shop.stranger.get(&shop.path("")).await.ok(200);
    let new = json!({
        "performance": sale["performance"]["id"], "plan": 1, "opens_at": load::clock::now().to_string(), "currency": "EUR",
        "prices": [1_000, 1_000, 1_000], "rehearsal": true,
    });
    shop.operator.create("/v1/sales", &new).await.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_rehearsal_leaves_no_trace() {
    let shop = TestShop::open_sale(hall(10)).with_fans(2).await;
    let before = shop.stranger.get("/v1/events").await.ok(200);
    let sale = rehearsal(&shop).await;
    assert_ne!(sale, shop.sale);
    assert_eq!(shop.stranger.get(&format!("/v1/sales/{sale}")).await.ok(200)["rehearsal"], true);
    assert_eq!(shop.stranger.get(&shop.path("")).await.ok(200)["rehearsal"], false);

    let actor = Fan { sale: sale.clone(), ..shop.fans[0].clone() };
    let (order, page) = actor.paying(&[0]).await;
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    let paid = actor.order_becomes(&order, "paid").await;
    let id = paid["tickets"][0].as_str().unwrap();
    let ticket = actor.caller.get(&format!("/v1/tickets/{id}")).await.ok(200);
    assert_eq!(ticket["rehearsal"], true);

    // No list, no search, no guest list, no gate knows of it.
    assert_eq!(actor.orders().await, Vec::<Value>::new());
    assert_eq!(actor.tickets().await, Vec::<Value>::new());
    let events = shop.stranger.get("/v1/events").await.ok(200);
    let performances = |events: &Value| events["events"][0]["performances"].as_array().unwrap().len();
    assert_eq!(performances(&events), performances(&before));
    assert_eq!(events["events"][0]["performances"][0]["sale"], shop.sale.as_str());
    let guests = shop.operator.get(&format!("/v1/sales/{sale}/guests.csv")).await;
    guests.refused(409, "sale_is_rehearsal");
    shop.operator.post("/v1/check-ins", &json!({ "code": ticket["code"] })).await.refused(409, "sale_is_rehearsal");
    assert_eq!(shop.status().await["tickets_sold"], 0, "the real sale has sold nothing");

    // Who runs it sees it, marked.
    let own = shop.operator.get("/v1/organiser/sales").await.ok(200);
    let marks: Vec<(&str, bool)> = own["sales"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["id"].as_str().unwrap(), it["rehearsal"].as_bool().unwrap()))
        .collect();
    assert_eq!(marks, [(sale.as_str(), true), (shop.sale.as_str(), false)]);
    let plain = shop.fans[1].caller.get(&format!("/sales/{sale}/plain")).await;
    assert!(String::from_utf8_lossy(&plain.body).contains("This is a rehearsal"), "{plain}");
}

#[tokio::test]
async fn where_rehearsals_are_off_there_are_none() {
    let shop = TestShop::open_sale(hall(10)).setting("rehearsal.enabled=false").with_fans(0).await;
    let sale = shop.stranger.get(&shop.path("")).await.ok(200);
    let new = json!({
        "performance": sale["performance"]["id"], "plan": 1, "opens_at": load::clock::now().to_string(), "currency": "EUR",
        "prices": [1_000, 1_000, 1_000], "rehearsal": true,
    });
    shop.operator.post("/v1/sales", &new).await.refused(403, "rehearsal_disabled");
    assert_eq!(shop.operator.get("/v1/organiser/sales").await.ok(200)["rehearsals"], false);
}
