//! Performances: an event at a venue at a time.

use database::Number;
use domain::{EventId, OrganiserId, PerformanceId, Problem, Timestamp, VenueId};
use sqlx::{AnyConnection, FromRow};

use super::events::event_unknown;
use super::venues::venue_unknown;
use super::{CatalogStore, changed, owned, sale_begun, unavailable};
use crate::{text, time};

/// Performances of one event, so that a page of events stays small.
pub const PERFORMANCES_PER_EVENT_MAX: i64 = 200;

/// A performance to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerformance {
    /// What is performed.
    pub event: EventId,
    /// What can be changed of it.
    pub details: PerformanceDetails,
}

/// Where and when, and what else fans are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerformanceDetails {
    /// Where.
    pub venue: VenueId,
    /// When it begins.
    pub starts_at: Timestamp,
    /// When the doors open.
    pub doors_at: Option<Timestamp>,
    /// A few sentences for fans, plain text.
    pub note: Option<String>,
}

/// A performance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performance {
    /// Its id.
    pub id: PerformanceId,
    /// What is performed.
    pub event: EventId,
    /// Where and when.
    pub details: PerformanceDetails,
    /// The venue's zone, an IANA name.
    pub time_zone: String,
    /// Grows with each change.
    pub version: u32,
}

#[derive(FromRow)]
struct PerformanceRow {
    event_id: Number,
    venue_id: Number,
    starts_at_ms: i64,
    doors_at_ms: Option<i64>,
    note: Option<String>,
    time_zone: String,
    version: Number,
}

/// What a change of a performance must heed.
#[derive(FromRow)]
struct Sold {
    venue_id: Number,
    starts_at_ms: i64,
    opens_at_ms: Option<i64>,
}

impl PerformanceDetails {
    /// A performance of which nothing else is known.
    pub fn new(venue: VenueId, starts_at: Timestamp) -> Self {
        Self { venue, starts_at, doors_at: None, note: None }
    }

    fn checked(&self) -> Result<Self, Problem> {
        let starts_at = time::sane(self.starts_at, "/starts_at")?;
        let doors_at = self.doors_at.map(|at| time::sane(at, "/doors_at")).transpose()?;
        if doors_at.is_some_and(|doors_at| doors_at > starts_at) {
            let sentence = "The doors open before the performance begins.";
            return Err(Problem::new("time_invalid", sentence).at("/doors_at"));
        }
        let note = self.note.as_deref().map(|note| text::description(note, "/note")).transpose()?;
        Ok(Self { venue: self.venue, starts_at, doors_at, note: note.filter(|note| !note.is_empty()) })
    }
}

impl CatalogStore {
    /// Adds a performance; its event and venue must be the organiser's.
    ///
    /// # Errors
    /// `event_unknown`, `venue_unknown`, `time_invalid`, `description_invalid`, `too_many_performances`.
    pub async fn create_performance(
        &self,
        organiser: OrganiserId,
        new: &NewPerformance,
    ) -> Result<PerformanceId, Problem> {
        let details = new.details.checked()?;
        owned(self.organiser_of_event(new.event).await?, organiser, event_unknown)?;
        owned(self.organiser_of_venue(details.venue).await?, organiser, venue_unknown)?;
        let mut transaction = self.write().await?;
        if performances_of(&mut transaction, new.event).await? >= PERFORMANCES_PER_EVENT_MAX {
            let sentence = format!("An event has at most {PERFORMANCES_PER_EVENT_MAX} performances.");
            return Err(Problem::new("too_many_performances", sentence).at("/event"));
        }
        let insert = sqlx::query_scalar(
            "INSERT INTO performances (event_id, venue_id, starts_at_ms, doors_at_ms, note) \
             VALUES ($1, $2, $3, $4, $5) RETURNING id",
        );
        let insert = insert
            .bind(Number::from(new.event.get()))
            .bind(Number::from(details.venue.get()))
            .bind(details.starts_at.as_millis());
        let insert = insert.bind(details.doors_at.map(Timestamp::as_millis)).bind(details.note);
        let id: Number = insert.fetch_one(&mut *transaction).await.map_err(unavailable)?;
        transaction.commit().await.map_err(unavailable)?;
        self.listing.forget();
        Ok(PerformanceId::new(id.get()))
    }

    /// Makes of a performance what `new` says, if it still has this version. Once its sale has begun, place and time
    /// stay: only the doors and the note may change.
    ///
    /// # Errors
    /// `performance_unknown`, `venue_unknown`, `time_invalid`, `description_invalid`, `changed_meanwhile`, `sale_begun`
    /// at what may not change, `setting_invalid` at `/starts_at`.
    pub async fn change_performance(
        &self,
        id: PerformanceId,
        version: u32,
        new: &PerformanceDetails,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let mut new = new.checked()?;
        let organiser = self.organiser_of_performance(id).await?.ok_or_else(performance_unknown)?;
        owned(self.organiser_of_venue(new.venue).await?, organiser, venue_unknown)?;
        let mut transaction = self.write().await?;
        let sold = sqlx::query_as(
            "SELECT p.venue_id, p.starts_at_ms, s.opens_at_ms FROM performances p \
             LEFT JOIN sales s ON s.performance_id = p.id WHERE p.id = $1",
        );
        let sold: Option<Sold> =
            sold.bind(Number::from(id.get())).fetch_optional(&mut *transaction).await.map_err(unavailable)?;
        let sold = sold.ok_or_else(performance_unknown)?;
        new.starts_at = sold.as_stored(new.starts_at);
        sold.allows(&new, now)?;
        let update = sqlx::query(
            "UPDATE performances SET venue_id = $1, starts_at_ms = $2, doors_at_ms = $3, note = $4, version = version + 1 \
             WHERE id = $5 AND version = $6",
        );
        let update = update.bind(Number::from(new.venue.get())).bind(new.starts_at.as_millis());
        let update = update
            .bind(new.doors_at.map(Timestamp::as_millis))
            .bind(new.note)
            .bind(Number::from(id.get()))
            .bind(Number::from(version));
        let done = update.execute(&mut *transaction).await.map_err(unavailable)?;
        transaction.commit().await.map_err(unavailable)?;
        self.listing.forget();
        changed(done.rows_affected(), true, performance_unknown)
    }

    /// A performance.
    ///
    /// # Errors
    /// `performance_unknown`.
    pub async fn performance(&self, id: PerformanceId) -> Result<Performance, Problem> {
        let select = sqlx::query_as(
            "SELECT p.event_id, p.venue_id, p.starts_at_ms, p.doors_at_ms, p.note, p.version, v.time_zone \
             FROM performances p JOIN venues v ON v.id = p.venue_id WHERE p.id = $1",
        );
        let row: Option<PerformanceRow> =
            select.bind(Number::from(id.get())).fetch_optional(self.tables.readers()).await.map_err(unavailable)?;
        let row = row.ok_or_else(performance_unknown)?;
        let details = PerformanceDetails {
            venue: VenueId::new(row.venue_id.get()),
            starts_at: Timestamp::from_millis(row.starts_at_ms),
            doors_at: row.doors_at_ms.map(Timestamp::from_millis),
            note: row.note,
        };
        let event = EventId::new(row.event_id.get());
        Ok(Performance { id, event, details, time_zone: row.time_zone, version: row.version.get() })
    }
}

impl Sold {
    /// Times are told to the second: whoever sends one back as it was told has not changed it.
    fn as_stored(&self, starts_at: Timestamp) -> Timestamp {
        let told = |millis: i64| millis.div_euclid(1_000);
        let same = told(starts_at.as_millis()) == told(self.starts_at_ms);
        if same { Timestamp::from_millis(self.starts_at_ms) } else { starts_at }
    }

    fn allows(&self, new: &PerformanceDetails, now: Timestamp) -> Result<(), Problem> {
        let Some(opens_at) = self.opens_at_ms.map(Timestamp::from_millis) else { return Ok(()) };
        let begun = now >= opens_at;
        if begun && new.venue.get() != self.venue_id.get() {
            return Err(sale_begun("/venue"));
        }
        if begun && new.starts_at.as_millis() != self.starts_at_ms {
            return Err(sale_begun("/starts_at"));
        }
        if new.starts_at <= opens_at {
            let sentence = "A performance must begin after its sale opens.";
            return Err(Problem::new("setting_invalid", sentence).at("/starts_at"));
        }
        Ok(())
    }
}

async fn performances_of(connection: &mut AnyConnection, event: EventId) -> Result<i64, Problem> {
    let sql = "SELECT COUNT(*) FROM performances WHERE event_id = $1 AND rehearsal = 0";
    let count = sqlx::query_scalar(sql).bind(Number::from(event.get()));
    count.fetch_one(connection).await.map_err(unavailable)
}

pub(super) fn performance_unknown() -> Problem {
    Problem::new("performance_unknown", "There is no such performance of this organiser.").at("/performance")
}
