//! Every mistake in a plan is told with the place in the file where it is.
#![expect(clippy::unwrap_used, reason = "test")]

use catalog::pretix_plan::{PLAN_ERRORS_MAX, import};
use catalog::{PlanError, PlanErrors};
use domain::{Problem, limits};
use serde_json::{Value, json};

fn seat(guid: &str, x: i32) -> Value {
    json!({"seat_guid": guid, "seat_number": guid, "position": {"x": x, "y": 0}, "category": "Stalls"})
}

/// A sound plan: one zone, two rows of three seats, one area on sale, one that is not.
fn plan() -> Value {
    json!({
        "name": "Hall",
        "size": {"width": 500, "height": 400},
        "categories": [{"name": "Stalls", "color": "#336699"}, {"name": "Standing"}],
        "zones": [{
            "name": "Ground floor",
            "zone_id": "gf",
            "position": {"x": 10, "y": 20},
            "rows": [
                {"row_number": "1", "position": {"x": 0, "y": 0},
                 "seats": [seat("a", 0), seat("b", 24), seat("c", 48)]},
                {"row_number": "2", "position": {"x": 0, "y": 30},
                 "seats": [seat("d", 0), seat("e", 24), seat("f", 96)]},
            ],
            "areas": [
                {"shape": "rectangle", "position": {"x": 0, "y": 100}, "rectangle": {"width": 80, "height": 40},
                 "onsale": {"capacity": 300, "category": "Standing"}, "text": {"text": "Floor"}},
                {"shape": "text", "position": {"x": 0, "y": 0},
                 "text": {"text": "Stage", "position": {"x": 0, "y": 0}}},
            ],
        }],
    })
}

fn read(plan: &Value) -> Result<catalog::Imported, PlanErrors> {
    import(plan.to_string().as_bytes(), None)
}

/// The codes and places of the mistakes.
fn places(errors: &[PlanError]) -> Vec<(&str, &str)> {
    errors.iter().map(|error| (error.code, error.pointer.as_str())).collect()
}

#[test]
fn a_sound_plan_passes() {
    let imported = read(&plan()).unwrap();
    let plan = imported.plan;
    assert_eq!((plan.seats.len(), plan.rows.len(), plan.sections.len(), plan.areas.len()), (6, 2, 1, 1));
    let last = &plan.seats[5];
    assert_eq!((last.x, last.y, last.row, last.after_gap), (106.0, 50.0, 1, true));
    let area = &plan.areas[0];
    assert_eq!((area.name.as_str(), area.level.0, area.capacity), ("Floor", 1, 300));
    assert_eq!((area.x, area.y, area.width, area.height), (10.0, 120.0, 80.0, 40.0));
    assert_eq!(imported.decorations.len(), 1);
    assert_eq!(plan.price_levels[1].color, "#e69f00", "a colour of the palette");
}

#[test]
fn each_mistake_is_pointed_at() {
    const SEAT: &str = "/zones/0/rows/1/seats/2";
    const AREA: &str = "/zones/0/areas/0";
    // Where the sound plan is changed, to what (null takes the member away), then the mistake and its place.
    let table: Vec<(String, Value, &str, String)> = vec![
        (format!("{SEAT}/category"), json!("Stals"), "category_unknown", format!("{SEAT}/category")),
        (format!("{SEAT}/category"), json!(null), "member_missing", format!("{SEAT}/category")),
        (format!("{SEAT}/seat_guid"), json!("b"), "seat_guid_duplicate", format!("{SEAT}/seat_guid")),
        (format!("{SEAT}/seat_guid"), json!(7), "member_type", format!("{SEAT}/seat_guid")),
        (format!("{SEAT}/seat_number"), json!("e"), "seat_number_duplicate", format!("{SEAT}/seat_number")),
        (format!("{SEAT}/seat_number"), json!("  "), "name_invalid", format!("{SEAT}/seat_number")),
        (format!("{SEAT}/seat_number"), json!("1\u{7}"), "name_invalid", format!("{SEAT}/seat_number")),
        (format!("{SEAT}/seat_number"), json!("1".repeat(201)), "name_invalid", format!("{SEAT}/seat_number")),
        (format!("{SEAT}/position"), json!(null), "member_missing", format!("{SEAT}/position")),
        (format!("{SEAT}/position/x"), json!("12"), "member_type", format!("{SEAT}/position/x")),
        (format!("{SEAT}/position/y"), json!(1e300), "coordinate_out_of_bounds", format!("{SEAT}/position/y")),
        (format!("{SEAT}/position/y"), json!(999_990), "coordinate_out_of_bounds", format!("{SEAT}/position")),
        (format!("{SEAT}/accessible"), json!("yes"), "member_type", format!("{SEAT}/accessible")),
        (SEAT.to_owned(), json!([1, {"a": [2]}]), "member_type", SEAT.to_owned()),
        ("/zones/0/rows/1/seats".into(), json!(null), "member_missing", "/zones/0/rows/1/seats".into()),
        ("/zones/0/rows/1/row_number".into(), json!(null), "member_missing", "/zones/0/rows/1/row_number".into()),
        ("/zones/0/rows/1/row_number".into(), json!(""), "name_invalid", "/zones/0/rows/1/row_number".into()),
        ("/zones/0/rows/1/rank".into(), json!("first"), "member_type", "/zones/0/rows/1/rank".into()),
        ("/zones/0/rows/0".into(), json!("row"), "member_type", "/zones/0/rows/0".into()),
        ("/zones/0/rows".into(), json!(null), "member_missing", "/zones/0/rows".into()),
        ("/zones/0/position".into(), json!(null), "member_missing", "/zones/0/position".into()),
        ("/zones/0/position/x".into(), json!(-2e6), "coordinate_out_of_bounds", "/zones/0/position/x".into()),
        ("/zones".into(), json!(null), "member_missing", "/zones".into()),
        ("/zones".into(), json!({}), "member_type", "/zones".into()),
        ("/zones".into(), json!([]), "plan_empty", "/zones".into()),
        ("/name".into(), json!(null), "member_missing", "/name".into()),
        ("/size/width".into(), json!(0), "length_not_positive", "/size/width".into()),
        ("/categories".into(), json!(null), "member_missing", "/categories".into()),
        ("/categories".into(), json!([]), "categories_empty", "/categories".into()),
        ("/categories/1/name".into(), json!("Stalls"), "category_duplicate", "/categories/1/name".into()),
        ("/categories/0/color".into(), json!("red;x:url()"), "color_invalid", "/categories/0/color".into()),
        (format!("{AREA}/onsale/capacity"), json!(0), "capacity_invalid", format!("{AREA}/onsale/capacity")),
        (format!("{AREA}/onsale/capacity"), json!(2.5), "capacity_invalid", format!("{AREA}/onsale/capacity")),
        (format!("{AREA}/onsale/capacity"), json!(1_000_001), "capacity_invalid", format!("{AREA}/onsale/capacity")),
        (format!("{AREA}/onsale/category"), json!("Floor"), "category_unknown", format!("{AREA}/onsale/category")),
        (format!("{AREA}/onsale/capcity"), json!(1), "member_unknown", format!("{AREA}/onsale")),
        (format!("{AREA}/shape"), json!("text"), "area_without_shape", AREA.into()),
        (format!("{AREA}/shape"), json!("star"), "shape_unknown", format!("{AREA}/shape")),
        (format!("{AREA}/rectangle/width"), json!(-1), "length_not_positive", format!("{AREA}/rectangle/width")),
    ];
    for (change, value, code, pointer) in table {
        let mut plan = plan();
        let (parent, member) = change.rsplit_once('/').unwrap();
        match plan.pointer_mut(parent).unwrap() {
            Value::Array(items) => items[member.parse::<usize>().unwrap()] = value.clone(),
            Value::Object(members) if value.is_null() => drop(members.remove(member)),
            Value::Object(members) => drop(members.insert(member.to_owned(), value.clone())),
            other => panic!("{change} leads into {other}"),
        }
        let errors = read(&plan).unwrap_err();
        assert_eq!(places(&errors.errors)[0], (code, pointer.as_str()), "{change} = {value}: {errors:?}");
        let problem = Problem::from(errors);
        assert_eq!((problem.code, problem.field), ("plan_invalid", Some(pointer)));
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mut plan = plan();
    plan["zones"][0]["rows"][0]["seats"][0]["category"] = json!("Stals");
    plan["zones"][0]["rows"][1]["seats"][1]["seat_guid"] = json!("a");
    plan["zones"][0]["rows"][1]["seats"][2]["position"]["x"] = json!(null);
    let errors = read(&plan).unwrap_err();
    let expected = [
        ("category_unknown", "/zones/0/rows/0/seats/0/category"),
        ("seat_guid_duplicate", "/zones/0/rows/1/seats/1/seat_guid"),
        ("member_missing", "/zones/0/rows/1/seats/2/position/x"),
    ];
    assert_eq!(places(&errors.errors), expected);
    assert!(errors.errors[0].detail.contains("Stalls, Standing"), "{}", errors.errors[0].detail);
    assert!(errors.errors[1].detail.contains("/zones/0/rows/0/seats/0"), "{}", errors.errors[1].detail);
    assert!(Problem::from(errors).public.ends_with("2 more places are wrong."));
}

#[test]
fn the_list_of_mistakes_is_bounded_and_their_number_is_told() {
    let seats: Vec<Value> = (0..400).map(|index| json!({"seat_guid": format!("s{index}")})).collect();
    let mut plan = plan();
    plan["zones"][0]["rows"][0]["seats"] = json!(seats);
    let errors = read(&plan).unwrap_err();
    assert_eq!((errors.errors.len(), errors.total), (PLAN_ERRORS_MAX, 1_200));
}

#[test]
fn a_row_beyond_the_limit_is_pointed_at() {
    let seats: Vec<Value> = (0..=limits::ROW_SEATS_MAX).map(|index| seat(&format!("s{index}"), index as i32)).collect();
    let mut plan = plan();
    plan["zones"][0]["rows"][1]["seats"] = json!(seats);
    assert_eq!(places(&read(&plan).unwrap_err().errors), [("too_many", "/zones/0/rows/1/seats")]);
    let categories: Vec<Value> =
        (0..=limits::PRICE_LEVELS_MAX).map(|index| json!({"name": index.to_string()})).collect();
    plan["categories"] = json!(categories);
    assert_eq!(places(&read(&plan).unwrap_err().errors)[0], ("too_many", "/categories"));
}

#[test]
fn malformed_json_is_told_by_line_and_column() {
    for (json, line, column) in [("{\n  \"name\": \"Hall\",\n  \"zones\": [}", 3, 13), ("", 1, 0), ("{} x", 1, 4)] {
        let errors = import(json.as_bytes(), None).unwrap_err();
        assert_eq!(places(&errors.errors), [("json_malformed", "")], "{json}");
        let detail = &errors.errors[0].detail;
        assert!(detail.contains(&format!("line {line}, column {column}:")), "{detail}");
    }
    let number = import(br#"{"name": "Hall", "size": {"width": 1e999}}"#, None).unwrap_err();
    assert_eq!(places(&number.errors), [("json_malformed", "")], "a number beyond all numbers");
}

#[test]
fn what_is_not_an_object_is_one_mistake() {
    for json in ["[]", "7", "\"plan\"", "true"] {
        let errors = import(json.as_bytes(), None).unwrap_err();
        assert_eq!(places(&errors.errors)[0], ("member_type", ""), "{json}");
    }
}

#[test]
fn a_file_that_could_exhaust_memory_is_refused_before_it_is_read() {
    let objects = format!("{{\"zones\":[{}{{}}]}}", "{},".repeat(3 * limits::PLAN_SEATS_MAX));
    let numbers = format!("[{}0]", "0,".repeat(16 * limits::PLAN_SEATS_MAX + 1));
    let large = vec![b' '; limits::PLAN_UPLOAD_BYTES_MAX + 1];
    let deep = "[".repeat(100_000);
    for (json, code) in [
        (objects.as_bytes(), "plan_too_large"),
        (numbers.as_bytes(), "plan_too_large"),
        (large.as_slice(), "plan_too_large"),
        (deep.as_bytes(), "json_malformed"),
    ] {
        assert_eq!(import(json, None).unwrap_err().errors[0].code, code);
    }
    // Braces and commas in a text are no objects.
    let mut plan = plan();
    plan["comment"] = json!(format!("\"\\{}", "{,".repeat(16 * limits::PLAN_SEATS_MAX + 1)));
    assert!(read(&plan).is_ok());
}

#[test]
fn older_and_newer_files_are_read() {
    let mut plan = plan();
    // The first version of the schema: no size, areas without shape, `displayed` and `seats_spacing`.
    plan.as_object_mut().unwrap().remove("size");
    plan["zones"][0]["displayed"] = json!(true);
    plan["zones"][0]["rows"][0]["seats_spacing"] = json!(24);
    plan["zones"][0]["areas"] = json!([{"width": 50, "height": 20, "position": {"x": 5, "y": 5}, "text": "Bar"}]);
    plan["zones"][0]["rows"][1]["row_number"] = json!("");
    plan["zones"][0]["rows"][1]["row_label"] = json!("Table 2");
    let imported = import(plan.to_string().as_bytes(), Some("  Another name ")).unwrap();
    assert_eq!(imported.plan.name, "Another name");
    assert_eq!((imported.plan.width, imported.plan.height), (156.0, 100.0));
    assert_eq!(imported.plan.rows[1].name, "Table 2");
    assert_eq!(imported.decorations[0].text.as_deref(), Some("Bar"));
}

#[test]
fn ranks_order_the_rows() {
    let mut plan = plan();
    plan["zones"][0]["rows"][1]["rank"] = json!(1);
    let rows = read(&plan).unwrap().plan.rows;
    let order: Vec<(&str, u32)> = rows.iter().map(|row| (row.name.as_str(), row.first_seat)).collect();
    assert_eq!(order, [("2", 0), ("1", 3)]);
}

#[test]
fn shapes_on_sale_have_the_box_around_them() {
    let corners = json!([{"x": 0, "y": 0}, {"x": 30, "y": 5}, {"x": -10, "y": 40}]);
    let shapes = [
        (json!({"shape": "circle", "circle": {"radius": 30}}), [80.0, 90.0, 60.0, 60.0]),
        (
            json!({"shape": "ellipse", "ellipse": {"radius": {"x": 40, "y": 10}}, "rotation": 90}),
            [100.0, 80.0, 20.0, 80.0],
        ),
        (
            json!({"shape": "rectangle", "rectangle": {"width": 20, "height": 60}, "rotation": 90}),
            [50.0, 120.0, 60.0, 20.0],
        ),
        (json!({"shape": "polygon", "polygon": {"points": corners}}), [100.0, 120.0, 40.0, 40.0]),
    ];
    for (mut area, expected) in shapes {
        area["position"] = json!({"x": 100, "y": 100});
        area["onsale"] = json!({"capacity": 5, "category": "Standing"});
        let mut plan = plan();
        plan["zones"][0]["areas"] = json!([area]);
        let area = read(&plan).unwrap().plan.areas.remove(0);
        assert_eq!(area.name, "Standing", "named by its category");
        // The zone stands at (10, 20).
        let found = [area.x, area.y, area.width, area.height];
        let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 0.01);
        assert!(close, "{found:?} instead of {expected:?}");
    }
}
