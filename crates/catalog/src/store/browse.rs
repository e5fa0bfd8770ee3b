//! What fans browse: all events with their performances, found by text, place, date and kind.
//!
//! The whole listing is kept in memory: it is small, changes a few times a day, and a crowd looks at it. What this process
//! adds is in it at once, what another one adds (`onsale sale import`) after a few seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use database::Number;
use domain::{Currency, EventId, Money, OrganiserId, PerformanceId, Problem, SaleId, Timestamp, VenueId, limits};
use sqlx::FromRow;

use super::{CatalogStore, Category, Named, inconsistent, unavailable};
use crate::{cursor, time};

/// How long the listing is kept.
const KEPT_MS: i64 = 5_000;
/// Characters of a search text that count.
const TEXT_CHARS_MAX: usize = 100;

/// An event in the listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEntry {
    /// Its id.
    pub id: EventId,
    /// Shown to fans.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// What kind of event it is.
    pub category: Option<Category>,
    /// Who runs it.
    pub organiser: Named<OrganiserId>,
    /// Grows with each change.
    pub version: u32,
    /// Its performances, the earliest first.
    pub performances: Vec<PerformanceEntry>,
    /// What a search text is looked for in.
    haystack: String,
}

/// A performance in the listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerformanceEntry {
    /// Its id.
    pub id: PerformanceId,
    /// RFC 3339 with the venue's offset; the date fans filter by.
    pub starts_at: String,
    /// The same instant.
    pub starts_at_instant: Timestamp,
    /// When the doors open, RFC 3339 with the venue's offset.
    pub doors_at: Option<String>,
    /// A few sentences about it, plain text.
    pub note: Option<String>,
    /// The venue's zone, an IANA name.
    pub time_zone: String,
    /// Grows with each change.
    pub version: u32,
    /// Where.
    pub venue: Named<VenueId>,
    /// The venue's city.
    pub city: Option<String>,
    /// Its sale, if it was put on sale.
    pub sale: Option<SaleEntry>,
}

/// What the listing says of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaleEntry {
    /// Its id.
    pub id: SaleId,
    /// When the line begins to count.
    pub opens_at: Timestamp,
    /// The lowest and the highest price.
    pub prices: (Money, Money),
}

/// What somebody looks for. Everything that is set must hold; what concerns performances, for the same one.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Words of the name, the organiser, the venue or the city. Case, spaces and punctuation do not matter, so Korean
    /// may be typed with or without spaces.
    pub text: Option<String>,
    /// Of this kind.
    pub category: Option<Category>,
    /// In this city.
    pub city: Option<String>,
    /// Not before this date of the venue's calendar, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Not after this date.
    pub until: Option<String>,
    /// Of this organiser.
    pub organiser: Option<OrganiserId>,
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The events: in the order of their next performance, or newest first if nothing was looked for.
    pub events: Vec<EventEntry>,
    /// The cursor of the next page; `None` on the last one.
    pub next: Option<String>,
    /// The kinds there are.
    pub categories: Vec<Category>,
    /// The cities there are.
    pub cities: Vec<String>,
}

/// All events, and what there is to look for.
#[derive(Debug)]
struct All {
    read_at: Timestamp,
    events: Vec<EventEntry>,
    categories: Vec<Category>,
    cities: Vec<String>,
}

/// The listing in memory, and how often something was added.
#[derive(Debug, Default)]
pub(super) struct Listing {
    kept: Mutex<(u64, Option<Arc<All>>)>,
}

impl Listing {
    /// Something was added.
    pub(super) fn forget(&self) {
        let mut kept = self.lock();
        *kept = (kept.0 + 1, None);
    }

    fn lock(&self) -> MutexGuard<'_, (u64, Option<Arc<All>>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl All {
    fn of(events: Vec<EventEntry>, read_at: Timestamp) -> Self {
        let categories: BTreeSet<Category> = events.iter().filter_map(|event| event.category).collect();
        let cities: BTreeSet<&String> =
            events.iter().flat_map(|event| event.performances.iter().filter_map(|it| it.city.as_ref())).collect();
        let cities = cities.into_iter().cloned().collect();
        Self { read_at, categories: categories.into_iter().collect(), cities, events }
    }
}

#[derive(FromRow)]
struct EventRow {
    id: Number,
    name: String,
    description: Option<String>,
    category: Option<String>,
    version: Number,
    organiser_id: Number,
    organiser_name: String,
}

#[derive(FromRow)]
struct PerformanceRow {
    event_id: Number,
    id: Number,
    starts_at_ms: i64,
    doors_at_ms: Option<i64>,
    note: Option<String>,
    version: Number,
    time_zone: String,
    venue_id: Number,
    venue_name: String,
    city: Option<String>,
    sale_id: Option<Number>,
    opens_at_ms: Option<i64>,
    currency: Option<String>,
    price_from: Option<i64>,
    price_to: Option<i64>,
}

const EVENTS: &str = "SELECT e.id, e.name, e.description, e.category, e.version, o.id AS organiser_id, \
     o.name AS organiser_name FROM events e JOIN organisers o ON o.id = e.organiser_id ORDER BY e.id DESC";
const PERFORMANCES: &str = "SELECT p.event_id, p.id, p.starts_at_ms, p.doors_at_ms, p.note, p.version, \
     v.time_zone, v.id AS venue_id, v.name AS venue_name, v.city, s.id AS sale_id, s.opens_at_ms, s.currency, \
     (SELECT MIN(amount) FROM sale_prices WHERE sale_id = s.id) AS price_from, \
     (SELECT MAX(amount) FROM sale_prices WHERE sale_id = s.id) AS price_to \
     FROM performances p JOIN venues v ON v.id = p.venue_id LEFT JOIN sales s ON s.performance_id = p.id \
     WHERE p.rehearsal = 0 ORDER BY p.event_id, p.starts_at_ms, p.id";

impl CatalogStore {
    /// A page of what is found; `limit` is brought between 1 and [`limits::PAGE_ROWS_MAX`].
    ///
    /// # Errors
    /// `cursor_invalid` at `/after`, `date_invalid`.
    pub async fn search(
        &self,
        search: &Search,
        after: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Found, Problem> {
        let filter = Filter::new(search)?;
        let all = self.all_events(now).await?;
        let mut found: Vec<&EventEntry> = all.events.iter().filter(|event| filter.finds(event)).collect();
        if filter.looks {
            found.sort_by_key(|event| event.order(now));
        }
        let begin = match after {
            Some(after) => {
                let last = cursor::read(filter.list(), after)?;
                found.iter().position(|event| event.id.get() == last).map_or(found.len(), |at| at + 1)
            }
            None => 0,
        };
        let limit = limit.clamp(1, limits::PAGE_ROWS_MAX);
        let events: Vec<EventEntry> =
            found.iter().skip(begin).take(limit).map(|event| EventEntry::clone(event)).collect();
        let more = found.len() > begin + events.len();
        let next = events.last().filter(|_| more).map(|last| cursor::write(filter.list(), last.id.get()));
        Ok(Found { events, next, categories: all.categories.clone(), cities: all.cities.clone() })
    }

    /// One event of the listing.
    ///
    /// # Errors
    /// `event_unknown`.
    pub async fn event(&self, id: EventId, now: Timestamp) -> Result<EventEntry, Problem> {
        let all = self.all_events(now).await?;
        let found = all.events.iter().find(|event| event.id == id).cloned();
        found.ok_or_else(|| Problem::new("event_unknown", "There is no such event."))
    }

    async fn all_events(&self, now: Timestamp) -> Result<Arc<All>, Problem> {
        let (generation, kept) = self.listing.lock().clone();
        let fresh = |all: &Arc<All>| (0..KEPT_MS).contains(&(now.as_millis() - all.read_at.as_millis()));
        if let Some(kept) = kept.filter(fresh) {
            return Ok(kept);
        }
        let events: Vec<EventRow> =
            sqlx::query_as(EVENTS).fetch_all(self.tables.readers()).await.map_err(unavailable)?;
        let rows: Vec<PerformanceRow> =
            sqlx::query_as(PERFORMANCES).fetch_all(self.tables.readers()).await.map_err(unavailable)?;
        let mut performances: BTreeMap<Number, Vec<PerformanceEntry>> = BTreeMap::new();
        for row in rows {
            performances.entry(row.event_id).or_default().push(row.into_entry()?);
        }
        let read: Result<Vec<EventEntry>, Problem> = events
            .into_iter()
            .map(|row| {
                let performances = performances.remove(&row.id).unwrap_or_default();
                row.into_entry(performances)
            })
            .collect();
        let read = Arc::new(All::of(read?, now));
        let mut kept = self.listing.lock();
        // What was added while this was read may be missing in it.
        if kept.0 == generation {
            kept.1 = Some(Arc::clone(&read));
        }
        Ok(read)
    }
}

impl EventEntry {
    /// The next performance first, what is over last, the latest of it first.
    fn order(&self, now: Timestamp) -> (bool, i64, u32) {
        let next = self.performances.iter().map(|it| it.starts_at_instant).find(|at| *at >= now);
        let last = self.performances.last().map_or(0, |it| it.starts_at_instant.as_millis());
        next.map_or((true, -last, self.id.get()), |next| (false, next.as_millis(), self.id.get()))
    }
}

impl EventRow {
    fn into_entry(self, performances: Vec<PerformanceEntry>) -> Result<EventEntry, Problem> {
        let category = self.category.as_deref().map(str::parse).transpose();
        let category = category.map_err(|_| inconsistent(format_args!("category of event {}", self.id.get())))?;
        let mut haystack = normalised(&self.name);
        let places = performances.iter().flat_map(|it| [Some(it.venue.name.as_str()), it.city.as_deref()]).flatten();
        for part in std::iter::once(self.organiser_name.as_str()).chain(places) {
            // Nothing is found across two of them.
            haystack.push('\n');
            haystack.push_str(&normalised(part));
        }
        Ok(EventEntry {
            id: EventId::new(self.id.get()),
            name: self.name,
            description: self.description,
            category,
            organiser: Named { id: OrganiserId::new(self.organiser_id.get()), name: self.organiser_name },
            version: self.version.get(),
            performances,
            haystack,
        })
    }
}

impl PerformanceRow {
    fn into_entry(self) -> Result<PerformanceEntry, Problem> {
        let starts_at = Timestamp::from_millis(self.starts_at_ms);
        let sale = match (self.sale_id, self.opens_at_ms, self.currency, self.price_from, self.price_to) {
            (Some(id), Some(opens_at), Some(currency), Some(from), Some(to)) => {
                let currency: Currency =
                    currency.parse().map_err(|_| inconsistent(format_args!("currency of sale {}", id.get())))?;
                let prices = (Money::new(from, currency), Money::new(to, currency));
                Some(SaleEntry { id: SaleId::new(id.get()), opens_at: Timestamp::from_millis(opens_at), prices })
            }
            _ => None,
        };
        Ok(PerformanceEntry {
            id: PerformanceId::new(self.id.get()),
            starts_at: time::rfc3339(starts_at, &self.time_zone),
            doors_at: self.doors_at_ms.map(|at| time::rfc3339(Timestamp::from_millis(at), &self.time_zone)),
            note: self.note,
            version: self.version.get(),
            starts_at_instant: starts_at,
            time_zone: self.time_zone,
            venue: Named { id: VenueId::new(self.venue_id.get()), name: self.venue_name },
            city: self.city,
            sale,
        })
    }
}

/// A search, ready to be compared.
struct Filter<'a> {
    words: Vec<String>,
    search: &'a Search,
    /// Something is looked for, beside whose events they are.
    looks: bool,
}

impl<'a> Filter<'a> {
    fn new(search: &'a Search) -> Result<Self, Problem> {
        let text: String = search.text.iter().flat_map(|text| text.chars()).take(TEXT_CHARS_MAX).collect();
        let words: Vec<String> = text.split_whitespace().map(normalised).filter(|word| !word.is_empty()).collect();
        for (date, pointer) in [(&search.from, "/from"), (&search.until, "/until")] {
            if date.as_deref().is_some_and(|date| date.parse::<jiff::civil::Date>().is_err() || date.len() != 10) {
                return Err(Problem::new("date_invalid", "This is not a date such as 2027-03-06.").at(pointer));
            }
        }
        let looks = !words.is_empty() || search.category.is_some() || search.concerns_performances();
        Ok(Self { words, search, looks })
    }

    /// The name of the list in its cursors.
    fn list(&self) -> &'static str {
        if self.looks { "found" } else { "events" }
    }

    fn finds(&self, event: &EventEntry) -> bool {
        let search = self.search;
        search.organiser.is_none_or(|organiser| event.organiser.id == organiser)
            && search.category.is_none_or(|category| event.category == Some(category))
            && self.words.iter().all(|word| event.haystack.contains(word))
            && (!search.concerns_performances() || event.performances.iter().any(|it| search.takes(it)))
    }
}

impl Search {
    fn concerns_performances(&self) -> bool {
        self.city.is_some() || self.from.is_some() || self.until.is_some()
    }

    fn takes(&self, performance: &PerformanceEntry) -> bool {
        let date = performance.starts_at.get(..10).unwrap_or_default();
        self.city.as_ref().is_none_or(|city| performance.city.as_ref() == Some(city))
            && self.from.as_deref().is_none_or(|from| date >= from)
            && self.until.as_deref().is_none_or(|until| date <= until)
    }
}

/// Letters and digits in lower case, and nothing else: spaces and punctuation do not matter.
fn normalised(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_case_and_punctuation_do_not_matter() {
        assert_eq!(normalised("아이유 콘서트: The Golden Hour!"), "아이유콘서트thegoldenhour");
        assert!(normalised("2027 아이유 콘서트").contains(&normalised("아이유콘서트")));
    }
}
