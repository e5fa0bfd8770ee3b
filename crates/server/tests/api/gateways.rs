//! Gateways apart from the engine: one line through all of them, and nothing lost with any of them.

use futures_util::future::join_all;
use serde_json::json;

use crate::fixture::{GOOD_CARD, Gateway, Network, Socket, TestShop, free_port, hall, until};

/// A shop whose engine takes gateways, and the port where.
async fn engine(seats: u32, capacity: u32, fans: usize) -> (TestShop, u16) {
    let port = free_port().await;
    let plan = hall(seats).capacity(capacity).setting("cluster.role=engine");
    let plan = plan.setting(&format!("cluster.listen=127.0.0.1:{port}")).setting("server.trusted_proxies=127.0.0.1/32");
    (TestShop::open_sale(plan).with_fans(fans).await, port)
}

async fn two_gateways(shop: &TestShop, port: u16) -> [Gateway; 2] {
    let gateways = [shop.processes.start_gateway(port).await, shop.processes.start_gateway(port).await];
    for gateway in &gateways {
        until("the gateway knows the sale", async || {
            let answer = shop.stranger.at(&gateway.url).get(&shop.path("/status")).await;
            (answer.status == 200).then_some(())
        })
        .await;
    }
    gateways
}

#[tokio::test]
async fn fans_of_two_gateways_stand_in_one_line() {
    let (shop, port) = engine(100, 1, 60).await;
    let [one, two] = two_gateways(&shop, port).await;
    // One after the other, in turns: the order they were answered in is the order they stand in.
    for (turn, fan) in shop.fans.iter().enumerate() {
        let gateway = if turn % 2 == 0 { &one } else { &two };
        let number = fan.at(gateway).join().await.ok(201)["place"]["number"].as_u64();
        assert_eq!(number, Some(turn as u64 + 1));
    }
    let again = join_all(shop.fans.iter().map(async |fan| (fan.at(&one).number().await, fan.at(&two).number().await)));
    for (turn, numbers) in again.await.into_iter().enumerate() {
        assert_eq!(numbers, (turn as u64 + 1, turn as u64 + 1));
    }
    shop.fans[0].at(&two).leave().await.ok(204);
    shop.fans[1].at(&one).becomes("admitted").await;
    shop.is_sound().await;
}

#[tokio::test]
async fn a_fan_buys_through_a_gateway_and_is_told_as_it_happens() {
    let (shop, port) = engine(10, 5, 2).await;
    let [one, two] = two_gateways(&shop, port).await;
    let (fan, rival) = (shop.fans[0].at(&one), shop.fans[1].at(&two));
    let mut socket = Socket::open(&fan.caller, &format!("sale={}&seats=1", shop.sale)).await;
    socket.next_of("hello").await;
    rival.holding(&[3]).await;
    let change = socket.next_of("seat_changes").await;
    assert_eq!(change["changes"][0][0], 3);
    fan.join().await.ok(201);
    fan.hold(&[3]).await.refused(409, "seat_taken");
    fan.hold(&[4, 5]).await.ok(200);
    let order = fan.begin_order().await.ok(201)["id"].as_str().unwrap().to_owned();
    let page = fan.payment_page(&order).await;
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    let told = socket.next_that(|frame| frame["type"] == "order" && frame["order"]["stage"] == "paid").await;
    assert_eq!(told["order"]["id"], *order);
    assert_eq!(fan.tickets().await.len(), 2);
    shop.is_sound().await;
}

#[tokio::test]
async fn a_gateway_hears_of_what_an_organiser_changes() {
    let (shop, port) = engine(10, 1, 0).await;
    let gateway = shop.processes.start_gateway(port).await;
    let there = shop.stranger.at(&gateway.url);
    let name = async || there.get(&shop.path("")).await.ok(200)["event"].clone();
    let event =
        until("the gateway knows the sale", async || (there.get(&shop.path("")).await.status == 200).then_some(()));
    event.await;
    let event = name().await;
    let new = json!({ "version": 1, "name": "The Very Last Encore" });
    shop.operator.put(&format!("/v1/events/{}", event["id"].as_str().unwrap()), &new).await.ok(204);
    until("the gateway says so", async || (name().await["name"] == "The Very Last Encore").then_some(())).await;
    let now = shop.operator.get("/v1/operations").await.ok(200);
    assert_eq!(now["gateways"], 1);
}

#[tokio::test]
async fn losing_a_gateway_loses_no_place() {
    let (shop, port) = engine(10, 1, 20).await;
    let [one, two] = two_gateways(&shop, port).await;
    let numbers =
        join_all(shop.fans.iter().map(async |fan| fan.at(&one).join().await.ok(201)["place"]["number"].clone()));
    let numbers = numbers.await;
    one.kill().await;
    for (fan, number) in shop.fans.iter().zip(&numbers) {
        let there = fan.at(&two);
        assert_eq!(&there.look().await.ok(200)["place"]["number"], number);
        assert_eq!(&there.join().await.ok(200)["place"]["number"], number);
    }
    shop.is_sound().await;
}

#[tokio::test]
async fn losing_the_engine_loses_nothing_and_says_reconnecting() {
    let (mut shop, port) = engine(10, 1, 5).await;
    let [one, _two] = two_gateways(&shop, port).await;
    for fan in &shop.fans {
        fan.at(&one).join().await.ok(201);
    }
    let last = shop.fans[4].at(&one);
    let mut socket = Socket::open(&last.caller, &format!("sale={}", shop.sale)).await;
    socket.next_of("place").await;
    until("the gateway has seen all places", async || {
        (shop.stranger.at(&one.url).get(&shop.path("/status")).await.ok(200)["line"]["last_number"] == 5).then_some(())
    })
    .await;
    shop.processes.kill_server().await;
    socket.next_of("reconnecting").await;
    // Whoever waits is turned away here; the one inside has a pass, and hears that nobody is there.
    last.hold(&[1]).await.refused(403, "admission_pass_needed");
    let refused = shop.fans[0].at(&one).hold(&[1]).await;
    assert_eq!((refused.status, refused.header("retry-after").is_empty()), (503, false));
    assert_eq!(shop.stranger.at(&one.url).get("/v1/events").await.status, 503);
    assert_eq!(shop.stranger.at(&one.url).get("/readyz").await.status, 503);
    // Everybody may still see where the line stood.
    assert_eq!(shop.stranger.at(&one.url).get(&shop.path("/status")).await.ok(200)["line"]["last_number"], 5);
    shop.processes.start_server().await;
    socket.next_of("reconnected").await;
    until("the gateway asks again", async || (last.look().await.status == 200).then_some(())).await;
    assert_eq!(last.number().await, 5);
    shop.fans[0].at(&one).leave().await.ok(204);
    shop.fans[1].at(&one).becomes("admitted").await;
    shop.is_sound().await;
}

#[tokio::test]
async fn a_network_that_fails_one_way_is_noticed() {
    let (shop, port) = engine(10, 1, 3).await;
    let network = Network::to(port).await.unwrap();
    let gateway = shop.processes.start_gateway(network.port()).await;
    until("the gateway knows the sale", async || {
        (shop.stranger.at(&gateway.url).get(&shop.path("/status")).await.status == 200).then_some(())
    })
    .await;
    let fan = shop.fans[0].at(&gateway);
    fan.join().await.ok(201);
    let mut socket = Socket::open(&fan.caller, &format!("sale={}", shop.sale)).await;
    network.fall_silent();
    // The join arrives; its answer does not. Repeating it is safe.
    let second = shop.fans[1].at(&gateway);
    assert_eq!(second.join().await.status, 503);
    socket.next_of("reconnecting").await;
    network.heal();
    socket.next_of("reconnected").await;
    until("the answer comes", async || (second.join().await.status < 300).then_some(())).await;
    assert_eq!((fan.number().await, second.number().await), (1, 2));
    shop.is_sound().await;
}

#[tokio::test]
async fn the_engine_sees_whose_address_it_is_and_refuses_strangers() {
    let (shop, port) = engine(10, 1, 1).await;
    let gateway = shop.processes.start_gateway(port).await;
    // What a gateway does not answer itself comes from the engine, with the engine's rights.
    shop.stranger.at(&gateway.url).get("/v1/orders").await.refused(401, "not_signed_in");
    shop.operator.at(&gateway.url).get(&shop.path("/check")).await.ok(200);
    shop.fans[0].at(&gateway).caller.get(&shop.path("/check")).await.refused(403, "forbidden");
    // Somebody without the secret is not a gateway.
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &[0x10, 0, 0, 0, 1, 2, 3]).await.unwrap();
    let mut heard = Vec::new();
    let closed = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut heard);
    tokio::time::timeout(std::time::Duration::from_secs(10), closed).await.expect("the engine hangs up").ok();
    shop.fans[0].at(&gateway).join().await.ok(201);
}

#[tokio::test]
async fn a_process_of_a_cluster_declines_huge_pages() {
    let (shop, port) = engine(10, 5, 0).await;
    let gateway = shop.processes.start_gateway(port).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.id())).unwrap();
    // Kernels that cannot say so have no line for it.
    let told = status.lines().find_map(|line| line.strip_prefix("THP_enabled:"));
    assert!(told.is_none_or(|told| told.trim() == "0"), "{told:?}");
}
