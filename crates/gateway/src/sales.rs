//! The sales of this process, looked up without a lock: what fans need of each, and what the others need.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Bytes;
use catalog::{PriceLevelPage, SalePage};
use domain::{Currency, Duration, OrganiserId, Problem, SaleId, SeatingPlan};
use engine::{EngineError, SaleHandle};
use sale::{Pace, Rate, Settings};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::desk::Desk;
use crate::edge_state::Edge;
use crate::live::hub::Hub;
use crate::places::Places;
use crate::problem::{ApiError, ApiResult};

/// What fans need of a sale, wherever its writer is. What is here never changes.
pub struct FanSale {
    /// The way to its writer.
    pub desk: Desk,
    /// What it sells.
    pub facts: SaleFacts,
    /// The plan as sent to fans.
    pub plan_json: Bytes,
    /// Who is known to wait.
    pub places: Places,
    /// Live updates.
    pub hub: Arc<Hub>,
}

/// What a gateway must know of a sale; an engine tells it as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaleFacts {
    /// The sale as `GET /v1/sales/{sale}` answers, a JSON text.
    pub page_json: String,
    /// Of every price.
    pub currency: Currency,
    /// What there is to pay for, in the plan's order.
    pub price_levels: Vec<PriceLevelPage>,
    /// Seats, rows, sections.
    pub plan: SeatingPlan,
}

/// One sale as the process of its writer knows it.
pub struct SaleEntry {
    /// The writer.
    pub handle: SaleHandle,
    /// Event, venue, prices.
    pub page: SalePage,
    /// What fans need.
    pub fan: Arc<FanSale>,
}

/// All sales, by id.
pub struct Sales<T> {
    by_id: ArcSwap<BTreeMap<SaleId, Arc<T>>>,
}

impl<T> Default for Sales<T> {
    fn default() -> Self {
        Self { by_id: ArcSwap::default() }
    }
}

impl<T> Sales<T> {
    /// A sale.
    ///
    /// # Errors
    /// `sale_unknown`.
    pub fn get(&self, id: SaleId) -> ApiResult<Arc<T>> {
        self.by_id.load().get(&id).cloned().ok_or_else(|| ApiError::unknown("sale_unknown", "sale"))
    }

    /// A sale, by the text of its id.
    ///
    /// # Errors
    /// `sale_unknown`.
    pub fn find(&self, id: &str) -> ApiResult<Arc<T>> {
        self.get(id.parse().map_err(|_| ApiError::unknown("sale_unknown", "sale"))?)
    }

    /// All sales, in order.
    pub fn all(&self) -> Vec<Arc<T>> {
        self.by_id.load().values().cloned().collect()
    }

    /// Adds one, or replaces it.
    pub fn add(&self, id: SaleId, sale: T) {
        let sale = Arc::new(sale);
        self.by_id.rcu(|sales| {
            let mut sales = BTreeMap::clone(sales);
            sales.insert(id, Arc::clone(&sale));
            sales
        });
    }
}

impl SaleFacts {
    /// The facts of a sale of the catalog.
    ///
    /// # Errors
    /// They cannot be written as JSON.
    pub fn of(page: &SalePage, plan: SeatingPlan) -> Result<Self, Problem> {
        let page_json = serde_json::to_string(page).map_err(|error| internal(&error))?;
        Ok(Self { page_json, currency: page.currency, price_levels: page.price_levels.clone(), plan })
    }
}

impl FanSale {
    /// A sale whose live updates start now.
    ///
    /// # Errors
    /// Its plan cannot be written as JSON.
    pub fn start(desk: Desk, facts: SaleFacts, edge: &Edge) -> Result<Self, Problem> {
        let plan_json = serde_json::to_vec(&facts.plan).map_err(|error| internal(&error))?.into();
        let hub = Hub::start(desk.clone(), facts.currency, edge.clock(), edge.shutdown.clone());
        Ok(Self { desk, facts, plan_json, places: Places::default(), hub })
    }
}

impl SaleEntry {
    /// Whose sale it is.
    pub fn organiser(&self) -> OrganiserId {
        self.page.organiser.id
    }
}

impl std::ops::Deref for SaleEntry {
    type Target = FanSale;
    fn deref(&self) -> &FanSale {
        &self.fan
    }
}

impl App {
    /// Opens every sale of the catalog: a sale whose writer was not yet started (a crash came between the two) gets
    /// its writer now.
    ///
    /// # Errors
    /// The catalog cannot be read, or a writer cannot be started.
    pub async fn open_sales(&self) -> Result<(), Problem> {
        for id in self.catalog.sale_ids().await? {
            self.open_sale(id).await?;
        }
        Ok(())
    }

    /// Opens one sale of the catalog.
    ///
    /// # Errors
    /// The catalog cannot be read, or the writer cannot be started.
    pub async fn open_sale(&self, id: SaleId) -> Result<(), Problem> {
        let stored = self.catalog.sale(id).await?;
        let page = self.catalog.sale_page(id).await?;
        let plan = self.catalog.plan(page.plan).await?;
        let created = self.engine.create(settings(id, &stored.settings), plan.clone()).await;
        let handle = created.map_err(|error| match error {
            EngineError::Invalid(problem) => problem,
            other => internal(&other),
        })?;
        self.checkout.follow(handle.clone());
        let facts = SaleFacts::of(&page, plan)?;
        self.edge.sales.add(id, FanSale::start(Desk::Here(handle.clone()), facts, &self.edge)?);
        let fan = self.edge.sales.get(id).map_err(|_| Problem::new("internal", "The sale is gone."))?;
        self.sales.add(id, SaleEntry { handle, page, fan });
        Ok(())
    }
}

fn internal(error: &dyn std::fmt::Display) -> Problem {
    Problem::new("internal", "Something went wrong on our side.").internal(error)
}

/// The writer's settings of a sale of the catalog.
fn settings(id: SaleId, new: &catalog::NewSale) -> Settings {
    let rate = new.rate.map(|rate| Rate { count: rate.count, interval: Duration::from_secs(rate.interval_seconds) });
    Settings {
        sale: id,
        opens_at: new.opens_at,
        currency: new.currency,
        prices: new.prices.clone(),
        tickets_per_buyer_max: new.tickets_per_buyer_max,
        grace: Duration::from_secs(new.grace_seconds),
        select_time: Duration::from_secs(new.select_seconds),
        pay_time: Duration::from_secs(new.pay_seconds),
        pace: Pace { capacity: new.capacity, rate, admissions_max: new.admissions_max },
    }
}
