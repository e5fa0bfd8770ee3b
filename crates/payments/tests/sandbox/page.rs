//! The hosted payment page as a browser meets it.

use payments::sandbox::client::GOOD_CARD;
use payments::{OpenPayment, PaymentProvider, PaymentStatus};
use reqwest::header;

use crate::fixture::{Stage, order};

#[tokio::test]
async fn the_page_is_safe_and_speaks_the_buyers_language() {
    let stage = Stage::start().await;
    let payment = stage.open(1).await;
    let get = async |language: &str| {
        let request = reqwest::Client::new().get(&payment.page_url).header(header::ACCEPT_LANGUAGE, language);
        request.send().await.unwrap()
    };
    let english = get("en").await;
    let policy = english.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self' https://shop.example;"));
    assert_eq!(english.headers()[header::CACHE_CONTROL], "no-store");
    let english = english.text().await.unwrap();
    assert!(english.contains("<html lang=\"en\">") && english.contains("99.00 EUR"));
    assert!(english.contains("2 tickets &lt;Row A &amp; B&gt;") && !english.contains("<Row"));
    assert!(!english.contains("<script") && !english.contains(" style="));
    assert!(get("ko-KR,ko;q=0.9").await.text().await.unwrap().contains("<html lang=\"ko\">"));
}

#[tokio::test]
async fn a_paid_buyer_is_sent_back_to_the_shop() {
    let stage = Stage::start().await;
    let payment = stage.open(1).await;
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let request = browser.post(&payment.page_url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = request.body("card=4242+4242+4242+4242&action=pay").send().await.unwrap();
    assert_eq!(response.status().as_u16(), 303);
    assert_eq!(response.headers()[header::LOCATION], "https://shop.example/orders/1");
    assert_eq!(stage.find(1).await.status, PaymentStatus::Captured);
}

#[tokio::test]
async fn giving_up_cancels_unless_it_was_paid() {
    let stage = Stage::start().await;
    let given_up = stage.open(1).await;
    assert_eq!(stage.client.give_up(&given_up.page_url).await.unwrap().as_u16(), 303);
    assert_eq!(stage.find(1).await.status, PaymentStatus::Cancelled);
    let paid = stage.open_and_pay(2).await;
    assert_eq!(stage.client.give_up(&paid.page_url).await.unwrap().as_u16(), 303);
    assert_eq!(stage.find(2).await.status, PaymentStatus::Captured);
}

#[tokio::test]
async fn past_its_expiry_the_page_takes_no_money() {
    let stage = Stage::start().await;
    let expired = OpenPayment { expires_at: crate::fixture::now(), ..order(1) };
    let payment = stage.provider.open(expired).await.unwrap();
    let shown = reqwest::get(&payment.page_url).await.unwrap().text().await.unwrap();
    assert!(!shown.contains("<form"));
    assert_eq!(stage.pay(&payment, GOOD_CARD).await, 410);
    assert_eq!(stage.find(1).await.status, PaymentStatus::Open);
}

#[tokio::test]
async fn an_unknown_payment_or_card_is_told_so() {
    let stage = Stage::start().await;
    let nowhere = format!("{}/pay/pay_0", stage.sandbox.url());
    assert_eq!(reqwest::get(&nowhere).await.unwrap().status().as_u16(), 404);
    assert_eq!(stage.client.pay(&nowhere, GOOD_CARD).await.unwrap().as_u16(), 404);
    let payment = stage.open(1).await;
    assert_eq!(stage.client.pay(&payment.page_url, "1234").await.unwrap().as_u16(), 422);
    assert_eq!(stage.find(1).await.status, PaymentStatus::Open);
}

#[tokio::test]
async fn the_style_sheet_is_served() {
    let stage = Stage::start().await;
    let response = reqwest::get(format!("{}/style.css", stage.sandbox.url())).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
}
