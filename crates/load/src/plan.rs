//! Halls made to measure, in pretix's published seating-plan JSON, for runs that need a given number of seats.

use domain::plan::{Area, PriceLevel, PriceLevelIndex, Row, Seat, SeatingPlan, Section};
use serde_json::{Value, json};

const COLORS: [&str; 3] = ["#7c3aed", "#0ea5e9", "#16a34a"];

/// A hall of `seats` numbered seats in rows of at most `row_seats`, with three price levels from front to back:
/// the JSON to upload and the plan as the server should understand it. `areas` are (name, people).
pub fn hall(seats: u32, row_seats: u32, areas: &[(&str, u32)]) -> (Value, SeatingPlan) {
    let row_seats = row_seats.clamp(1, 1_024);
    let rows = seats.div_ceil(row_seats);
    let level_of = |row: u32| (row * 3 / rows.max(1)).min(2);
    let mut plan = SeatingPlan {
        name: format!("Hall of {seats}"),
        width: row_seats as f32 * 10.0 + 20.0,
        height: rows as f32 * 12.0 + 220.0,
        price_levels: COLORS
            .iter()
            .zip(["A", "B", "C"])
            .map(|(color, name)| PriceLevel { name: name.into(), color: (*color).into() })
            .collect(),
        sections: vec![Section { name: "Hall".into() }],
        rows: vec![],
        seats: vec![],
        areas: vec![],
    };
    for row in 0..rows {
        let first_seat = row * row_seats;
        let count = row_seats.min(seats - first_seat);
        plan.rows.push(Row { section: 0, name: (row + 1).to_string(), first_seat, seats: count });
        plan.seats.extend((0..count).map(|number| Seat {
            guid: format!("{}-{}", row + 1, number + 1),
            row,
            number: (number + 1).to_string(),
            level: PriceLevelIndex(level_of(row) as u8),
            x: number as f32 * 10.0 + 10.0,
            y: row as f32 * 12.0 + 210.0,
            accessible: false,
            after_gap: false,
        }));
    }
    plan.areas.extend(areas.iter().enumerate().map(|(index, (name, people))| Area {
        name: (*name).into(),
        level: PriceLevelIndex(0),
        capacity: *people,
        x: 10.0 + index as f32 * 110.0,
        y: 10.0,
        width: 100.0,
        height: 180.0,
    }));
    (pretix(&plan), plan)
}

fn pretix(plan: &SeatingPlan) -> Value {
    let category = |level: PriceLevelIndex| plan.price_levels.get(usize::from(level.0)).map(|level| level.name.clone());
    let rows: Vec<Value> = plan.rows.iter().map(|row| {
        let seats = plan.seats.get(row.first_seat as usize..(row.first_seat + row.seats) as usize).unwrap_or_default();
        let seats: Vec<Value> = seats.iter().map(|seat| json!({
            "seat_number": seat.number, "seat_guid": seat.guid, "uuid": seat.guid,
            "position": {"x": seat.x, "y": 0.0}, "category": category(seat.level),
        })).collect();
        let y = plan.seats.get(row.first_seat as usize).map_or(0.0, |seat| seat.y);
        json!({"position": {"x": 0.0, "y": y}, "row_number": row.name, "row_number_position": "both", "uuid": format!("row-{}", row.name), "seats": seats})
    }).collect();
    let areas: Vec<Value> = plan.areas.iter().map(|area| json!({
        "shape": "rectangle", "color": "#cccccc", "border_color": "#333333", "rotation": 0, "uuid": format!("area-{}", area.name),
        "position": {"x": area.x, "y": area.y}, "rectangle": {"width": area.width, "height": area.height},
        "text": {"position": {"x": area.width / 2.0, "y": area.height / 2.0}, "color": "#000000", "text": area.name},
        "onsale": {"name": area.name, "capacity": area.capacity, "category": category(area.level)},
    })).collect();
    let categories: Vec<Value> =
        plan.price_levels.iter().map(|level| json!({"name": level.name, "color": level.color})).collect();
    json!({
        "name": plan.name,
        "size": {"width": plan.width, "height": plan.height},
        "categories": categories,
        "zones": [{"name": "Hall", "zone_id": "hall", "uuid": "zone-hall", "position": {"x": 0.0, "y": 0.0}, "rows": rows, "areas": areas}],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hall_has_as_many_seats_as_asked_for_and_is_sound() {
        for seats in [1, 99, 100, 101, 10_007] {
            let (json, plan) = hall(seats, 100, &[("Standing", 500)]);
            assert_eq!(plan.validate(), Ok(()));
            assert_eq!(plan.capacity(), seats + 500);
            let rows = json["zones"][0]["rows"].as_array().map_or(0, Vec::len);
            assert_eq!(rows as u32, seats.div_ceil(100));
        }
    }
}
