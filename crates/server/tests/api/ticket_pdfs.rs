//! `/v1/orders/{order}/tickets.pdf`: the tickets of a paid order, for their buyer.

use lopdf::Document;
use serde_json::json;

use crate::fixture::{Answer, Fan, GOOD_CARD, TestShop, hall};

async fn ask(fan: &Fan, order: &str) -> Answer {
    fan.caller.get(&format!("/v1/orders/{order}/tickets.pdf")).await
}

/// The text of each page, in one line.
#[track_caller]
fn pages(answer: &Answer) -> Vec<String> {
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/pdf"), "{answer}");
    let pdf = Document::load_mem(&answer.body).unwrap();
    let text = |page: u32| pdf.extract_text(&[page]).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    pdf.get_pages().into_keys().map(text).collect()
}

#[track_caller]
fn says(page: &str, all: &[&str]) {
    for words in all {
        assert!(page.contains(words), "{words} is not in {page}");
    }
}

async fn paid(shop: &TestShop, fan: &Fan, seats: &[u32]) -> String {
    let (order, page) = fan.paying(seats).await;
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    fan.order_becomes(&order, "paid").await;
    order
}

#[tokio::test]
async fn a_buyer_prints_a_page_for_each_ticket() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    let order = paid(&shop, fan, &[3, 4]).await;
    let answer = ask(fan, &order).await;
    let printed = pages(&answer);
    let tickets = fan.tickets().await;
    assert_eq!(printed.len(), 2);
    for (page, seat) in printed.iter().zip(["4", "5"]) {
        says(page, &["The Last Encore", "Great Hall", "Section Hall", "Row 1", &format!("Seat {seat}")]);
        says(page, &["Price level A", "99.00 EUR", "Show this code at the door", &order]);
    }
    for ticket in &tickets {
        let number = format!("Ticket {}", ticket["id"].as_str().unwrap());
        assert_eq!(printed.iter().filter(|page| page.contains(&number)).count(), 1, "{number}");
    }
    let name = format!("attachment; filename=\"tickets-{order}.pdf\"");
    assert_eq!((answer.header("content-disposition"), answer.header("cache-control")), (name.as_str(), "no-store"));
    assert!(ask(fan, &order).await.body == answer.body, "printed again, it is the same");
}

#[tokio::test]
async fn a_new_city_is_on_the_paper_although_no_page_shows_it() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let fan = &shop.fans[0];
    let order = paid(&shop, fan, &[3]).await;
    assert!(!pages(&ask(fan, &order).await)[0].contains("Great Hall, "));
    let venue = shop.stranger.get(&shop.path("")).await.ok(200)["venue"]["id"].clone();
    let path = format!("/v1/venues/{}", venue.as_str().unwrap());
    let change = json!({ "version": 1, "name": "Great Hall", "time_zone": "Europe/Berlin", "city": "Potsdam" });
    shop.operator.put(&path, &change).await.ok(204);
    says(&pages(&ask(fan, &order).await)[0], &["Great Hall, Potsdam"]);
}

#[tokio::test]
async fn the_paper_speaks_the_language_of_the_account() {
    let shop = TestShop::open_sale(hall(10).with_standing(5)).with_fans(1).await;
    let fan = &shop.fans[0];
    fan.caller.ask("PATCH", "/v1/me").json(&json!({ "locale": "ko" })).send().await.ok(200);
    assert!(fan.join().await.status < 300);
    fan.choose(&json!({ "areas": [{ "area": 0, "count": 1 }] })).await.ok(200);
    let order = fan.begin_order().await.ok(201)["id"].as_str().unwrap().to_owned();
    shop.provider.pay(&fan.payment_page(&order).await, GOOD_CARD).await.unwrap();
    fan.order_becomes(&order, "paid").await;
    let printed = pages(&ask(fan, &order).await);
    assert_eq!(printed.len(), 1);
    says(&printed[0], &["구역 Standing", "등급 A", "입장할 때 이 코드를", "년", "티켓 1장 중 1번째"]);
}

#[tokio::test]
async fn nobody_else_prints_them_and_only_while_they_are_good() {
    let shop = TestShop::open_sale(hall(10)).with_fans(2).await;
    let (owner, other) = (&shop.fans[0], &shop.fans[1]);
    let (order, page) = owner.paying(&[0]).await;
    ask(owner, &order).await.refused(409, "order_not_paid");
    ask(other, &order).await.refused(404, "order_unknown");
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    owner.order_becomes(&order, "paid").await;
    assert_eq!(pages(&ask(owner, &order).await).len(), 1);

    let foreign = ask(other, &order).await.refused(404, "order_unknown");
    let (rest, last) = order.split_at(order.len() - 1);
    let mistyped = format!("{rest}{}", if last == "0" { "1" } else { "0" });
    let unknown = ask(owner, &mistyped).await.refused(404, "order_unknown");
    assert_eq!(foreign["detail"], unknown["detail"], "another's order looks as if there were none");
    ask(owner, "ord_nothing").await.refused(404, "order_unknown");
    shop.stranger.get(&format!("/v1/orders/{order}/tickets.pdf")).await.refused(401, "not_signed_in");
    shop.operator.get(&format!("/v1/orders/{order}/tickets.pdf")).await.refused(404, "order_unknown");

    shop.operator.post(&format!("/v1/orders/{order}/refund"), &json!({})).await.ok(200);
    owner.order_becomes(&order, "refunded").await;
    ask(owner, &order).await.refused(409, "order_not_paid");
}
