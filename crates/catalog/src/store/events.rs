//! Events: what is performed.

use std::str::FromStr;

use database::Number;
use domain::{EventId, OrganiserId, Problem};

use super::organisers::refused;
use super::{CatalogStore, changed, unavailable};
use crate::text;

/// What kind of event it is; what fans filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Category {
    Concert,
    Theatre,
    Musical,
    Classical,
    Dance,
    Comedy,
    Sport,
    Exhibition,
    Family,
    Other,
}

const CATEGORIES: [(Category, &str); 10] = [
    (Category::Concert, "concert"),
    (Category::Theatre, "theatre"),
    (Category::Musical, "musical"),
    (Category::Classical, "classical"),
    (Category::Dance, "dance"),
    (Category::Comedy, "comedy"),
    (Category::Sport, "sport"),
    (Category::Exhibition, "exhibition"),
    (Category::Family, "family"),
    (Category::Other, "other"),
];

/// An event to add.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewEvent {
    /// Shown to fans.
    pub name: String,
    /// What it is about, in a few paragraphs of plain text.
    pub description: Option<String>,
    /// What kind of event it is.
    pub category: Option<Category>,
}

impl Category {
    /// The word it is stored and sent as.
    pub fn word(self) -> &'static str {
        CATEGORIES.iter().find(|(category, _)| *category == self).map_or("other", |(_, word)| word)
    }
}

impl FromStr for Category {
    type Err = Problem;

    /// # Errors
    /// `category_invalid` at `/category`.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let found = CATEGORIES.iter().find(|(_, word)| *word == text).map(|(category, _)| *category);
        found.ok_or_else(|| {
            let words: Vec<&str> = CATEGORIES.iter().map(|(_, word)| *word).collect();
            let sentence = format!("There is no such category; there are {}.", words.join(", "));
            Problem::new("category_invalid", sentence).at("/category")
        })
    }
}

impl CatalogStore {
    /// Adds an event.
    ///
    /// # Errors
    /// `name_invalid`, `description_invalid`, `organiser_unknown`.
    pub async fn create_event(&self, organiser: OrganiserId, new: &NewEvent) -> Result<EventId, Problem> {
        let name = text::name(&new.name, "/name")?;
        let description = new.description.as_deref().map(|it| text::description(it, "/description")).transpose()?;
        let insert = sqlx::query_scalar(
            "INSERT INTO events (organiser_id, name, description, category) VALUES ($1, $2, $3, $4) RETURNING id",
        )
        .bind(Number::from(organiser.get()))
        .bind(name)
        .bind(description.filter(|text| !text.is_empty()))
        .bind(new.category.map(Category::word));
        let mut writing = self.write().await?;
        let id: Number = insert.fetch_one(&mut *writing).await.map_err(refused)?;
        writing.commit().await.map_err(unavailable)?;
        self.listing.forget();
        Ok(EventId::new(id.get()))
    }

    /// Makes of an event what `new` says, if it still has this version.
    ///
    /// # Errors
    /// `name_invalid`, `description_invalid`, `event_unknown`, `changed_meanwhile`.
    pub async fn change_event(&self, id: EventId, version: u32, new: &NewEvent) -> Result<(), Problem> {
        let name = text::name(&new.name, "/name")?;
        let description = new.description.as_deref().map(|it| text::description(it, "/description")).transpose()?;
        let update = sqlx::query(
            "UPDATE events SET name = $1, description = $2, category = $3, version = version + 1 \
             WHERE id = $4 AND version = $5",
        );
        let update = update.bind(name).bind(description.filter(|text| !text.is_empty()));
        let update =
            update.bind(new.category.map(Category::word)).bind(Number::from(id.get())).bind(Number::from(version));
        let mut writing = self.write().await?;
        let done = update.execute(&mut *writing).await.map_err(unavailable)?;
        writing.commit().await.map_err(unavailable)?;
        let exists = self.organiser_of_event(id).await?.is_some();
        self.listing.forget();
        changed(done.rows_affected(), exists, event_unknown)
    }
}

pub(super) fn event_unknown() -> Problem {
    Problem::new("event_unknown", "There is no such event of this organiser.").at("/event")
}
