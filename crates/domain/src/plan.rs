//! A seating plan: sections of rows of numbered seats, counted areas, and the price level of each.
//!
//! Seats and areas are addressed by their index in the plan. A plan is fixed once its sale exists, so an index
//! is as stable as a name and far smaller on the wire.

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::problem::Problem;

/// A numbered seat: its index in [`SeatingPlan::seats`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeatIndex(pub u32);

/// A counted (standing) area: its index in [`SeatingPlan::areas`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AreaIndex(pub u16);

/// A price level: its index in [`SeatingPlan::price_levels`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PriceLevelIndex(pub u8);

/// Seats and areas sold at one price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLevel {
    /// Shown to fans.
    pub name: String,
    /// Display colour, `#rrggbb`.
    pub color: String,
}

/// A part of the hall with its own name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Shown on the ticket.
    pub name: String,
}

/// A row of a section. Its seats are consecutive in the plan, from one end of the row to the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Index of the section.
    pub section: u16,
    /// Shown on the ticket.
    pub name: String,
    /// Index of the first seat.
    pub first_seat: u32,
    /// How many seats.
    pub seats: u32,
}

/// A numbered seat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seat {
    /// The plan's own id of the seat (`seat_guid` in pretix), unique in the plan.
    pub guid: String,
    /// Index of the row.
    pub row: u32,
    /// Shown on the ticket.
    pub number: String,
    /// What it costs.
    pub level: PriceLevelIndex,
    /// Position on the map, in the plan's units.
    pub x: f32,
    /// Position on the map, in the plan's units.
    pub y: f32,
    /// For people in a wheelchair.
    #[serde(default)]
    pub accessible: bool,
    /// A seat between this one and the previous one of the row is missing (an aisle): they are not adjacent.
    #[serde(default)]
    pub after_gap: bool,
}

/// A counted area: so many people, no numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Shown on the ticket.
    pub name: String,
    /// What it costs.
    pub level: PriceLevelIndex,
    /// People it holds.
    pub capacity: u32,
    /// Left edge on the map.
    pub x: f32,
    /// Upper edge on the map.
    pub y: f32,
    /// Width on the map.
    pub width: f32,
    /// Height on the map.
    pub height: f32,
}

/// A whole plan. Rows are in order of desirability: best-available looks at the first ones first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeatingPlan {
    /// Name of the plan.
    pub name: String,
    /// Extent of the map, in the plan's units.
    pub width: f32,
    /// Extent of the map, in the plan's units.
    pub height: f32,
    /// What there is to pay for.
    pub price_levels: Vec<PriceLevel>,
    /// Parts of the hall.
    pub sections: Vec<Section>,
    /// Rows, best first.
    pub rows: Vec<Row>,
    /// Seats, row by row.
    pub seats: Vec<Seat>,
    /// Counted areas.
    pub areas: Vec<Area>,
}

impl SeatingPlan {
    /// Seats and people of all areas together.
    pub fn capacity(&self) -> u32 {
        let areas: u64 = self.areas.iter().map(|area| u64::from(area.capacity)).sum();
        u32::try_from(areas + self.seats.len() as u64).unwrap_or(u32::MAX)
    }

    /// The row of a seat; `None` if the seat is not in the plan.
    pub fn row_of(&self, seat: SeatIndex) -> Option<&Row> {
        self.rows.get(self.seats.get(seat.0 as usize)?.row as usize)
    }

    /// Checks the bounds and that every index leads somewhere.
    ///
    /// # Errors
    /// The first thing that is wrong, with a JSON pointer to it.
    pub fn validate(&self) -> Result<(), Problem> {
        self.check_bounds()?;
        self.check_rows()?;
        self.check_seats()?;
        self.check_areas()
    }

    fn check_bounds(&self) -> Result<(), Problem> {
        let bounds: [(&str, usize, usize); 5] = [
            ("seats", self.seats.len(), limits::PLAN_SEATS_MAX),
            ("areas", self.areas.len(), limits::PLAN_AREAS_MAX),
            ("rows", self.rows.len(), limits::PLAN_ROWS_MAX),
            ("sections", self.sections.len(), limits::PLAN_SECTIONS_MAX),
            ("price_levels", self.price_levels.len(), limits::PRICE_LEVELS_MAX),
        ];
        for (what, count, max) in bounds {
            if count > max {
                return wrong(format!("/{what}"), format!("A plan has at most {max} {what}; this one has {count}."));
            }
        }
        if self.seats.is_empty() && self.areas.is_empty() {
            return wrong("/seats", "A plan needs at least one seat or area.");
        }
        Ok(())
    }

    fn check_rows(&self) -> Result<(), Problem> {
        let mut next_seat = 0u32;
        for (index, row) in self.rows.iter().enumerate() {
            if usize::from(row.section) >= self.sections.len() {
                let sentence = format!("Row {} names a section that is not in the plan.", row.name);
                return wrong(format!("/rows/{index}/section"), sentence);
            }
            if row.seats as usize > limits::ROW_SEATS_MAX {
                return wrong(format!("/rows/{index}"), format!("A row has at most {} seats.", limits::ROW_SEATS_MAX));
            }
            if row.first_seat != next_seat {
                let sentence = format!("The seats of row {} do not follow those of the row before.", row.name);
                return wrong(format!("/rows/{index}/first_seat"), sentence);
            }
            next_seat = next_seat.saturating_add(row.seats);
        }
        if next_seat as usize != self.seats.len() {
            return wrong("/rows", "Every seat must be in exactly one row.");
        }
        Ok(())
    }

    fn check_seats(&self) -> Result<(), Problem> {
        for (index, seat) in self.seats.iter().enumerate() {
            let in_row = self.rows.get(seat.row as usize).is_some_and(|row| {
                (row.first_seat..row.first_seat.saturating_add(row.seats)).contains(&(index as u32))
            });
            if !in_row {
                return wrong(format!("/seats/{index}/row"), format!("Seat {} is not in the row it names.", seat.guid));
            }
            if usize::from(seat.level.0) >= self.price_levels.len() {
                let sentence = format!("Seat {} has a price level that is not in the plan.", seat.guid);
                return wrong(format!("/seats/{index}/level"), sentence);
            }
        }
        Ok(())
    }

    fn check_areas(&self) -> Result<(), Problem> {
        let mut people = self.seats.len() as u64;
        for (index, area) in self.areas.iter().enumerate() {
            people += u64::from(area.capacity);
            if usize::from(area.level.0) >= self.price_levels.len() {
                let sentence = format!("Area {} has a price level that is not in the plan.", area.name);
                return wrong(format!("/areas/{index}/level"), sentence);
            }
            if area.capacity > limits::AREA_CAPACITY_MAX {
                let sentence = format!("An area holds at most {} people.", limits::AREA_CAPACITY_MAX);
                return wrong(format!("/areas/{index}/capacity"), sentence);
            }
        }
        if people > u64::from(u32::MAX) {
            return wrong("/areas", "The plan holds more people than can be counted.");
        }
        Ok(())
    }
}

fn wrong(pointer: impl Into<String>, sentence: impl Into<String>) -> Result<(), Problem> {
    Err(Problem::new("plan_invalid", sentence).at(pointer))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn plan() -> SeatingPlan {
        let seat = |row, number: &str| Seat {
            guid: format!("{row}-{number}"),
            row,
            number: number.into(),
            level: PriceLevelIndex(0),
            x: 0.0,
            y: 0.0,
            accessible: false,
            after_gap: false,
        };
        SeatingPlan {
            name: "Hall".into(),
            width: 10.0,
            height: 10.0,
            price_levels: vec![PriceLevel { name: "A".into(), color: "#336699".into() }],
            sections: vec![Section { name: "Stalls".into() }],
            rows: vec![
                Row { section: 0, name: "1".into(), first_seat: 0, seats: 2 },
                Row { section: 0, name: "2".into(), first_seat: 2, seats: 1 },
            ],
            seats: vec![seat(0, "1"), seat(0, "2"), seat(1, "1")],
            areas: vec![],
        }
    }

    #[test]
    fn a_sound_plan_passes() {
        assert_eq!(plan().validate(), Ok(()));
        assert_eq!(plan().capacity(), 3);
    }

    #[test]
    fn a_seat_in_the_wrong_row_is_pointed_at() {
        let mut plan = plan();
        plan.seats[2].row = 0;
        assert_eq!(plan.validate().unwrap_err().field.as_deref(), Some("/seats/2/row"));
    }

    #[test]
    fn a_seat_without_price_is_pointed_at() {
        let mut plan = plan();
        plan.seats[1].level = PriceLevelIndex(9);
        assert_eq!(plan.validate().unwrap_err().field.as_deref(), Some("/seats/1/level"));
    }
}
