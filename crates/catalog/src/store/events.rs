//! Events, and the public list of them.

use std::collections::HashMap;

use domain::{EventId, OrganiserId, PerformanceId, Problem, SaleId, Timestamp, VenueId, limits};
use serde::Serialize;

use super::organisers::refused;
use super::{CatalogStore, Named, new_id, unavailable};
use crate::{cursor, text, time};

/// The name of this list in its cursors.
const LIST: &str = "events";

/// A page of events, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventsPage {
    /// The events.
    pub events: Vec<EventEntry>,
    /// The cursor of the next page; `None` on the last one.
    pub next: Option<String>,
}

/// An event in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventEntry {
    /// Its id.
    pub id: EventId,
    /// Shown to fans.
    pub name: String,
    /// Who runs it.
    pub organiser: Named<OrganiserId>,
    /// Its performances, the earliest first.
    pub performances: Vec<PerformanceEntry>,
}

/// A performance in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PerformanceEntry {
    /// Its id.
    pub id: PerformanceId,
    /// RFC 3339 with the venue's offset.
    pub starts_at: String,
    /// The venue's zone, an IANA name.
    pub time_zone: String,
    /// Where.
    pub venue: Named<VenueId>,
    /// Its sale, if it was put on sale.
    pub sale: Option<SaleId>,
}

/// Event, performance, beginning, zone, venue, its name, sale.
type PerformanceRow = (u32, u32, i64, String, u32, String, Option<u32>);

impl CatalogStore {
    /// Adds an event.
    ///
    /// # Errors
    /// `name_invalid`, `organiser_unknown`.
    pub async fn create_event(&self, organiser: OrganiserId, name: &str) -> Result<EventId, Problem> {
        let name = text::name(name, "/name")?;
        let insert =
            sqlx::query("INSERT INTO events (organiser_id, name) VALUES (?, ?)").bind(organiser.get()).bind(name);
        let done = insert.execute(&self.pool).await.map_err(refused)?;
        Ok(EventId::new(new_id(done.last_insert_rowid())?))
    }

    /// A page of all events, newest first; `limit` is brought between 1 and [`limits::PAGE_ROWS_MAX`].
    ///
    /// Events added meanwhile stand before the first page, so following the cursor shows none twice and skips none.
    ///
    /// # Errors
    /// `cursor_invalid` at `/after`.
    pub async fn events(&self, after: Option<&str>, limit: usize) -> Result<EventsPage, Problem> {
        let limit = limit.clamp(1, limits::PAGE_ROWS_MAX);
        let below = after.map(|after| cursor::read(LIST, after)).transpose()?.unwrap_or(u32::MAX);
        let select = sqlx::query_as(
            "SELECT e.id, e.name, o.id, o.name FROM events e JOIN organisers o ON o.id = e.organiser_id \
             WHERE e.id < ? ORDER BY e.id DESC LIMIT ?",
        );
        // One more row than asked for tells whether there is a next page.
        let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut rows: Vec<(u32, String, u32, String)> =
            select.bind(below).bind(rows).fetch_all(&self.pool).await.map_err(unavailable)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().map(|row| row.0);
        let next = last.filter(|_| more).map(|last| cursor::write(LIST, last));
        let (Some(newest), Some(oldest)) = (rows.first().map(|row| row.0), last) else {
            return Ok(EventsPage { events: Vec::new(), next: None });
        };
        let mut performances = self.performances_between(oldest, newest).await?;
        let events = rows.into_iter().map(|(id, name, organiser, organiser_name)| EventEntry {
            id: EventId::new(id),
            name,
            organiser: Named { id: OrganiserId::new(organiser), name: organiser_name },
            performances: performances.remove(&id).unwrap_or_default(),
        });
        Ok(EventsPage { events: events.collect(), next })
    }

    /// The performances of the events with numbers in this range: a page without gaps between its numbers.
    async fn performances_between(
        &self,
        oldest: u32,
        newest: u32,
    ) -> Result<HashMap<u32, Vec<PerformanceEntry>>, Problem> {
        let select = sqlx::query_as(
            "SELECT p.event_id, p.id, p.starts_at_ms, v.time_zone, v.id, v.name, s.id FROM performances p \
             JOIN venues v ON v.id = p.venue_id LEFT JOIN sales s ON s.performance_id = p.id \
             WHERE p.event_id BETWEEN ? AND ? ORDER BY p.event_id, p.starts_at_ms, p.id",
        );
        let rows: Vec<PerformanceRow> =
            select.bind(oldest).bind(newest).fetch_all(&self.pool).await.map_err(unavailable)?;
        let mut by_event: HashMap<u32, Vec<PerformanceEntry>> = HashMap::new();
        for (event, id, starts_at_ms, time_zone, venue, venue_name, sale) in rows {
            by_event.entry(event).or_default().push(PerformanceEntry {
                id: PerformanceId::new(id),
                starts_at: time::rfc3339(Timestamp::from_millis(starts_at_ms), &time_zone),
                time_zone,
                venue: Named { id: VenueId::new(venue), name: venue_name },
                sale: sale.map(SaleId::new),
            });
        }
        Ok(by_event)
    }
}

pub(super) fn event_unknown() -> Problem {
    Problem::new("event_unknown", "There is no such event of this organiser.").at("/event")
}
