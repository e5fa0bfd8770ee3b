//! What was acknowledged is there after a restart, however the server ended.

use serde_json::{Value, json};

use crate::fixture::{Answer, Fan, GOOD_CARD, TestShop, hall, until};

/// Seats 2 to 4 are held, 5 and 6 are sold.
const SEATS: &str = "UCkAAAAAAAA=";

#[tokio::test]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let mut shop = TestShop::open_sale(hall(30)).capacity(4).with_fans(6).await;
    let before = Evening::of(&shop).await;
    shop.crash_and_restart().await;
    before.goes_on(&shop).await;
}

#[tokio::test]
async fn an_ordinary_restart_loses_nothing_either() {
    let mut shop = TestShop::open_sale(hall(30)).capacity(4).with_fans(6).await;
    let before = Evening::of(&shop).await;
    shop.stop_and_restart().await;
    before.goes_on(&shop).await;
    shop.crash_and_restart().await;
    assert_eq!(shop.fans[5].number().await, 6);
    shop.is_sound().await;
}

/// Six fans, each somewhere else, as they were told before the restart.
struct Evening {
    places: Vec<Value>,
    hold: Value,
    order: (String, String),
    paid: Value,
    tickets: Vec<Value>,
    seats: Value,
}

impl Evening {
    async fn of(shop: &TestShop) -> Self {
        let [admitted, holding, paying, buyer, first, second] = six(&shop.fans);
        for fan in [admitted, holding, paying, buyer, first, second] {
            fan.join().await.ok(201);
        }
        let hold = keyed(holding, &[2, 3]).await.ok(200);
        let order = paying.paying(&[4]).await;
        let (bought, page) = buyer.paying(&[5, 6]).await;
        shop.provider.pay(&page, GOOD_CARD).await.unwrap();
        let paid = buyer.order_becomes(&bought, "paid").await;
        let mut places = vec![];
        for fan in [admitted, holding, paying, buyer, first, second] {
            places.push(without_time(fan.look().await.ok(200)["place"].clone()));
        }
        let stages: Vec<_> = places.iter().map(|place| place["stage"].as_str().unwrap()).collect();
        assert_eq!(stages, ["admitted", "selecting", "paying", "done", "admitted", "waiting"]);
        let tickets = buyer.tickets().await;
        let seats = until("all seats are published", async || {
            let seats = shop.stranger.get(&shop.path("/seats")).await.ok(200)["seats"].clone();
            (seats == SEATS).then_some(seats)
        })
        .await;
        Self { places, hold: without_time(hold), order, paid: without_time(paid), tickets, seats }
    }

    async fn goes_on(&self, shop: &TestShop) {
        let [admitted, holding, paying, buyer, first, second] = six(&shop.fans);
        for (fan, before) in [admitted, holding, paying, buyer, first, second].into_iter().zip(&self.places) {
            assert_eq!(without_time(fan.look().await.ok(200)["place"].clone()), *before);
        }
        assert_eq!(without_time(keyed(holding, &[2, 3]).await.ok(200)), self.hold, "the key is remembered");
        keyed(holding, &[9]).await.refused(422, "idempotency_key_reused");
        assert_eq!(without_time(buyer.order(self.paid["id"].as_str().unwrap()).await), self.paid);
        assert_eq!(buyer.tickets().await, self.tickets);
        assert_eq!(shop.stranger.get(&shop.path("/seats")).await.ok(200)["seats"], self.seats);
        first.hold(&[2, 4, 5]).await.refused(409, "seat_taken");
        let (order, page) = &self.order;
        shop.provider.pay(page, GOOD_CARD).await.unwrap();
        paying.order_becomes(order, "paid").await;
        assert_eq!(second.stage().await, "admitted", "the line goes on");
        assert_eq!(shop.more_fans(1).await[0].join().await.ok(201)["place"]["number"], 7);
        shop.money_and_tickets_agree(&[paying, buyer]).await;
    }
}

#[tokio::test]
async fn money_that_was_taken_while_the_server_was_down_becomes_tickets() {
    let mut shop = TestShop::open_sale(hall(10)).with_fans(2).await;
    let (fan, fresh) = (shop.fans[0].clone(), shop.fans[1].clone());
    let (order, page) = fan.paying(&[0]).await;
    shop.processes.kill_server().await;
    assert_eq!(shop.provider.pay(&page, GOOD_CARD).await.unwrap(), 303);
    shop.processes.start_server().await;
    fan.order_becomes(&order, "paid").await;
    fresh.holding(&[1]).await;
    shop.money_and_tickets_agree(&[&fan]).await;
}

#[tokio::test]
async fn what_ran_out_while_the_server_was_down_has_run_out() {
    let mut shop = TestShop::open_sale(hall(10)).capacity(1).pay_seconds(2).with_fans(2).await;
    let (fan, next) = (shop.fans[0].clone(), shop.fans[1].clone());
    let (order, _) = fan.paying(&[0]).await;
    next.join().await.ok(201);
    let deadline_ms = fan.order(&order).await["deadline_ms"].as_i64().unwrap();
    shop.processes.kill_server().await;
    let left = u64::try_from(deadline_ms - load::clock::now_ms()).unwrap_or_default();
    tokio::time::sleep(std::time::Duration::from_millis(left)).await;
    shop.processes.start_server().await;
    fan.order_becomes(&order, "expired").await;
    next.becomes("admitted").await;
    next.hold(&[0]).await.ok(200);
    shop.money_and_tickets_agree(&[&fan]).await;
}

#[tokio::test]
async fn a_session_that_ended_stays_ended_and_one_that_lives_lives_on() {
    let mut shop = TestShop::open_sale(hall(10)).with_fans(0).await;
    let account = shop.sign_up("two@example.com", "a-lantern-in-june").await;
    let ended = shop.stranger.with_session(&account.session());
    let alive = shop.stranger.with_session(&shop.sign_in("two@example.com", "a-lantern-in-june").await.session());
    ended.delete("/v1/session").await.ok(204);
    shop.crash_and_restart().await;
    ended.get("/v1/me").await.refused(401, "not_signed_in");
    alive.get("/v1/me").await.ok(200);
}

async fn keyed(fan: &Fan, seats: &[u32]) -> Answer {
    let ask = fan.caller.ask("PUT", &fan.path("/hold")).header("idempotency-key", "before-the-cut");
    ask.with_pass().json(&json!({ "seats": seats })).send().await
}

fn without_time(mut body: Value) -> Value {
    body.as_object_mut().unwrap().remove("server_time_ms");
    if let Some(hold) = body["hold"].as_object_mut() {
        hold.remove("server_time_ms");
    }
    body
}

fn six(fans: &[Fan]) -> [&Fan; 6] {
    std::array::from_fn(|at| &fans[at])
}
