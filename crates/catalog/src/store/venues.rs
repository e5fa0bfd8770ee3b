//! Venues with their time zone.

use domain::{OrganiserId, Problem, VenueId};

use super::organisers::refused;
use super::{CatalogStore, new_id, unavailable};
use crate::{text, time};

/// A venue to add.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewVenue {
    /// Shown to fans.
    pub name: String,
    /// IANA name, such as `Europe/Vienna`.
    pub time_zone: String,
    /// Shown to fans, and what they filter by.
    pub city: Option<String>,
}

/// A venue as its organiser sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnVenue {
    /// Its id.
    pub id: VenueId,
    /// Shown to fans.
    pub name: String,
    /// Where it is.
    pub city: Option<String>,
    /// IANA name.
    pub time_zone: String,
}

impl CatalogStore {
    /// Adds a venue.
    ///
    /// # Errors
    /// `name_invalid`, `time_zone_unknown`, `organiser_unknown`.
    pub async fn create_venue(&self, organiser: OrganiserId, new: &NewVenue) -> Result<VenueId, Problem> {
        let name = text::name(&new.name, "/name")?;
        let time_zone = time::time_zone_name(&new.time_zone, "/time_zone")?;
        let city = new.city.as_deref().map(|city| text::name(city, "/city")).transpose()?;
        let insert = sqlx::query("INSERT INTO venues (organiser_id, name, time_zone, city) VALUES (?, ?, ?, ?)")
            .bind(organiser.get())
            .bind(name)
            .bind(time_zone)
            .bind(city);
        let done = insert.execute(&self.pool).await.map_err(refused)?;
        self.listing.forget();
        Ok(VenueId::new(new_id(done.last_insert_rowid())?))
    }

    /// The venues of an organiser, the newest first.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn venues_of(&self, organiser: OrganiserId) -> Result<Vec<OwnVenue>, Problem> {
        let select = "SELECT id, name, city, time_zone FROM venues WHERE organiser_id = ? ORDER BY id DESC";
        let select = sqlx::query_as(select).bind(organiser.get());
        let rows: Vec<(u32, String, Option<String>, String)> =
            select.fetch_all(&self.pool).await.map_err(unavailable)?;
        let venue = |(id, name, city, time_zone)| OwnVenue { id: VenueId::new(id), name, city, time_zone };
        Ok(rows.into_iter().map(venue).collect())
    }
}

pub(super) fn venue_unknown() -> Problem {
    Problem::new("venue_unknown", "There is no such venue of this organiser.").at("/venue")
}
