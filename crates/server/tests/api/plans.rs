//! What a plan has beside seats on sale: drawings, blocked seats, spaces for wheelchairs.

use serde_json::{Value, json};

use crate::fixture::{TestShop, hall};

/// One row of so many seats; some of them blocked, some for wheelchairs; and a stage.
fn plan(seats: usize, blocked: &[usize], accessible: &[usize]) -> Value {
    let seat = |at: usize| {
        json!({
            "seat_guid": format!("seat-{at}"), "seat_number": (at + 1).to_string(), "category": "A",
            "position": { "x": 10 * at, "y": 100 },
            "blocked": blocked.contains(&at), "accessible": accessible.contains(&at),
        })
    };
    let row: Vec<Value> = (0..seats).map(seat).collect();
    json!({
        "name": "Hall", "size": { "width": 400, "height": 200 }, "categories": [{ "name": "A", "color": "#336699" }],
        "zones": [{ "name": "Stalls", "position": { "x": 0, "y": 0 }, "rows": [{ "row_number": "1", "seats": row }],
            "areas": [{ "shape": "rectangle", "position": { "x": 0, "y": 0 }, "rectangle": { "width": 100, "height": 40 },
                "color": "#111111", "text": { "text": "Stage", "position": { "x": 50, "y": 20 } } }] }],
    })
}

#[tokio::test]
async fn blocked_seats_of_a_plan_cannot_be_had_and_its_stage_is_drawn() {
    let mut shop = TestShop::open_sale(hall(0).plan(plan(6, &[1, 4], &[]))).with_fans(1).await;
    let fan = shop.fans[0].clone();
    fan.join().await.ok(201);
    fan.hold(&[1]).await.refused(409, "seat_taken");
    assert_eq!(fan.hold(&[0]).await.ok(200)["items"][0]["seat"], 0);
    let best = json!({ "best_available": { "count": 3, "adjacent": false } });
    let held = fan.choose(&best).await.ok(200);
    assert!(held["items"].as_array().unwrap().iter().all(|item| item["seat"] != 1 && item["seat"] != 4), "{held}");
    let told = shop.stranger.get(&shop.path("/plan")).await.ok(200);
    assert_eq!(told["decorations"][0]["text"], "Stage");
    assert_eq!(told["decorations"][0]["outline"]["points"].as_array().unwrap().len(), 4);
    assert_eq!(told["blocked"], Value::Null, "what is free is told elsewhere");
    let whole = shop.operator.get("/v1/plans/1").await.ok(200);
    assert_eq!((&whole["blocked"], &whole["decorations"]), (&json!([1, 4]), &told["decorations"]));
    let summary = shop.operator.get(&format!("/v1/organiser/plans?organiser={}", shop.organiser)).await.ok(200);
    assert_eq!(summary["plans"][0]["blocked"], 2);

    // What the organiser unblocks stays unblocked, also after a restart.
    shop.operator.post(&shop.path("/unblock"), &json!({ "seats": [1] })).await.ok(204);
    shop.crash_and_restart().await;
    fan.hold(&[1]).await.ok(200);
    fan.hold(&[4]).await.refused(409, "seat_taken");
    shop.is_sound().await;
}

#[tokio::test]
async fn a_wheelchair_gets_its_space_with_the_companion_beside_it() {
    let shop = TestShop::open_sale(hall(0).plan(plan(8, &[], &[6, 7]))).with_fans(2).await;
    let (fan, other) = (&shop.fans[0], &shop.fans[1]);
    let wish = |count: u32, accessible: u32| json!({ "best_available": { "count": count, "accessible": accessible } });
    let seats = |hold: &Value| -> Vec<u64> {
        hold["items"].as_array().unwrap().iter().map(|item| item["seat"].as_u64().unwrap()).collect()
    };
    fan.join().await.ok(201);
    other.join().await.ok(201);
    assert_eq!(seats(&other.choose(&wish(2, 0)).await.ok(200)), [3, 4], "nobody else sits there");
    assert_eq!(seats(&fan.choose(&wish(2, 1)).await.ok(200)), [5, 6]);
    assert_eq!(seats(&other.choose(&wish(1, 1)).await.ok(200)), [7]);
    other.choose(&wish(2, 2)).await.refused(409, "not_enough_seats");
    let greedy = fan.choose(&wish(1, 2)).await;
    greedy.refused(422, "choice_invalid");
    assert_eq!(greedy.problem()["field"], "/best_available/accessible");
    shop.is_sound().await;
}
