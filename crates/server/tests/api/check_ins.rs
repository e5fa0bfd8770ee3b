//! `/v1/check-ins`: the gate.

use serde_json::json;

use crate::fixture::{GOOD_CARD, TestShop, hall};

#[tokio::test]
async fn of_many_gates_that_scan_a_ticket_one_lets_its_holder_in() {
    let mut shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = shop.fans[0].clone();
    let (order, page) = fan.paying(&[0]).await;
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    fan.order_becomes(&order, "paid").await;
    let code = json!({ "code": fan.tickets().await[0]["code"] });

    let elsewhere = shop.operator.create("/v1/organisers", &json!({ "name": "Another Hall" })).await;
    let elsewhere = shop.staff_of("elsewhere@example.com", elsewhere.as_str().unwrap()).await;
    elsewhere.post("/v1/check-ins", &code).await.refused(404, "ticket_unknown");
    fan.caller.post("/v1/check-ins", &code).await.refused(403, "forbidden");
    shop.stranger.post("/v1/check-ins", &code).await.refused(401, "not_signed_in");
    shop.operator.post("/v1/check-ins", &json!({ "code": "no ticket" })).await.refused(422, "ticket_malformed");

    let gate = shop.staff_of("gate@example.com", &shop.organiser).await;
    let scans = futures_util::future::join_all((0..20).map(|_| gate.post("/v1/check-ins", &code))).await;
    let first = scans.iter().filter(|scan| scan.status == 200).count();
    let refused = scans.iter().filter(|scan| scan.code() == "ticket_already_used").count();
    assert_eq!((first, refused), (1, 19));
    shop.crash_and_restart().await;
    gate.post("/v1/check-ins", &code).await.refused(409, "ticket_already_used");
    assert_eq!(fan.tickets().await[0]["stage"], "used");
}
