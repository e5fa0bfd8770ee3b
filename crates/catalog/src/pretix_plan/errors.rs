//! What is wrong with a plan: each mistake with the place in the file, many at once.

use std::fmt;

use domain::Problem;
use serde::Serialize;

use super::field::{Field, Shape};
use crate::text;

/// How many mistakes are told at once; the rest is only counted.
pub const PLAN_ERRORS_MAX: usize = 50;

/// One mistake in a plan file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanError {
    /// A stable word in `snake_case`.
    pub code: &'static str,
    /// Where, as a JSON pointer (RFC 6901) into the file; empty for the whole file.
    pub pointer: String,
    /// A sentence for the person who made the plan.
    pub detail: String,
}

/// The mistakes of a plan file, at least one, in the order in which they were found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the seating plan has {total} mistakes; the first: {}", self.first())]
pub struct PlanErrors {
    /// The first [`PLAN_ERRORS_MAX`] of them.
    pub errors: Vec<PlanError>,
    /// How many there are altogether.
    pub total: usize,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the file" } else { &self.pointer };
        write!(f, "{place}: {}", self.detail)
    }
}

impl PlanErrors {
    fn first(&self) -> &dyn fmt::Display {
        self.errors.first().map_or(&"none", |error| error as &dyn fmt::Display)
    }
}

impl From<PlanErrors> for Problem {
    /// One problem for the whole file, at the place of the first mistake.
    fn from(errors: PlanErrors) -> Self {
        let Some(first) = errors.errors.first() else {
            return Self::new("plan_invalid", "This seating plan cannot be read.");
        };
        let more = match errors.total {
            0 | 1 => String::new(),
            2 => " One more place is wrong.".to_owned(),
            total => format!(" {} more places are wrong.", total - 1),
        };
        Self::new("plan_invalid", format!("{}{more}", first.detail)).at(first.pointer.clone())
    }
}

/// A place in the file, built while walking down and written out only for a mistake.
#[derive(Clone, Copy)]
pub(super) enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'static str),
    Item(&'a Path<'a>, usize),
}

impl Path<'_> {
    pub(super) fn member(&self, name: &'static str) -> Path<'_> {
        Path::Member(self, name)
    }
    pub(super) fn item(&self, index: usize) -> Path<'_> {
        Path::Item(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => write!(f, "{parent}/{name}"),
            Self::Item(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// Collects mistakes while a plan is read.
#[derive(Default)]
pub(super) struct Errors {
    errors: Vec<PlanError>,
    total: usize,
}

impl Errors {
    /// Notes a mistake.
    pub(super) fn add(&mut self, code: &'static str, at: Path<'_>, detail: impl fmt::Display) {
        self.total += 1;
        if self.errors.len() < PLAN_ERRORS_MAX {
            self.errors.push(PlanError { code, pointer: at.to_string(), detail: detail.to_string() });
        }
    }

    /// The single mistake that ends the reading.
    pub(super) fn only(code: &'static str, pointer: String, detail: String) -> PlanErrors {
        PlanErrors { errors: vec![PlanError { code, pointer, detail }], total: 1 }
    }

    /// The value of a member that must be there.
    pub(super) fn need<'de, T: Shape<'de>>(&mut self, field: Field<T>, at: Path<'_>) -> Option<T> {
        if matches!(field, Field::Missing) {
            self.add("member_missing", at, format_args!("This is missing; it must be {}.", T::EXPECTED));
        }
        self.may(field, at)
    }

    /// The value of a member that may be missing.
    pub(super) fn may<'de, T: Shape<'de>>(&mut self, field: Field<T>, at: Path<'_>) -> Option<T> {
        match field {
            Field::Is(value) => Some(value),
            Field::Missing => None,
            Field::Wrong(kind) => {
                self.add("member_type", at, format_args!("This must be {}, but it is {kind}.", T::EXPECTED));
                None
            }
        }
    }

    /// A name that must be there.
    pub(super) fn name(&mut self, field: Field<String>, at: Path<'_>) -> Option<String> {
        let text = self.need(field, at)?;
        self.clean(&text, at)
    }

    /// The text as a name.
    pub(super) fn clean(&mut self, text: &str, at: Path<'_>) -> Option<String> {
        text::clean(text).map(str::to_owned).map_err(|fault| self.add("name_invalid", at, fault)).ok()
    }

    /// Whether nothing was noted yet.
    pub(super) fn none(&self) -> bool {
        self.total == 0
    }

    /// Whether any mistake was noted, as a result.
    pub(super) fn finish(self) -> Result<(), PlanErrors> {
        if self.total == 0 { Ok(()) } else { Err(PlanErrors { errors: self.errors, total: self.total }) }
    }
}
