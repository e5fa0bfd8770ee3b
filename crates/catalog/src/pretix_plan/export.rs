//! A plan as a pretix file, with the extra members that [`super::import`] reads back.

use domain::{Area, Row, SeatingPlan};
use serde_json::{Value, json};

/// Writes `plan` as JSON. Reading it back gives the same plan as long as its aisles are where its distances say.
pub fn export(plan: &SeatingPlan) -> Vec<u8> {
    let mut zones: Vec<Vec<Value>> = plan.sections.iter().map(|_| Vec::new()).collect();
    for (index, row) in plan.rows.iter().enumerate() {
        if let Some(zone) = zones.get_mut(usize::from(row.section)) {
            zone.push(row_json(plan, index, row));
        }
    }
    let origin = json!({"x": 0, "y": 0});
    let mut zones: Vec<Value> = std::iter::zip(&plan.sections, zones)
        .map(|(section, rows)| json!({"name": section.name, "position": origin, "rows": rows}))
        .collect();
    if !plan.areas.is_empty() {
        let areas: Vec<Value> = plan.areas.iter().map(|area| area_json(plan, area)).collect();
        zones.push(json!({"position": origin, "rows": [], "areas": areas}));
    }
    let categories: Vec<Value> =
        plan.price_levels.iter().map(|level| json!({"name": level.name, "color": level.color})).collect();
    let size = json!({"width": plan.width, "height": plan.height});
    let document = json!({"name": plan.name, "categories": categories, "size": size, "zones": zones});
    document.to_string().into_bytes()
}

fn row_json(plan: &SeatingPlan, index: usize, row: &Row) -> Value {
    let seats = plan.seats.iter().skip(row.first_seat as usize).take(row.seats as usize);
    let seats: Vec<Value> = seats
        .map(|seat| {
            let mut json = json!({
                "seat_guid": seat.guid,
                "seat_number": seat.number,
                "position": {"x": seat.x, "y": seat.y},
                "category": level_name(plan, seat.level.0),
            });
            if seat.accessible {
                json["accessible"] = json!(true);
            }
            json
        })
        .collect();
    json!({"row_number": row.name, "rank": index, "seats": seats})
}

fn area_json(plan: &SeatingPlan, area: &Area) -> Value {
    json!({
        "shape": "rectangle",
        "position": {"x": area.x, "y": area.y},
        "rectangle": {"width": area.width, "height": area.height},
        "onsale": {"capacity": area.capacity, "category": level_name(plan, area.level.0), "name": area.name},
    })
}

fn level_name(plan: &SeatingPlan, level: u8) -> &str {
    plan.price_levels.get(usize::from(level)).map_or("", |level| level.name.as_str())
}
