//! Venues with their time zone.

use domain::{OrganiserId, Problem, VenueId};

use super::organisers::refused;
use super::{CatalogStore, new_id};
use crate::{text, time};

impl CatalogStore {
    /// Adds a venue; `time_zone` is an IANA name such as `Europe/Vienna`.
    ///
    /// # Errors
    /// `name_invalid`, `time_zone_unknown`, `organiser_unknown`.
    pub async fn create_venue(&self, organiser: OrganiserId, name: &str, time_zone: &str) -> Result<VenueId, Problem> {
        let name = text::name(name, "/name")?;
        let time_zone = time::time_zone_name(time_zone, "/time_zone")?;
        let insert = sqlx::query("INSERT INTO venues (organiser_id, name, time_zone) VALUES (?, ?, ?)")
            .bind(organiser.get())
            .bind(name)
            .bind(time_zone);
        let done = insert.execute(&self.pool).await.map_err(refused)?;
        Ok(VenueId::new(new_id(done.last_insert_rowid())?))
    }
}

pub(super) fn venue_unknown() -> Problem {
    Problem::new("venue_unknown", "There is no such venue of this organiser.").at("/venue")
}
