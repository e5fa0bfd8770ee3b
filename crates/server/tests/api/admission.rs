//! Admission passes: bound to account, sale and session, used up by coming in, and not enough by themselves.

use serde_json::json;

use crate::fixture::{Answer, Fan, TestShop, hall};

fn pass(answer: &Answer) -> String {
    let pass = answer.header("admission-pass");
    assert!(pass.starts_with("OPASS1."), "{answer}");
    pass.to_owned()
}

async fn enter(fan: &Fan, pass: &str) -> Answer {
    fan.caller.ask("POST", &fan.path("/line/me/enter")).header("admission-pass", pass).send().await
}

async fn hold(fan: &Fan, pass: &str, seat: u32) -> Answer {
    let ask = fan.caller.ask("PUT", &fan.path("/hold")).header("admission-pass", pass);
    ask.json(&json!({ "seats": [seat] })).send().await
}

#[tokio::test]
async fn a_pass_lets_in_once_and_then_choose() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(2).await;
    let (fan, next) = (&shop.fans[0], &shop.fans[1]);
    let joined = fan.join().await;
    assert_eq!(pass(&joined).len(), pass(&fan.look().await).len(), "who is let in at once has a pass at once");
    next.join().await.ok(201);
    let without = fan.caller.ask("PUT", &fan.path("/hold")).json(&json!({ "seats": [0] })).send().await;
    without.refused(403, "admission_pass_needed");
    fan.caller.ask("POST", &fan.path("/line/me/enter")).send().await.refused(403, "admission_pass_needed");
    next.hold(&[0]).await.refused(403, "admission_pass_needed");
    assert_eq!(next.look().await.header("admission-pass"), "", "nobody who waits has one");
    let first = pass(&fan.look().await);
    let entered = enter(fan, &first).await;
    entered.ok(200);
    enter(fan, &first).await.refused(403, "admission_pass_used");
    hold(fan, &pass(&entered), 0).await.ok(200);
    hold(fan, &pass(&entered), 1).await.ok(200);
    shop.is_sound().await;
}

#[tokio::test]
async fn a_pass_of_another_opens_nothing_and_the_writer_has_the_last_word() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(2).await;
    let (fan, thief) = (&shop.fans[0], &shop.fans[1]);
    fan.join().await.ok(201);
    thief.join().await.ok(201);
    let stolen = pass(&fan.look().await);
    hold(thief, &stolen, 0).await.refused(403, "admission_pass_invalid");
    enter(thief, &stolen).await.refused(403, "admission_pass_invalid");
    let mut changed = stolen.clone().into_bytes();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    hold(fan, &String::from_utf8(changed).unwrap(), 0).await.refused(403, "admission_pass_invalid");
    fan.leave().await.ok(204);
    hold(fan, &stolen, 0).await.refused(409, "not_admitted");
    shop.is_sound().await;
}

#[tokio::test]
async fn an_operator_may_do_without() {
    let shop = TestShop::open_sale(hall(10)).setting("limits.admission_passes=false").with_fans(1).await;
    let fan = &shop.fans[0];
    assert_eq!(fan.join().await.header("admission-pass"), "");
    fan.caller.put(&fan.path("/hold"), &json!({ "seats": [0] })).await.ok(200);
}
