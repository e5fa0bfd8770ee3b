//! Areas: shapes that are only drawn, and those on sale as standing areas.

use domain::{Area, limits};

use super::assemble::{Point, coordinate, extent, length, moved, point};
use super::document::{self, Onsale};
use super::errors::{Errors, Path};
use super::field::Field;
use super::level::Levels;
use super::{Decoration, Outline, color};
use crate::text;

/// Corners of one polygon.
const POLYGON_POINTS_MAX: usize = 1_000;

/// What an area of the file turned out to be.
pub(super) enum Read {
    OnSale(Area),
    Decoration(Decoration),
}

/// Reads one area.
pub(super) fn read(
    area: document::Area,
    origin: Point,
    at: Path<'_>,
    levels: &Levels,
    errors: &mut Errors,
) -> Option<Read> {
    let mut area = area;
    let onsale = errors.may(std::mem::take(&mut area.onsale), at.member("onsale"));
    let position = errors.may(std::mem::take(&mut area.position), at.member("position"));
    let position = position.and_then(|position| point(position, at.member("position"), errors));
    let middle = position.and_then(|offset| moved(origin, offset, at.member("position"), errors));
    let middle = middle.unwrap_or(origin);
    let words = errors.may(std::mem::take(&mut area.text), at.member("text")).unwrap_or_default();
    let words_at =
        errors.may(words.position, at.member("text")).and_then(|offset| point(offset, at.member("text"), errors));
    let words_at = words_at.map_or(middle, |offset| Point { x: middle.x + offset.x, y: middle.y + offset.y });
    let words = errors.may(words.text, at.member("text")).and_then(|words| text::clean(&words).ok().map(str::to_owned));
    let fill = errors.may(std::mem::take(&mut area.color), at.member("color"));
    let line = errors.may(std::mem::take(&mut area.border_color), at.member("border_color"));
    let outline = outline(area, middle, at, errors);
    if let Some(onsale) = onsale {
        return on_sale(onsale, outline.as_ref(), words, at, levels, errors).map(Read::OnSale);
    }
    Some(Read::Decoration(Decoration {
        outline,
        color: fill.as_deref().and_then(color::normal),
        border_color: line.as_deref().and_then(color::normal),
        text: words,
        text_x: words_at.x as f32,
        text_y: words_at.y as f32,
    }))
}

fn on_sale(
    onsale: Onsale,
    outline: Option<&Outline>,
    words: Option<String>,
    at: Path<'_>,
    levels: &Levels,
    errors: &mut Errors,
) -> Option<Area> {
    let at_onsale = at.member("onsale");
    if let Some(member) = &onsale.unknown {
        let sentence = format_args!("{member:?} is not known here; there are capacity, category and name.");
        errors.add("member_unknown", at_onsale, sentence);
    }
    let capacity = capacity(onsale.capacity, at_onsale.member("capacity"), errors);
    let level = levels.find(onsale.category, at_onsale.member("category"), errors);
    let name = match onsale.name {
        Field::Missing => words.or_else(|| Some(levels.list.get(usize::from(level?.0))?.name.clone())),
        name => errors.name(name, at_onsale.member("name")),
    };
    if outline.is_none() {
        errors.add("area_without_shape", at, "An area on sale needs a rectangle, circle, ellipse or polygon.");
    }
    let [left, top, right, bottom] = bounds(outline?);
    let (x, y, width, height) = (left as f32, top as f32, (right - left) as f32, (bottom - top) as f32);
    Some(Area { name: name?, level: level?, capacity: capacity?, x, y, width, height })
}

fn capacity(field: Field<f64>, at: Path<'_>, errors: &mut Errors) -> Option<u32> {
    let number = errors.need(field, at)?;
    let max = limits::AREA_CAPACITY_MAX;
    if number.fract() == 0.0 && (1.0..=f64::from(max)).contains(&number) {
        return Some(number as u32);
    }
    errors.add("capacity_invalid", at, format_args!("A capacity is a whole number from 1 to {max}."));
    None
}

/// The shape of an area in the coordinates of the map.
fn outline(area: document::Area, middle: Point, at: Path<'_>, errors: &mut Errors) -> Option<Outline> {
    let rotation = match area.rotation {
        Field::Missing => 0.0,
        rotation => coordinate(rotation, at.member("rotation"), errors)?,
    };
    // The first version of the schema had no shapes: an area was a rectangle.
    let legacy = matches!(area.shape, Field::Missing) && !matches!(area.width, Field::Missing);
    let shape = errors.may(area.shape, at.member("shape")).unwrap_or_default();
    match shape.as_str() {
        _ if legacy => {
            let size = document::Extent { width: area.width, height: area.height };
            rectangle(extent(size, at, errors)?, middle, rotation)
        }
        "rectangle" => {
            let size = errors.need(area.rectangle, at.member("rectangle"))?;
            rectangle(extent(size, at.member("rectangle"), errors)?, middle, rotation)
        }
        "circle" => {
            let at = at.member("circle");
            let radius = length(errors.need(area.circle, at)?.radius, at.member("radius"), errors)?;
            Some(ellipse(middle, radius, radius, 0.0))
        }
        "ellipse" => {
            let at = at.member("ellipse");
            let radius = errors.need(area.ellipse, at)?.radius;
            let radius = errors.need(radius, at.member("radius"))?;
            let at_radius = at.member("radius");
            let (x, y) =
                (length(radius.x, at_radius.member("x"), errors), length(radius.y, at_radius.member("y"), errors));
            Some(ellipse(middle, x?, y?, rotation))
        }
        "polygon" => {
            let at = at.member("polygon");
            let points = errors.need(area.polygon, at)?.points;
            polygon(errors.need(points, at.member("points"))?, middle, rotation, at.member("points"), errors)
        }
        "text" | "" => None,
        other => {
            let sentence =
                format_args!("There is no shape {other:?}; there are rectangle, circle, ellipse, polygon, text.");
            errors.add("shape_unknown", at.member("shape"), sentence);
            None
        }
    }
}

fn ellipse(middle: Point, radius_x: f64, radius_y: f64, rotation: f64) -> Outline {
    Outline::Ellipse {
        x: middle.x as f32,
        y: middle.y as f32,
        radius_x: radius_x as f32,
        radius_y: radius_y as f32,
        rotation_degrees: rotation as f32,
    }
}

fn rectangle((width, height): (f32, f32), corner: Point, rotation: f64) -> Option<Outline> {
    let (width, height) = (f64::from(width), f64::from(height));
    let corners = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
    let points = corners.into_iter().map(|(x, y)| turned(Point { x, y }, corner, rotation)).collect();
    Some(Outline::Polygon { points })
}

fn polygon(
    points: document::List<document::Position>,
    origin: Point,
    rotation: f64,
    at: Path<'_>,
    errors: &mut Errors,
) -> Option<Outline> {
    if !(3..=POLYGON_POINTS_MAX).contains(&points.len()) {
        errors.add("polygon_points", at, format_args!("A polygon has from 3 to {POLYGON_POINTS_MAX} points."));
        return None;
    }
    let mut corners = Vec::with_capacity(points.len());
    for (index, position) in points.into_iter().enumerate() {
        let position = errors.need(position, at.item(index))?;
        corners.push(turned(point(position, at.item(index), errors)?, origin, rotation));
    }
    Some(Outline::Polygon { points: corners })
}

/// A point given relative to `origin`, turned clockwise around it (the map's y grows downwards).
fn turned(offset: Point, origin: Point, degrees: f64) -> [f32; 2] {
    let (sin, cos) = degrees.to_radians().sin_cos();
    [(origin.x + offset.x * cos - offset.y * sin) as f32, (origin.y + offset.x * sin + offset.y * cos) as f32]
}

/// Left, top, right and bottom of a shape.
fn bounds(outline: &Outline) -> [f64; 4] {
    match outline {
        Outline::Polygon { points } => {
            let all = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
            points
                .iter()
                .map(|point| point.map(f64::from))
                .fold(all, |[left, top, right, bottom], [x, y]| [left.min(x), top.min(y), right.max(x), bottom.max(y)])
        }
        Outline::Ellipse { x, y, radius_x, radius_y, rotation_degrees } => {
            let (sin, cos) = f64::from(*rotation_degrees).to_radians().sin_cos();
            let (rx, ry) = (f64::from(*radius_x), f64::from(*radius_y));
            let (half_width, half_height) = ((rx * cos).hypot(ry * sin), (rx * sin).hypot(ry * cos));
            let (x, y) = (f64::from(*x), f64::from(*y));
            [x - half_width, y - half_height, x + half_width, y + half_height]
        }
    }
}
