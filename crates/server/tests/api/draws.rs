//! The draw of a lobby: promised before, revealed after, recomputable by anyone.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use sale::line::draw::DrawRecord;
use serde_json::json;

use crate::fixture::{TestShop, hall, until};

#[tokio::test]
async fn early_arrivals_draw_their_order_and_anyone_can_check_it() {
    let mut shop = TestShop::open_sale(hall(30)).capacity(1).opens_in(Duration::from_secs(5)).with_fans(42).await;
    let lobby = json!({ "gathers_from": "2026-01-01T00:00:00Z" });
    shop.operator.put(&shop.path("/lobby"), &lobby).await.ok(204);
    let promise = shop.stranger.get(&shop.path("/draw")).await.ok(200);
    let (early, late) = shop.fans.split_at(40);
    let answers = join_all(early.iter().map(async |fan| fan.join().await.ok(201))).await;
    for answer in answers {
        assert_eq!((&answer["place"]["stage"], &answer["place"]["number"]), (&json!("in_lobby"), &json!(0)));
    }
    early[0].join().await.ok(200);
    let other = json!({ "gathers_from": "2026-02-01T00:00:00Z" });
    shop.operator.put(&shop.path("/lobby"), &other).await.refused(409, "lobby_fixed");
    // A crash before the opening changes nothing of the promise.
    let (early, late) = (early.to_vec(), late.to_vec());
    shop.crash_and_restart().await;
    until("the order is drawn", async || {
        (shop.stranger.get(&shop.path("/draw")).await.ok(200)["seed"].is_string()).then_some(())
    })
    .await;
    for (fan, number) in late.iter().zip(41..) {
        assert_eq!(fan.join().await.ok(201)["place"]["number"], number);
    }
    let numbers = join_all(early.iter().map(async |fan| fan.number().await)).await;
    assert_eq!(numbers.iter().copied().collect::<BTreeSet<_>>(), (1..=40).collect());
    assert_ne!(numbers, (1..=40).collect::<Vec<_>>(), "drawn, not first come");

    let published = shop.stranger.get(&shop.path("/draw")).await.ok(200);
    assert_eq!(published["commitment"], promise["commitment"]);
    let record: DrawRecord = serde_json::from_value(published.clone()).unwrap();
    record.verify().unwrap();
    let mut changed = record;
    changed.places.swap(0, 1);
    changed.verify().unwrap_err();
    shop.is_sound().await;
}

#[tokio::test]
async fn only_staff_sets_up_a_draw_and_a_sale_without_one_has_none() {
    let shop = TestShop::open_sale(hall(10)).opens_in(Duration::from_secs(60)).with_fans(1).await;
    let lobby = json!({ "gathers_from": "2026-01-01T00:00:00Z" });
    shop.fans[0].caller.put(&shop.path("/lobby"), &lobby).await.refused(403, "forbidden");
    shop.stranger.get(&shop.path("/draw")).await.refused(404, "no_lobby");
    shop.operator.put(&shop.path("/lobby"), &json!({ "gathers_from": "soon" })).await.problem();
    shop.fans[0].join().await.refused(409, "sale_not_open");
}

#[tokio::test]
async fn a_word_of_the_organiser_reaches_everybody() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let mut socket = crate::fixture::Socket::open(&shop.fans[0].caller, &format!("sale={}", shop.sale)).await;
    socket.next_of("hello").await;
    let say = async |text: &str| shop.operator.put(&shop.path("/announcement"), &json!({ "text": text })).await;
    say("The doors open half an hour later.").await.ok(204);
    let told = socket.next_that(|frame| frame["announcement"].is_object()).await;
    assert_eq!(told["announcement"]["text"], "The doors open half an hour later.");
    say(&"long ".repeat(200)).await.refused(422, "announcement_too_long");
    say("").await.ok(204);
    socket.next_that(|frame| frame["type"] == "status" && frame["announcement"].is_null()).await;
    let forbidden = shop.fans[0].caller.put(&shop.path("/announcement"), &json!({ "text": "Hello" })).await;
    forbidden.refused(403, "forbidden");
}
