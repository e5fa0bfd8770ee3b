//! Organisers, and who owns what.

use database::Number;
use domain::{EventId, OrganiserId, PerformanceId, Problem, SaleId, VenueId, limits};

use super::plans::PlanId;
use super::{CatalogStore, Named, unavailable};
use crate::{cursor, text};

impl CatalogStore {
    /// Adds an organiser.
    ///
    /// # Errors
    /// `name_invalid` at `/name`.
    pub async fn create_organiser(&self, name: &str) -> Result<OrganiserId, Problem> {
        let name = text::name(name, "/name")?;
        let insert = sqlx::query_scalar("INSERT INTO organisers (name) VALUES ($1) RETURNING id").bind(name);
        let mut writing = self.write().await?;
        let id: Number = insert.fetch_one(&mut *writing).await.map_err(unavailable)?;
        writing.commit().await.map_err(unavailable)?;
        Ok(OrganiserId::new(id.get()))
    }

    /// An organiser with its name.
    ///
    /// # Errors
    /// `organiser_unknown`.
    pub async fn organiser(&self, id: OrganiserId) -> Result<Named<OrganiserId>, Problem> {
        let select = sqlx::query_scalar("SELECT name FROM organisers WHERE id = $1").bind(Number::from(id.get()));
        let name: Option<String> = select.fetch_optional(self.tables.readers()).await.map_err(unavailable)?;
        name.map(|name| Named { id, name }).ok_or_else(organiser_unknown)
    }

    /// A page of organisers, the newest first, with the cursor of the next one.
    ///
    /// # Errors
    /// `cursor_invalid` at `/after`, `storage_unavailable`.
    pub async fn organisers(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<Named<OrganiserId>>, Option<String>), Problem> {
        let after = after.map(|after| cursor::read("organisers", after)).transpose()?.unwrap_or(u32::MAX);
        let limit = limit.clamp(1, limits::PAGE_ROWS_MAX);
        let rows = sqlx::query_as("SELECT id, name FROM organisers WHERE id < $1 ORDER BY id DESC LIMIT $2");
        let rows = rows.bind(Number::from(after)).bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
        let mut rows: Vec<(Number, String)> = rows.fetch_all(self.tables.readers()).await.map_err(unavailable)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|(id, _)| cursor::write("organisers", id.get()));
        Ok((rows.into_iter().map(|(id, name)| Named { id: OrganiserId::new(id.get()), name }).collect(), next))
    }

    /// Whose venue it is; `None` if there is no such venue.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn organiser_of_venue(&self, id: VenueId) -> Result<Option<OrganiserId>, Problem> {
        self.owner("SELECT organiser_id FROM venues WHERE id = $1", id.get()).await
    }

    /// Whose plan it is; `None` if there is no such plan.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn organiser_of_plan(&self, id: PlanId) -> Result<Option<OrganiserId>, Problem> {
        self.owner("SELECT organiser_id FROM plans WHERE id = $1", id.get()).await
    }

    /// Whose event it is; `None` if there is no such event.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn organiser_of_event(&self, id: EventId) -> Result<Option<OrganiserId>, Problem> {
        self.owner("SELECT organiser_id FROM events WHERE id = $1", id.get()).await
    }

    /// Whose performance it is; `None` if there is no such performance.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn organiser_of_performance(&self, id: PerformanceId) -> Result<Option<OrganiserId>, Problem> {
        let sql = "SELECT e.organiser_id FROM performances p JOIN events e ON e.id = p.event_id WHERE p.id = $1";
        self.owner(sql, id.get()).await
    }

    /// Whose sale it is; `None` if there is no such sale.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn organiser_of_sale(&self, id: SaleId) -> Result<Option<OrganiserId>, Problem> {
        let sql = "SELECT e.organiser_id FROM sales s JOIN performances p ON p.id = s.performance_id \
                   JOIN events e ON e.id = p.event_id WHERE s.id = $1";
        self.owner(sql, id.get()).await
    }

    async fn owner(&self, sql: &'static str, id: u32) -> Result<Option<OrganiserId>, Problem> {
        let owner: Option<Number> = sqlx::query_scalar(sql)
            .bind(Number::from(id))
            .fetch_optional(self.tables.readers())
            .await
            .map_err(unavailable)?;
        Ok(owner.map(|owner| OrganiserId::new(owner.get())))
    }
}

pub(super) fn organiser_unknown() -> Problem {
    Problem::new("organiser_unknown", "There is no such organiser.").at("/organiser")
}

/// A foreign key that did not hold means the organiser; everything else was looked up before.
pub(super) fn refused(error: sqlx::Error) -> Problem {
    match error.as_database_error() {
        Some(database) if database.is_foreign_key_violation() => organiser_unknown(),
        _ => unavailable(error),
    }
}
