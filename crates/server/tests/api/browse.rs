//! What everybody may look at, and caches may keep.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::fixture::{TestShop, hall, until};

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let shop = TestShop::open_sale(hall(30).with_standing(5)).with_fans(1).await;
    for path in ["", "/plan", "/seats"].map(|rest| shop.path(rest)).into_iter().chain(["/v1/events".to_owned()]) {
        let whole = shop.stranger.get(&path).await;
        let tag = whole.header("etag").to_owned();
        assert!(whole.status == 200 && tag.starts_with('"'), "{whole}");
        assert!(whole.header("cache-control").contains("max-age"), "{path}");
        let again = shop.stranger.ask("GET", &path).header("if-none-match", &tag).send().await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag.as_str()), "{path}");
        let other = shop.stranger.ask("GET", &path).header("if-none-match", "\"other\"").send().await;
        assert_eq!((other.status, other.body == whole.body), (200, true), "{path}");
    }
    let before = shop.stranger.get(&shop.path("/seats")).await.header("etag").to_owned();
    shop.fans[0].holding(&[7]).await;
    until("the seats have another tag", async || {
        let now = shop.stranger.ask("GET", &shop.path("/seats")).header("if-none-match", &before).send().await;
        (now.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_plan_is_sent_compressed_to_whom_that_helps() {
    let shop = TestShop::open_sale(hall(500)).with_fans(0).await;
    let plain = shop.stranger.get(&shop.path("/plan")).await;
    let small = shop.stranger.ask("GET", &shop.path("/plan")).header("accept-encoding", "gzip").send().await;
    assert_eq!(small.header("content-encoding"), "gzip");
    assert!(small.body.len() * 4 < plain.body.len(), "{} of {}", small.body.len(), plain.body.len());
    let plan = plain.ok(200);
    assert_eq!(plan["seats"].as_array().unwrap().len(), 500);
}

#[tokio::test]
async fn the_events_lead_to_the_sale_and_its_prices() {
    let shop = TestShop::open_sale(hall(30).with_standing(5)).with_fans(0).await;
    let events = shop.stranger.get("/v1/events?limit=5").await.ok(200);
    let performance = &events["events"][0]["performances"][0];
    assert_eq!((&performance["sale"], &events["next"]), (&json!(shop.sale), &Value::Null));
    let sale = shop.stranger.get(&shop.path("")).await.ok(200);
    assert_eq!((&sale["id"], &sale["capacity"], &sale["currency"]), (&json!(shop.sale), &json!(35), &json!("EUR")));
    assert_eq!(sale["price_levels"][1]["price"], json!({ "amount": 7_900, "currency": "EUR" }));
    for path in ["/v1/sales/sale_99", "/v1/sales/nothing/status", "/v1/sales/sale_99/seats"] {
        shop.stranger.get(path).await.refused(404, "sale_unknown");
    }
}

#[tokio::test]
async fn the_changes_since_a_version_lead_to_the_seats_of_now() {
    let shop = TestShop::open_sale(hall(30).with_standing(5)).with_fans(3).await;
    let seats = shop.path("/seats");
    let first = shop.stranger.get(&seats).await.ok(200);
    let mut mine = codes(&first);
    assert_eq!(mine, vec![0; 30]);
    let mut version = first["version"].as_u64().unwrap();
    for (turn, fan) in (0u32..).zip(&shop.fans) {
        fan.holding(&[turn * 3, turn * 3 + 1]).await;
        fan.hold(&[turn * 3 + 1, turn * 3 + 2]).await.ok(200);
        let seat = turn as usize * 3;
        until("the change is there", async || {
            let since = shop.stranger.get(&format!("{seats}?since={version}")).await.ok(200);
            for change in since["changes"].as_array().unwrap() {
                mine[change[0].as_u64().unwrap() as usize] = change[1].as_u64().unwrap() as u8;
            }
            version = since["version"].as_u64().unwrap();
            (mine[seat..seat + 3] == [0, 1, 1]).then_some(())
        })
        .await;
        assert_eq!(codes(&shop.stranger.get(&seats).await.ok(200)), mine);
        // Events that move no seat must not make the version too old.
        shop.more_fans(1).await[0].join().await.ok(201);
    }
    shop.stranger.get(&format!("{seats}?since=9999999")).await.refused(410, "version_too_old");
}

/// One state a seat.
pub(crate) fn codes(body: &Value) -> Vec<u8> {
    let bytes = STANDARD.decode(body["seats"].as_str().unwrap()).unwrap();
    (0..30).map(|seat| bytes[seat / 4] >> (seat % 4 * 2) & 3).collect()
}

#[tokio::test]
async fn events_are_found_and_shown() {
    let shop = TestShop::open_sale(hall(30)).with_fans(0).await;
    let organiser = json!(shop.organiser);
    let venue = json!({ "name": "올림픽홀", "city": "서울", "time_zone": "Asia/Seoul", "organiser": organiser });
    let venue = shop.operator.create("/v1/venues", &venue).await;
    let event = json!({
        "name": "아이유 콘서트", "description": "Two nights.\nNo encore.", "category": "concert", "organiser": organiser,
    });
    let event = shop.operator.create("/v1/events", &event).await;
    let performance = json!({ "event": event, "venue": venue, "starts_at": "2099-03-06T19:00:00+09:00" });
    shop.operator.create("/v1/performances", &performance).await;

    let found = shop.stranger.get("/v1/events?q=%EC%95%84%EC%9D%B4%EC%9C%A0%EC%BD%98%EC%84%9C%ED%8A%B8").await.ok(200);
    assert_eq!((found["events"].as_array().unwrap().len(), &found["events"][0]["id"]), (1, &event), "{found}");
    assert_eq!((&found["categories"], &found["cities"]), (&json!(["concert"]), &json!(["서울"])));
    let one = shop.stranger.get(&format!("/v1/events/{}", event.as_str().unwrap())).await.ok(200);
    assert_eq!((&one["description"], &one["category"]), (&json!("Two nights.\nNo encore."), &json!("concert")));
    let performance = &one["performances"][0];
    assert_eq!((&performance["venue"]["city"], &performance["sale"]), (&json!("서울"), &Value::Null));
    assert_eq!(shop.stranger.get("/v1/events?category=concert&from=2099-03-07").await.ok(200)["events"], json!([]));
    let other = shop.stranger.get("/v1/events?until=2099-03-05").await.ok(200);
    let sale = &other["events"][0]["performances"][0];
    assert_eq!((&sale["sale"], &sale["price_from"]["currency"]), (&json!(shop.sale), &json!("EUR")));
    assert!(sale["price_from"]["amount"].as_i64() <= sale["price_to"]["amount"].as_i64(), "{sale}");

    let wrong = shop.stranger.get("/v1/events?category=circus").await;
    assert_eq!(wrong.refused(422, "category_invalid")["field"], "/category");
    assert_eq!(shop.stranger.get("/v1/events?from=6.3.2099").await.refused(422, "date_invalid")["field"], "/from");
    shop.stranger.get("/v1/events/event_99").await.refused(404, "event_unknown");
    let long = json!({ "name": "x", "description": "x".repeat(5_001), "organiser": organiser });
    assert_eq!(
        shop.operator.post("/v1/events", &long).await.refused(422, "description_invalid")["field"],
        "/description"
    );
}

#[tokio::test]
async fn what_is_sent_as_it_is_kept_is_what_the_contract_says() {
    let shop = TestShop::open_sale(hall(30).with_standing(5)).with_fans(0).await;
    let contract = shop.stranger.get("/openapi.json").await.ok(200);
    let schemas = &contract["components"]["schemas"];
    let agrees = |name: &str, value: &Value| {
        let (schema, value) = (&schemas[name], value.as_object().unwrap());
        let known = schema["properties"].as_object().unwrap_or_else(|| panic!("{name} is in the contract"));
        for member in value.keys() {
            assert!(known.contains_key(member), "{name} has no {member}");
        }
        for member in schema["required"].as_array().unwrap() {
            assert!(value.contains_key(member.as_str().unwrap()), "{name} needs {member}");
        }
    };
    let sale = shop.stranger.get(&shop.path("")).await.ok(200);
    agrees("SaleBody", &sale);
    agrees("SalePerformanceBody", &sale["performance"]);
    agrees("PriceLevelBody", &sale["price_levels"][0]);
    let plan = shop.stranger.get(&shop.path("/plan")).await.ok(200);
    agrees("PlanBody", &plan);
    for (name, list) in [("PlanLevelBody", "price_levels"), ("PlanSectionBody", "sections"), ("PlanRowBody", "rows")] {
        agrees(name, &plan[list][0]);
    }
    agrees("PlanSeatBody", &plan["seats"][0]);
    agrees("PlanAreaBody", &plan["areas"][0]);
}
