//! Venues with their time zone.

use domain::{OrganiserId, Problem, Timestamp, VenueId};

use super::organisers::refused;
use super::{CatalogStore, changed, new_id, sale_begun, unavailable};
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
    /// Grows with each change.
    pub version: u32,
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

    /// Makes of a venue what `new` says, if it still has this version. Its time zone stays once a sale there has begun:
    /// people have bought for an hour of its clock.
    ///
    /// # Errors
    /// `name_invalid`, `time_zone_unknown`, `venue_unknown`, `changed_meanwhile`, `sale_begun` at `/time_zone`.
    pub async fn change_venue(&self, id: VenueId, version: u32, new: &NewVenue, now: Timestamp) -> Result<(), Problem> {
        let name = text::name(&new.name, "/name")?;
        let time_zone = time::time_zone_name(&new.time_zone, "/time_zone")?;
        let city = new.city.as_deref().map(|city| text::name(city, "/city")).transpose()?;
        let mut transaction = self.write().await?;
        let begun = sqlx::query_scalar(
            "SELECT COUNT(*) FROM venues v JOIN performances p ON p.venue_id = v.id \
             JOIN sales s ON s.performance_id = p.id WHERE v.id = ? AND v.time_zone <> ? AND s.opens_at_ms <= ?",
        );
        let begun = begun.bind(id.get()).bind(&time_zone).bind(now.as_millis());
        let begun: u32 = begun.fetch_one(&mut *transaction).await.map_err(unavailable)?;
        if begun > 0 {
            return Err(sale_begun("/time_zone"));
        }
        let update = sqlx::query(
            "UPDATE venues SET name = ?, time_zone = ?, city = ?, version = version + 1 WHERE id = ? AND version = ?",
        );
        let update = update.bind(name).bind(time_zone).bind(city).bind(id.get()).bind(version);
        let done = update.execute(&mut *transaction).await.map_err(unavailable)?;
        transaction.commit().await.map_err(unavailable)?;
        let exists = self.organiser_of_venue(id).await?.is_some();
        self.listing.forget();
        changed(done.rows_affected(), exists, venue_unknown)
    }

    /// The venues of an organiser, the newest first.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn venues_of(&self, organiser: OrganiserId) -> Result<Vec<OwnVenue>, Problem> {
        let select = "SELECT id, name, city, time_zone, version FROM venues WHERE organiser_id = ? ORDER BY id DESC";
        let select = sqlx::query_as(select).bind(organiser.get());
        let rows: Vec<(u32, String, Option<String>, String, u32)> =
            select.fetch_all(&self.pool).await.map_err(unavailable)?;
        let venue =
            |(id, name, city, time_zone, version)| OwnVenue { id: VenueId::new(id), name, city, time_zone, version };
        Ok(rows.into_iter().map(venue).collect())
    }
}

pub(super) fn venue_unknown() -> Problem {
    Problem::new("venue_unknown", "There is no such venue of this organiser.").at("/venue")
}
