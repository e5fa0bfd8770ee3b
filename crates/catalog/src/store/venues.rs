//! Venues with their time zone.

use database::Number;
use domain::{OrganiserId, Problem, Timestamp, VenueId};

use super::organisers::refused;
use super::{CatalogStore, changed, sale_begun, unavailable};
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
        let insert = "INSERT INTO venues (organiser_id, name, time_zone, city) VALUES ($1, $2, $3, $4) RETURNING id";
        let insert =
            sqlx::query_scalar(insert).bind(Number::from(organiser.get())).bind(name).bind(time_zone).bind(city);
        let mut writing = self.write().await?;
        let id: Number = insert.fetch_one(&mut *writing).await.map_err(refused)?;
        writing.commit().await.map_err(unavailable)?;
        self.listing.forget();
        Ok(VenueId::new(id.get()))
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
             JOIN sales s ON s.performance_id = p.id WHERE v.id = $1 AND v.time_zone <> $2 AND s.opens_at_ms <= $3",
        );
        let begun = begun.bind(Number::from(id.get())).bind(&time_zone).bind(now.as_millis());
        let begun: i64 = begun.fetch_one(&mut *transaction).await.map_err(unavailable)?;
        if begun > 0 {
            return Err(sale_begun("/time_zone"));
        }
        let update = sqlx::query(
            "UPDATE venues SET name = $1, time_zone = $2, city = $3, version = version + 1 WHERE id = $4 AND version = $5",
        );
        let update =
            update.bind(name).bind(time_zone).bind(city).bind(Number::from(id.get())).bind(Number::from(version));
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
        let select = "SELECT id, name, city, time_zone, version FROM venues WHERE organiser_id = $1 ORDER BY id DESC";
        let select = sqlx::query_as(select).bind(Number::from(organiser.get()));
        let rows: Vec<(Number, String, Option<String>, String, Number)> =
            select.fetch_all(self.tables.readers()).await.map_err(unavailable)?;
        let venue = |(id, name, city, time_zone, version): (Number, _, _, _, Number)| OwnVenue {
            id: VenueId::new(id.get()),
            name,
            city,
            time_zone,
            version: version.get(),
        };
        Ok(rows.into_iter().map(venue).collect())
    }
}

pub(super) fn venue_unknown() -> Problem {
    Problem::new("venue_unknown", "There is no such venue of this organiser.").at("/venue")
}
