//! Fans buy from a sale on paper. An honest one is sold out without a word; each way of cheating is found.

mod paper_server;

use std::collections::BTreeMap;
use std::time::Duration;

use load::fans::arrivals::Arrivals;
use load::fans::{FanProgress, FansOptions, FansRun, Outcome, Step, run_fans};
use load::sellout::{audit, ledger, violations};
use load::{clock, plan};
use paper_server::{Cheat, PaperServer};
use tokio::sync::watch;

const SEATS: u32 = 60;
const STANDING: u32 = 10;
const FANS: usize = 150;

async fn sell(cheat: Cheat) -> (FansRun, BTreeMap<&'static str, u64>) {
    let hall = plan::hall(SEATS, 10, &[("Standing", STANDING)]).1;
    let opens_at_ms = clock::now_ms() + 400;
    let server = PaperServer::open(hall, opens_at_ms, cheat).await;
    let sessions: Vec<String> = (0..FANS).map(|fan| format!("fan{fan}")).collect();
    let mut options = FansOptions::sellout(server.origin.clone(), "sale_1".into(), sessions.clone(), opens_at_ms, 11);
    options.arrivals = Arrivals { front_share: 0.6, front_seconds: 0.3, tail_mean_seconds: 0.2, early_share: 0.05 };
    options.connections = 8;
    options.poll = (Duration::from_millis(30), Duration::from_millis(200));
    options.run_max = Duration::from_secs(30);
    let (progress, shown) = watch::channel(FanProgress::default());
    let run = run_fans(options, progress).await.expect("the fans set out");
    drop(shown);
    server.close_the_books();
    let records = &run.report.records;
    let known = audit::ask_all(&server.origin, "sale_1", &sessions, records).await.expect("the server answers");
    let ledger = ledger::read(&server.origin, "key").await.expect("the provider answers");
    let found = violations(records, &known, &ledger, &[STANDING], 3).into_iter().collect();
    (run, found)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_sale_is_sold_out_and_nothing_can_be_said_against_it() {
    let (run, found) = sell(Cheat::Honest).await;
    let report = &run.report;
    assert!(found.values().all(|count| *count == 0), "{found:?}");
    assert_eq!(report.surprises, BTreeMap::new());
    assert_eq!((report.records.len(), report.tickets), (FANS, u64::from(SEATS + STANDING)), "{:?}", report.outcomes);
    assert!(report.sold_out_seconds.is_some());
    assert!(report.outcomes.contains_key(&Outcome::Bought));
    for unexpected in [Outcome::Refused, Outcome::Unanswered, Outcome::RunOver, Outcome::Released] {
        assert!(!report.outcomes.contains_key(&unexpected), "{:?}", report.outcomes);
    }
    // Everybody found a place, those who came too early included.
    assert_eq!(report.steps[&Step::Join].count, FANS as u64);
    let refused_early = run
        .history
        .entries()
        .iter()
        .filter(|entry| run.history.code(entry.code).as_deref() == Some("sale_not_open"))
        .count();
    assert!(refused_early > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seat_sold_twice_is_found() {
    let found = sell(Cheat::SellsTwice).await.1;
    assert!(found["oversold"] > 0, "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_turned_around_is_found() {
    let found = sell(Cheat::TurnsTheLineAround).await.1;
    assert!(found["out_of_order"] > 0, "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_place_is_found() {
    let found = sell(Cheat::ForgetsPlaces).await.1;
    assert_eq!((found["lost"], found["oversold"]), (FANS as u64 / 3, 0), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_was_paid_and_kept_is_found() {
    let found = sell(Cheat::KeepsATicket).await.1;
    assert!(found["paid_without_ticket"] > 0, "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_hold_is_found() {
    let found = sell(Cheat::DropsHolds).await.1;
    assert!(found["lost"] > 0, "{found:?}");
}
