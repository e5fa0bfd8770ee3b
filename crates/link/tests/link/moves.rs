//! A sale that goes from one engine to another: gateways follow.

use engine::Engine;
use link::{Link, LinkOptions};
use sale::Pace;

use crate::stage::{SALE, Stage, connected, join, sale_of, secret, until, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_follows_a_sale_from_engine_to_engine() {
    let one = Stage::open(Pace { capacity: Some(1), ..Pace::default() }, 10).await;
    let two = one.beside().await;
    let engines = vec![one.address.to_string(), two.address.to_string()];
    let link = Link::start(LinkOptions { engines, gateway: "gateway-1".into(), secret: secret() });
    let link = connected(link).await;
    // The one without a sale may have answered first.
    until(|| link.sale(SALE).is_some()).await;
    let sale = sale_of(&link);
    let mut wakes = sale.wakes();
    within(join(&sale, 1)).await.unwrap().unwrap();
    let engines: [&Engine; 2] = [&two.engine, &one.engine];
    for (turn, (to, from)) in
        [(engines[0], engines[1]), (engines[1], engines[0]), (engines[0], engines[1])].into_iter().enumerate()
    {
        let (before, term) = (sale.view(), turn as u64 + 1);
        from.give_up(SALE);
        let handle = to.take_over(SALE, term).unwrap().unwrap();
        assert_eq!(handle.term(), term);
        until(|| sale.view().version > before.version).await;
        // Through the same way as before, and nobody lost a place.
        let mut joined = within(join(&sale, 10 + term as u128)).await;
        while joined.is_err() {
            joined = within(join(&sale, 10 + term as u128)).await;
        }
        joined.unwrap().unwrap();
        until(|| sale.view().last_number == 1 + term as u32).await;
        assert!(handle.view().last_number == 1 + term as u32 && handle.view().version >= sale.view().version);
    }
    assert!(within(wakes.recv()).await.is_ok(), "whoever listens is woken as before");
    two.engine.stop();
}
