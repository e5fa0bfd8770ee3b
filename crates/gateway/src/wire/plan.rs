//! Seating plans on the wire.

use catalog::{Decoration, PlanSummary};
use domain::{SeatIndex, SeatingPlan};
use serde::Serialize;
use utoipa::ToSchema;

/// What there is to pay for.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanLevelBody {
    /// Shown to fans.
    pub name: String,
    /// Display colour, `#rrggbb`.
    pub color: String,
}

/// What there is to know of a plan without reading it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanSummaryBody {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Numbered seats.
    pub seats: u32,
    /// Counted areas.
    pub areas: u32,
    /// Seats and people of all areas.
    pub capacity: u32,
    /// Seats that no sale of it offers.
    pub blocked: u32,
    /// In the order of prices.
    pub price_levels: Vec<PlanLevelBody>,
}

/// The plans of an organiser, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnPlansBody {
    /// The plans.
    pub plans: Vec<PlanSummaryBody>,
}

/// A seating plan. Sent as [`PlanText`]; this only describes it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes what is written from the catalog's own types")]
pub struct PlanBody {
    /// Its name.
    name: String,
    /// Width of the drawing.
    width: f32,
    /// Height of the drawing.
    height: f32,
    /// What there is to pay for.
    price_levels: Vec<PlanLevelBody>,
    /// Sections, in order.
    sections: Vec<PlanSectionBody>,
    /// Rows, in order.
    rows: Vec<PlanRowBody>,
    /// Seats, in order: a seat's index is its number everywhere in the API.
    seats: Vec<PlanSeatBody>,
    /// Counted areas, in order.
    areas: Vec<PlanAreaBody>,
    /// What is only drawn: the stage, a bar, words. At most 1,000.
    decorations: Vec<DecorationBody>,
    /// Indexes of seats that no sale of this plan offers; only the organiser is told.
    blocked: Option<Vec<u32>>,
}

/// A shape or words on the map that nobody can buy.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in PlanBody")]
pub struct DecorationBody {
    /// The shape; null for words alone.
    outline: Option<OutlineBody>,
    /// Fill, `#rrggbb`.
    color: Option<String>,
    /// Line, `#rrggbb`.
    border_color: Option<String>,
    /// Words.
    text: Option<String>,
    /// Middle of the words on the map.
    text_x: f32,
    /// Middle of the words on the map.
    text_y: f32,
}

/// A shape in the coordinates of the map, its rotation applied.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum OutlineBody {
    /// Corners in order.
    Polygon {
        /// At least three, each `[x, y]`.
        points: Vec<Vec<f32>>,
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

/// A seating plan as it is sent.
#[derive(Serialize)]
pub struct PlanText<'a> {
    /// What can be sold.
    #[serde(flatten)]
    pub plan: &'a SeatingPlan,
    /// What is only drawn.
    pub decorations: &'a [Decoration],
    /// Seats that no sale of it offers; left out for fans, who are told what is free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<&'a [SeatIndex]>,
}

/// A section.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in PlanBody")]
pub struct PlanSectionBody {
    /// Shown on the ticket.
    name: String,
}

/// A row: `seats` seats from `first_seat` on.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in PlanBody")]
pub struct PlanRowBody {
    /// Index of its section.
    section: u16,
    /// Shown on the ticket.
    name: String,
    /// Index of its first seat.
    first_seat: u32,
    /// How many.
    seats: u32,
}

/// A seat.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in PlanBody")]
pub struct PlanSeatBody {
    /// Its name in the organiser's files.
    guid: String,
    /// Index of its row.
    row: u32,
    /// Shown on the ticket.
    number: String,
    /// Index of its price level.
    level: u8,
    /// On the map.
    x: f32,
    /// On the map.
    y: f32,
    /// For people in wheelchairs.
    accessible: bool,
    /// An aisle is before it.
    after_gap: bool,
}

/// A counted area.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in PlanBody")]
pub struct PlanAreaBody {
    /// Shown on the ticket.
    name: String,
    /// Index of its price level.
    level: u8,
    /// People it holds.
    capacity: u32,
    /// Left edge on the map.
    x: f32,
    /// Upper edge on the map.
    y: f32,
    /// Width on the map.
    width: f32,
    /// Height on the map.
    height: f32,
}

impl From<PlanSummary> for PlanSummaryBody {
    fn from(plan: PlanSummary) -> Self {
        let level = |level: domain::PriceLevel| PlanLevelBody { name: level.name, color: level.color };
        Self {
            id: plan.id.get(),
            name: plan.name,
            seats: plan.seats,
            areas: plan.areas,
            capacity: plan.capacity,
            blocked: plan.blocked,
            price_levels: plan.price_levels.into_iter().map(level).collect(),
        }
    }
}
