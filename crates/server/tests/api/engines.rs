//! Several engines share the sales: a sale goes on elsewhere when its engine is gone, and never in two places.

use std::time::{Duration, Instant};

use payments::Secret;
use payments::webhook::{SIGNATURE_HEADER, sign};
use rustix::process::Signal;
use serde_json::json;
use test_support::Postgres;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fixture::{Ask, Caller, GOOD_CARD, Gateway, Peer, SECRET, TestShop, free_port, hall, signal, until};

/// After a crash another engine has the sale within this.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(5);
/// An engine that is stopped and goes on does so after this.
const ASLEEP: Duration = Duration::from_secs(30);

/// Two engines on one PostgreSQL, a gateway of both, and one sale.
struct House {
    shop: TestShop,
    peer: Peer,
    gateway: Gateway,
    _database: Postgres,
}

impl House {
    async fn open(fans: usize) -> Self {
        let database = Postgres::start().unwrap();
        let (journal, tables, link) = (database.database().unwrap(), database.database().unwrap(), free_port().await);
        let plan = hall(40).capacity(3).setting("cluster.role=engine").setting("cluster.name=engine-0");
        let plan = plan.setting(&format!("cluster.listen=127.0.0.1:{link}"));
        let plan = plan.setting(&format!("storage.journal_url={journal}"));
        let plan =
            plan.setting(&format!("storage.database_url={tables}")).setting("server.trusted_proxies=127.0.0.1/32");
        let shop = TestShop::open_sale(plan).with_fans(fans).await;
        let peer = shop.processes.start_peer("engine-1").await;
        let engines = [(link, shop.processes.server_url()), (peer.link, peer.url.clone())];
        let gateway = shop.processes.start_gateway_of(&engines).await;
        let house = Self { shop, peer, gateway, _database: database };
        house.is_served().await;
        for url in [house.shop.processes.server_url(), house.peer.url.clone()] {
            let operator = house.shop.operator.at(&url);
            until("the engines know each other", async || {
                let now = operator.get("/v1/operations").await;
                let engines = (now.status == 200).then(|| now.ok(200)["engines"].as_array().map(Vec::len))?;
                (engines == Some(2)).then_some(())
            })
            .await;
        }
        house
    }

    /// The gateway knows the sale and its engine answers.
    async fn is_served(&self) {
        let path = self.shop.path("/line/me");
        let fan = &self.shop.fans[0].at(&self.gateway);
        until("the sale is served", async || (fan.caller.get(&path).await.status != 503).then_some(())).await;
    }

    /// The engine that has the sale: its process.
    async fn holder(&self) -> u32 {
        let there = async |url: &str, name: &str| {
            let answer = self.shop.operator.at(url).get("/v1/operations").await;
            (answer.status == 200).then(|| answer.ok(200)["engines"].clone()).is_some_and(|engines| {
                engines.as_array().unwrap().iter().any(|engine| engine["name"] == name && engine["sales"] == 1)
            })
        };
        let (first, second) = (self.shop.processes.server_url(), &self.peer.url);
        until("an engine has the sale", async || {
            if there(&first, "engine-0").await {
                return Some(self.shop.processes.server_id());
            }
            there(second, "engine-1").await.then(|| self.peer.id())
        })
        .await
    }

    /// How long it takes from now until the gateway is answered for the sale.
    async fn answered_after(&self) -> Duration {
        let (began, fan) = (Instant::now(), self.shop.fans[0].at(&self.gateway));
        let path = self.shop.path("/line/me");
        until("somebody else has the sale", async || (fan.caller.get(&path).await.status == 200).then_some(())).await;
        began.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_goes_on_elsewhere_when_its_engine_crashes() {
    let house = House::open(6).await;
    for (index, fan) in house.shop.fans.iter().enumerate() {
        assert_eq!(fan.at(&house.gateway).join().await.ok(201)["place"]["number"], index + 1);
    }
    let holder = house.holder().await;
    signal(holder, Signal::KILL);
    let took = house.answered_after().await;
    assert!(took < TAKEN_OVER_WITHIN, "it took {took:?}");
    for (index, fan) in house.shop.fans.iter().enumerate() {
        assert_eq!(fan.at(&house.gateway).number().await, index as u64 + 1);
    }
    // The line moves on: one inside leaves, the next is let in.
    house.shop.fans[0].at(&house.gateway).leave().await.ok(204);
    house.shop.fans[3].at(&house.gateway).becomes("admitted").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_was_asleep_commits_nothing_and_says_nothing_old() {
    let house = House::open(5).await;
    let through = |fan: usize| house.shop.fans[fan].at(&house.gateway);
    through(0).join().await.ok(201);
    let holder = house.holder().await;
    let asleep = if holder == house.peer.id() { house.peer.url.clone() } else { house.shop.processes.server_url() };
    signal(holder, Signal::STOP);
    let stopped = Instant::now();
    house.answered_after().await;
    assert_eq!(through(1).join().await.ok(201)["place"]["number"], 2);
    through(0).leave().await.ok(204);
    tokio::time::sleep(ASLEEP.saturating_sub(stopped.elapsed())).await;
    signal(holder, Signal::CONT);

    // What it is asked at once after waking is answered by whoever has the sale now, or not at all.
    let there = house.shop.fans[2].at_url(&asleep);
    let joined = until("the one that slept answers", async || {
        let answer = there.join().await;
        (answer.status != 503).then_some(answer)
    });
    assert_eq!(joined.await.ok(201)["place"]["number"], 3);
    let gone = house.shop.fans[0].at_url(&asleep).look().await;
    assert_eq!(gone.ok(200)["place"]["stage"], "left", "it has forgotten what it believed");
    assert_eq!(through(3).join().await.ok(201)["place"]["number"], 4);
    let check = house.shop.operator.at(&asleep).get(&house.shop.path("/check")).await.ok(200);
    assert_eq!(check["sound"], true, "{check:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_whose_sale_has_just_gone_does_not_say_that_there_is_none() {
    let house = House::open(1).await;
    let holder = house.holder().await;
    let (here, gone) = (house.shop.processes.server_url(), house.peer.url.clone());
    let (here, gone) = if holder == house.peer.id() { (gone, here) } else { (here, gone) };
    let buyer = house.shop.fans[0].at(&house.gateway);
    let (order, page) = buyer.paying(&[5]).await;
    house.shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    buyer.order_becomes(&order, "paid").await;

    // Whoever passes something on believed that the sale was there.
    let passed_on = |caller: &Caller, url: &str, method: &str, path: &str| {
        caller.at(url).ask(method, path).header("onsale-passed-on", "1")
    };
    let path = house.shop.path("/line/me");
    passed_on(&buyer.caller, &gone, "GET", &path).send().await.refused(503, "sale_unavailable");
    passed_on(&buyer.caller, &here, "GET", &path).send().await.ok(200);
    let none = "/v1/sales/sale_999/line/me";
    passed_on(&buyer.caller, &gone, "GET", none).send().await.refused(404, "sale_unknown");

    // A gate does not refuse a good ticket.
    let (code, operator) = (json!({ "code": buyer.tickets().await[0]["code"] }), &house.shop.operator);
    let scan = |url: &str| passed_on(operator, url, "POST", "/v1/check-ins").json(&code).send();
    scan(&gone).await.refused(503, "sale_unavailable");
    operator.at(&gone).post("/v1/check-ins", &code).await.ok(200);
    scan(&here).await.refused(409, "ticket_already_used");

    // The provider repeats what nobody has recorded.
    let (event, now) = (house.shop.capture_event().await, domain::Timestamp::from_millis(load::clock::now_ms()));
    let signature = sign(&Secret::new(SECRET), event.as_bytes(), now);
    let stranger = &house.shop.stranger;
    let tell = async |ask: Ask| ask.header(SIGNATURE_HEADER, &signature).body(event.clone()).send().await;
    let webhook = "/v1/payments/webhook";
    tell(passed_on(stranger, &gone, "POST", webhook)).await.refused(503, "sale_unavailable");
    tell(passed_on(stranger, &here, "POST", webhook)).await.ok(204);
    tell(stranger.at(&gone).ask("POST", webhook)).await.ok(204);
    house.shop.is_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_changed_at_one_engine_is_soon_on_the_pages_of_all() {
    let house = House::open(1).await;
    let stranger = &house.shop.stranger;
    let event = stranger.get(&house.shop.path("")).await.ok(200)["event"]["id"].clone();
    let path = format!("/v1/events/{}", event.as_str().unwrap());
    for (version, url) in [(1, house.shop.processes.server_url()), (2, house.peer.url.clone())] {
        let name = format!("Encore {version}");
        let new = json!({ "version": version, "name": name, "description": "At last.", "category": "concert" });
        house.shop.operator.at(&url).put(&path, &new).await.ok(204);
        for url in [house.shop.processes.server_url(), house.peer.url.clone(), house.gateway.url.clone()] {
            let page = stranger.at(&url);
            until("the page says it", async || {
                let told = page.get(&house.shop.path("")).await;
                (told.status == 200 && told.ok(200)["event"]["name"] == name).then_some(())
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_stops_hands_its_sales_over_at_once() {
    let mut house = House::open(3).await;
    house.shop.fans[0].at(&house.gateway).join().await.ok(201);
    let holder = house.holder().await;
    signal(holder, Signal::TERM);
    let ended = match holder == house.peer.id() {
        true => house.peer.ended().await,
        false => house.shop.processes.server_ended().await,
    };
    assert!(ended.success());
    let took = house.answered_after().await;
    assert!(took < Duration::from_secs(2), "it took {took:?}");
    assert_eq!(house.shop.fans[0].at(&house.gateway).number().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_sends_slowly_keeps_no_sale_from_the_others() {
    let mut house = House::open(1).await;
    house.shop.fans[0].at(&house.gateway).join().await.ok(201);
    let holder = house.holder().await;
    let is_peer = holder == house.peer.id();
    let url = if is_peer { house.peer.url.clone() } else { house.shop.processes.server_url() };
    let mut slow = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let head = "POST /v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    slow.write_all(format!("{head}Content-Length: 100\r\n\r\n{{").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;

    signal(holder, Signal::TERM);

    let took = house.answered_after().await;
    assert!(took < TAKEN_OVER_WITHIN, "it took {took:?}");
    let mut told = String::new();
    slow.read_to_string(&mut told).await.unwrap();
    assert!(told.starts_with("HTTP/1.1 408") && told.contains("body_incomplete"), "{told}");
    let ended = if is_peer { house.peer.ended().await } else { house.shop.processes.server_ended().await };
    assert!(ended.success(), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_moves_a_sale_and_every_engine_answers_for_all() {
    let house = House::open(2).await;
    let buyer = house.shop.fans[0].at(&house.gateway);
    let (order, page) = buyer.paying(&[5, 6]).await;
    house.shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    buyer.order_becomes(&order, "paid").await;
    let unknown = json!({ "engine": "engine-7" });
    let path = format!("/v1/operations/sales/{}/engine", house.shop.sale);
    house.shop.operator.put(&path, &unknown).await.refused(404, "engine_unknown");
    for target in ["engine-1", "engine-0", "engine-1"] {
        house.shop.operator.put(&path, &json!({ "engine": target })).await.ok(202);
        until("it is there", async || {
            let now = house.shop.operator.get("/v1/operations").await;
            let engines = (now.status == 200).then(|| now.ok(200)["engines"].clone())?;
            let there = |engine: &serde_json::Value| engine["name"] == target && engine["sales"] == 1;
            engines.as_array().unwrap().iter().any(there).then_some(())
        })
        .await;
        house.answered_after().await;
        for url in [house.shop.processes.server_url(), house.peer.url.clone()] {
            let fan = house.shop.fans[0].at_url(&url);
            let orders = until("the engines know", async || {
                let answer = fan.caller.get("/v1/orders").await;
                (answer.status == 200).then(|| answer.ok(200)["orders"].clone())
            });
            assert_eq!(orders.await[0]["id"], *order);
            assert_eq!(fan.tickets().await.len(), 2);
            assert_eq!(fan.caller.get(&format!("/v1/orders/{order}")).await.ok(200)["stage"], "paid");
        }
    }
    house.shop.operator.get("/v1/operations").await.ok(200);
    house.shop.is_sound().await;
}
