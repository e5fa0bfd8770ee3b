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

async fn submit(caller: &Caller, path: &str, form: &str) -> crate::fixture::Answer {
    let ask = caller.ask("POST", path).header("content-type", "application/x-www-form-urlencoded");
    ask.body(form.to_owned()).send().await
}

/// The field with the admission pass of a page's form, as a browser sends it.
#[track_caller]
fn pass_of(page: &str) -> String {
    let pass = page.split("name=\"pass\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    format!("pass={}", pass.unwrap())
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
    let turn = async || Some(page(&fan, &path).await).filter(|page| page.contains("It is your turn"));
    let turn = until("the turn has come", turn).await;
    // Only with the pass of the page, and only once.
    let refused = submit(&fan, &format!("{path}/enter"), "").await;
    assert!(refused.status == 403 && told(&refused).contains("Look at your place in line first."), "{refused}");
    let enter = pass_of(&turn);
    assert_eq!(submit(&fan, &format!("{path}/enter"), &enter).await.status, 303);
    assert_eq!(submit(&fan, &format!("{path}/enter"), &enter).await.status, 403);
    let choosing = page(&fan, &path).await;
    assert!(choosing.contains("name=\"count\""));
    let buy = pass_of(&choosing);
    assert_eq!(submit(&fan, &format!("{path}/buy"), "count=2&level=0").await.status, 403);
    let greedy = submit(&fan, &format!("{path}/buy"), &format!("{buy}&count=99&level=0")).await;
    assert_eq!(greedy.status, 409, "{greedy}");
    assert!(told(&greedy).contains("role=\"alert\""));
    let greedy = submit(&fan, &format!("{path}/buy?lang=ko"), &format!("{buy}&count=99&level=0")).await;
    assert!(told(&greedy).contains("1인당 구매 한도를 넘었습니다."), "{greedy}");
    assert_eq!(submit(&fan, &format!("{path}/buy"), &format!("{buy}&count=2&level=0")).await.status, 303);
    let paying = page(&fan, &path).await;
    let url = paying.split("button primary\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    shop.provider.pay(url, GOOD_CARD).await.unwrap();
    until("it is paid", async || page(&fan, &path).await.contains("Paid.").then_some(())).await;
    assert_eq!(fan.get("/v1/tickets").await.ok(200)["tickets"].as_array().unwrap().len(), 2);
    shop.is_sound().await;
}

/// A refusal as a person reads it: a page.
#[track_caller]
fn told(refusal: &crate::fixture::Answer) -> String {
    assert!(refusal.status >= 400, "{refusal}");
    assert_eq!(refusal.header("content-type"), "text/html; charset=utf-8", "{refusal}");
    assert_eq!(refusal.header("cache-control"), "no-store");
    String::from_utf8(refusal.body.clone()).unwrap()
}

#[tokio::test]
async fn every_refusal_is_a_page_that_says_what_to_do_next() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let (path, fan) = (format!("/sales/{}/plain", shop.sale), &shop.fans[0].caller);
    // No session, or one that is over: the form to log in is there.
    for caller in [&shop.stranger, &shop.stranger.with_session(&"A".repeat(43))] {
        for (form, what) in [("join", ""), ("enter", ""), ("buy", "count=1&level=0")] {
            let refused = submit(caller, &format!("{path}/{form}"), what).await;
            assert_eq!(refused.status, 401, "{refused}");
            let page = told(&refused);
            assert!(page.contains("Log in again") && page.contains(&format!("action=\"{path}/sign-in\"")), "{page}");
        }
    }
    let korean = told(&submit(&shop.stranger, &format!("{path}/join?lang=ko"), "").await);
    assert!(korean.contains("로그인이 필요합니다.") && korean.contains("lang=\"ko\""), "{korean}");
    // A form that cannot be read.
    for unread in ["", "count=many&level=0", "level=0"] {
        let refused = submit(fan, &format!("{path}/buy"), unread).await;
        assert_eq!(refused.status, 422, "{refused}");
        let page = told(&refused);
        assert!(page.contains("could not be read") && page.contains(&format!("href=\"{path}\"")), "{page}");
    }
    let huge = fan.ask("POST", &format!("{path}/buy")).header("content-type", "application/x-www-form-urlencoded");
    told(&huge.body("x".repeat(5_000)).send().await);
    told(&fan.ask("POST", &format!("{path}/buy")).body("count=1").send().await);
    told(&fan.get("/sales/sale_999/plain").await);
    assert!(told(&submit(fan, &format!("{path}/enter"), "").await).contains("Look at your place in line first."));
    // Whoever opens the address of a form comes to the page.
    for form in ["join", "enter", "buy", "sign-in"] {
        let opened = fan.get(&format!("{path}/{form}?lang=ko")).await;
        assert_eq!((opened.status, opened.header("location")), (303, format!("{path}?lang=ko").as_str()), "{form}");
    }
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
