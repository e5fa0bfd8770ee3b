//! A whole purchase, from the sign-up to the seat, through every part that takes part in one.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tickets::{PublishedKey, TicketPlace, TicketVerifier};

use crate::fixture::{GOOD_CARD, TestShop, hall, until};

#[tokio::test]
async fn a_fan_signs_up_buys_two_tickets_and_goes_in_and_a_refund_brings_the_seats_back() {
    let shop = TestShop::open_sale(hall(2)).capacity(1).with_fans(1).await;
    let (email, password) = ("minji@example.com", "seven-swans-a-swimming");
    let account = shop.sign_up(email, password).await.ok(201);
    let fan = shop.fan(&shop.sign_in(email, password).await.session());
    assert_eq!(fan.caller.get("/v1/me").await.ok(200)["id"], account["id"]);

    let place = fan.join().await.ok(201)["place"].clone();
    assert_eq!((&place["number"], &place["stage"]), (&json!(1), &json!("admitted")));
    assert_eq!(fan.enter().await.ok(200)["place"]["stage"], "selecting");
    let hold = fan.hold(&[0, 1]).await.ok(200);
    assert_eq!(hold["total"], json!({ "amount": 19_800, "currency": "EUR" }));
    let order = fan.begin_order().await.ok(201);
    assert_eq!((&order["stage"], &order["items"]), (&json!("paying"), &hold["items"]));
    let (id, page) = (order["id"].as_str().unwrap(), order["payment_url"].as_str().unwrap());
    assert_eq!(shop.provider.pay(page, GOOD_CARD).await.unwrap(), 303);

    let paid = fan.order_becomes(id, "paid").await;
    assert_eq!(fan.stage().await, "done");
    let tickets = fan.tickets().await;
    let listed: BTreeSet<&str> = tickets.iter().filter_map(|ticket| ticket["id"].as_str()).collect();
    let ordered: BTreeSet<&str> = paid["tickets"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!((listed.len(), listed), (2, ordered));
    assert_eq!(fan.orders().await.iter().map(|order| &order["id"]).collect::<Vec<_>>(), [&paid["id"]]);
    until("everybody sees that it is sold out", async || (shop.status().await["stage"] == "sold_out").then_some(()))
        .await;
    can_be_verified_without_a_network(&shop, &tickets).await;
    is_drawn_as_a_code(&fan.caller, &tickets[0]).await;

    let code = json!({ "code": tickets[0]["code"] });
    let gate = shop.staff_of("gate@example.com", &shop.organiser).await;
    let checked = gate.post("/v1/check-ins", &code).await.ok(200);
    assert_eq!((&checked["first"], &checked["ticket"]["stage"]), (&json!(true), &json!("used")));
    let again = gate.post("/v1/check-ins", &code).await.refused(409, "ticket_already_used");
    assert!(again["used_at_ms"].is_i64(), "{again}");

    let waiting = &shop.fans[0];
    waiting.join().await.refused(409, "sold_out");
    let refund = gate.post(&format!("/v1/orders/{id}/refund"), &json!({})).await.ok(200);
    assert!(["refund_pending", "refunded"].contains(&refund["stage"].as_str().unwrap()), "{refund}");
    fan.order_becomes(id, "refunded").await;
    assert!(fan.tickets().await.iter().all(|ticket| ticket["stage"] == "void"));
    let other = json!({ "code": tickets[1]["code"] });
    gate.post("/v1/check-ins", &other).await.refused(409, "ticket_void");
    assert_eq!(waiting.join().await.ok(201)["place"]["stage"], "admitted", "the line is open again");
    waiting.hold(&[0, 1]).await.ok(200);
    shop.money_and_tickets_agree(&[&fan]).await;
}

async fn can_be_verified_without_a_network(shop: &TestShop, tickets: &[Value]) {
    let keys = shop.stranger.get("/v1/keys/tickets").await.ok(200);
    let keys: Vec<PublishedKey> = serde_json::from_value(keys["keys"].clone()).unwrap();
    let verifier = TicketVerifier::from_published(&keys).unwrap();
    for ticket in tickets {
        let code = ticket["code"].as_str().unwrap();
        let claims = verifier.verify(code).unwrap();
        assert_eq!(claims.ticket.to_string(), ticket["id"].as_str().unwrap());
        assert!(matches!(claims.place, TicketPlace::Seat(_)));
        let mut forged = code.to_owned();
        let last = forged.pop().unwrap();
        forged.push(if last == 'A' { 'B' } else { 'A' });
        assert!(verifier.verify(&forged).is_err());
    }
}

async fn is_drawn_as_a_code(fan: &crate::fixture::Caller, ticket: &Value) {
    let svg = fan.get(ticket["qr"].as_str().unwrap()).await;
    assert_eq!((svg.status, svg.header("content-type")), (200, "image/svg+xml"));
    assert!(String::from_utf8(svg.body).unwrap().contains("<svg"));
}
