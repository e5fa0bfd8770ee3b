//! The file as pretix publishes it (`seating-plan.schema.json`), older versions of the schema included.
//!
//! Members that neither the drawing nor the sale needs are skipped unread, so newer versions pass as well.

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess};

use super::field::{Field, Kind, Shape};

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident { $($member:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Default, Deserialize)]
        #[serde(default)]
        pub(super) struct $name { $(pub(super) $member: Field<$type>,)* }

        impl<'de> Shape<'de> for $name {
            const EXPECTED: Kind = Kind::Object;
            fn object<A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
                Self::deserialize(MapAccessDeserializer::new(members)).map(Some)
            }
        }
    )*};
}

/// Items are fields too: one of the wrong type is one mistake, not the end of the list.
pub(super) type List<T> = Vec<Field<T>>;

objects! {
    /// The whole plan.
    Document { name: String, categories: List<Category>, zones: List<Zone>, size: Extent, }
    /// A price level.
    Category { name: String, color: String, }
    /// A part of the hall; everything in it is placed relative to it.
    Zone { name: String, zone_id: String, position: Position, rows: List<Row>, areas: List<Box<Area>>, }
    /// A row of seats. `rank` is ours: see the module above.
    Row { row_number: String, row_label: String, position: Position, rank: f64, seats: List<Box<Seat>>, }
    /// A seat. `accessible` and `blocked` are ours.
    Seat { seat_guid: String, seat_number: String, position: Position, category: String, accessible: bool, blocked: bool, }
    /// A shape. `onsale` is ours; `width` and `height` are from the schema's first version.
    Area {
        shape: String, position: Position, rotation: f64, color: String, border_color: String,
        rectangle: Extent, circle: Circle, ellipse: Ellipse, polygon: Polygon, text: AreaText,
        width: f64, height: f64, onsale: Onsale,
    }
    /// A point, relative to what holds it.
    Position { x: f64, y: f64, }
    /// A width and a height.
    Extent { width: f64, height: f64, }
    Circle { radius: f64, }
    Ellipse { radius: Position, }
    Polygon { points: List<Position>, }
}

/// Words drawn on an area: an object, or in the schema's first version a text.
#[derive(Default)]
pub(super) struct AreaText {
    pub(super) text: Field<String>,
    pub(super) position: Field<Position>,
}

impl<'de> Shape<'de> for AreaText {
    const EXPECTED: Kind = Kind::Object;
    fn text(text: String) -> Option<Self> {
        Some(Self { text: Field::Is(text), position: Field::Missing })
    }
    fn object<A: MapAccess<'de>>(mut members: A) -> Result<Option<Self>, A::Error> {
        let mut text = Self::default();
        while let Some(member) = members.next_key::<String>()? {
            match member.as_str() {
                "text" => text.text = members.next_value()?,
                "position" => text.position = members.next_value()?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Some(text))
    }
}

/// What makes an area a standing area. A misspelt member here would silently keep places off sale, so the
/// first one that is not known is kept to be reported.
#[derive(Default)]
pub(super) struct Onsale {
    pub(super) capacity: Field<f64>,
    pub(super) category: Field<String>,
    pub(super) name: Field<String>,
    pub(super) unknown: Option<String>,
}

impl<'de> Shape<'de> for Onsale {
    const EXPECTED: Kind = Kind::Object;
    fn object<A: MapAccess<'de>>(mut members: A) -> Result<Option<Self>, A::Error> {
        let mut onsale = Self::default();
        while let Some(member) = members.next_key::<String>()? {
            match member.as_str() {
                "capacity" => onsale.capacity = members.next_value()?,
                "category" => onsale.category = members.next_value()?,
                "name" => onsale.name = members.next_value()?,
                _ => {
                    members.next_value::<IgnoredAny>()?;
                    onsale.unknown.get_or_insert(member);
                }
            }
        }
        Ok(Some(onsale))
    }
}
