//! Every route of the description, called by those whose business it is not. Objects of others look as if they did not
//! exist, and nothing of them is told.

use serde_json::{Value, json};

use crate::fixture::{Answer, Caller, GOOD_CARD, TestShop, hall};

/// Open to everybody.
const PUBLIC: [&str; 14] = [
    "GET /v1/events",
    "GET /v1/events/{event}",
    "GET /v1/sales/{sale}",
    "GET /v1/sales/{sale}/plan",
    "GET /v1/sales/{sale}/status",
    "GET /v1/sales/{sale}/seats",
    "GET /v1/sales/{sale}/draw",
    "GET /v1/sales/{sale}/positions",
    "GET /v1/keys/tickets",
    "POST /v1/accounts",
    "POST /v1/session",
    "DELETE /v1/session",
    "POST /v1/setup",
    "POST /v1/payments/webhook",
];
/// What any account may do for itself, without anything of another in it.
const OWN: [&str; 5] = ["GET /v1/me", "PATCH /v1/me", "PUT /v1/me/password", "GET /v1/orders", "GET /v1/tickets"];
/// Gives whoever asks a place of its own, and with it other answers on other routes: not asked here.
const JOIN: &str = "POST /v1/sales/{sale}/line";
/// Ends the caller's own sessions, and with them the test.
const SIGN_OUT: &str = "DELETE /v1/me/sessions";
/// What any organiser may do for itself. The body says for whom; that is tested on its own.
const STAFF: [&str; 10] = [
    "GET /v1/organiser/events",
    "GET /v1/organiser/venues",
    "GET /v1/organiser/plans",
    "GET /v1/organiser/sales",
    "POST /v1/check-ins",
    "POST /v1/venues",
    "POST /v1/events",
    "POST /v1/performances",
    "POST /v1/plans",
    "POST /v1/sales",
];

#[tokio::test]
async fn no_route_gives_what_is_anothers() {
    let shop = TestShop::open_sale(hall(10)).with_fans(2).await;
    let (owner, other) = (&shop.fans[0], &shop.fans[1]);
    let (order, page) = owner.paying(&[0]).await;
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    owner.order_becomes(&order, "paid").await;
    let objects = Objects {
        sale: shop.sale.clone(),
        order,
        ticket: owner.tickets().await[0]["id"].as_str().unwrap().to_owned(),
        account: owner.caller.get("/v1/me").await.ok(200)["id"].as_str().unwrap().to_owned(),
    };
    let elsewhere = shop.operator.create("/v1/organisers", &json!({ "name": "Another Hall" })).await;
    let foreign = shop.staff_of("foreign@example.com", elsewhere.as_str().unwrap()).await;
    let routes = routes(&shop.stranger.get("/openapi.json").await.ok(200));
    assert!(routes.len() > 35, "{routes:?}");
    for route in routes {
        let open = PUBLIC.contains(&route.as_str());
        let stranger = objects.call(&shop.stranger, &route).await;
        assert!(stranger.status < 500, "{stranger}");
        if !open {
            stranger.refused(401, "not_signed_in");
        }
        if open || route == JOIN || route == SIGN_OUT {
            continue;
        }
        let expired = objects.call(&shop.stranger.with_session(&"A".repeat(43)), &route).await;
        expired.refused(401, "not_signed_in");
        objects.must_be_kept_from(&other.caller, &route, &OWN).await;
        objects.must_be_kept_from(&foreign, &route, &[&OWN[..], &STAFF[..]].concat()).await;
    }
    let paid = owner.order(&objects.order).await;
    assert_eq!((&paid["stage"], owner.tickets().await[0]["stage"].as_str()), (&json!("paid"), Some("valid")));
    assert_eq!(owner.caller.get("/v1/me").await.ok(200)["role"], "fan");
    assert_eq!(shop.status().await["stage"], "open");
}

#[tokio::test]
async fn nobody_acts_for_another_organiser() {
    let shop = TestShop::open_sale(hall(10)).with_fans(0).await;
    let elsewhere = shop.operator.create("/v1/organisers", &json!({ "name": "Another Hall" })).await;
    let foreign = shop.staff_of("foreign@example.com", elsewhere.as_str().unwrap()).await;
    let ours = shop.organiser.as_str();
    let sale = shop.stranger.get(&shop.path("")).await.ok(200);
    let (event, venue) = (&sale["event"]["id"], &sale["venue"]["id"]);
    let venue_of = json!({ "name": "Hall", "time_zone": "Asia/Seoul", "organiser": ours });
    foreign.post("/v1/venues", &venue_of).await.refused(403, "forbidden");
    foreign.post("/v1/events", &json!({ "name": "Gala", "organiser": ours })).await.refused(403, "forbidden");
    foreign.post(&format!("/v1/plans?organiser={ours}"), &json!({})).await.refused(403, "forbidden");
    let own_event = foreign.create("/v1/events", &json!({ "name": "Gala" })).await;
    let own_venue = foreign.create("/v1/venues", &json!({ "name": "Hall", "time_zone": "Asia/Seoul" })).await;
    for (event, venue) in [(event, venue), (event, &own_venue), (&own_event, venue)] {
        let performance = json!({ "event": event, "venue": venue, "starts_at": "2100-01-01T20:00:00Z" });
        let answer = foreign.post("/v1/performances", &performance).await;
        assert!(matches!(answer.status, 403 | 404), "{answer}");
    }
    let own = json!({ "event": own_event, "venue": own_venue, "starts_at": "2100-01-01T20:00:00Z" });
    let own = foreign.create("/v1/performances", &own).await;
    let with_our_plan = json!({
        "performance": own, "plan": 1, "opens_at": "2099-01-01T20:00:00Z", "currency": "EUR", "prices": [1, 1, 1],
    });
    let answer = foreign.post("/v1/sales", &with_our_plan).await;
    assert!(matches!(answer.status, 403 | 404), "{answer}");
    let with_our_performance = json!({
        "performance": sale["performance"]["id"], "plan": 1, "opens_at": "2099-01-01T20:00:00Z", "currency": "EUR",
        "prices": [1, 1, 1],
    });
    let answer = foreign.post("/v1/sales", &with_our_performance).await;
    assert!(matches!(answer.status, 403 | 404), "{answer}");
}

/// Somebody's.
struct Objects {
    sale: String,
    order: String,
    ticket: String,
    account: String,
}

impl Objects {
    async fn call(&self, caller: &Caller, route: &str) -> Answer {
        let (method, path) = route.split_once(' ').unwrap();
        let ids = [("sale", &self.sale), ("order", &self.order), ("ticket", &self.ticket), ("account", &self.account)];
        let path = path.replace("{event}", "event_1").replace("{plan}", "1").replace("{venue}", "venue_1");
        let path = path.replace("{performance}", "perf_1");
        let path = ids.iter().fold(path, |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        assert!(!path.contains('{'), "{path} has an object this test does not know");
        let ask = caller.ask(method, &path);
        if method == "GET" { ask.send().await } else { ask.json(&json!({})).send().await }
    }

    async fn must_be_kept_from(&self, caller: &Caller, route: &str, may: &[&str]) {
        let answer = self.call(caller, route).await;
        if may.contains(&route) {
            assert!(answer.status < 500, "{answer}");
        } else {
            answer.problem();
            assert!(matches!(answer.status, 403 | 404), "{answer}");
        }
        let told = String::from_utf8_lossy(&answer.body).into_owned();
        for object in [&self.order, &self.ticket, &self.account] {
            assert!(!told.contains(object.as_str()), "{answer}");
        }
    }
}

fn routes(description: &Value) -> Vec<String> {
    let methods = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let paths = description["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            methods(item).into_iter().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}
