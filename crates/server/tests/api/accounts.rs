//! `/v1/accounts`, `/v1/session`, `/v1/me`.

use serde_json::json;

use crate::fixture::{TestShop, hall};

#[tokio::test]
async fn a_session_begins_with_the_password_and_ends_at_once() {
    let shop = TestShop::open_sale(hall(1)).with_fans(0).await;
    let (email, password) = ("jun@example.com", "a-lantern-in-june");
    let signed_up = shop.sign_up(email, password).await;
    assert_eq!(signed_up.ok(201)["role"], "fan");
    let first = shop.stranger.with_session(&signed_up.session());
    let second = shop.stranger.with_session(&shop.sign_in("JUN@example.com", password).await.session());
    let signed_out = first.delete("/v1/session").await;
    signed_out.ok(204);
    assert!(signed_out.header("set-cookie").contains("Max-Age=0"), "{}", signed_out.header("set-cookie"));
    first.get("/v1/me").await.refused(401, "not_signed_in");
    assert_eq!(second.get("/v1/me").await.ok(200)["email"], email);
    shop.stranger.delete("/v1/session").await.ok(204);
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_up_is_said_at_its_field() {
    let shop = TestShop::open_sale(hall(1)).with_fans(0).await;
    shop.sign_up("jun@example.com", "a-lantern-in-june").await.ok(201);
    shop.sign_in("jun@example.com", "a-lantern-in-july").await.refused(401, "credentials_wrong");
    shop.sign_in("nobody@example.com", "a-lantern-in-june").await.refused(401, "credentials_wrong");
    let cases = [
        ("jun@example.com", "another-password-of-june", 409, "email_taken", "/email"),
        ("jun", "a-lantern-in-june", 422, "email_invalid", "/email"),
        ("a@example.com", "short", 422, "password_too_short", "/password"),
        ("a@example.com", &"long ".repeat(40), 422, "password_too_long", "/password"),
        ("a@example.com", "password1234", 422, "password_too_common", "/password"),
    ];
    for (email, password, status, code, field) in cases {
        assert_eq!(shop.sign_up(email, password).await.refused(status, code)["field"], field);
    }
    let body = json!({ "email": "a@example.com", "password": "a-lantern-in-june", "locale": "ko", "name": "김 준" });
    assert_eq!(shop.stranger.post("/v1/accounts", &body).await.ok(201)["name"], "김 준");
}

#[tokio::test]
async fn a_role_counts_from_the_next_request_on() {
    let shop = TestShop::open_sale(hall(1)).with_fans(0).await;
    let account = shop.sign_up("gate@example.com", "a-lantern-in-june").await;
    let staff = shop.stranger.with_session(&account.session());
    let pause = || staff.ask("POST", &shop.path("/pause"));
    pause().send().await.refused(403, "forbidden");
    let path = format!("/v1/accounts/{}/role", account.ok(201)["id"].as_str().unwrap());
    let role = json!({ "role": "organiser", "organiser": shop.organiser });
    shop.operator.post(&path, &role).await.ok(200);
    pause().send().await.ok(204);
    shop.operator.post(&path, &json!({ "role": "fan" })).await.ok(200);
    pause().send().await.refused(403, "forbidden");
    let operator = shop.operator.get("/v1/me").await.ok(200)["id"].as_str().unwrap().to_owned();
    let demotion = json!({ "role": "fan" });
    shop.operator.post(&format!("/v1/accounts/{operator}/role"), &demotion).await.refused(409, "last_operator");
}

#[tokio::test]
async fn a_person_changes_name_language_and_password() {
    let shop = TestShop::open_sale(hall(1)).with_fans(0).await;
    let (email, old, new) = ("jun@example.com", "a-lantern-in-june", "a-lantern-in-july");
    let here = shop.stranger.with_session(&shop.sign_up(email, old).await.session());
    let elsewhere = shop.stranger.with_session(&shop.sign_in(email, old).await.session());
    let change = async |body| here.ask("PATCH", "/v1/me").json(&body).send().await;
    let changed = change(json!({ "name": " 김 준 ", "locale": "ko" })).await.ok(200);
    assert_eq!((&changed["name"], &changed["locale"]), (&json!("김 준"), &json!("ko")));
    assert_eq!(change(json!({ "locale": "en" })).await.ok(200)["name"], "김 준", "what is left out stays");
    assert_eq!(change(json!({ "name": "" })).await.ok(200)["name"], json!(null));
    change(json!({ "name": "x".repeat(101) })).await.refused(422, "name_invalid");

    let password = |current: &str, new: &str| {
        here.ask("PUT", "/v1/me/password").json(&json!({ "current": current, "new": new })).send()
    };
    password("not-the-password", new).await.refused(401, "credentials_wrong");
    password(old, "short").await.refused(422, "password_too_short");
    let answer = password(old, new).await;
    answer.ok(204);
    elsewhere.get("/v1/me").await.refused(401, "not_signed_in");
    here.get("/v1/me").await.refused(401, "not_signed_in");
    let fresh = shop.stranger.with_session(&answer.session());
    fresh.get("/v1/me").await.ok(200);
    shop.sign_in(email, old).await.refused(401, "credentials_wrong");

    let other = shop.stranger.with_session(&shop.sign_in(email, new).await.session());
    other.delete("/v1/me/sessions").await.ok(204);
    for one in [&fresh, &other] {
        one.get("/v1/me").await.refused(401, "not_signed_in");
    }
}
