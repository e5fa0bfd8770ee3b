//! Sales: one performance, one plan, one opening instant, and the settings of the line.

use database::Number;
use domain::{Currency, OrganiserId, PerformanceId, Problem, SaleId, SeatIndex, Timestamp};
use sqlx::{AnyConnection, FromRow};

use super::performances::performance_unknown;
use super::plans::{PlanId, plan_unknown};
use super::{CatalogStore, inconsistent, owned, unavailable};

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
    id: Number,
    organiser_id: Number,
    performance_id: Number,
    plan_id: Number,
    opens_at_ms: i64,
    currency: String,
    capacity: Option<Number>,
    rate_count: Option<Number>,
    rate_interval_seconds: Option<Number>,
    admissions_max: Option<Number>,
    grace_seconds: Number,
    select_seconds: Number,
    pay_seconds: Number,
    tickets_per_buyer_max: Number,
    rehearsal: Number,
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
        let insert = sqlx::query_scalar(
            "INSERT INTO sales (performance_id, plan_id, opens_at_ms, currency, capacity, rate_count, \
             rate_interval_seconds, admissions_max, grace_seconds, select_seconds, pay_seconds, tickets_per_buyer_max, \
             blocks_due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
             (SELECT CASE WHEN blocked_count > 0 THEN 1 ELSE 0 END FROM plans WHERE id = $2)) RETURNING id",
        );
        let insert =
            insert.bind(Number::from(performance)).bind(Number::from(new.plan.get())).bind(new.opens_at.as_millis());
        let insert = insert.bind(new.currency.as_str()).bind(new.capacity.map(Number::from));
        let insert = insert.bind(new.rate.map(|rate| Number::from(rate.count)));
        let insert = insert.bind(new.rate.map(|rate| Number::from(rate.interval_seconds)));
        let insert = insert.bind(new.admissions_max.map(Number::from));
        let insert = insert.bind(Number::from(new.grace_seconds)).bind(Number::from(new.select_seconds));
        let insert = insert.bind(Number::from(new.pay_seconds));
        let insert = insert.bind(Number::from(new.tickets_per_buyer_max));
        let id: Number = insert.fetch_one(&mut *transaction).await.map_err(exists)?;
        for (level, amount) in (0u32..).zip(&new.prices) {
            let insert = sqlx::query("INSERT INTO sale_prices (sale_id, level, amount) VALUES ($1, $2, $3)");
            insert
                .bind(id)
                .bind(Number::from(level))
                .bind(*amount)
                .execute(&mut *transaction)
                .await
                .map_err(unavailable)?;
        }
        sabotage::crash_point("catalog.sale_written");
        transaction.commit().await.map_err(unavailable)?;
        self.listing.forget();
        let id = SaleId::new(id.get());
        tracing::info!(sale.id = %id, "Created sale {id}");
        Ok(id)
    }

    /// A sale with its settings.
    ///
    /// # Errors
    /// `sale_unknown`.
    pub async fn sale(&self, id: SaleId) -> Result<Sale, Problem> {
        let select = sqlx::query_as(
            "SELECT s.*, e.organiser_id, p.rehearsal FROM sales s JOIN performances p ON p.id = s.performance_id \
             JOIN events e ON e.id = p.event_id WHERE s.id = $1",
        );
        let row: Option<SaleRow> =
            select.bind(Number::from(id.get())).fetch_optional(self.tables.readers()).await.map_err(unavailable)?;
        let row = row.ok_or_else(sale_unknown)?;
        let prices = sqlx::query_scalar("SELECT amount FROM sale_prices WHERE sale_id = $1 ORDER BY level");
        let prices = prices.bind(Number::from(id.get())).fetch_all(self.tables.readers()).await.map_err(unavailable)?;
        row.into_sale(prices)
    }

    /// Seats that are still to be taken out of a sale, because its plan has them blocked.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn blocks_due(&self, id: SaleId) -> Result<Vec<SeatIndex>, Problem> {
        let sql =
            "SELECT l.blocked_json FROM sales s JOIN plans l ON l.id = s.plan_id WHERE s.id = $1 AND s.blocks_due = 1";
        let json = sqlx::query_scalar(sql).bind(Number::from(id.get())).fetch_optional(self.tables.readers()).await;
        let json: Option<Vec<u8>> = json.map_err(unavailable)?;
        let Some(json) = json else { return Ok(Vec::new()) };
        serde_json::from_slice(&json).map_err(|error| inconsistent(format_args!("blocked seats of {id}: {error}")))
    }

    /// They have been taken out; from now on what is blocked is the organiser's business.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn blocks_done(&self, id: SaleId) -> Result<(), Problem> {
        let update = sqlx::query("UPDATE sales SET blocks_due = 0 WHERE id = $1").bind(Number::from(id.get()));
        let mut writing = self.write().await?;
        update.execute(&mut *writing).await.map_err(unavailable)?;
        writing.commit().await.map_err(unavailable)
    }

    /// All sales in the order in which they were created, for whoever runs them.
    ///
    /// # Errors
    /// `storage_unavailable`.
    pub async fn sale_ids(&self) -> Result<Vec<SaleId>, Problem> {
        let select = sqlx::query_scalar("SELECT id FROM sales ORDER BY id");
        let ids: Vec<Number> = select.fetch_all(self.tables.readers()).await.map_err(unavailable)?;
        Ok(ids.into_iter().map(|id| SaleId::new(id.get())).collect())
    }
}

impl SaleRow {
    fn into_sale(self, prices: Vec<i64>) -> Result<Sale, Problem> {
        let currency =
            self.currency.parse().map_err(|_| inconsistent(format_args!("currency of sale {}", self.id.get())))?;
        let rate = self.rate_count.zip(self.rate_interval_seconds);
        let settings = NewSale {
            performance: PerformanceId::new(self.performance_id.get()),
            plan: PlanId::new(self.plan_id.get()),
            opens_at: Timestamp::from_millis(self.opens_at_ms),
            currency,
            prices,
            capacity: self.capacity.map(Number::get),
            rate: rate.map(|(count, interval)| Rate { count: count.get(), interval_seconds: interval.get() }),
            admissions_max: self.admissions_max.map(Number::get),
            grace_seconds: self.grace_seconds.get(),
            select_seconds: self.select_seconds.get(),
            pay_seconds: self.pay_seconds.get(),
            tickets_per_buyer_max: self.tickets_per_buyer_max.get(),
            rehearsal: self.rehearsal.is_set(),
        };
        Ok(Sale { id: SaleId::new(self.id.get()), organiser: OrganiserId::new(self.organiser_id.get()), settings })
    }
}

/// The performance that is sold: for a rehearsal a copy, so that the performance itself can still be put on sale.
async fn performance_of(connection: &mut AnyConnection, new: &NewSale) -> Result<u32, Problem> {
    if !new.rehearsal {
        return Ok(new.performance.get());
    }
    let copy = sqlx::query_scalar(
        "INSERT INTO performances (event_id, venue_id, starts_at_ms, doors_at_ms, note, rehearsal) \
         SELECT event_id, venue_id, starts_at_ms, doors_at_ms, note, 1 FROM performances WHERE id = $1 RETURNING id",
    );
    let copy = copy.bind(Number::from(new.performance.get())).fetch_one(connection).await;
    copy.map(Number::get).map_err(unavailable)
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
