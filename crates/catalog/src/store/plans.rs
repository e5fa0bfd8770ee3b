//! Seating plans: stored once, never changed.

use std::fmt;

use database::Number;
use domain::{OrganiserId, PriceLevel, Problem, SeatIndex, SeatingPlan};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::organisers::refused;
use super::{CatalogStore, inconsistent, unavailable};
use crate::pretix_plan::{Decoration, Imported};

/// A stored seating plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanId(u32);

impl PlanId {
    /// The id with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }
    /// The number of this id.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What there is to know of a plan without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanSummary {
    /// Its id.
    pub id: PlanId,
    /// Its name.
    pub name: String,
    /// Numbered seats.
    pub seats: u32,
    /// Standing areas.
    pub areas: u32,
    /// Seats and people of all areas together.
    pub capacity: u32,
    /// Seats that no sale of it offers.
    pub blocked: u32,
    /// What there is to pay for, in order.
    #[serde(skip)]
    pub price_levels: Vec<PriceLevel>,
}

/// A plan with one of its price levels.
#[derive(FromRow)]
struct SummaryRow {
    id: Number,
    name: String,
    seats_count: Number,
    areas_count: Number,
    capacity: Number,
    blocked: Number,
    level: String,
    color: String,
}

impl CatalogStore {
    /// Stores a plan that was read by [`crate::pretix_plan::import`].
    ///
    /// # Errors
    /// `plan_invalid`, `organiser_unknown`.
    pub async fn create_plan(&self, organiser: OrganiserId, imported: Imported) -> Result<PlanSummary, Problem> {
        imported.plan.validate()?;
        let Imported { plan, decorations, blocked } = imported;
        let (name, levels) = (plan.name.clone(), plan.price_levels.clone());
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (seats, areas, capacity) = (count(plan.seats.len()), count(plan.areas.len()), plan.capacity());
        let blocked_count = count(blocked.len());
        let [plan_json, decorations_json, blocked_json] = written(plan, decorations, blocked).await?;
        let mut transaction = self.write().await?;
        let insert = sqlx::query_scalar(
            "INSERT INTO plans (organiser_id, name, seats_count, areas_count, capacity, plan_json, decorations_json, \
             blocked_json, blocked_count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        );
        let insert =
            insert.bind(Number::from(organiser.get())).bind(&name).bind(Number::from(seats)).bind(Number::from(areas));
        let insert = insert.bind(Number::from(capacity));
        let insert = insert.bind(plan_json).bind(decorations_json).bind(blocked_json).bind(Number::from(blocked_count));
        let id: Number = insert.fetch_one(&mut *transaction).await.map_err(refused)?;
        let id = PlanId(id.get());
        for (index, level) in levels.iter().enumerate() {
            sqlx::query("INSERT INTO plan_price_levels (plan_id, level, name, color) VALUES ($1, $2, $3, $4)")
                .bind(Number::from(id.get()))
                .bind(Number::from(count(index)))
                .bind(&level.name)
                .bind(&level.color)
                .execute(&mut *transaction)
                .await
                .map_err(unavailable)?;
        }
        transaction.commit().await.map_err(unavailable)?;
        Ok(PlanSummary { id, name, seats, areas, capacity, blocked: blocked_count, price_levels: levels })
    }

    /// The counts and price levels of a plan.
    ///
    /// # Errors
    /// `plan_unknown`.
    pub async fn plan_summary(&self, id: PlanId) -> Result<PlanSummary, Problem> {
        let row =
            sqlx::query_as("SELECT name, seats_count, areas_count, capacity, blocked_count FROM plans WHERE id = $1");
        let row: Option<(String, Number, Number, Number, Number)> =
            row.bind(Number::from(id.get())).fetch_optional(self.tables.readers()).await.map_err(unavailable)?;
        let (name, seats, areas, capacity, blocked) = row.ok_or_else(plan_unknown)?;
        let [seats, areas, capacity, blocked] = [seats, areas, capacity, blocked].map(Number::get);
        let levels = sqlx::query_as("SELECT name, color FROM plan_price_levels WHERE plan_id = $1 ORDER BY level");
        let levels: Vec<(String, String)> =
            levels.bind(Number::from(id.get())).fetch_all(self.tables.readers()).await.map_err(unavailable)?;
        let price_levels = levels.into_iter().map(|(name, color)| PriceLevel { name, color }).collect();
        Ok(PlanSummary { id, name, seats, areas, capacity, blocked, price_levels })
    }

    /// The plans of an organiser, the newest first.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn plans_of(&self, organiser: OrganiserId) -> Result<Vec<PlanSummary>, Problem> {
        let select = "SELECT p.id, p.name, p.seats_count, p.areas_count, p.capacity, \
             p.blocked_count AS blocked, l.name AS level, l.color FROM plans p \
             JOIN plan_price_levels l ON l.plan_id = p.id WHERE p.organiser_id = $1 ORDER BY p.id DESC, l.level";
        let rows: Vec<SummaryRow> = sqlx::query_as(select)
            .bind(Number::from(organiser.get()))
            .fetch_all(self.tables.readers())
            .await
            .map_err(unavailable)?;
        let mut plans: Vec<PlanSummary> = Vec::new();
        for SummaryRow { id, name, seats_count, areas_count, capacity, blocked, level, color } in rows {
            let level = PriceLevel { name: level, color };
            let [id, seats, areas, capacity, blocked] =
                [id, seats_count, areas_count, capacity, blocked].map(Number::get);
            match plans.last_mut().filter(|plan| plan.id == PlanId(id)) {
                Some(plan) => plan.price_levels.push(level),
                None => {
                    let (id, price_levels) = (PlanId(id), vec![level]);
                    plans.push(PlanSummary { id, name, seats, areas, capacity, blocked, price_levels });
                }
            }
        }
        Ok(plans)
    }

    /// A plan. It never changes.
    ///
    /// # Errors
    /// `plan_unknown`.
    pub async fn plan(&self, id: PlanId) -> Result<SeatingPlan, Problem> {
        self.plan_part("SELECT plan_json FROM plans WHERE id = $1", id).await
    }

    /// A plan with what is only drawn on it and what is blocked. It never changes.
    ///
    /// # Errors
    /// `plan_unknown`.
    pub async fn whole_plan(&self, id: PlanId) -> Result<Imported, Problem> {
        let decorations = self.plan_part("SELECT decorations_json FROM plans WHERE id = $1", id).await?;
        let blocked = self.plan_part("SELECT blocked_json FROM plans WHERE id = $1", id).await?;
        Ok(Imported { plan: self.plan(id).await?, decorations, blocked })
    }

    async fn plan_part<T: DeserializeOwned + Send + 'static>(
        &self,
        sql: &'static str,
        id: PlanId,
    ) -> Result<T, Problem> {
        let json: Option<Vec<u8>> = sqlx::query_scalar(sql)
            .bind(Number::from(id.get()))
            .fetch_optional(self.tables.readers())
            .await
            .map_err(unavailable)?;
        let json = json.ok_or_else(plan_unknown)?;
        // A large plan takes milliseconds to read, too long for a thread that serves requests.
        let read = tokio::task::spawn_blocking(move || serde_json::from_slice(&json));
        read.await.map_err(unavailable)?.map_err(|error| inconsistent(format_args!("plan {id}: {error}")))
    }
}

pub(super) fn plan_unknown() -> Problem {
    Problem::new("plan_unknown", "There is no such seating plan of this organiser.").at("/plan")
}

async fn written(
    plan: SeatingPlan,
    decorations: Vec<Decoration>,
    blocked: Vec<SeatIndex>,
) -> Result<[Vec<u8>; 3], Problem> {
    let write = move || {
        let [decorations, blocked] = [serde_json::to_vec(&decorations)?, serde_json::to_vec(&blocked)?];
        Ok::<_, serde_json::Error>([serde_json::to_vec(&plan)?, decorations, blocked])
    };
    tokio::task::spawn_blocking(write).await.map_err(unavailable)?.map_err(inconsistent)
}
