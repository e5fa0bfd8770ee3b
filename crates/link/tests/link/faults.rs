//! The network fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use engine::Unavailable;
use futures_util::future::join_all;
use link::protocol::IN_FLIGHT_MAX;
use sale::{Command, Pace};

use crate::proxy::Proxy;
use crate::stage::{Stage, account, connected, gateway_to, join, lost, number_of, sale_of, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_cut_in_the_middle_loses_no_place() {
    const FANS: u128 = 3_000;
    let stage = Stage::open(Pace::default(), 10).await;
    let proxy = Proxy::before(stage.address).await;
    let link = connected(gateway_to(proxy.address, "gateway-1")).await;
    let sale = sale_of(&link);
    let mut wakes = sale.wakes();
    static UNANSWERED: AtomicUsize = AtomicUsize::new(0);
    let fans = (1..=FANS).map(|number| {
        let (sale, link) = (sale.clone(), link.clone());
        tokio::spawn(async move {
            // Some come before the cut, some while it lasts.
            tokio::time::sleep(Duration::from_micros(number as u64 * 50)).await;
            loop {
                match join(&sale, number).await {
                    Ok(outcome) => return (number, number_of(outcome)),
                    Err(error) => assert_eq!(error, Unavailable::Stopped),
                }
                UNANSWERED.fetch_add(1, Ordering::Relaxed);
                connected(link.clone()).await;
            }
        })
    });
    let fans: Vec<_> = fans.collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        proxy.cut();
    }
    let told: BTreeMap<_, _> = within(join_all(fans)).await.into_iter().map(Result::unwrap).collect();
    assert!(UNANSWERED.load(Ordering::Relaxed) > 0, "the cut came in the middle");
    assert_eq!(told.values().copied().collect::<BTreeSet<_>>(), (1..=FANS as u32).collect(), "no number twice");
    let again = within(join_all((1..=FANS).map(|number| join(&sale, number)))).await;
    for (number, outcome) in (1..).zip(again) {
        assert_eq!(number_of(outcome.unwrap()), told[&number]);
    }
    let mut woken = false;
    while let Ok(wake) = wakes.try_recv() {
        woken |= wake.all;
    }
    assert!(woken, "after a reconnection everybody looks again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_goes_silent_is_noticed() {
    let stage = Stage::open(Pace::default(), 10).await;
    let proxy = Proxy::before(stage.address).await;
    let link = connected(gateway_to(proxy.address, "gateway-1")).await;
    let sale = sale_of(&link);
    number_of(join(&sale, 1).await.unwrap());
    let began = Instant::now();
    proxy.silence_from_engine(true);
    // It reaches the engine, and its answer is lost.
    let unanswered = join(&sale, 2);
    lost(&link).await;
    let seconds = began.elapsed().as_secs_f64();
    assert!((2.5..8.0).contains(&seconds), "noticed after {seconds} s");
    assert_eq!(within(unanswered).await, Err(Unavailable::Stopped));
    // While there is no connection: an answer at once, and the view as last known.
    let began = Instant::now();
    assert_eq!(sale.submit(Command::Pause).await, Err(Unavailable::Stopped));
    assert_eq!(sale.own(account(1), None).await, Err(Unavailable::Stopped));
    assert!(began.elapsed() < Duration::from_millis(100));
    assert!(sale.view().version > 0);
    proxy.silence_from_engine(false);
    connected(link.clone()).await;
    assert_eq!(number_of(join(&sale, 2).await.unwrap()), 2, "the place it had all the while");
    assert_eq!(sale.view().last_number, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_hears_nothing_is_noticed_and_a_full_queue_says_so_at_once() {
    let stage = Stage::open(Pace::default(), 10).await;
    let proxy = Proxy::before(stage.address).await;
    let link = connected(gateway_to(proxy.address, "gateway-1")).await;
    let sale = sale_of(&link);
    let began = Instant::now();
    // Ticks go on arriving: only the ping without an answer tells.
    proxy.silence_to_engine(true);
    let asked: Vec<_> = (1..=IN_FLIGHT_MAX as u128).map(|number| join(&sale, number)).collect();
    let beyond = Instant::now();
    assert_eq!(join(&sale, 99_999).await, Err(Unavailable::Overloaded));
    assert!(beyond.elapsed() < Duration::from_millis(100));
    lost(&link).await;
    let seconds = began.elapsed().as_secs_f64();
    assert!((2.5..8.0).contains(&seconds), "noticed after {seconds} s");
    assert!(within(join_all(asked)).await.iter().all(|answer| *answer == Err(Unavailable::Stopped)));
    proxy.silence_to_engine(false);
    connected(link.clone()).await;
    number_of(within(join(&sale, 1)).await.unwrap());
}

#[tokio::test]
async fn the_next_engine_is_tried_when_one_does_not_answer() {
    let stage = Stage::open(Pace::default(), 10).await;
    // Nobody listens at a port that was just given back.
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let engines = vec![nobody.to_string(), stage.address.to_string()];
    let options = link::LinkOptions { engines, gateway: "gateway-1".into(), secret: crate::stage::secret() };
    let link = connected(link::Link::start(options)).await;
    number_of(within(join(&sale_of(&link), 1)).await.unwrap());
}
