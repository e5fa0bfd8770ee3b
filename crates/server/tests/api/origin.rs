//! A page of another site may not act in a fan's name.

use crate::fixture::{Socket, TestShop, hall};

#[tokio::test]
async fn a_foreign_origin_changes_nothing_and_hears_nothing() {
    let shop = TestShop::open_sale(hall(10)).setting("server.allowed_origins=https://friend.example");
    let shop = shop.with_fans(1).await;
    let fan = &shop.fans[0];
    let port = shop.processes.port;
    let foreign = ["https://evil.example", "null", "http://127.0.0.1", &format!("https://127.0.0.1:{port}"), ""];
    let changes = [
        ("POST", shop.path("/line")),
        ("PUT", shop.path("/hold")),
        ("DELETE", shop.path("/line/me")),
        ("POST", shop.path("/orders")),
        ("DELETE", "/v1/session".to_owned()),
    ];
    for origin in foreign {
        for (method, path) in &changes {
            let ask = fan.caller.ask(method, path).header("origin", origin);
            ask.send().await.refused(403, "origin_not_allowed");
        }
        let query = format!("sale={}", shop.sale);
        let refused = Socket::try_open(&fan.caller, &query, &[("origin", origin)]).await;
        assert_eq!(refused.err(), Some(403), "{origin}");
        assert_eq!(fan.caller.ask("GET", "/v1/me").header("origin", origin).send().await.status, 200);
    }
    assert_eq!(fan.look().await.status, 404, "nothing happened");
    let own = shop.processes.server_url();
    for origin in [own.as_str(), "https://friend.example"] {
        let joined = fan.caller.ask("POST", &shop.path("/line")).header("origin", origin).send().await;
        assert!(matches!(joined.status, 200 | 201), "{joined}");
        let query = format!("sale={}", shop.sale);
        assert!(Socket::try_open(&fan.caller, &query, &[("origin", origin)]).await.is_ok());
    }
}
