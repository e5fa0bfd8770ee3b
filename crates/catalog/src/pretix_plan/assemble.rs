//! From the document to a [`SeatingPlan`], noting every mistake on the way.

use std::collections::HashMap;

use domain::{Area, Row, SeatIndex, SeatingPlan, Section, limits};

use super::document::{self, Document, Extent, List, Position, Zone};
use super::errors::{Errors, Path, PlanErrors};
use super::field::Field;
use super::level::Levels;
use super::{COORDINATE_MAX, Decoration, Imported, area, gaps};

/// Empty space around the outermost seats when the file gives no size.
const MARGIN: f32 = 50.0;

/// A point in the plan's units.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A row whose place among the others is not known yet.
struct Draft {
    rank: f64,
    section: u16,
    name: String,
    seats: Vec<domain::Seat>,
    /// Of each of them, whether it is never on sale.
    blocked: Vec<bool>,
}

/// Where a seat stands in the file: zone, row, seat.
type Place = [usize; 3];

struct Builder {
    errors: Errors,
    levels: Levels,
    sections: Vec<Section>,
    rows: Vec<Draft>,
    seats_count: usize,
    areas: Vec<Area>,
    decorations: Vec<Decoration>,
    guids: HashMap<String, Place>,
    /// Section, row and number as a ticket shows them.
    words: HashMap<(String, String, String), Place>,
}

/// Builds the plan.
pub(super) fn assemble(document: Field<Document>, name: Option<&str>) -> Result<Imported, PlanErrors> {
    let root = Path::Root;
    let mut errors = Errors::default();
    let document = errors.need(document, root).unwrap_or_default();
    let levels = Levels::read(document.categories, root.member("categories"), &mut errors);
    let name = match name {
        Some(name) => errors.clean(name, root.member("name")),
        None => errors.name(document.name, root.member("name")),
    };
    let size =
        errors.may(document.size, root.member("size")).and_then(|size| extent(size, root.member("size"), &mut errors));
    let mut builder = Builder {
        errors,
        levels,
        sections: Vec::new(),
        rows: Vec::new(),
        seats_count: 0,
        areas: Vec::new(),
        decorations: Vec::new(),
        guids: HashMap::new(),
        words: HashMap::new(),
    };
    let at = root.member("zones");
    for (index, zone) in builder.errors.need(document.zones, at).unwrap_or_default().into_iter().enumerate() {
        let at = at.item(index);
        if let Some(zone) = builder.errors.need(zone, at) {
            builder.zone(zone, index, at);
        }
    }
    builder.finish(name.unwrap_or_default(), size)
}

impl Builder {
    fn zone(&mut self, zone: Zone, index: usize, at: Path<'_>) {
        let origin = self.errors.need(zone.position, at.member("position"));
        let origin = origin.and_then(|origin| point(origin, at.member("position"), &mut self.errors));
        // A wrong origin is one mistake; the seats of the zone are still worth checking.
        let origin = origin.unwrap_or(Point { x: 0.0, y: 0.0 });
        let rows = self.errors.need(zone.rows, at.member("rows")).unwrap_or_default();
        if !rows.is_empty() {
            let name = first_name(zone.name, zone.zone_id, at.member("name"), &mut self.errors);
            self.rows_of(rows, origin, index, name.unwrap_or_default(), at.member("rows"));
        }
        for (index, shape) in
            self.errors.may(zone.areas, at.member("areas")).unwrap_or_default().into_iter().enumerate()
        {
            let areas_at = at.member("areas");
            let at = areas_at.item(index);
            let Some(shape) = self.errors.need(shape, at) else { continue };
            match area::read(*shape, origin, at, &self.levels, &mut self.errors) {
                Some(area::Read::OnSale(area)) => self.areas.push(area),
                Some(area::Read::Decoration(decoration)) => self.decorations.push(decoration),
                None => {}
            }
        }
    }

    fn rows_of(&mut self, rows: List<document::Row>, origin: Point, zone: usize, section: String, at: Path<'_>) {
        let section_index = u16::try_from(self.sections.len()).unwrap_or(u16::MAX);
        self.sections.push(Section { name: section.clone() });
        for (index, row) in rows.into_iter().enumerate() {
            let at = at.item(index);
            let Some(row) = self.errors.need(row, at) else { continue };
            let name = first_name(row.row_number, row.row_label, at.member("row_number"), &mut self.errors);
            let rank = self.errors.may(row.rank, at.member("rank")).unwrap_or(f64::INFINITY);
            let offset = self.errors.may(row.position, at.member("position"));
            let offset = offset.and_then(|offset| point(offset, at.member("position"), &mut self.errors));
            let origin = offset.map_or(origin, |offset| Point { x: origin.x + offset.x, y: origin.y + offset.y });
            let seats = self.errors.need(row.seats, at.member("seats")).unwrap_or_default();
            if seats.len() > limits::ROW_SEATS_MAX {
                let sentence = format_args!("A row has at most {} seats.", limits::ROW_SEATS_MAX);
                self.errors.add("too_many", at.member("seats"), sentence);
                continue;
            }
            let name = name.unwrap_or_default();
            let mut draft = Draft { rank, section: section_index, name, seats: Vec::new(), blocked: Vec::new() };
            for (number, seat) in seats.into_iter().enumerate() {
                let seats_at = at.member("seats");
                let at = seats_at.item(number);
                let Some(seat) = self.errors.need(seat, at) else { continue };
                if let Some((seat, blocked)) = self.seat(*seat, origin, [zone, index, number], at) {
                    self.remember_words(&section, &draft.name, &seat, [zone, index, number], at);
                    draft.seats.push(seat);
                    draft.blocked.push(blocked);
                }
            }
            gaps::mark(&mut draft.seats);
            self.seats_count += draft.seats.len();
            if !draft.seats.is_empty() {
                self.rows.push(draft);
            }
        }
    }

    /// A seat, and whether it is blocked.
    fn seat(
        &mut self,
        seat: document::Seat,
        origin: Point,
        place: Place,
        at: Path<'_>,
    ) -> Option<(domain::Seat, bool)> {
        let errors = &mut self.errors;
        let guid = errors.name(seat.seat_guid, at.member("seat_guid"));
        let number = errors.name(seat.seat_number, at.member("seat_number"));
        let position = errors.need(seat.position, at.member("position"));
        let position = position.and_then(|position| point(position, at.member("position"), errors));
        let position = position.and_then(|offset| moved(origin, offset, at.member("position"), errors));
        let level = self.levels.find(seat.category, at.member("category"), errors);
        let accessible = errors.may(seat.accessible, at.member("accessible")).unwrap_or(false);
        let blocked = errors.may(seat.blocked, at.member("blocked")).unwrap_or(false);
        if let Some(guid) = &guid
            && let Some(first) = self.guids.insert(guid.clone(), place)
        {
            let sentence =
                format_args!("The seat_guid {guid:?} is used twice; the first one is at {}.", pointer(first));
            errors.add("seat_guid_duplicate", at.member("seat_guid"), sentence);
        }
        let (guid, number, position, level) = (guid?, number?, position?, level?);
        let (x, y) = (position.x as f32, position.y as f32);
        Some((domain::Seat { guid, row: 0, number, level, x, y, accessible, after_gap: false }, blocked))
    }

    /// Two tickets that read the same would send two people to one seat.
    fn remember_words(&mut self, section: &str, row: &str, seat: &domain::Seat, place: Place, at: Path<'_>) {
        // A name that could not be read has been noted already.
        if section.is_empty() || row.is_empty() {
            return;
        }
        let words = (section.to_owned(), row.to_owned(), seat.number.clone());
        if let Some(first) = self.words.insert(words, place) {
            let sentence = format_args!(
                "Section {section:?}, row {row:?}, seat {:?} is there twice; the first one is at {}.",
                seat.number,
                pointer(first)
            );
            self.errors.add("seat_number_duplicate", at.member("seat_number"), sentence);
        }
    }

    fn finish(mut self, name: String, size: Option<(f32, f32)>) -> Result<Imported, PlanErrors> {
        let bounds = [
            ("zones with rows", self.sections.len(), limits::PLAN_SECTIONS_MAX),
            ("rows", self.rows.len(), limits::PLAN_ROWS_MAX),
            ("seats", self.seats_count, limits::PLAN_SEATS_MAX),
            ("areas on sale", self.areas.len(), limits::PLAN_AREAS_MAX),
            ("areas that are not on sale", self.decorations.len(), limits::PLAN_AREAS_MAX),
        ];
        for (what, count, max) in bounds {
            if count > max {
                let sentence = format_args!("A plan has at most {max} {what}; this one has {count}.");
                self.errors.add("too_many", Path::Root.member("zones"), sentence);
            }
        }
        if self.seats_count == 0 && self.areas.is_empty() && self.errors.none() {
            let sentence = "A plan needs at least one seat or one area on sale.";
            self.errors.add("plan_empty", Path::Root.member("zones"), sentence);
        }
        self.errors.finish()?;
        // Stable: rows of the same rank stay in the order of the file.
        self.rows.sort_by(|one, other| one.rank.total_cmp(&other.rank));
        let (mut rows, mut seats) = (Vec::with_capacity(self.rows.len()), Vec::with_capacity(self.seats_count));
        let mut blocked = Vec::new();
        for draft in self.rows {
            let (row, first_seat) = (index(rows.len()), index(seats.len()));
            rows.push(Row { section: draft.section, name: draft.name, first_seat, seats: index(draft.seats.len()) });
            seats.extend(draft.seats.into_iter().map(|seat| domain::Seat { row, ..seat }));
            blocked.extend((first_seat..).zip(draft.blocked).filter(|(_, it)| *it).map(|(seat, _)| SeatIndex(seat)));
        }
        let (width, height) = size.unwrap_or_else(|| drawn_size(&seats, &self.areas));
        let (price_levels, sections, areas) = (self.levels.list, self.sections, self.areas);
        let plan = SeatingPlan { name, width, height, price_levels, sections, rows, seats, areas };
        Ok(Imported { plan, decorations: self.decorations, blocked })
    }
}

/// The first of two members that holds a name; both are read, and `at` is where the name is missed.
fn first_name(first: Field<String>, second: Field<String>, at: Path<'_>, errors: &mut Errors) -> Option<String> {
    let empty = |field: &Field<String>| match field {
        Field::Is(text) => text.trim().is_empty(),
        other => *other == Field::Missing,
    };
    if empty(&first) && !empty(&second) { errors.name(second, at) } else { errors.name(first, at) }
}

/// A point within the bounds of a map.
pub(super) fn point(position: Position, at: Path<'_>, errors: &mut Errors) -> Option<Point> {
    let x = coordinate(position.x, at.member("x"), errors);
    let y = coordinate(position.y, at.member("y"), errors);
    Some(Point { x: x?, y: y? })
}

/// A number within the bounds of a map.
pub(super) fn coordinate(field: Field<f64>, at: Path<'_>, errors: &mut Errors) -> Option<f64> {
    let number = errors.need(field, at)?;
    in_bounds(number, at, errors)
}

fn in_bounds(number: f64, at: Path<'_>, errors: &mut Errors) -> Option<f64> {
    if number.abs() <= COORDINATE_MAX {
        return Some(number);
    }
    let sentence = format_args!("This is off the map: a coordinate is at most {COORDINATE_MAX} from zero.");
    errors.add("coordinate_out_of_bounds", at, sentence);
    None
}

/// `origin` moved by `offset`, if that is still on the map.
pub(super) fn moved(origin: Point, offset: Point, at: Path<'_>, errors: &mut Errors) -> Option<Point> {
    let x = in_bounds(origin.x + offset.x, at, errors)?;
    Some(Point { x, y: in_bounds(origin.y + offset.y, at, errors)? })
}

/// A width and height above zero.
pub(super) fn extent(extent: Extent, at: Path<'_>, errors: &mut Errors) -> Option<(f32, f32)> {
    let width = length(extent.width, at.member("width"), errors);
    let height = length(extent.height, at.member("height"), errors);
    Some((width? as f32, height? as f32))
}

/// A length above zero.
pub(super) fn length(field: Field<f64>, at: Path<'_>, errors: &mut Errors) -> Option<f64> {
    let length = coordinate(field, at, errors)?;
    if length <= 0.0 {
        errors.add("length_not_positive", at, "This must be more than zero.");
        return None;
    }
    Some(length)
}

fn drawn_size(seats: &[domain::Seat], areas: &[Area]) -> (f32, f32) {
    let xs = seats.iter().map(|seat| seat.x).chain(areas.iter().map(|area| area.x + area.width));
    let ys = seats.iter().map(|seat| seat.y).chain(areas.iter().map(|area| area.y + area.height));
    (xs.fold(0.0, f32::max) + MARGIN, ys.fold(0.0, f32::max) + MARGIN)
}

fn pointer([zone, row, seat]: Place) -> String {
    format!("/zones/{zone}/rows/{row}/seats/{seat}")
}

/// An index into a list whose length was checked against `limits`.
fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
