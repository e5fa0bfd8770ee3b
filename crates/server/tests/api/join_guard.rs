//! Joining is limited per account and per network, and may cost a proof of work or a wait.

use serde_json::Value;

use crate::fixture::{Answer, Fan, TestShop, free_port, hall, until};

const THROUGH_US: &str = "server.trusted_proxies=127.0.0.1/32";
const NONCES_MAX: u32 = 1_000;

/// Joins as somebody at this address.
async fn join_from(fan: &Fan, address: &str) -> Answer {
    fan.caller.ask("POST", &fan.path("/line")).header("x-forwarded-for", address).send().await
}

async fn join_with(fan: &Fan, proof: &str) -> Answer {
    fan.caller.ask("POST", &fan.path("/line")).header("join-proof", proof).send().await
}

/// The refusal of a join without a proof.
async fn asked(fan: &Fan) -> Value {
    fan.join().await.refused(428, "join_proof_needed")
}

async fn solved(task: &Value) -> String {
    let challenge = task["challenge"].as_str().unwrap().to_owned();
    let difficulty = u8::try_from(task["difficulty"].as_u64().unwrap()).unwrap();
    let solve = move || {
        let proof = guard::solve(&challenge, difficulty, NONCES_MAX).unwrap();
        format!("{challenge}.{proof}")
    };
    tokio::task::spawn_blocking(solve).await.unwrap()
}

fn retry_after(answer: &Answer) -> u64 {
    answer.header("retry-after").parse().unwrap()
}

#[tokio::test]
async fn joins_of_one_network_are_limited_and_others_go_on() {
    let plan = hall(10).setting(THROUGH_US).setting("limits.joins_per_second_per_network=2");
    let shop = TestShop::open_sale(plan).with_fans(40).await;
    let (crowd, elsewhere) = shop.fans.split_at(30);
    let from = |at: usize| format!("192.0.2.{at}");
    let joins = crowd.iter().enumerate().map(async |(at, fan)| join_from(fan, &from(at)).await);
    let answers = futures_util::future::join_all(joins).await;
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(refused.len() >= 10 && refused.len() <= 28, "{}", refused.len());
    refused[0].refused(429, "too_many_requests");
    assert!(retry_after(refused[0]) >= 1);
    for (at, fan) in elsewhere.iter().enumerate() {
        join_from(fan, &format!("198.51.{at}.1")).await.ok(201);
    }
}

#[tokio::test]
async fn each_account_and_household_has_a_limit_of_its_own() {
    let plan = hall(10).setting(THROUGH_US).setting("limits.joins_per_minute_per_account=3");
    let shop = TestShop::open_sale(plan.setting("limits.joins_per_second_per_address=1")).with_fans(12).await;
    let [hasty, calm] = [&shop.fans[0], &shop.fans[1]];
    for at in 0..3 {
        assert!(join_from(hasty, &format!("2001:db8:0:{at}00::1")).await.status < 300);
    }
    let answer = join_from(hasty, "2001:db8:0:900::1").await;
    answer.refused(429, "too_many_requests");
    assert!((1..=20).contains(&retry_after(&answer)), "{answer}");
    join_from(calm, "2001:db8:0:900::1").await.ok(201);
    let household = shop.fans[2..].iter().enumerate().map(async |(at, fan)| {
        let answer = join_from(fan, &format!("2001:db8:0:9{at}0::7")).await;
        answer.status
    });
    let statuses = futures_util::future::join_all(household).await;
    assert!(statuses.iter().filter(|status| **status == 429).count() >= 3, "one /56: {statuses:?}");
}

#[tokio::test]
async fn a_group_of_networks_shares_one_limit() {
    let folder = tempfile::tempdir().unwrap();
    let groups = folder.path().join("groups");
    std::fs::write(&groups, "# hosting\n192.0.2.0/24 AS64496\n2001:db8::/32 AS64496\n").unwrap();
    let plan = hall(10).setting(THROUGH_US).setting("limits.joins_per_second_per_group=1");
    let plan = plan.setting(&format!("limits.address_groups_file={}", groups.display()));
    let shop = TestShop::open_sale(plan).with_fans(20).await;
    let joins = shop.fans.iter().enumerate().map(async |(at, fan)| {
        let address = if at % 2 == 0 { format!("192.0.2.{at}") } else { format!("2001:db8:{at}::1") };
        join_from(fan, &address).await.status
    });
    let statuses = futures_util::future::join_all(joins).await;
    assert!(statuses.contains(&201) && statuses.iter().filter(|status| **status == 429).count() >= 5, "{statuses:?}");
}

#[tokio::test]
async fn a_join_asks_for_a_proof_and_takes_a_good_one() {
    let shop = TestShop::open_sale(hall(10).setting("limits.join_proof_difficulty=1")).with_fans(2).await;
    let [fan, other] = [&shop.fans[0], &shop.fans[1]];
    let task = asked(fan).await;
    assert!(task["wait_until_ms"].as_i64().unwrap() > load::clock::now_ms());
    for wrong in ["", "x", task["challenge"].as_str().unwrap(), "OWORK1.AAAA.AAAA", "OWAIT1.AAAA"] {
        join_with(fan, wrong).await.refused(422, "join_proof_invalid");
    }
    let unsolved = format!("{}.{}", task["challenge"].as_str().unwrap(), "A".repeat(guard::PROOF_CHARS));
    join_with(fan, &unsolved).await.refused(422, "join_proof_invalid");
    let proof = solved(&task).await;
    join_with(other, &proof).await.refused(422, "join_proof_invalid");
    let place = join_with(fan, &proof).await.ok(201)["place"]["number"].clone();
    assert_eq!(join_with(fan, &proof).await.ok(200)["place"]["number"], place);
    assert_eq!(fan.join().await.ok(200)["place"]["number"], place);
    fan.leave().await.ok(204);
    join_with(fan, &proof).await.refused(409, "join_proof_used");
    asked(fan).await;
}

#[tokio::test]
async fn who_would_rather_wait_waits() {
    let plan = hall(10).setting("limits.join_proof_difficulty=16").setting("limits.join_proof_wait_seconds=2");
    let shop = TestShop::open_sale(plan).with_fans(2).await;
    let [fan, other] = [&shop.fans[0], &shop.fans[1]];
    let task = asked(fan).await;
    let (ticket, until_ms) = (task["wait_ticket"].as_str().unwrap(), task["wait_until_ms"].as_i64().unwrap());
    let early = join_with(fan, ticket).await;
    early.refused(429, "join_proof_early");
    assert!((1..=2).contains(&retry_after(&early)));
    until("the wait is over", async || {
        let answer = join_with(fan, ticket).await;
        let received_ms = load::clock::now_ms();
        (answer.code() != "join_proof_early").then(|| {
            assert!(received_ms >= until_ms, "in {} ms early", until_ms - received_ms);
            answer.ok(201)
        })
    })
    .await;
    join_with(other, ticket).await.refused(422, "join_proof_invalid");
    fan.leave().await.ok(204);
    join_with(fan, ticket).await.refused(409, "join_proof_used");
}

#[tokio::test]
async fn a_refused_join_leaves_the_proof_good() {
    let plan = hall(10).setting("limits.join_proof_difficulty=1").opens_in(std::time::Duration::from_secs(6));
    let shop = TestShop::open_sale(plan).with_fans(1).await;
    let proof = solved(&asked(&shop.fans[0]).await).await;
    join_with(&shop.fans[0], &proof).await.refused(409, "sale_not_open");
    until("the sale is open", async || {
        let answer = join_with(&shop.fans[0], &proof).await;
        (answer.code() != "sale_not_open").then(|| answer.ok(201))
    })
    .await;
}

#[tokio::test]
async fn engine_and_gateways_accept_each_others_challenges() {
    let port = free_port().await;
    let plan = hall(10).setting("cluster.role=engine").setting("limits.join_proof_difficulty=1");
    let plan = plan.setting(&format!("cluster.listen=127.0.0.1:{port}")).setting(THROUGH_US);
    let shop = TestShop::open_sale(plan).with_fans(2).await;
    let gateway = shop.processes.start_gateway(port).await;
    until("the gateway knows the sale", async || {
        let answer = shop.stranger.at(&gateway.url).get(&shop.path("/status")).await;
        (answer.status == 200).then_some(())
    })
    .await;
    let [first, second] = [&shop.fans[0], &shop.fans[1]];
    let at_the_engine = solved(&asked(first).await).await;
    join_with(&first.at(&gateway), &at_the_engine).await.ok(201);
    let at_the_gateway = solved(&asked(&second.at(&gateway)).await).await;
    join_with(second, &at_the_gateway).await.ok(201);
}
