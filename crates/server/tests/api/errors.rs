//! Every refusal is a problem (RFC 9457) with a stable code, whatever was wrong with the request.

use serde_json::json;

use crate::fixture::{TestShop, hall};

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_at_the_place_where_it_is_wrong() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0].caller;
    let hold = shop.path("/hold");
    let cases = [
        (r#"{"seats":[1,"two"]}"#, "/seats/1"),
        (r#"{"seats":[-1]}"#, "/seats/0"),
        (r#"{"areas":[{"area":0}]}"#, "/areas/0"),
        (r#"{"best_available":{"count":1.5}}"#, "/best_available/count"),
        (r#"{"seat":[1]}"#, "/seat"),
    ];
    for (body, field) in cases {
        let ask = fan.ask("PUT", &hold).header("content-type", "application/json").body(body);
        assert_eq!(ask.send().await.refused(422, "body_invalid")["field"], field, "{body}");
    }
    for body in ["", "{", "[]", "null", "{} {}", "\u{0}", r#"{"seats":[1],"seats":[2]}"#] {
        let ask = fan.ask("PUT", &hold).header("content-type", "application/json; charset=utf-8").body(body);
        ask.send().await.refused(422, "body_invalid");
    }
    let deep = "[".repeat(60_000);
    let ask = fan.ask("PUT", &hold).header("content-type", "application/json").body(deep);
    ask.send().await.refused(422, "body_invalid");
}

#[tokio::test]
async fn another_content_type_or_too_large_a_body_is_refused() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0].caller;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let ask = fan.ask("PUT", &shop.path("/hold")).header("content-type", kind).body(r#"{"seats":[1]}"#);
        ask.send().await.refused(415, "content_type_wrong");
    }
    fan.ask("PUT", &shop.path("/hold")).send().await.refused(415, "content_type_wrong");
    let large = json!({ "seats": vec![1; 40_000] });
    fan.put(&shop.path("/hold"), &large).await.refused(413, "body_too_large");
    let password = json!({ "email": "a@example.com", "password": "x".repeat(100_000) });
    shop.stranger.post("/v1/session", &password).await.refused(413, "body_too_large");
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0].caller;
    fan.get("/v1/nothing").await.refused(404, "not_found");
    fan.get("/v2/sales").await.refused(404, "not_found");
    fan.ask("PATCH", &shop.path("/hold")).send().await.refused(405, "method_not_allowed");
    fan.ask("POST", "/v1/tickets").send().await.refused(405, "method_not_allowed");
    let bad = [
        "/v1/orders?limit=many",
        "/v1/orders?unknown=1",
        "/v1/events?limit=-1",
        "/v1/live",
        "/v1/live?sale=sale_1",
        "/v1/sales/%FF/status",
        "/v1/orders/%00",
        "/v1/tickets/sale_1-99999999999999999999",
    ];
    for path in bad {
        let answer = fan.get(path).await;
        let problem = answer.problem();
        assert!((400..500).contains(&answer.status), "{answer}");
        assert!(!problem["code"].as_str().unwrap().is_empty());
    }
    let since = shop.path("/seats?since=yesterday");
    assert!((400..500).contains(&fan.get(&since).await.problem()["status"].as_u64().unwrap()));
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let limits = hall(10).setting("limits.requests_per_second_per_account=10");
    let limits = limits.setting("limits.logins_per_minute_per_address=4");
    let shop = TestShop::open_sale(limits).with_fans(2).await;
    let (hasty, calm) = (&shop.fans[0], &shop.fans[1]);
    let answers = futures_util::future::join_all((0..60).map(|_| hasty.caller.get("/v1/me"))).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(refused.len() >= 30, "{}", refused.len());
    refused[0].refused(429, "too_many_requests");
    assert!(refused[0].header("retry-after").parse::<u32>().unwrap() >= 1);
    calm.caller.get("/v1/me").await.ok(200);
    for _ in 0..3 {
        shop.sign_in("nobody@example.com", "not-my-password").await;
    }
    shop.sign_in("nobody@example.com", "not-my-password").await.refused(429, "too_many_requests");
}
