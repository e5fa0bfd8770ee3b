//! Price levels from the categories of the file, and finding one by its name.

use std::collections::HashMap;

use domain::{PriceLevel, PriceLevelIndex, limits};

use super::color;
use super::document::{Category, List};
use super::errors::{Errors, Path};
use super::field::Field;

/// How many category names a sentence lists.
const NAMES_LISTED_MAX: usize = 10;

/// The price levels of a plan.
pub(super) struct Levels {
    pub(super) list: Vec<PriceLevel>,
    by_name: HashMap<String, PriceLevelIndex>,
}

impl Levels {
    /// Reads the categories of the file.
    pub(super) fn read(categories: Field<List<Category>>, at: Path<'_>, errors: &mut Errors) -> Self {
        let mut levels = Self { list: Vec::new(), by_name: HashMap::new() };
        let Some(categories) = errors.need(categories, at) else { return levels };
        if categories.is_empty() {
            errors.add("categories_empty", at, "A plan needs at least one category.");
        }
        if categories.len() > limits::PRICE_LEVELS_MAX {
            let sentence = format_args!("A plan has at most {} categories.", limits::PRICE_LEVELS_MAX);
            errors.add("too_many", at, sentence);
            return levels;
        }
        for (index, category) in categories.into_iter().enumerate() {
            let at = at.item(index);
            if let Some(category) = errors.need(category, at) {
                levels.add(category, at, errors);
            }
        }
        levels
    }

    fn add(&mut self, category: Category, at: Path<'_>, errors: &mut Errors) {
        let name = errors.name(category.name, at.member("name"));
        let color = self.color(category.color, at.member("color"), errors);
        let Some(name) = name else { return };
        // The list was bounded by PRICE_LEVELS_MAX, which fits.
        let index = PriceLevelIndex(u8::try_from(self.list.len()).unwrap_or(u8::MAX));
        if self.by_name.insert(name.clone(), index).is_some() {
            let sentence = format_args!("There are two categories with the name {name:?}.");
            errors.add("category_duplicate", at.member("name"), sentence);
        }
        self.list.push(PriceLevel { name, color });
    }

    fn color(&self, color: Field<String>, at: Path<'_>, errors: &mut Errors) -> String {
        let fallback = color::default(self.list.len());
        let Some(text) = errors.may(color, at).filter(|text| !text.trim().is_empty()) else { return fallback };
        color::normal(&text).unwrap_or_else(|| {
            errors.add("color_invalid", at, "This is not a colour such as #336699.");
            fallback
        })
    }

    /// The level of the category with this name.
    pub(super) fn find(&self, name: Field<String>, at: Path<'_>, errors: &mut Errors) -> Option<PriceLevelIndex> {
        let name = errors.name(name, at)?;
        let level = self.by_name.get(name.as_str()).copied();
        // Without any category that could be read, the list itself is the mistake, not each seat.
        if level.is_none() && !self.list.is_empty() {
            let known: Vec<&str> = self.list.iter().take(NAMES_LISTED_MAX).map(|level| level.name.as_str()).collect();
            let known = known.join(", ");
            let sentence = format_args!("There is no category {name:?} in this plan. It has: {known}.");
            errors.add("category_unknown", at, sentence);
        }
        level
    }
}
