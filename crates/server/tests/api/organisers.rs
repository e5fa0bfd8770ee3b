//! What an organiser has, who bought, and what an operator sees of the whole.

use serde_json::{Value, json};

use crate::fixture::{GOOD_CARD, TestShop, hall, until};

#[tokio::test]
async fn an_organiser_sees_what_is_its_own() {
    let shop = TestShop::open_sale(hall(10)).with_fans(0).await;
    let staff = shop.staff_of("hall@example.com", &shop.organiser).await;
    let elsewhere = shop.operator.create("/v1/organisers", &json!({ "name": "Another Hall" })).await;
    let foreign = shop.staff_of("foreign@example.com", elsewhere.as_str().unwrap()).await;
    let of = |what: &str| format!("/v1/organiser/{what}");
    let sales = staff.get(&of("sales")).await.ok(200)["sales"].clone();
    assert_eq!(
        (&sales[0]["id"], &sales[0]["stage"], &sales[0]["capacity"]),
        (&json!(shop.sale), &json!("open"), &json!(10))
    );
    assert_eq!(staff.get(&of("venues")).await.ok(200)["venues"].as_array().unwrap().len(), 1);
    assert_eq!(staff.get(&of("events")).await.ok(200)["events"].as_array().unwrap().len(), 1);
    let plan = staff.get(&of("plans")).await.ok(200)["plans"][0].clone();
    assert_eq!((&plan["seats"], plan["price_levels"][0]["color"].as_str().map(str::len)), (&json!(10), Some(7)));
    let whole = staff.get(&format!("/v1/plans/{}", plan["id"])).await.ok(200);
    let mut told = shop.stranger.get(&shop.path("/plan")).await.ok(200);
    told["blocked"] = json!([]);
    assert_eq!(whole, told, "fans are told the same, but for what is blocked");

    for what in ["sales", "venues", "events", "plans"] {
        assert_eq!(foreign.get(&of(what)).await.ok(200)[what], json!([]), "{what}");
        foreign.get(&format!("{}?organiser={}", of(what), shop.organiser)).await.refused(403, "forbidden");
    }
    foreign.get(&format!("/v1/plans/{}", plan["id"])).await.refused(404, "plan_unknown");
    assert_eq!(
        shop.operator.get(&of("sales")).await.ok(200)["sales"].as_array().unwrap().len(),
        1,
        "an operator sees all"
    );
}

#[tokio::test]
async fn an_operator_finds_organisers_and_an_organiser_its_events() {
    let shop = TestShop::open_sale(hall(10)).with_fans(0).await;
    let elsewhere = shop.operator.create("/v1/organisers", &json!({ "name": "Another Hall" })).await;
    let first = shop.operator.get("/v1/organisers?limit=1").await.ok(200);
    assert_eq!(first["organisers"], json!([{ "id": elsewhere, "name": "Another Hall" }]));
    let rest = format!("/v1/organisers?after={}", first["next"].as_str().unwrap());
    let rest = shop.operator.get(&rest).await.ok(200);
    assert_eq!((&rest["organisers"][0]["id"], &rest["next"]), (&json!(shop.organiser), &Value::Null));
    let staff = shop.staff_of("hall@example.com", &shop.organiser).await;
    staff.get("/v1/organisers").await.refused(403, "forbidden");
    staff.create("/v1/events", &json!({ "name": "Gala" })).await;
    let found = staff.get("/v1/organiser/events?q=gala").await.ok(200);
    assert_eq!((found["events"].as_array().unwrap().len(), &found["events"][0]["name"]), (1, &json!("Gala")));
}

#[tokio::test]
async fn an_organiser_sees_who_bought_and_takes_the_list_along() {
    let shop = TestShop::open_sale(hall(10)).with_fans(2).await;
    let mut orders = Vec::new();
    for (fan, seat) in shop.fans.iter().zip([0, 3]) {
        fan.caller.ask("PATCH", "/v1/me").json(&json!({ "name": "=HYPERLINK(1)" })).send().await.ok(200);
        let (order, page) = fan.paying(&[seat]).await;
        shop.provider.pay(&page, GOOD_CARD).await.unwrap();
        fan.order_becomes(&order, "paid").await;
        orders.push(order);
    }
    let list = async |query: &str| shop.operator.get(&shop.path(&format!("/orders?{query}"))).await;
    let first = list("limit=1").await.ok(200);
    assert_eq!(first["orders"][0]["id"], json!(orders[1]), "newest first");
    assert_eq!(first["orders"][0]["buyer"]["name"], "=HYPERLINK(1)");
    let rest = list(&format!("after={}", first["next"].as_str().unwrap())).await.ok(200);
    assert_eq!((&rest["orders"][0]["id"], &rest["next"]), (&json!(orders[0]), &Value::Null));
    assert_eq!(list("stage=refunded").await.ok(200)["orders"], json!([]));
    list("after=nonsense").await.refused(422, "cursor_invalid");
    shop.operator.ask("POST", &format!("/v1/orders/{}/refund", orders[0])).send().await.ok(200);
    shop.fans[0].order_becomes(&orders[0], "refunded").await;

    let csv = shop.operator.get(&shop.path("/guests.csv")).await;
    assert!(csv.header("content-type").starts_with("text/csv"), "{}", csv.header("content-type"));
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    let rows: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(rows.len(), 2, "a refunded order is no guest: {text}");
    assert!(rows[0].starts_with("ticket,order,name,email") && rows[1].contains(",'=HYPERLINK(1),"), "{text}");
    let deeds = shop.operator.get("/v1/audit").await.ok(200);
    assert_eq!(deeds["deeds"][0]["action"], "export_guests", "taking the list along is noted");
}

#[tokio::test]
async fn an_operator_sees_how_everything_is_doing() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    shop.fans[0].holding(&[0]).await;
    let now = until("the view has followed", async || {
        let now = shop.operator.get("/v1/operations").await.ok(200);
        (now["sales"][0]["stage"] == "open").then_some(now)
    })
    .await;
    let sale = &now["sales"][0];
    assert_eq!(
        (&sale["id"], &sale["stage"], &sale["inbox"]["waiting"]),
        (&json!(shop.sale), &json!("open"), &json!(0))
    );
    assert!(sale["commits"]["count"].as_u64() > Some(0) && sale["commits"]["failed"] == 0, "{sale}");
    assert!(sale["inbox"]["max"].as_u64() > Some(1_000) && now["queues"][0]["max"].as_u64() > Some(0), "{now}");
}
