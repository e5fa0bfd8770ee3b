//! The sales of this process with what their pages need, looked up without a lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use catalog::SalePage;
use domain::{Duration, OrganiserId, Problem, SaleId, SeatingPlan};
use engine::{EngineError, SaleHandle};
use sale::{Pace, Rate, Settings};

use crate::app::App;
use crate::live::hub::Hub;
use crate::problem::{ApiError, ApiResult};

/// One sale as the edge knows it. What is here never changes.
pub struct SaleEntry {
    /// The writer.
    pub handle: SaleHandle,
    /// Event, venue, prices.
    pub page: SalePage,
    /// Seats, rows, sections.
    pub plan: Arc<SeatingPlan>,
    /// The plan as sent to fans.
    pub plan_json: Vec<u8>,
    /// Live updates.
    pub hub: Arc<Hub>,
}

/// All sales, by id.
#[derive(Default)]
pub struct Sales {
    by_id: ArcSwap<BTreeMap<SaleId, Arc<SaleEntry>>>,
}

impl Sales {
    /// A sale.
    ///
    /// # Errors
    /// `sale_unknown`.
    pub fn get(&self, id: SaleId) -> ApiResult<Arc<SaleEntry>> {
        self.by_id.load().get(&id).cloned().ok_or_else(|| ApiError::unknown("sale_unknown", "sale"))
    }

    /// A sale, by the text of its id.
    ///
    /// # Errors
    /// `sale_unknown`.
    pub fn find(&self, id: &str) -> ApiResult<Arc<SaleEntry>> {
        self.get(id.parse().map_err(|_| ApiError::unknown("sale_unknown", "sale"))?)
    }

    /// All sales, in order.
    pub fn all(&self) -> Vec<Arc<SaleEntry>> {
        self.by_id.load().values().cloned().collect()
    }

    fn add(&self, entry: SaleEntry) {
        let entry = Arc::new(entry);
        self.by_id.rcu(|sales| {
            let mut sales = BTreeMap::clone(sales);
            sales.insert(entry.handle.sale(), Arc::clone(&entry));
            sales
        });
    }
}

impl SaleEntry {
    /// Whose sale it is.
    pub fn organiser(&self) -> OrganiserId {
        self.page.organiser.id
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
        let plan_json = serde_json::to_vec(&plan).map_err(|error| internal(&error))?;
        let created = self.engine.create(settings(id, &stored.settings), plan.clone()).await;
        let handle = created.map_err(|error| match error {
            EngineError::Invalid(problem) => problem,
            other => internal(&other),
        })?;
        self.checkout.follow(handle.clone());
        let hub = Hub::start(handle.clone(), page.currency, self.shutdown.clone());
        self.sales.add(SaleEntry { handle, page, plan: Arc::new(plan), plan_json, hub });
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
