//! A server that is asked to stop finishes what it began, says goodbye, and goes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::fixture::{Behaviour, Fan, Socket, TestShop, hall};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_what_is_answered_counts_and_the_end_is_clean() {
    let mut shop = TestShop::open_sale(hall(2_000)).setting("server.shutdown_seconds=10").with_fans(600).await;
    let (answered, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let fans: Vec<(u32, Fan)> = (0..).zip(shop.fans.drain(..)).collect();
    let visits = join_all(fans.chunks(fans.len() / 20).map(|some| visit(some, &answered, &over)));
    let stopping = async {
        while answered.load(Ordering::SeqCst) < 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let asked = Instant::now();
        shop.processes.ask_server_to_stop();
        let status = shop.processes.server_ended().await;
        over.store(true, Ordering::SeqCst);
        assert!(status.success(), "{status}\n{}", shop.processes.server_log());
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    };
    let (held, ()) = tokio::join!(visits, stopping);
    shop.processes.start_server().await;
    let held: Vec<(Fan, u32, u64)> = held.into_iter().flatten().collect();
    assert!(held.len() >= 50, "{}", held.len());
    for (fan, seat, number) in &held {
        let place = fan.look().await.ok(200)["place"].clone();
        assert_eq!(
            (place["number"].as_u64(), place["hold"]["items"][0]["seat"].as_u64()),
            (Some(*number), Some((*seat).into()))
        );
    }
    shop.is_sound().await;
}

/// Fans join and hold one after another until the server is gone; gives those who were told that they hold a seat.
async fn visit(fans: &[(u32, Fan)], answered: &AtomicUsize, over: &AtomicBool) -> Vec<(Fan, u32, u64)> {
    let mut held = vec![];
    for (seat, fan) in fans {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let Ok(joined) = fan.caller.ask("POST", &fan.path("/line")).try_send().await else { continue };
        let number = joined.ok(201)["place"]["number"].as_u64().unwrap();
        answered.fetch_add(1, Ordering::SeqCst);
        let choice = serde_json::json!({ "seats": [seat] });
        let ask = fan.caller.ask("PUT", &fan.path("/hold")).with_pass();
        let Ok(hold) = ask.json(&choice).try_send().await else { continue };
        hold.ok(200);
        answered.fetch_add(1, Ordering::SeqCst);
        held.push((fan.clone(), *seat, number));
    }
    held
}

#[tokio::test]
async fn an_answer_that_takes_its_time_is_waited_for_and_listeners_are_told() {
    let mut shop = TestShop::open_sale(hall(10)).with_fans(2).await;
    let (fan, listener) = (shop.fans[0].clone(), shop.fans[1].clone());
    let mut socket = Socket::open(&listener.caller, &format!("sale={}", shop.sale)).await;
    shop.provider_will(Behaviour { slow_ms: 1_500, ..Behaviour::default() }).await;
    fan.holding(&[0]).await;
    let slow = tokio::spawn({
        let fan = fan.clone();
        async move { fan.begin_order().await }
    });
    fan.becomes("paying").await;
    shop.processes.ask_server_to_stop();
    assert_eq!(socket.next_of("bye").await["reason"], "shutting_down");
    assert_eq!(socket.next().await, None);
    let order = slow.await.unwrap().ok(201);
    assert!(order["payment_url"].is_string(), "{order}");
    let status = shop.processes.server_ended().await;
    assert!(status.success(), "{status}\n{}", shop.processes.server_log());
    shop.processes.start_server().await;
    assert_eq!(fan.order(order["id"].as_str().unwrap()).await["payment_url"], order["payment_url"]);
}
