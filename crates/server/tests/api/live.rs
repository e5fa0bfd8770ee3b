//! `/v1/live`: what a page hears without asking.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browse::codes;
use crate::fixture::{GOOD_CARD, Socket, TestShop, hall, until};

#[tokio::test]
async fn a_fan_hears_of_the_own_place_as_it_moves_and_at_once_when_it_is_let_in() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(4).await;
    for fan in &shop.fans {
        fan.join().await.ok(201);
    }
    let [inside, second, third, last] = [0, 1, 2, 3].map(|at| &shop.fans[at]);
    let mut socket = Socket::open(&last.caller, &format!("sale={}", shop.sale)).await;
    let hello = socket.next().await.unwrap();
    assert_eq!((&hello["type"], &hello["capacity"]), (&json!("hello"), &json!(10)));
    let place = socket.next_of("place").await;
    assert_eq!((&place["place"]["stage"], &place["place"]["ahead"]), (&json!("waiting"), &json!(2)));
    second.leave().await.ok(204);
    socket.next_that(|frame| frame["place"]["ahead"] == 1).await;
    inside.leave().await.ok(204);
    socket.next_that(|frame| frame["place"]["ahead"] == 0 && frame["place"]["stage"] == "waiting").await;
    third.leave().await.ok(204);
    let left = Instant::now();
    let place = socket.next_that(|frame| frame["place"]["stage"] == "admitted").await;
    assert!(left.elapsed() < Duration::from_millis(900), "{:?}", left.elapsed());
    assert!(place["place"]["deadline_ms"].as_i64().unwrap() > place["place"]["server_time_ms"].as_i64().unwrap());
    let status = socket.next_that(|frame| frame["type"] == "status" && frame["line"]["waiting"] == 0).await;
    assert_eq!(status["line"]["active"], 1);
    assert!(socket.say(r#"{"type":"ping"}"#).await);
    assert!(socket.next_of("pong").await["server_time_ms"].is_i64());
}

#[tokio::test]
async fn whoever_is_let_in_is_not_told_to_wait_with_nobody_before_them() {
    let shop = TestShop::open_sale(hall(50)).capacity(1).with_fans(42).await;
    for fan in &shop.fans {
        fan.join().await.ok(201);
    }
    let mut sockets = Vec::new();
    for (ahead, fan) in shop.fans[1..].iter().enumerate().skip(1) {
        let mut socket = Socket::open(&fan.caller, &format!("sale={}", shop.sale)).await;
        socket.next_that(|frame| frame["place"]["ahead"] == ahead).await;
        sockets.push(socket);
        // Each position is worth another look at another moment; some are just when everybody is let in.
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    shop.operator.put(&shop.path("/pace"), &json!({ "capacity": 50 })).await.ok(204);
    for socket in &mut sockets {
        assert_eq!(socket.next_of("place").await["place"]["stage"], "admitted");
    }
}

#[tokio::test]
async fn a_snapshot_and_its_changes_are_the_seats() {
    let shop = TestShop::open_sale(hall(30).with_standing(5)).with_fans(6).await;
    let mut socket = Socket::open(&shop.stranger, &format!("sale={}&seats=1", shop.sale)).await;
    let first = socket.next_of("seats").await;
    let (mut seats, mut version) = (codes(&first), first["version"].as_u64().unwrap());
    let changing = async {
        for (turn, fan) in (0u32..).zip(&shop.fans) {
            fan.join().await.ok(201);
            fan.hold(&[turn * 4, turn * 4 + 1]).await.ok(200);
            tokio::time::sleep(Duration::from_millis(120)).await;
            fan.choose(&json!({ "seats": [turn * 4 + 2], "areas": [{ "area": 0, "count": turn % 2 }] })).await;
        }
        shop.fans[0].leave().await.ok(204);
        shop.operator.post(&shop.path("/block"), &json!({ "seats": [29] })).await.ok(204);
    };
    let mut areas = first["areas"].clone();
    let listening = async {
        while seats[29] != 3 {
            let frame = socket.next_of("seat_changes").await;
            assert_eq!(frame["from"], version, "a step is missing");
            version = frame["version"].as_u64().unwrap();
            areas = frame["areas"].clone();
            for change in frame["changes"].as_array().unwrap() {
                seats[change[0].as_u64().unwrap() as usize] = change[1].as_u64().unwrap() as u8;
            }
        }
    };
    tokio::join!(changing, listening);
    let now = shop.stranger.get(&shop.path("/seats")).await.ok(200);
    assert_eq!((seats, &areas), (codes(&now), &now["areas"]));
    assert!(socket.say(r#"{"type":"seats","on":false}"#).await);
    assert!(socket.say(r#"{"type":"seats","on":true}"#).await);
    assert_eq!(codes(&socket.next_of("seats").await), codes(&now));
}

#[tokio::test]
async fn a_fan_hears_when_the_payment_arrived() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    let mut socket = Socket::open(&fan.caller, &format!("sale={}", shop.sale)).await;
    let (order, page) = fan.paying(&[0]).await;
    let heard = socket.next_that(|frame| frame["order"]["payment_url"].is_string()).await;
    assert_eq!((&heard["type"], &heard["order"]["id"]), (&json!("order"), &json!(order)));
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    let paid = socket.next_that(|frame| frame["order"]["stage"] == "paid").await;
    assert_eq!(paid["order"]["tickets"].as_array().unwrap().len(), 1);
    shop.operator.ask("POST", &format!("/v1/orders/{order}/refund")).send().await.ok(200);
    socket.next_that(|frame| frame["order"]["stage"] == "refunded").await;
}

#[tokio::test]
async fn a_stranger_hears_the_status_and_of_no_place() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let unknown = shop.stranger.with_session("not-a-session");
    for caller in [&shop.stranger, &unknown] {
        let mut socket = Socket::open(caller, &format!("sale={}", shop.sale)).await;
        assert_eq!(socket.next().await.unwrap()["type"], "hello");
        shop.fans[0].join().await;
        shop.fans[0].leave().await;
        let next = socket.next().await.unwrap();
        assert_eq!(next["type"], "status", "{next}");
    }
    for query in ["sale=sale_99", "sale=nothing"] {
        assert_eq!(Socket::try_open(&shop.stranger, query, &[]).await.err(), Some(404));
    }
}

#[tokio::test]
async fn who_says_too_much_is_cut_off() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let caller = &shop.fans[0].caller;
    let query = format!("sale={}", shop.sale);
    let mut chatty = Socket::open(caller, &query).await;
    for _ in 0..60 {
        chatty.say(r#"{"type":"ping"}"#).await;
    }
    assert_eq!(chatty.next_of("bye").await["reason"], "too_many_messages");
    assert_eq!(chatty.next().await, None);
    let mut long = Socket::open(caller, &query).await;
    let text = json!({ "type": "ping", "x": "x".repeat(5_000) }).to_string();
    long.say(&text).await;
    while let Some(frame) = long.next().await {
        assert_ne!(frame["type"], "pong");
    }
    for nonsense in ["", "hello", r#"{"type":"buy"}"#, r#"{"type":"seats"}"#] {
        let mut socket = Socket::open(caller, &query).await;
        socket.say(nonsense).await;
        assert_eq!(socket.next_of("bye").await["reason"], "not_understood", "{nonsense}");
    }
    assert_eq!(shop.stranger.get("/livez").await.status, 200);
}

#[tokio::test]
async fn readers_that_do_not_read_do_no_harm_to_others() {
    let shop = TestShop::open_sale(hall(2_000)).capacity(50).with_fans(60).await;
    let query = format!("sale={}&seats=1", shop.sale);
    let mut deaf = vec![];
    for _ in 0..100 {
        deaf.push(Socket::open(&shop.stranger, &query).await);
    }
    for fan in &shop.fans {
        fan.join().await.ok(201);
    }
    let mut listener = Socket::open(&shop.fans[59].caller, &query).await;
    listener.next_that(|frame| frame["place"]["stage"] == "waiting").await;
    for fan in &shop.fans[..10] {
        fan.hold(&[1, 2, 3]).await.ok(200);
        let began = Instant::now();
        fan.leave().await.ok(204);
        assert!(began.elapsed() < Duration::from_secs(1));
    }
    let heard = listener.next_that(|frame| frame["place"]["stage"] == "admitted").await;
    assert_eq!(heard["place"]["number"], 60);
    drop(deaf);
    until("closed connections are let go", async || {
        let metrics = String::from_utf8(shop.stranger.get("/metrics").await.body).unwrap();
        metrics.contains("onsale_live_connections 1\n").then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_signs_out_is_no_longer_told_anything() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(1).await;
    let account = shop.sign_up("gone@example.com", "a-lantern-in-june").await;
    let fan = shop.fan(&account.session());
    fan.join().await.ok(201);
    let mut socket = Socket::open(&fan.caller, &format!("sale={}", shop.sale)).await;
    socket.next_of("place").await;
    fan.caller.delete("/v1/session").await.ok(204);
    let bye = tokio::time::timeout(Duration::from_secs(40), async {
        loop {
            match socket.next().await {
                Some(frame) if frame["type"] == "bye" => return frame,
                Some(_) => {}
                None => return Value::Null,
            }
        }
    });
    assert_eq!(bye.await.unwrap()["reason"], "signed_out");
}

#[tokio::test]
async fn the_same_news_come_as_server_sent_events() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(3).await;
    for fan in &shop.fans {
        fan.join().await.ok(201);
    }
    let last = &shop.fans[2].caller;
    let url = format!("{}/v1/live/events?sale={}", last.url, shop.sale);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let cookie = format!("__Host-session={}", last.session.as_deref().unwrap());
    let mut response = client.get(url).header("cookie", cookie).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut heard = String::new();
    let mut hear = async |wanted: &str| {
        while !heard.contains(wanted) {
            let chunk = tokio::time::timeout(Duration::from_secs(20), response.chunk()).await;
            let chunk =
                chunk.unwrap_or_else(|_| panic!("{wanted} is not in {heard}")).unwrap().expect("an open stream");
            heard += std::str::from_utf8(&chunk).unwrap();
        }
    };
    hear("event: hello\ndata: {\"type\":\"hello\"").await;
    hear("event: place\ndata: {\"type\":\"place\",\"place\":{\"number\":3,\"stage\":\"waiting\",\"ahead\":1").await;
    shop.fans[1].leave().await.ok(204);
    hear("\"ahead\":0").await;
    shop.fans[0].leave().await.ok(204);
    hear("\"stage\":\"admitted\"").await;
    let refused = shop.stranger.get("/v1/live/events?sale=sale_99").await;
    refused.refused(404, "sale_unknown");
}

#[tokio::test]
async fn who_does_not_look_hears_only_that_the_turn_has_come() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(6).await;
    for fan in &shop.fans {
        fan.join().await.ok(201);
    }
    let last = &shop.fans[5];
    let mut socket = Socket::open(&last.caller, &format!("sale={}", shop.sale)).await;
    socket.next_that(|frame| frame["place"]["ahead"] == 4).await;
    assert!(socket.say(r#"{"type":"quiet","on":true}"#).await);
    assert!(socket.say(r#"{"type":"ping"}"#).await);
    socket.next_of("pong").await;
    for fan in &shop.fans[..4] {
        fan.leave().await.ok(204);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    // Four steps and as many statuses went by; the next thing heard is the answer to this.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert!(socket.say(r#"{"type":"ping"}"#).await);
    assert_eq!(socket.next().await.unwrap()["type"], "pong");
    shop.fans[4].leave().await.ok(204);
    assert_eq!(socket.next().await.unwrap()["place"]["stage"], "admitted");
    assert!(socket.say(r#"{"type":"quiet","on":false}"#).await);
    // What was missed is made up for, and from then on it hears everything.
    socket.next_that(|frame| frame["type"] == "status" && frame["line"]["waiting"] == 0).await;
}
