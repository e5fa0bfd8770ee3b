//! Seating plans in the JSON that pretix publishes (`seating-plan.schema.json` in its repository).
//!
//! | pretix | here |
//! |---|---|
//! | `categories` | price levels, in their order |
//! | `zones` with rows | sections |
//! | `rows` | rows, named by `row_number` (by `row_label` where that is empty) |
//! | `seats` | seats; the position is zone + row + seat |
//! | `areas` | decoration: shapes and words |
//!
//! pretix leaves four things out that a sale needs. They are extra members, which other readers of the format
//! skip or may be told to allow:
//!
//! - `"onsale": {"capacity": 1300, "category": "Standing", "name": "Standing A"}` on an area makes it a standing
//!   area. `name` may be missing: then the words drawn on the area name it, then the category.
//! - `"rank": 12` on a row: best-available looks at low ranks first. Rows without one come last; equal ones keep
//!   the order of the file. Without any rank the order of the file is the order of desirability.
//! - `"accessible": true` on a seat: for people in a wheelchair.
//! - `"blocked": true` on a seat: no sale of this plan offers it, until the organiser unblocks it there.
//!
//! The order of seats in a row is that of the file, from one end of the row to the other.

mod area;
mod assemble;
mod color;
mod document;
mod errors;
mod export;
mod field;
mod gaps;
mod level;

use domain::{SeatIndex, SeatingPlan, limits};
use serde::{Deserialize, Serialize};

use document::Document;
use errors::Errors;
pub use errors::{PLAN_ERRORS_MAX, PlanError, PlanErrors};
pub use export::export;
use field::Field;

/// How far a point may be from the origin, in the plan's units: far more than any hall, and exact enough in `f32`.
pub const COORDINATE_MAX: f64 = 1_000_000.0;
/// Objects in a file: a seat and its position are two; the rest is for rows and shapes.
const OBJECTS_MAX: usize = 3 * limits::PLAN_SEATS_MAX;
/// Commas in a file: a seat with every member of the schema has nine.
const COMMAS_MAX: usize = 16 * limits::PLAN_SEATS_MAX;

/// A plan that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// What can be sold.
    pub plan: SeatingPlan,
    /// What is only drawn: the stage, the bar, words.
    pub decorations: Vec<Decoration>,
    /// Seats that no sale of this plan offers, in order.
    pub blocked: Vec<SeatIndex>,
}

/// A shape or words on the map that nobody can buy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decoration {
    /// The shape; `None` for words alone.
    pub outline: Option<Outline>,
    /// Fill, `#rrggbb`.
    pub color: Option<String>,
    /// Line, `#rrggbb`.
    pub border_color: Option<String>,
    /// Words.
    pub text: Option<String>,
    /// Middle of the words on the map.
    pub text_x: f32,
    /// Middle of the words on the map.
    pub text_y: f32,
}

/// A shape in the coordinates of the map, its rotation applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum Outline {
    /// Corners in order, as `[x, y]`.
    Polygon {
        /// At least three.
        points: Vec<[f32; 2]>,
    },
    /// An ellipse or circle.
    Ellipse {
        /// Middle.
        x: f32,
        /// Middle.
        y: f32,
        /// Half the width before the rotation.
        radius_x: f32,
        /// Half the height before the rotation.
        radius_y: f32,
        /// Clockwise around the middle.
        rotation_degrees: f32,
    },
}

/// Reads a plan; `name` overrides the name in the file.
///
/// # Errors
/// Every mistake with its place, up to [`PLAN_ERRORS_MAX`] of them.
pub fn import(json: &[u8], name: Option<&str>) -> Result<Imported, PlanErrors> {
    check_size(json)?;
    let document: Field<Document> = serde_json::from_slice(json).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        // serde_json ends its sentence with the place; here it stands in front.
        let what = error.to_string();
        let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
        Errors::only("json_malformed", String::new(), format!("This is not well-formed JSON at {place}: {what}."))
    })?;
    let imported = assemble::assemble(document, name)?;
    imported
        .plan
        .validate()
        .map_err(|problem| Errors::only("plan_invalid", problem.field.unwrap_or_default(), problem.public))?;
    Ok(imported)
}

/// Bounds what reading the file can cost before anything of it is read.
fn check_size(json: &[u8]) -> Result<(), PlanErrors> {
    let too_large = |detail: String| Err(Errors::only("plan_too_large", String::new(), detail));
    if json.len() > limits::PLAN_UPLOAD_BYTES_MAX {
        let mebibytes = limits::PLAN_UPLOAD_BYTES_MAX / (1024 * 1024);
        return too_large(format!("A seating plan file has at most {mebibytes} MiB."));
    }
    let (mut objects, mut commas) = (0, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' if !in_text => objects += 1,
            b',' if !in_text => commas += 1,
            _ => {}
        }
    }
    if objects > OBJECTS_MAX || commas > COMMAS_MAX {
        return too_large(format!("This file describes more than a plan of {} seats can.", limits::PLAN_SEATS_MAX));
    }
    Ok(())
}
