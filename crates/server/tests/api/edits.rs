//! What an organiser changes after it was made, and who is told at once.

use serde_json::{Value, json};

use crate::fixture::{Caller, TestShop, hall};

/// The sale as everybody sees it.
async fn page(shop: &TestShop) -> Value {
    shop.stranger.get(&shop.path("")).await.ok(200)
}

fn path(kind: &str, of: &Value) -> String {
    format!("/v1/{kind}/{}", of["id"].as_str().unwrap())
}

async fn foreign(shop: &TestShop) -> Caller {
    let elsewhere = shop.operator.create("/v1/organisers", &json!({ "name": "Another Hall" })).await;
    shop.staff_of("foreign@example.com", elsewhere.as_str().unwrap()).await
}

#[tokio::test]
async fn a_changed_event_is_on_every_page_at_once_and_in_the_log() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let staff = shop.staff_of("hall@example.com", &shop.organiser).await;
    let event = path("events", &page(&shop).await["event"]);
    let public = async || shop.stranger.get(&event).await.ok(200);
    assert_eq!((&public().await["version"], &public().await["name"]), (&json!(1), &json!("The Last Encore")));
    let new =
        json!({ "version": 1, "name": "Really the Last Encore", "description": "At last.", "category": "concert" });
    staff.put(&event, &new).await.ok(204);
    let changed = public().await;
    assert_eq!((&changed["version"], &changed["name"]), (&json!(2), &json!("Really the Last Encore")));
    assert_eq!(page(&shop).await["event"]["name"], "Really the Last Encore");
    let found = shop.stranger.get("/v1/events?q=really").await.ok(200);
    assert_eq!(found["events"].as_array().unwrap().len(), 1);
    let own = staff.get("/v1/organiser/sales").await.ok(200);
    assert_eq!(own["sales"][0]["event"]["name"], "Really the Last Encore");

    staff.put(&event, &new).await.refused(409, "changed_meanwhile");
    let nameless = staff.put(&event, &json!({ "version": 2, "name": "" })).await;
    nameless.refused(422, "name_invalid");
    assert_eq!(nameless.problem()["field"], "/name");
    let without = staff.put(&event, &json!({ "name": "X" })).await;
    assert_eq!((without.code().as_str(), &without.problem()["field"]), ("body_invalid", &json!("/version")));
    staff
        .put(&event, &json!({ "version": 2, "name": "X", "category": "circus" }))
        .await
        .refused(422, "category_invalid");
    foreign(&shop).await.put(&event, &new).await.refused(404, "event_unknown");
    shop.fans[0].caller.put(&event, &new).await.refused(403, "forbidden");
    let deeds = shop.operator.get("/v1/audit").await.ok(200);
    let deeds = deeds["deeds"].as_array().unwrap().iter().filter(|deed| deed["action"] == "change_event");
    let outcomes: Vec<&str> = deeds.map(|deed| deed["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["name_invalid", "changed_meanwhile", "done"]);
}

#[tokio::test]
async fn of_two_who_change_the_same_one_is_told_to_look_again() {
    let shop = TestShop::open_sale(hall(10)).with_fans(0).await;
    let event = path("events", &page(&shop).await["event"]);
    let change = |name: &str| json!({ "version": 1, "name": name });
    let names: Vec<String> = (0..8).map(|number| format!("Encore {number}")).collect();
    let answers = names.iter().map(async |name| shop.operator.put(&event, &change(name)).await);
    let answers = futures_util::future::join_all(answers).await;
    let done: Vec<usize> = (0..8).filter(|at| answers[*at].status == 204).collect();
    assert_eq!(done.len(), 1, "one of them");
    assert!(answers.iter().filter(|it| it.status != 204).all(|it| it.code() == "changed_meanwhile"));
    assert_eq!(shop.stranger.get(&event).await.ok(200)["name"], names[done[0]], "and it is the one that was told so");
}

#[tokio::test]
async fn once_a_sale_has_begun_only_doors_and_note_of_a_performance_change() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    let (order, payment) = fan.paying(&[0]).await;
    shop.provider.pay(&payment, crate::fixture::GOOD_CARD).await.unwrap();
    fan.order_becomes(&order, "paid").await;
    let code = fan.tickets().await[0]["code"].clone();
    let sale = page(&shop).await;
    let performance = path("performances", &sale["performance"]);
    let (venue, starts_at) = (&sale["venue"]["id"], &sale["performance"]["starts_at"]);
    let event = shop.stranger.get(&path("events", &sale["event"])).await.ok(200);
    let exact = &event["performances"][0]["starts_at"];
    assert_eq!(exact, starts_at);
    let moved = json!({ "version": 1, "venue": venue, "starts_at": "2099-01-01T20:00:00Z" });
    let refused = shop.operator.put(&performance, &moved).await;
    refused.refused(409, "sale_begun");
    assert_eq!(refused.problem()["field"], "/starts_at");
    let elsewhere = json!({ "name": "Another Hall", "time_zone": "Europe/Berlin", "organiser": shop.organiser });
    let elsewhere = shop.operator.create("/v1/venues", &elsewhere).await;
    let there = json!({ "version": 1, "venue": elsewhere, "starts_at": starts_at });
    assert_eq!(shop.operator.put(&performance, &there).await.problem()["field"], "/venue");
    let new =
        json!({ "version": 1, "venue": venue, "starts_at": starts_at, "doors_at": starts_at, "note": "No bags." });
    shop.operator.put(&performance, &new).await.ok(204);
    let now = page(&shop).await["performance"].clone();
    assert_eq!((&now["doors_at"], &now["note"]), (starts_at, &json!("No bags.")));
    let ticket = fan.tickets().await.remove(0);
    assert_eq!((&ticket["code"], &ticket["doors_at"]), (&code, starts_at), "the same ticket");
    foreign(&shop).await.put(&performance, &new).await.refused(404, "performance_unknown");

    let place = path("venues", &sale["venue"]);
    let zone = json!({ "version": 1, "name": "Great Hall", "time_zone": "Asia/Seoul" });
    shop.operator.put(&place, &zone).await.refused(409, "sale_begun");
    let new = json!({ "version": 1, "name": "The Greatest Hall", "time_zone": "Europe/Berlin", "city": "Berlin" });
    shop.operator.put(&place, &new).await.ok(204);
    assert_eq!(page(&shop).await["venue"]["name"], "The Greatest Hall");
    assert_eq!(fan.tickets().await[0]["venue"], "The Greatest Hall");
    assert_eq!(shop.stranger.get("/v1/events?city=Berlin").await.ok(200)["events"].as_array().unwrap().len(), 1);
}
