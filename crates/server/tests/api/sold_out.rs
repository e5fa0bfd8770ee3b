//! The promise of the whole product: first come, first served, and never one ticket too many.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use load::client::{Answer as PoolAnswer, Origin, Pool, Request};

use crate::fixture::{Fan, GOOD_CARD, TestShop, hall, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_tickets_go_to_the_first_ten_of_thirty() {
    let shop = TestShop::open_sale(hall(10)).with_fans(30).await;
    let joined = join_all(shop.fans.iter().map(async |fan| {
        let sent = Instant::now();
        let number = fan.join().await.ok(201)["place"]["number"].as_u64().unwrap();
        (sent, Instant::now(), number)
    }))
    .await;
    let numbers: BTreeSet<u64> = joined.iter().map(|(_, _, number)| *number).collect();
    assert_eq!(numbers, (1..=30).collect(), "each has a place of its own");
    for (_, answered, earlier) in &joined {
        let overtaken = joined.iter().find(|(sent, _, later)| sent > answered && later < earlier);
        assert!(overtaken.is_none(), "{overtaken:?} came after {earlier} had its place");
    }
    let bought = join_all(shop.fans.iter().map(async |fan| buys_a_seat(&shop, fan).await)).await;
    for ((_, _, number), bought) in joined.iter().zip(&bought) {
        assert_eq!(*bought, *number <= 10, "place {number}");
    }
    let sold_out = until("everybody sees that it is sold out", async || {
        Some(shop.status().await).filter(|status| status["stage"] == "sold_out")
    });
    assert_eq!(sold_out.await["tickets_sold"], 10);
    let late = &shop.more_fans(1).await[0];
    late.join().await.refused(409, "sold_out");
    let all: Vec<&Fan> = shop.fans.iter().collect();
    shop.money_and_tickets_agree(&all).await;
}

/// Tries for any seat until one is paid or it is said that there are none.
async fn buys_a_seat(shop: &TestShop, fan: &Fan) -> bool {
    let began = Instant::now();
    while began.elapsed() < crate::fixture::PATIENCE {
        if shop.status().await["stage"] == "sold_out" {
            fan.enter().await.refused(403, "admission_pass_needed");
            return false;
        }
        if fan.stage().await != "admitted" {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        let wish = serde_json::json!({ "best_available": { "count": 1, "level": null, "adjacent": true } });
        fan.choose(&wish).await.ok(200);
        let order = fan.begin_order().await.ok(201)["id"].as_str().unwrap().to_owned();
        let page = fan.payment_page(&order).await;
        assert_eq!(shop.provider.pay(&page, GOOD_CARD).await.unwrap(), 303);
        assert_eq!(fan.order_becomes(&order, "paid").await["tickets"].as_array().unwrap().len(), 1);
        return true;
    }
    panic!("neither a ticket nor an answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_fans_want_one_seat_and_one_gets_it_heavy() {
    const FANS: usize = 10_000;
    let shop = TestShop::open_sale(hall(FANS as u32)).with_fans(FANS).await;
    let origin = Origin::of_address(([127, 0, 0, 1], shop.processes.port).into());
    let pool = Pool::new(origin, 200, Duration::from_secs(60));
    let (line, hold) = (shop.path("/line"), shop.path("/hold"));
    let joins = join_all(shop.fans.iter().map(|fan| pool.send_for("POST", &line, fan, None, b""))).await;
    assert!(joins.iter().all(|answer| answer.status == 201));
    let holds = shop.fans.iter().zip(&joins).map(|(fan, joined)| {
        pool.send_for("PUT", &hold, fan, joined.admission_pass.as_deref(), br#"{"seats":[4711]}"#)
    });
    let answers = join_all(holds).await;
    let code = |answer: &PoolAnswer| load::fans::wire::ProblemBody::read(&answer.body).code;
    let winners = answers.iter().filter(|answer| answer.status == 200).count();
    let losers = answers.iter().filter(|answer| answer.status == 409 && code(answer) == "seat_taken").count();
    assert_eq!((winners, losers), (1, FANS - 1));
    let held = until("the seat is published", async || {
        let levels = shop.status().await["stock"].as_array().unwrap().clone();
        let held: u64 = levels.iter().map(|level| level["held"].as_u64().unwrap()).sum();
        (held > 0).then_some(held)
    });
    assert_eq!(held.await, 1);
    shop.is_sound().await;
}

/// Sends for a fan.
trait SendFor {
    async fn send_for(
        &self,
        method: &'static str,
        path: &str,
        fan: &Fan,
        pass: Option<&str>,
        body: &[u8],
    ) -> PoolAnswer;
}

impl SendFor for Pool {
    async fn send_for(
        &self,
        method: &'static str,
        path: &str,
        fan: &Fan,
        pass: Option<&str>,
        body: &[u8],
    ) -> PoolAnswer {
        let request = Request::new(method, path).session(fan.caller.session.as_deref().unwrap()).pass(pass);
        let request = if body.is_empty() { request } else { request.json(body) };
        self.send(&request).await.unwrap()
    }
}
