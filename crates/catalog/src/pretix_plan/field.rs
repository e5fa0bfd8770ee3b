//! A member of the document that may be missing or of another type, without stopping the reading.
//!
//! The reader wants every mistake of a plan at once, each with its place; a plain `derive` stops at the first
//! and knows only the line.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a JSON value is, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    List,
    Object,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::Flag => "true or false",
            Self::List => "a list",
            Self::Object => "an object",
        })
    }
}

/// A member as found. `null` counts as missing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum Field<T> {
    #[default]
    Missing,
    Wrong(Kind),
    Is(T),
}

/// A type a member can have, made from whichever JSON value suits it.
pub(super) trait Shape<'de>: Sized {
    const EXPECTED: Kind;

    fn text(_text: String) -> Option<Self> {
        None
    }
    fn number(_number: f64) -> Option<Self> {
        None
    }
    fn flag(_flag: bool) -> Option<Self> {
        None
    }
    fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn object<A: MapAccess<'de>>(mut members: A) -> Result<Option<Self>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<'de> Shape<'de> for String {
    const EXPECTED: Kind = Kind::Text;
    fn text(text: String) -> Option<Self> {
        Some(text)
    }
}

impl<'de> Shape<'de> for f64 {
    const EXPECTED: Kind = Kind::Number;
    fn number(number: f64) -> Option<Self> {
        Some(number)
    }
}

impl<'de> Shape<'de> for bool {
    const EXPECTED: Kind = Kind::Flag;
    fn flag(flag: bool) -> Option<Self> {
        Some(flag)
    }
}

impl<'de, T: Deserialize<'de>> Shape<'de> for Vec<T> {
    const EXPECTED: Kind = Kind::List;
    fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Option<Self>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Some(list))
    }
}

impl<'de, T: Shape<'de>> Shape<'de> for Box<T> {
    const EXPECTED: Kind = T::EXPECTED;
    fn text(text: String) -> Option<Self> {
        T::text(text).map(Box::new)
    }
    fn object<A: MapAccess<'de>>(members: A) -> Result<Option<Self>, A::Error> {
        Ok(T::object(members)?.map(Box::new))
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

fn or_wrong<T>(value: Option<T>, kind: Kind) -> Field<T> {
    value.map_or(Field::Wrong(kind), Field::Is)
}

impl<'de, T: Shape<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", T::EXPECTED)
    }
    fn visit_unit<E>(self) -> Result<Field<T>, E> {
        Ok(Field::Missing)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Field<T>, E> {
        Ok(or_wrong(T::flag(value), Kind::Flag))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Field<T>, E> {
        Ok(or_wrong(T::number(value as f64), Kind::Number))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Field<T>, E> {
        Ok(or_wrong(T::number(value as f64), Kind::Number))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Field<T>, E> {
        Ok(or_wrong(T::number(value), Kind::Number))
    }
    fn visit_str<E>(self, value: &str) -> Result<Field<T>, E> {
        Ok(or_wrong(T::text(value.to_owned()), Kind::Text))
    }
    fn visit_string<E>(self, value: String) -> Result<Field<T>, E> {
        Ok(or_wrong(T::text(value), Kind::Text))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Field<T>, A::Error> {
        Ok(or_wrong(T::list(items)?, Kind::List))
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Field<T>, A::Error> {
        Ok(or_wrong(T::object(members)?, Kind::Object))
    }
}
