//! Sales: one performance, one plan, one opening instant, and the settings of the line.

use domain::{Currency, OrganiserId, PerformanceId, Problem, SaleId, SeatIndex, Timestamp};
use sqlx::{FromRow, Sqlite, Transaction};

use super::performances::performance_unknown;
use super::plans::{PlanId, plan_unknown};
use super::{CatalogStore, inconsistent, new_id, owned, unavailable};

mod rules;

/// How many enter the shop per interval (theme park).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// People.
    pub count: u32,
    /// Seconds.
    pub interval_seconds: u32,
}

/// A sale to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSale {
    /// What is sold.
    pub performance: PerformanceId,
    /// The seats.
    pub plan: PlanId,
    /// The instant from which the line counts.
    pub opens_at: Timestamp,
    /// Of all prices.
    pub currency: Currency,
    /// Minor units, one for each price level of the plan.
    pub prices: Vec<i64>,
    /// How many may shop at once (bank counter); `None` for no such bound.
    pub capacity: Option<u32>,
    /// How many enter per interval; `None` for no such bound.
    pub rate: Option<Rate>,
    /// How many are admitted altogether; `None` for no such bound.
    pub admissions_max: Option<u32>,
    /// How long an admitted fan may take to show up.
    pub grace_seconds: u32,
    /// How long a fan may choose.
    pub select_seconds: u32,
    /// How long a fan may pay.
    pub pay_seconds: u32,
    /// Tickets one account may take over all its orders.
    pub tickets_per_buyer_max: u32,
    /// Nothing of it counts: it sells a copy of the performance that is in no list.
    pub rehearsal: bool,
}

/// A sale as stored. Nothing of it ever changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// Its id.
    pub id: SaleId,
    /// Whose it is.
    pub organiser: OrganiserId,
    /// What it was created with.
    pub settings: NewSale,
}

#[derive(FromRow)]
struct SaleRow {
    id: u32,
    organiser_id: u32,
    performance_id: u32,
    plan_id: u32,
    opens_at_ms: i64,
    currency: String,
    capacity: Option<u32>,
    rate_count: Option<u32>,
    rate_interval_seconds: Option<u32>,
    admissions_max: Option<u32>,
    grace_seconds: u32,
    select_seconds: u32,
    pay_seconds: u32,
    tickets_per_buyer_max: u32,
    rehearsal: bool,
}

impl CatalogStore {
    /// Puts a performance on sale; it and the plan must be the organiser's.
    ///
    /// # Errors
    /// `performance_unknown`, `plan_unknown`, `sale_exists`, or `setting_invalid` at the setting.
    pub async fn create_sale(&self, organiser: OrganiserId, new: &NewSale) -> Result<SaleId, Problem> {
        owned(self.organiser_of_performance(new.performance).await?, organiser, performance_unknown)?;
        owned(self.organiser_of_plan(new.plan).await?, organiser, plan_unknown)?;
        let levels = self.plan_summary(new.plan).await?.price_levels.len();
        rules::check(new, levels, self.performance(new.performance).await?.details.starts_at)?;
        let mut transaction = self.write().await?;
        let performance = performance_of(&mut transaction, new).await?;
        let insert = sqlx::query(
            "INSERT INTO sales (performance_id, plan_id, opens_at_ms, currency, capacity, rate_count, \
             rate_interval_seconds, admissions_max, grace_seconds, select_seconds, pay_seconds, tickets_per_buyer_max, \
             blocks_due) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, \
             (SELECT blocked_json <> X'5B5D' FROM plans WHERE id = ?))",
        );
        let insert = insert.bind(performance).bind(new.plan.get()).bind(new.opens_at.as_millis());
        let insert = insert.bind(new.currency.as_str()).bind(new.capacity).bind(new.rate.map(|rate| rate.count));
        let insert = insert.bind(new.rate.map(|rate| rate.interval_seconds)).bind(new.admissions_max);
        let insert = insert.bind(new.grace_seconds).bind(new.select_seconds).bind(new.pay_seconds);
        let insert = insert.bind(new.tickets_per_buyer_max).bind(new.plan.get());
        let done = insert.execute(&mut *transaction).await.map_err(exists)?;
        let id = new_id(done.last_insert_rowid())?;
        for (level, amount) in (0u32..).zip(&new.prices) {
            let insert = sqlx::query("INSERT INTO sale_prices (sale_id, level, amount) VALUES (?, ?, ?)");
            insert.bind(id).bind(level).bind(amount).execute(&mut *transaction).await.map_err(unavailable)?;
        }
        sabotage::crash_point("catalog.sale_written");
        transaction.commit().await.map_err(unavailable)?;
        self.listing.forget();
        tracing::info!(sale.id = %SaleId::new(id), "Created sale {}", SaleId::new(id));
        Ok(SaleId::new(id))
    }

    /// A sale with its settings.
    ///
    /// # Errors
    /// `sale_unknown`.
    pub async fn sale(&self, id: SaleId) -> Result<Sale, Problem> {
        let select = sqlx::query_as(
            "SELECT s.*, e.organiser_id, p.rehearsal FROM sales s JOIN performances p ON p.id = s.performance_id \
             JOIN events e ON e.id = p.event_id WHERE s.id = ?",
        );
        let row: Option<SaleRow> = select.bind(id.get()).fetch_optional(&self.pool).await.map_err(unavailable)?;
        let row = row.ok_or_else(sale_unknown)?;
        let prices = sqlx::query_scalar("SELECT amount FROM sale_prices WHERE sale_id = ? ORDER BY level");
        let prices = prices.bind(id.get()).fetch_all(&self.pool).await.map_err(unavailable)?;
        row.into_sale(prices)
    }

    /// Seats that are still to be taken out of a sale, because its plan has them blocked.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn blocks_due(&self, id: SaleId) -> Result<Vec<SeatIndex>, Problem> {
        let sql = "SELECT l.blocked_json FROM sales s JOIN plans l ON l.id = s.plan_id WHERE s.id = ? AND s.blocks_due";
        let json = sqlx::query_scalar(sql).bind(id.get()).fetch_optional(&self.pool).await;
        let json: Option<Vec<u8>> = json.map_err(unavailable)?;
        let Some(json) = json else { return Ok(Vec::new()) };
        serde_json::from_slice(&json).map_err(|error| inconsistent(format_args!("blocked seats of {id}: {error}")))
    }

    /// They have been taken out; from now on what is blocked is the organiser's business.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn blocks_done(&self, id: SaleId) -> Result<(), Problem> {
        let update = sqlx::query("UPDATE sales SET blocks_due = 0 WHERE id = ?").bind(id.get());
        update.execute(&self.pool).await.map(drop).map_err(unavailable)
    }

    /// All sales in the order in which they were created, for whoever runs them.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn sale_ids(&self) -> Result<Vec<SaleId>, Problem> {
        let select = sqlx::query_scalar("SELECT id FROM sales ORDER BY id");
        let ids: Vec<u32> = select.fetch_all(&self.pool).await.map_err(unavailable)?;
        Ok(ids.into_iter().map(SaleId::new).collect())
    }
}

impl SaleRow {
    fn into_sale(self, prices: Vec<i64>) -> Result<Sale, Problem> {
        let currency = self.currency.parse().map_err(|_| inconsistent(format_args!("currency of sale {}", self.id)))?;
        let rate = self.rate_count.zip(self.rate_interval_seconds);
        let settings = NewSale {
            performance: PerformanceId::new(self.performance_id),
            plan: PlanId::new(self.plan_id),
            opens_at: Timestamp::from_millis(self.opens_at_ms),
            currency,
            prices,
            capacity: self.capacity,
            rate: rate.map(|(count, interval_seconds)| Rate { count, interval_seconds }),
            admissions_max: self.admissions_max,
            grace_seconds: self.grace_seconds,
            select_seconds: self.select_seconds,
            pay_seconds: self.pay_seconds,
            tickets_per_buyer_max: self.tickets_per_buyer_max,
            rehearsal: self.rehearsal,
        };
        Ok(Sale { id: SaleId::new(self.id), organiser: OrganiserId::new(self.organiser_id), settings })
    }
}

/// The performance that is sold: for a rehearsal a copy, so that the performance itself can still be put on sale.
async fn performance_of(transaction: &mut Transaction<'static, Sqlite>, new: &NewSale) -> Result<u32, Problem> {
    if !new.rehearsal {
        return Ok(new.performance.get());
    }
    let copy = sqlx::query(
        "INSERT INTO performances (event_id, venue_id, starts_at_ms, doors_at_ms, note, rehearsal) \
         SELECT event_id, venue_id, starts_at_ms, doors_at_ms, note, 1 FROM performances WHERE id = ?",
    );
    let done = copy.bind(new.performance.get()).execute(&mut **transaction).await.map_err(unavailable)?;
    new_id(done.last_insert_rowid())
}

fn exists(error: sqlx::Error) -> Problem {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => {
            Problem::new("sale_exists", "This performance is already on sale.").at("/performance")
        }
        _ => unavailable(error),
    }
}

pub(super) fn sale_unknown() -> Problem {
    Problem::new("sale_unknown", "There is no such sale.")
}
