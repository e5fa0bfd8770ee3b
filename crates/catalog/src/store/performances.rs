//! Performances: an event at a venue at a time.

use domain::{EventId, OrganiserId, PerformanceId, Problem, Timestamp, VenueId};
use sqlx::{Sqlite, Transaction};

use super::events::event_unknown;
use super::venues::venue_unknown;
use super::{CatalogStore, new_id, owned, unavailable};
use crate::time;

/// Performances of one event, so that a page of events stays small.
pub const PERFORMANCES_PER_EVENT_MAX: u32 = 200;

/// A performance to add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPerformance {
    /// What is performed.
    pub event: EventId,
    /// Where.
    pub venue: VenueId,
    /// When it begins.
    pub starts_at: Timestamp,
}

/// A performance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performance {
    /// Its id.
    pub id: PerformanceId,
    /// What is performed.
    pub event: EventId,
    /// Where.
    pub venue: VenueId,
    /// When it begins.
    pub starts_at: Timestamp,
    /// The venue's zone, an IANA name.
    pub time_zone: String,
}

impl CatalogStore {
    /// Adds a performance; its event and venue must be the organiser's.
    ///
    /// # Errors
    /// `event_unknown`, `venue_unknown`, `time_invalid` at `/starts_at`, `too_many_performances`.
    pub async fn create_performance(
        &self,
        organiser: OrganiserId,
        new: NewPerformance,
    ) -> Result<PerformanceId, Problem> {
        let starts_at = time::sane(new.starts_at, "/starts_at")?;
        owned(self.organiser_of_event(new.event).await?, organiser, event_unknown)?;
        owned(self.organiser_of_venue(new.venue).await?, organiser, venue_unknown)?;
        let mut transaction = self.write().await?;
        if performances_of(&mut transaction, new.event).await? >= PERFORMANCES_PER_EVENT_MAX {
            let sentence = format!("An event has at most {PERFORMANCES_PER_EVENT_MAX} performances.");
            return Err(Problem::new("too_many_performances", sentence).at("/event"));
        }
        let insert = sqlx::query("INSERT INTO performances (event_id, venue_id, starts_at_ms) VALUES (?, ?, ?)")
            .bind(new.event.get())
            .bind(new.venue.get())
            .bind(starts_at.as_millis());
        let done = insert.execute(&mut *transaction).await.map_err(unavailable)?;
        transaction.commit().await.map_err(unavailable)?;
        self.listing.forget();
        Ok(PerformanceId::new(new_id(done.last_insert_rowid())?))
    }

    /// A performance.
    ///
    /// # Errors
    /// `performance_unknown`.
    pub async fn performance(&self, id: PerformanceId) -> Result<Performance, Problem> {
        let select = sqlx::query_as(
            "SELECT p.event_id, p.venue_id, p.starts_at_ms, v.time_zone \
             FROM performances p JOIN venues v ON v.id = p.venue_id WHERE p.id = ?",
        );
        let row: Option<(u32, u32, i64, String)> =
            select.bind(id.get()).fetch_optional(&self.pool).await.map_err(unavailable)?;
        let (event, venue, starts_at_ms, time_zone) = row.ok_or_else(performance_unknown)?;
        let starts_at = Timestamp::from_millis(starts_at_ms);
        Ok(Performance { id, event: EventId::new(event), venue: VenueId::new(venue), starts_at, time_zone })
    }
}

async fn performances_of(transaction: &mut Transaction<'static, Sqlite>, event: EventId) -> Result<u32, Problem> {
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM performances WHERE event_id = ?").bind(event.get());
    count.fetch_one(&mut **transaction).await.map_err(unavailable)
}

pub(super) fn performance_unknown() -> Problem {
    Problem::new("performance_unknown", "There is no such performance of this organiser.").at("/performance")
}
