//! The page without JavaScript: the same line and the same tickets, by forms alone.

use serde_json::json;

use crate::fixture::{Caller, GOOD_CARD, TestShop, hall, until};

const PASSWORD: &str = "seven-lamps-burning";

/// The page as a browser shows it.
async fn page(caller: &Caller, path: &str) -> String {
    let answer = caller.get(path).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"), "{answer}");
    assert!(answer.body.len() < 30_000, "{} bytes", answer.body.len());
    assert!(answer.header("content-security-policy").contains("form-action 'self'"));
    let text = String::from_utf8(answer.body).unwrap();
    assert!(!text.contains("<script") && !text.contains(" style="), "{text}");
    text
}

async fn submit(caller: &Caller, path: &str, form: &'static str) -> crate::fixture::Answer {
    caller.ask("POST", path).header("content-type", "application/x-www-form-urlencoded").body(form).send().await
}

#[tokio::test]
async fn a_fan_without_scripts_waits_chooses_and_pays() {
    let shop = TestShop::open_sale(hall(10)).capacity(1).with_fans(1).await;
    let path = format!("/sales/{}/plain", shop.sale);
    shop.sign_up("plain@example.com", PASSWORD).await.ok(201);
    shop.fans[0].join().await.ok(201);

    assert!(page(&shop.stranger, &path).await.contains("action=\"/sales/"), "a form to log in");
    let wrong =
        submit(&shop.stranger, &format!("{path}/sign-in"), "email=plain%40example.com&password=guess-work-1").await;
    assert_eq!(wrong.status, 401, "{wrong}");
    let form = "email=plain%40example.com&password=seven-lamps-burning";
    let signed = submit(&shop.stranger, &format!("{path}/sign-in"), form).await;
    assert_eq!((signed.status, signed.header("location")), (303, path.as_str()));
    let fan = shop.stranger.with_session(&signed.session());

    assert!(page(&fan, &path).await.contains("Join the line"));
    assert_eq!(submit(&fan, &format!("{path}/join"), "").await.status, 303);
    let waiting = page(&fan, &path).await;
    assert!(waiting.contains("You are number 2") && waiting.contains("http-equiv=\"refresh\""), "{waiting}");
    assert!(page(&fan, &format!("{path}?lang=ko")).await.contains("내 순번은 2번"));

    shop.fans[0].leave().await.ok(204);
    until("the turn has come", async || page(&fan, &path).await.contains("It is your turn").then_some(())).await;
    assert_eq!(submit(&fan, &format!("{path}/enter"), "").await.status, 303);
    assert!(page(&fan, &path).await.contains("name=\"count\""));
    let greedy = submit(&fan, &format!("{path}/buy"), "count=99&level=0").await;
    assert_eq!(greedy.status, 409, "{greedy}");
    assert!(String::from_utf8_lossy(&greedy.body).contains("role=\"alert\""));
    assert_eq!(submit(&fan, &format!("{path}/buy"), "count=2&level=0").await.status, 303);
    let paying = page(&fan, &path).await;
    let url = paying.split("button primary\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    shop.provider.pay(url, GOOD_CARD).await.unwrap();
    until("it is paid", async || page(&fan, &path).await.contains("Paid.").then_some(())).await;
    assert_eq!(fan.get("/v1/tickets").await.ok(200)["tickets"].as_array().unwrap().len(), 2);
    shop.is_sound().await;
}

#[tokio::test]
async fn nothing_a_stranger_writes_becomes_html_and_forms_of_others_are_refused() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let path = format!("/sales/{}/plain", shop.sale);
    shop.operator.put(&shop.path("/announcement"), &json!({ "text": "<script>alert(1)</script>" })).await.ok(204);
    until("the word is out", async || page(&shop.fans[0].caller, &path).await.contains("&lt;script&gt;").then_some(()))
        .await;
    let foreign = shop.fans[0].caller.ask("POST", &format!("{path}/join")).header("origin", "https://evil.example");
    foreign.send().await.refused(403, "origin_not_allowed");
    let unknown = shop.stranger.get("/sales/sale_999/plain").await;
    assert_eq!(unknown.status, 404);
    let odd = shop.stranger.get("/sales/%22%3E%3Cb%3E/plain?lang=%22%3E%3Cb%3E").await;
    assert!(odd.status == 404 && !String::from_utf8_lossy(&odd.body).contains("<b>"), "{odd}");
}
