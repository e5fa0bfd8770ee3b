//! `/v1/sales/{sale}/hold`: all of a choice or nothing.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::fixture::{Answer, Fan, GOOD_CARD, TestShop, hall};

#[tokio::test]
async fn a_choice_with_taken_seats_says_which_and_the_earlier_choice_stays() {
    let shop = TestShop::open_sale(hall(30)).with_fans(3).await;
    let [first, second, third] = three(&shop.fans);
    first.holding(&[0, 1]).await;
    second.holding(&[5]).await;
    let refused = second.hold(&[1, 2, 0]).await.refused(409, "seat_taken");
    let taken: BTreeSet<i64> = refused["seats_taken"].as_array().unwrap().iter().filter_map(Value::as_i64).collect();
    assert_eq!(taken, BTreeSet::from([0, 1]));
    assert_eq!(held_by(second).await, [5]);
    third.holding(&[2]).await;
    shop.is_sound().await;
}

#[tokio::test]
async fn a_new_choice_replaces_the_earlier_one() {
    let shop = TestShop::open_sale(hall(30)).with_fans(2).await;
    let (fan, other) = (&shop.fans[0], &shop.fans[1]);
    fan.holding(&[0, 1]).await;
    let hold = fan.hold(&[1, 2]).await.ok(200);
    assert_eq!((seats(&hold), &hold["total"]), (vec![1, 2], &json!({ "amount": 19_800, "currency": "EUR" })));
    other.holding(&[0]).await;
    fan.caller.delete(&shop.path("/hold")).await.ok(204);
    assert_eq!(fan.look().await.ok(200)["place"]["hold"], Value::Null);
    other.hold(&[0, 1, 2]).await.ok(200);
}

#[tokio::test]
async fn a_hundred_holds_at_once_stay_within_the_buyers_limit() {
    let shop = TestShop::open_sale(hall(200)).limit(3).with_fans(1).await;
    let fan = &shop.fans[0];
    fan.join().await.ok(201);
    let choice = |turn: u32| (0..turn % 4 + 1).map(move |seat| turn * 2 + seat).collect::<Vec<_>>();
    let watched = async {
        for _ in 0..30 {
            assert!(held(&shop.status().await) <= 3);
        }
    };
    let (answers, ()) = tokio::join!(join_all((0..100).map(async |turn| fan.hold(&choice(turn)).await)), watched);
    for (turn, answer) in (0u32..).zip(&answers) {
        match turn % 4 {
            3 => drop(answer.refused(409, "buyer_limit_reached")),
            _ => drop(answer.ok(200)),
        }
    }
    let now = held_by(fan).await;
    assert!((1..=3).contains(&now.len()), "{now:?}");
    // The public status may be a few milliseconds older than the answer.
    crate::fixture::until("the status shows the last choice", async || {
        (held(&shop.status().await) == now.len() as u64).then_some(())
    })
    .await;
    shop.is_sound().await;
}

#[tokio::test]
async fn the_limit_counts_over_all_orders_of_a_buyer() {
    let shop = TestShop::open_sale(hall(30)).limit(3).with_fans(1).await;
    let fan = &shop.fans[0];
    let (order, page) = fan.paying(&[0, 1]).await;
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    fan.order_becomes(&order, "paid").await;
    fan.join().await.ok(201);
    let refused = fan.hold(&[2, 3]).await.refused(409, "buyer_limit_reached");
    assert_eq!((&refused["limit"], &refused["bought"]), (&json!(3), &json!(2)));
    fan.hold(&[2]).await.ok(200);
    let order = fan.begin_order().await.ok(201)["id"].as_str().unwrap().to_owned();
    shop.provider.pay(&fan.payment_page(&order).await, GOOD_CARD).await.unwrap();
    fan.order_becomes(&order, "paid").await;
    fan.join().await.refused(409, "buyer_limit_reached");
    shop.money_and_tickets_agree(&[fan]).await;
}

#[tokio::test]
async fn once_paying_there_is_no_way_back_to_the_seats() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    fan.paying(&[0]).await;
    fan.hold(&[1]).await.refused(409, "already_paying");
    fan.caller.delete(&shop.path("/hold")).await.refused(409, "already_paying");
    fan.leave().await.refused(409, "already_paying");
    fan.begin_order().await.refused(409, "already_paying");
    let place = fan.look().await.ok(200)["place"].clone();
    assert_eq!((&place["stage"], seats(&place["hold"])), (&json!("paying"), vec![0]));
}

#[tokio::test]
async fn an_idempotency_key_gives_the_same_answer_once_and_for_its_own_account() {
    let shop = TestShop::open_sale(hall(30)).with_fans(2).await;
    let (fan, other) = (&shop.fans[0], &shop.fans[1]);
    fan.join().await.ok(201);
    other.join().await.ok(201);
    let first = keyed(fan, "choice-1", &[0, 1]).await.ok(200);
    let again = keyed(fan, "choice-1", &[0, 1]).await.ok(200);
    assert_eq!((&again["hold"], seats(&again)), (&first["hold"], vec![0, 1]));
    keyed(fan, "choice-1", &[2]).await.refused(422, "idempotency_key_reused");
    assert_eq!(held_by(fan).await, [0, 1]);
    // A refusal is remembered as well: the repetition must not be told something else.
    keyed(other, "choice-1", &[0]).await.refused(409, "seat_taken");
    fan.leave().await.ok(204);
    keyed(other, "choice-1", &[0]).await.refused(409, "seat_taken");
    keyed(other, "choice-2", &[0]).await.ok(200);
    keyed(other, &"k".repeat(256), &[0]).await.refused(422, "idempotency_key_invalid");
}

#[tokio::test]
async fn the_best_seats_are_side_by_side_and_of_the_level_asked_for() {
    let shop = TestShop::open_sale(hall(30)).limit(20).with_fans(3).await;
    let [first, second, third] = three(&shop.fans);
    for fan in [first, second, third] {
        fan.join().await.ok(201);
    }
    let best = |count: u32, level: Option<u8>, adjacent: bool| json!({ "best_available": { "count": count, "level": level, "adjacent": adjacent } });
    let hold = first.choose(&best(4, Some(2), true)).await.ok(200);
    let (chosen, items) = (seats(&hold), hold["items"].as_array().unwrap().clone());
    assert!(chosen.windows(2).all(|pair| pair[1] == pair[0] + 1), "{chosen:?}");
    assert!(items.iter().all(|item| item["level"] == 2 && item["row"] == items[0]["row"]), "{items:?}");
    second.choose(&best(7, Some(2), false)).await.refused(409, "not_enough_seats");
    second.choose(&best(6, Some(2), true)).await.refused(409, "no_adjacent_seats");
    let rest = second.choose(&best(6, Some(2), false)).await.ok(200);
    assert!(seats(&rest).iter().all(|seat| !chosen.contains(seat)));
    third.choose(&best(11, None, true)).await.refused(409, "no_adjacent_seats");
    assert_eq!(third.choose(&best(20, None, false)).await.ok(200)["items"].as_array().unwrap().len(), 20);
    shop.is_sound().await;
}

#[tokio::test]
async fn a_counted_area_is_never_overfilled() {
    let shop = TestShop::open_sale(hall(10).with_standing(5)).with_fans(10).await;
    for fan in &shop.fans {
        fan.join().await.ok(201);
    }
    let two = json!({ "seats": [], "areas": [{ "area": 0, "count": 2 }] });
    let answers = join_all(shop.fans.iter().map(|fan| fan.choose(&two))).await;
    let (held, refused): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((held.len(), refused.len()), (2, 8));
    for answer in refused {
        assert!(answer.refused(409, "area_full")["free"].as_u64().unwrap() < 2);
    }
    assert_eq!(held[0].ok(200)["items"][1]["name"], "Standing");
    shop.is_sound().await;
}

#[tokio::test]
async fn a_choice_that_makes_no_sense_is_refused() {
    // Without passes, so that the writer decides.
    let shop = TestShop::open_sale(hall(10)).setting("limits.admission_passes=false").capacity(1).with_fans(2).await;
    let (fan, waiting) = (&shop.fans[0], &shop.fans[1]);
    fan.hold(&[0]).await.refused(404, "not_in_line");
    fan.join().await.ok(201);
    waiting.join().await.ok(201);
    waiting.hold(&[0]).await.refused(409, "not_admitted");
    waiting.begin_order().await.refused(409, "not_admitted");
    fan.begin_order().await.refused(409, "nothing_held");
    fan.hold(&[]).await.refused(422, "nothing_chosen");
    fan.hold(&[10]).await.refused(422, "seat_unknown");
    fan.hold(&[1, 1]).await.refused(422, "seat_unknown");
    fan.hold(&[1, 2, 3, 4]).await.refused(409, "buyer_limit_reached");
    fan.choose(&json!({ "areas": [{ "area": 0, "count": 1 }] })).await.refused(422, "seat_unknown");
    let both = json!({ "seats": [1], "best_available": { "count": 1 } });
    assert_eq!(fan.choose(&both).await.refused(422, "choice_invalid")["field"], "/best_available");
    let many: Vec<u32> = (0..1_000).collect();
    assert_eq!(fan.hold(&many).await.refused(422, "choice_invalid")["field"], "/seats");
}

#[tokio::test]
async fn while_a_sale_is_paused_nobody_chooses_and_no_time_is_lost() {
    let shop = TestShop::open_sale(hall(10)).select_seconds(2).with_fans(2).await;
    let (fan, late) = (&shop.fans[0], &shop.fans[1]);
    fan.holding(&[0]).await;
    shop.operator.ask("POST", &shop.path("/pause")).send().await.ok(204);
    fan.hold(&[1]).await.refused(409, "sale_paused");
    fan.begin_order().await.refused(409, "sale_paused");
    late.join().await.ok(201);
    assert_eq!(late.stage().await, "waiting");
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    assert_eq!(fan.stage().await, "selecting", "the time of the pause is given back");
    shop.operator.ask("POST", &shop.path("/resume")).send().await.ok(204);
    assert_eq!(late.stage().await, "admitted");
    fan.hold(&[1]).await.ok(200);
    shop.operator.ask("POST", &shop.path("/close")).send().await.ok(204);
    fan.hold(&[2]).await.refused(409, "sale_closed");
    shop.more_fans(1).await[0].join().await.refused(409, "sale_closed");
}

#[tokio::test]
async fn blocked_seats_are_not_on_sale_until_they_are_unblocked() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    fan.join().await.ok(201);
    shop.operator.post(&shop.path("/block"), &json!({ "seats": [0, 1] })).await.ok(204);
    let refused = fan.hold(&[1, 2]).await.refused(409, "seat_taken");
    assert_eq!(refused["seats_taken"], json!([1]));
    shop.operator.post(&shop.path("/unblock"), &json!({ "seats": [0, 1] })).await.ok(204);
    fan.hold(&[1, 2]).await.ok(200);
    shop.operator.post(&shop.path("/block"), &json!({ "seats": [2] })).await.refused(409, "seat_taken");
}

async fn keyed(fan: &Fan, key: &str, seats: &[u32]) -> Answer {
    let ask = fan.caller.ask("PUT", &fan.path("/hold")).header("idempotency-key", key);
    ask.with_pass().json(&json!({ "seats": seats })).send().await
}

async fn held_by(fan: &Fan) -> Vec<u64> {
    seats(&fan.look().await.ok(200)["place"]["hold"])
}

fn seats(hold: &Value) -> Vec<u64> {
    hold["items"].as_array().into_iter().flatten().filter_map(|item| item["seat"].as_u64()).collect()
}

fn held(status: &Value) -> u64 {
    status["stock"].as_array().unwrap().iter().map(|level| level["held"].as_u64().unwrap()).sum()
}

fn three(fans: &[Fan]) -> [&Fan; 3] {
    std::array::from_fn(|at| &fans[at])
}
