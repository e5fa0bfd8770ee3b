//! The sales of this process, looked up without a lock: what fans need of each, and what the others need.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::body::Bytes;
use catalog::{Decoration, Imported, PriceLevelPage, SalePage};
use domain::{Currency, Duration, OrganiserId, Problem, SaleId, SeatIndex, SeatingPlan, Timestamp, limits};
use engine::{EngineError, SaleHandle};
use sale::floor::SeatState;
use sale::{Command, Pace, Rate, Sale, Settings};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::desk::Desk;
use crate::draw_once::DrawOnce;
use crate::edge_state::Edge;
use crate::live::hub::Hub;
use crate::places::Places;
use crate::problem::{ApiError, ApiResult};
use crate::wire::plan::PlanText;

/// What fans need of a sale, wherever its writer is. Of what is here only the texts of the page change.
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
#[derive(Debug, Serialize, Deserialize)]
pub struct SaleFacts {
    /// The sale as `GET /v1/sales/{sale}` answers.
    pub page: PageJson,
    /// Of every price.
    pub currency: Currency,
    /// What there is to pay for, in the plan's order.
    pub price_levels: Vec<PriceLevelPage>,
    /// Seats, rows, sections.
    pub plan: SeatingPlan,
    /// What is only drawn on the plan.
    pub decorations: Vec<Decoration>,
}

/// The page of a sale as JSON: its texts change when the organiser changes them.
#[derive(Debug)]
pub struct PageJson(ArcSwap<String>);

/// One sale as the process of its writer knows it.
pub struct SaleEntry {
    /// The writer.
    pub handle: SaleHandle,
    /// Event, venue, prices.
    pub page: SalePage,
    /// What fans need.
    pub fan: Arc<FanSale>,
    /// The record of its draw, once somebody has asked for it after the draw.
    pub draw: Arc<DrawOnce>,
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

    /// Puts another in the place of this one, if it is still there.
    pub fn replace(&self, id: SaleId, before: &Arc<T>, sale: T) {
        let sale = Arc::new(sale);
        self.by_id.rcu(|sales| {
            let mut sales = BTreeMap::clone(sales);
            if let Some(there) = sales.get_mut(&id).filter(|there| Arc::ptr_eq(there, before)) {
                *there = Arc::clone(&sale);
            }
            sales
        });
    }

    /// Removes one.
    pub fn remove(&self, id: SaleId) {
        self.by_id.rcu(|sales| {
            let mut sales = BTreeMap::clone(sales);
            sales.remove(&id);
            sales
        });
    }
}

impl SaleFacts {
    /// The facts of a sale of the catalog.
    ///
    /// # Errors
    /// They cannot be written as JSON.
    pub fn of(page: &SalePage, plan: SeatingPlan, decorations: Vec<Decoration>) -> Result<Self, Problem> {
        let (currency, price_levels) = (page.currency, page.price_levels.clone());
        Ok(Self { page: PageJson::of(page)?, currency, price_levels, plan, decorations })
    }
}

impl PageJson {
    fn of(page: &SalePage) -> Result<Self, Problem> {
        Ok(Self(ArcSwap::from_pointee(page_json(page)?)))
    }

    /// As it is now.
    pub fn now(&self) -> Arc<String> {
        self.0.load_full()
    }

    /// From now on it is this.
    pub fn change(&self, json: String) {
        self.0.store(Arc::new(json));
    }
}

impl Serialize for PageJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.load())
    }
}

impl<'de> Deserialize<'de> for PageJson {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|json| Self(ArcSwap::from_pointee(json)))
    }
}

fn page_json(page: &SalePage) -> Result<String, Problem> {
    serde_json::to_string(page).map_err(|error| internal(&error))
}

impl FanSale {
    /// What time it is for this sale when the clock of this process says `clock`: its deadlines are in that time.
    pub fn time(&self, clock: Timestamp) -> Timestamp {
        self.hub.time(&self.desk.view(), clock)
    }

    /// A sale whose live updates start now.
    ///
    /// # Errors
    /// Its plan cannot be written as JSON.
    pub fn start(desk: Desk, facts: SaleFacts, edge: &Edge) -> Result<Self, Problem> {
        let plan = PlanText { plan: &facts.plan, decorations: &facts.decorations, blocked: None };
        let plan_json = serde_json::to_vec(&plan).map_err(|error| internal(&error))?.into();
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
        self.open_sale_in(id, 0).await
    }

    /// Opens one sale of the catalog that this engine has taken over with a lease of this term; 0 without leases.
    ///
    /// # Errors
    /// As [`open_sale`](Self::open_sale).
    pub async fn open_sale_in(&self, id: SaleId, term: u64) -> Result<(), Problem> {
        if term > 0 {
            // What others have written since is read, and nobody else writes from here on.
            let engine = self.engine.clone();
            let taken = tokio::task::spawn_blocking(move || engine.take_over(id, term)).await;
            taken.map_err(|error| internal(&error))?.map_err(|error| internal(&error))?;
        }
        let stored = self.catalog.sale(id).await?;
        let page = self.catalog.sale_page(id).await?;
        let Imported { plan, decorations, .. } = self.catalog.whole_plan(page.plan).await?;
        let created = self.engine.create_in(settings(id, &stored.settings), plan.clone(), term).await;
        let handle = created.map_err(|error| match error {
            EngineError::Invalid(problem) => problem,
            other => internal(&other),
        })?;
        self.take_out_blocked(id, &handle).await?;
        self.checkout.follow(handle.clone());
        let facts = SaleFacts::of(&page, plan, decorations)?;
        self.edge.sales.add(id, FanSale::start(Desk::Here(handle.clone()), facts, &self.edge)?);
        let fan = self.edge.sales.get(id).map_err(|_| Problem::new("internal", "The sale is gone."))?;
        self.sales.add(id, SaleEntry { handle, page, fan, draw: Arc::default() });
        Ok(())
    }

    /// Ends the writer of a sale, which another engine takes over. Whoever is connected here comes again.
    pub async fn close_sale(&self, id: SaleId) {
        self.sales.remove(id);
        self.edge.sales.remove(id);
        let engine = self.engine.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || engine.give_up(id)).await {
            tracing::error!(sale.id = %id, %error, "A writer did not end well");
        }
    }

    /// Takes the seats out of a new sale that its plan has blocked, before anybody can reach it. After a crash in
    /// between it goes on with what is still free.
    async fn take_out_blocked(&self, id: SaleId, handle: &SaleHandle) -> Result<(), Problem> {
        let due = self.catalog.blocks_due(id).await?;
        if due.is_empty() {
            return Ok(());
        }
        let free = move |sale: &Sale| {
            let is_free = |seat: &SeatIndex| sale.floor().seat(*seat) == Some(SeatState::Free);
            due.into_iter().filter(is_free).collect::<Vec<_>>()
        };
        let free = handle.read(free).await.map_err(|error| internal(&error))?;
        for some in free.chunks(limits::BLOCK_SEATS_MAX) {
            let choice = sale::command::Places { seats: some.to_vec(), areas: Vec::new() };
            let blocked = handle.submit(Command::Block { choice }).await.map_err(|error| internal(&error))?;
            blocked.map_err(|rejection| internal(&Problem::from(rejection)))?;
        }
        self.catalog.blocks_done(id).await
    }

    /// The organiser has changed what the pages of these sales say, here or at another engine.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub async fn refresh_pages(&self, concerned: impl Fn(&SalePage) -> bool) -> Result<(), Problem> {
        for sale in self.sales.all().into_iter().filter(|sale| concerned(&sale.page)) {
            let id = sale.page.id;
            let page = self.catalog.sale_page(id).await?;
            // Not everything of it stands in the JSON: the city is on tickets alone.
            if page == sale.page {
                continue;
            }
            sale.fan.facts.page.change(page_json(&page)?);
            let (fan, draw) = (Arc::clone(&sale.fan), Arc::clone(&sale.draw));
            let entry = SaleEntry { handle: sale.handle.clone(), page, fan, draw };
            self.sales.replace(id, &sale, entry);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_gone_is_not_put_back_by_a_change() {
        let (sales, id) = (Sales::default(), SaleId::new(1));
        sales.add(id, "as it was");
        let before = sales.all().remove(0);
        sales.replace(id, &before, "changed");
        assert!(sales.all().iter().map(|sale| **sale).eq(["changed"]));
        sales.replace(id, &before, "changed by one who read it before");
        assert!(sales.all().iter().map(|sale| **sale).eq(["changed"]));
        let before = sales.all().remove(0);
        sales.remove(id);
        sales.replace(id, &before, "changed after it has gone");
        assert!(sales.all().is_empty());
    }
}
