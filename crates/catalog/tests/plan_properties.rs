//! What holds for every plan: it reads back as written, and no input makes the reader panic.
#![expect(clippy::unwrap_used, reason = "test")]

use catalog::pretix_plan::{export, import};
use domain::limits;
use proptest::prelude::*;
use serde_json::{Value, json};

/// What a plan file is made of, for nonsense that gets past the first brace.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "{\"zones\":[",
    "\"rows\":[{",
    "\"seats\":",
    "\"position\":{",
    "\"areas\"",
    "\"onsale\"",
    "\"x\":",
    "null",
    "true",
    "-7",
    "1e30",
    "\"\"",
    "\"A\"",
];
const LEVELS: [&str; 3] = ["A", "B", "C"];

/// A sound pretix document with up to 3 zones of up to 4 rows of up to 8 seats.
fn document() -> impl Strategy<Value = Value> {
    let seat = (-200i32..200, -200i32..200, 0usize..3, any::<bool>());
    let row = (prop::collection::vec(seat, 1..8), prop::option::of(0u8..5), -50i32..50);
    let zone = (prop::collection::vec(row, 1..4), -500i32..500);
    let area = (1u32..5_000, 0usize..3, 1i32..90, -100i32..100);
    (prop::collection::vec(zone, 1..3), prop::collection::vec(area, 0..3)).prop_map(|(zones, areas)| {
        let zones: Vec<Value> = zones
            .iter()
            .enumerate()
            .map(|(z, (rows, x))| {
                let rows: Vec<Value> = rows.iter().enumerate().map(|(r, row)| row_json(z, r, row)).collect();
                let areas: Vec<Value> = areas.iter().map(area_json).collect();
                json!({"name": format!("Zone {z}"), "position": {"x": x, "y": 7}, "rows": rows, "areas": areas})
            })
            .collect();
        let categories = json!([{"name": "A"}, {"name": "B", "color": "#123"}, {"name": "C", "color": "#ABCDEF"}]);
        json!({"name": "Plan", "size": {"width": 900, "height": 700.5}, "categories": categories, "zones": zones})
    })
}

type RowParts = (Vec<(i32, i32, usize, bool)>, Option<u8>, i32);

fn row_json(zone: usize, row: usize, (seats, rank, y): &RowParts) -> Value {
    let seats: Vec<Value> = seats
        .iter()
        .enumerate()
        .map(|(index, (x, y, level, accessible))| {
            json!({
                "seat_guid": format!("{zone}-{row}-{index}"),
                "seat_number": index.to_string(),
                "accessible": accessible,
                "position": {"x": f64::from(*x) / 10.0, "y": y}, "category": LEVELS[*level],
            })
        })
        .collect();
    json!({"row_number": row.to_string(), "position": {"x": 0, "y": y}, "rank": rank, "seats": seats})
}

fn area_json((capacity, level, width, x): &(u32, usize, i32, i32)) -> Value {
    let onsale = json!({"capacity": capacity, "category": LEVELS[*level]});
    json!({
        "shape": "rectangle", "rectangle": {"width": width, "height": 30}, "position": {"x": x, "y": 0},
        "text": {"text": "Floor"}, "onsale": onsale,
    })
}

/// All values of a document with the way to each.
fn pointers(value: &Value, prefix: &str, found: &mut Vec<String>) {
    found.push(prefix.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| pointers(item, &format!("{prefix}/{index}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| pointers(member, &format!("{prefix}/{name}"), found));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn a_plan_reads_back_as_written(document in document()) {
        let plan = import(document.to_string().as_bytes(), None).unwrap().plan;
        prop_assert_eq!(plan.validate(), Ok(()));
        let seats: usize = document["zones"].as_array().unwrap().iter()
            .flat_map(|zone| zone["rows"].as_array().unwrap())
            .map(|row| row["seats"].as_array().unwrap().len())
            .sum();
        prop_assert_eq!(plan.seats.len(), seats);
        let again = import(&export(&plan), None).unwrap().plan;
        prop_assert_eq!(again, plan);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = import(&bytes, None);
    }

    #[test]
    fn arbitrary_json_words_never_panic(
        words in prop::collection::vec(prop::sample::select(WORDS), 0..60),
    ) {
        let _ = import(words.concat().as_bytes(), None);
    }

    /// One value anywhere replaced by something else: a plan or mistakes, never a panic, and every mistake inside
    /// the bounds and about a place.
    #[test]
    fn a_damaged_plan_is_read_or_refused(
        document in document(),
        place in any::<prop::sample::Index>(),
        damage in prop::sample::select(vec![
            json!(null), json!(true), json!(-1), json!(1e18), json!(0.5), json!(""), json!("A"), json!([]), json!({}),
            json!([[], {}]), json!({"x": 1}), json!("\u{0}"),
        ]),
    ) {
        let mut document = document;
        let mut all = Vec::new();
        pointers(&document, "", &mut all);
        *document.pointer_mut(&all[place.index(all.len())]).unwrap() = damage;
        match import(document.to_string().as_bytes(), None) {
            Ok(imported) => {
                prop_assert_eq!(imported.plan.validate(), Ok(()));
                prop_assert!(imported.plan.seats.len() <= limits::PLAN_SEATS_MAX);
            }
            Err(errors) => {
                prop_assert!(errors.total >= errors.errors.len() && !errors.errors.is_empty());
                // Each place, or what should hold it, is in the file.
                for error in &errors.errors {
                    let parent = error.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
                    let known = document.pointer(&error.pointer).or_else(|| document.pointer(parent));
                    prop_assert!(known.is_some(), "{:?}", error);
                }
            }
        }
    }
}
