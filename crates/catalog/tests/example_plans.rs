//! The plans that ship with the product can be read, and hold what their README says.
#![expect(clippy::unwrap_used, reason = "test")]

use catalog::Imported;
use catalog::pretix_plan::{Outline, export, import};

fn read(file: &str) -> Imported {
    let path = format!("{}/../../examples/plans/{file}", env!("CARGO_MANIFEST_DIR"));
    import(&std::fs::read(path).unwrap(), None).unwrap()
}

fn level_names(imported: &Imported) -> Vec<&str> {
    imported.plan.price_levels.iter().map(|level| level.name.as_str()).collect()
}

#[test]
fn the_arena_has_its_seats_and_standing_places() {
    let arena = read("olympic-gymnastics-arena.json");
    let plan = &arena.plan;
    assert_eq!((plan.seats.len(), plan.rows.len(), plan.sections.len()), (10_656, 774, 45));
    assert_eq!(level_names(&arena), ["Standing", "R", "S", "A", "B"]);
    let areas: Vec<_> = plan.areas.iter().map(|area| (area.name.as_str(), area.capacity, area.level.0)).collect();
    assert_eq!(areas, [("Standing A", 1_300, 0), ("Standing B", 1_300, 0)]);
    assert_eq!(plan.capacity(), 13_256);
    assert_eq!(plan.seats.iter().filter(|seat| seat.accessible).count(), 24);
    assert!(plan.seats.iter().all(|seat| !seat.after_gap), "a row of the arena has no aisle within it");
    let stage = &arena.decorations[0];
    assert_eq!(stage.text.as_deref(), Some("Stage"));
    assert!(matches!(stage.outline, Some(Outline::Polygon { .. })));
    assert!(matches!(arena.decorations[2].outline, Some(Outline::Ellipse { radius_x: 140.0, .. })));
}

#[test]
fn the_best_row_of_the_arena_comes_first() {
    let plan = read("olympic-gymnastics-arena.json").plan;
    let (first, last) = (&plan.rows[0], plan.rows.last().unwrap());
    let level = |row: &domain::Row| plan.seats[row.first_seat as usize].level.0;
    assert_eq!((level(first), level(last)), (1, 4));
    assert_eq!(first.name, "1", "a front row");
}

#[test]
fn the_concert_hall_has_its_seats() {
    let hall = read("seoul-arts-center-concert-hall.json");
    let plan = &hall.plan;
    assert_eq!((plan.seats.len(), plan.areas.len(), plan.sections.len()), (2_523, 0, 28));
    assert_eq!(level_names(&hall), ["R", "S", "A", "B", "C (choir)"]);
    let in_choir =
        |seat: &&domain::Seat| plan.sections[usize::from(plan.rows[seat.row as usize].section)].name == "Choir";
    assert_eq!(plan.seats.iter().filter(in_choir).count(), 274);
    assert_eq!(plan.seats.iter().filter(|seat| seat.accessible).count(), 29);
    // Every row of the choir has two aisles, and only those rows have any.
    let choir_rows = plan.rows.iter().filter(|row| plan.sections[usize::from(row.section)].name == "Choir").count();
    assert_eq!(plan.seats.iter().filter(in_choir).filter(|seat| seat.after_gap).count(), 2 * choir_rows);
    assert_eq!(plan.seats.iter().filter(|seat| seat.after_gap).count(), 2 * choir_rows);
}

#[test]
fn a_plan_reads_back_as_exported() {
    for file in ["olympic-gymnastics-arena.json", "seoul-arts-center-concert-hall.json"] {
        let plan = read(file).plan;
        assert_eq!(import(&export(&plan), None).unwrap().plan, plan, "{file}");
    }
}
