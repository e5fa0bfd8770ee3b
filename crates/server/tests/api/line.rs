//! `/v1/sales/{sale}/line`: who comes in, and when.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;

use crate::fixture::{Fan, GOOD_CARD, Socket, TestShop, hall, until};

/// How long after a deadline the next one may be in, on a busy machine. An idle one needs milliseconds.
const AT_ONCE_MS: i64 = 1_500;

#[tokio::test]
async fn nobody_joins_before_the_opening_instant() {
    let shop = TestShop::open_sale(hall(30)).opens_in(Duration::from_secs(2)).with_fans(20).await;
    let opens_at_ms = shop.status().await["opens_at_ms"].as_i64().unwrap();
    let numbers = join_all(shop.fans.iter().map(async |fan| {
        loop {
            let answer = fan.join().await;
            let received_ms = load::clock::now_ms();
            if answer.status == 201 {
                assert!(received_ms >= opens_at_ms, "in {} ms early", opens_at_ms - received_ms);
                return answer.ok(201)["place"]["number"].as_u64().unwrap();
            }
            assert_eq!(answer.refused(409, "sale_not_open")["opens_at_ms"], opens_at_ms);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }))
    .await;
    assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), (1..=20).collect());
}

#[tokio::test]
async fn an_account_has_one_place_however_often_it_signs_in() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(1).await;
    shop.fans[0].join().await.ok(201);
    let (email, password) = ("two.browsers@example.com", "open-both-windows");
    let first = shop.fan(&shop.sign_up(email, password).await.session());
    let second = shop.fan(&shop.sign_in(email, password).await.session());
    assert_ne!(first.caller.session, second.caller.session);
    join_all((0..20).map(|turn| if turn % 2 == 0 { first.join() } else { second.join() })).await;
    assert_eq!((first.number().await, second.number().await), (2, 2));
    until("both places are published", async || (shop.status().await["line"]["last_number"] == 2).then_some(())).await;
    first.join().await.ok(200);
}

#[tokio::test]
async fn who_leaves_makes_room_and_comes_back_at_the_end() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(4).await;
    let [inside, leaver, next, last] = four(&shop.fans);
    for fan in [inside, leaver, next, last] {
        fan.join().await.ok(201);
    }
    assert_eq!(last.look().await.ok(200)["place"]["ahead"], 2);
    leaver.leave().await.ok(204);
    assert_eq!(leaver.stage().await, "left");
    assert_eq!(last.look().await.ok(200)["place"]["ahead"], 1);
    inside.hold(&[3]).await.ok(200);
    inside.leave().await.ok(204);
    assert_eq!((next.stage().await.as_str(), last.stage().await.as_str()), ("admitted", "waiting"));
    next.hold(&[3]).await.ok(200);
    assert_eq!(leaver.join().await.ok(201)["place"]["number"], 5);
    shop.stranger.with_session("no-such-session").get(&shop.path("/line/me")).await.refused(401, "not_signed_in");
}

#[tokio::test]
async fn at_a_bank_counter_one_enters_as_one_leaves() {
    let shop = TestShop::open_sale(hall(30)).capacity(2).with_fans(12).await;
    for fan in &shop.fans {
        fan.join().await.ok(201);
    }
    for (turn, fan) in shop.fans.iter().enumerate().take(10) {
        let status = shop.status().await;
        assert!(status["line"]["active"].as_u64().unwrap() <= 2, "{status}");
        assert_eq!(shop.fans[turn + 1].stage().await, "admitted");
        assert_eq!(shop.fans[turn + 2].stage().await, "waiting");
        fan.leave().await.ok(204);
        assert_eq!(shop.fans[turn + 2].stage().await, "admitted", "in the same step as the leaving");
    }
}

#[tokio::test]
async fn at_a_theme_park_so_many_enter_per_interval() {
    let shop = TestShop::open_sale(hall(30)).rate(2, 1).with_fans(7).await;
    for fan in &shop.fans {
        fan.join().await.ok(201);
    }
    let mut seen = BTreeSet::new();
    until("all are in", async || {
        let status = shop.status().await;
        let passed_ms = status["server_time_ms"].as_i64().unwrap() - status["opens_at_ms"].as_i64().unwrap();
        let admitted = status["line"]["admitted_total"].as_i64().unwrap();
        assert!(admitted <= 2 * (passed_ms / 1_000 + 1), "{admitted} after {passed_ms} ms");
        seen.insert(admitted);
        (admitted == 7).then_some(())
    })
    .await;
    assert!(seen.len() >= 3, "all at once: {seen:?}");
}

#[tokio::test]
async fn who_does_not_show_up_is_passed_over() {
    // Without passes, so that the writer decides.
    let plan = hall(10).setting("limits.admission_passes=false").capacity(1).grace_seconds(2);
    let shop = TestShop::open_sale(plan).with_fans(2).await;
    let [absent, next] = two(&shop.fans);
    let deadline_ms = absent.join().await.ok(201)["place"]["deadline_ms"].as_i64().unwrap();
    is_let_in_at(&shop, next, deadline_ms).await;
    assert_eq!(absent.stage().await, "absent");
    absent.enter().await.refused(409, "not_admitted");
    absent.hold(&[0]).await.refused(409, "not_admitted");
}

#[tokio::test]
async fn who_chooses_too_long_loses_the_seats_to_the_next_at_once() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).select_seconds(2).with_fans(2).await;
    let [slow, next] = two(&shop.fans);
    slow.join().await.ok(201);
    let entered = slow.enter().await.ok(200);
    let deadline_ms = entered["place"]["deadline_ms"].as_i64().unwrap();
    assert_eq!(slow.hold(&[4, 5]).await.ok(200)["deadline_ms"], deadline_ms, "choosing does not win time");
    is_let_in_at(&shop, next, deadline_ms).await;
    next.hold(&[4, 5]).await.ok(200);
    assert_eq!(slow.stage().await, "timed_out");
    slow.begin_order().await.refused(409, "not_admitted");
    shop.is_sound().await;
}

#[tokio::test]
async fn who_pays_too_late_loses_the_seats_to_the_next_at_once() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).pay_seconds(2).with_fans(2).await;
    let [slow, next] = two(&shop.fans);
    let (order, page) = slow.paying(&[4, 5]).await;
    let deadline_ms = slow.order(&order).await["deadline_ms"].as_i64().unwrap();
    is_let_in_at(&shop, next, deadline_ms).await;
    next.hold(&[4, 5]).await.ok(200);
    let order = slow.order_becomes(&order, "expired").await;
    assert_eq!((&order["tickets"], &order["payment_url"]), (&serde_json::json!([]), &Value::Null));
    assert!(shop.provider.pay(&page, GOOD_CARD).await.unwrap().is_client_error(), "the page takes no money");
    shop.money_and_tickets_agree(&[slow]).await;
}

/// Joins, hears live of being let in, and not long after the deadline of whoever was inside.
async fn is_let_in_at(shop: &TestShop, next: &Fan, deadline_ms: i64) {
    assert_eq!(next.join().await.ok(201)["place"]["stage"], "waiting");
    let mut socket = Socket::open(&next.caller, &format!("sale={}", shop.sale)).await;
    let heard = socket.next_that(|frame| frame["place"]["stage"] == "admitted").await;
    let late_ms = load::clock::now_ms() - deadline_ms;
    assert!((0..AT_ONCE_MS).contains(&late_ms), "{late_ms} ms after the deadline: {heard}");
}

fn two(fans: &[Fan]) -> [&Fan; 2] {
    std::array::from_fn(|at| &fans[at])
}

fn four(fans: &[Fan]) -> [&Fan; 4] {
    std::array::from_fn(|at| &fans[at])
}

#[tokio::test]
async fn many_positions_are_asked_for_at_once_and_by_anybody() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(5).await;
    for fan in &shop.fans {
        fan.join().await.ok(201);
    }
    shop.fans[2].leave().await.ok(204);
    until("the view has caught up", async || {
        let line = &shop.status().await["line"];
        (line["waiting"] == 3 && line["last_number"] == 5).then_some(())
    })
    .await;
    let answer = shop.stranger.get(&shop.path("/positions?numbers=5,1,4,2,6")).await;
    assert_eq!(answer.header("cache-control"), "public, max-age=1");
    assert_eq!(answer.ok(200)["ahead"], serde_json::json!([2, 0, 1, 0, null]));
    let wrong = shop.stranger.get(&shop.path("/positions?numbers=5,x")).await.refused(422, "query_invalid");
    assert_eq!(wrong["field"], "/numbers");
    shop.stranger.get(&shop.path("/positions")).await.refused(422, "query_invalid");
}
