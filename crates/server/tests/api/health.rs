//! What those who watch the server ask, and the description of the API.

use std::process::Command;

use crate::fixture::{TestShop, hall, until};

#[tokio::test]
async fn a_running_server_is_alive_ready_and_measured() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    shop.fans[0].holding(&[0]).await;
    assert_eq!(shop.stranger.get("/livez").await.status, 200);
    let ready = shop.stranger.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(String::from_utf8(ready.body).unwrap().contains(&format!("{}: ok", shop.sale)));
    let placed = format!(r#"onsale_line{{sale="{}",what="placed"}} 1"#, shop.sale);
    let text = until("the place is counted", async || {
        let metrics = shop.stranger.get("/metrics").await;
        assert!(metrics.header("content-type").starts_with("text/plain"));
        Some(String::from_utf8(metrics.body).unwrap()).filter(|text| text.contains(&placed))
    })
    .await;
    for name in ["onsale_http_requests_total", "onsale_http_seconds", "onsale_commit_seconds", "onsale_line"] {
        assert!(text.contains(name), "{name} in\n{text}");
    }
    let session = shop.fans[0].caller.session.clone().unwrap();
    assert!(!text.contains(&session) && !shop.processes.server_log().contains(&session), "a secret is written down");
}

#[tokio::test]
async fn the_description_that_is_served_is_the_one_that_is_printed() {
    let shop = TestShop::open_sale(hall(1)).with_fans(0).await;
    let served = shop.stranger.get("/openapi.json").await.ok(200);
    let printed = Command::new(env!("CARGO_BIN_EXE_onsale")).arg("openapi").env_clear().output().unwrap();
    let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(served, printed);
    assert!(served["paths"].as_object().unwrap().len() > 25);
}

#[tokio::test]
async fn every_answer_says_how_it_may_be_used_and_traced() {
    let shop = TestShop::open_sale(hall(1)).with_fans(0).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let ask = shop.stranger.ask("GET", "/v1/me").header("traceparent", &format!("00-{trace}-b7ad6b7169203331-01"));
    let answer = ask.send().await;
    assert_eq!(answer.header("trace-id"), trace);
    assert_eq!((answer.header("x-content-type-options"), answer.header("cache-control")), ("nosniff", "no-store"));
    let page = shop.stranger.get("/").await;
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{:?}", page.headers);
    assert!(!answer.header("date").is_empty());
    assert_eq!(shop.stranger.get("/nowhere").await.header("trace-id").len(), 32);
}
