//! The organiser's hand on a running sale, and the log that remembers it.

use serde_json::{Value, json};

use crate::fixture::{TestShop, hall, until};

#[tokio::test]
async fn whatever_staff_does_is_written_down_also_what_was_refused() {
    let mut shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let staff = shop.staff_of("staff@example.com", &shop.organiser).await;
    staff.ask("POST", &shop.path("/pause")).send().await.ok(204);
    staff.put(&shop.path("/pace"), &json!({ "capacity": 7 })).await.ok(204);
    shop.operator.put(&shop.path("/no-show-correction"), &json!({ "on": true })).await.ok(204);
    staff.put(&shop.path("/announcement"), &json!({ "text": "x".repeat(5_000) })).await.problem();
    until("the pace is told as it was set", async || {
        let pace = staff.get(&shop.path("/pace")).await.ok(200);
        (pace == json!({ "capacity": 7, "rate": null, "admissions_max": null })).then_some(())
    })
    .await;
    until("the view has followed", async || (shop.status().await["corrects_no_shows"] == true).then_some(())).await;
    shop.crash_and_restart().await;

    let page = shop.operator.get("/v1/audit?limit=4").await.ok(200);
    let said = |deed: &Value| format!("{} {} {}", deed["role"], deed["action"], deed["outcome"]).replace('"', "");
    let deeds: Vec<String> = page["deeds"].as_array().unwrap().iter().map(said).collect();
    assert_eq!(
        deeds,
        [
            "organiser announce announcement_too_long",
            "operator set_no_show_correction done",
            "organiser set_pace done",
            "organiser pause done"
        ]
    );
    assert_eq!(page["deeds"][2]["target"], shop.sale.as_str());
    assert_eq!(page["deeds"][2]["detail"]["capacity"], 7, "{page:#}");
    let next = page["next"].as_str().unwrap();
    let older = shop.operator.get(&format!("/v1/audit?after={next}")).await.ok(200);
    assert!(older["deeds"].as_array().unwrap().iter().any(|deed| deed["action"] == "grant_role"), "{older:#}");
}

#[tokio::test]
async fn only_operators_read_the_log() {
    let shop = TestShop::open_sale(hall(10)).with_fans(1).await;
    let staff = shop.staff_of("staff@example.com", &shop.organiser).await;
    staff.get("/v1/audit").await.refused(403, "forbidden");
    shop.fans[0].caller.get("/v1/audit").await.refused(403, "forbidden");
    shop.operator.get("/v1/audit?after=yesterday").await.refused(422, "cursor_invalid");
    let wrong = shop.operator.put(&shop.path("/no-show-correction"), &json!({ "on": "yes" })).await;
    assert_eq!(wrong.refused(422, "body_invalid")["field"], "/on");
    let silent = shop.operator.put(&shop.path("/no-show-correction"), &json!({})).await;
    assert_eq!(silent.refused(422, "body_invalid")["field"], "/on");
}
