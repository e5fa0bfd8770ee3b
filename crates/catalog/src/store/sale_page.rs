//! What a fan sees of a sale, in one read.

use database::Number;
use domain::{
    Currency, EventId, Money, OrganiserId, PerformanceId, PriceLevelIndex, Problem, SaleId, Timestamp, VenueId,
};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::plans::PlanId;
use super::sales::sale_unknown;
use super::{CatalogStore, Named, inconsistent, unavailable};
use crate::time;

/// A sale with everything its page shows. Serializes as `GET /v1/sales/{sale}` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SalePage {
    /// Its id.
    pub id: SaleId,
    /// Who sells.
    #[serde(skip)]
    pub organiser: Named<OrganiserId>,
    /// What is performed.
    pub event: Named<EventId>,
    /// When.
    pub performance: PerformancePage,
    /// Where.
    pub venue: Named<VenueId>,
    /// The venue's city.
    #[serde(skip)]
    pub city: Option<String>,
    /// The seats.
    #[serde(skip)]
    pub plan: PlanId,
    /// When the line begins to count.
    pub opens_at_ms: Timestamp,
    /// Tickets one account may take.
    pub tickets_per_buyer_max: u32,
    /// How long a fan may choose.
    pub select_seconds: u32,
    /// How long a fan may pay.
    pub pay_seconds: u32,
    /// Of all prices.
    pub currency: Currency,
    /// What there is to pay for, in the plan's order.
    pub price_levels: Vec<PriceLevelPage>,
    /// Seats and people of all areas together.
    pub capacity: u32,
    /// Nothing of it counts: no ticket of it is good.
    pub rehearsal: bool,
}

/// The performance of a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PerformancePage {
    /// Its id.
    pub id: PerformanceId,
    /// RFC 3339 with the venue's offset.
    pub starts_at: String,
    /// The venue's zone, an IANA name.
    pub time_zone: String,
    /// When the doors open, RFC 3339 with the venue's offset.
    pub doors_at: Option<String>,
    /// A few sentences about it.
    pub note: Option<String>,
    /// The same instant as `starts_at`.
    #[serde(skip)]
    pub starts_at_instant: Timestamp,
}

/// A price level with its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceLevelPage {
    /// Its index in the plan.
    pub index: PriceLevelIndex,
    /// Shown to fans.
    pub name: String,
    /// Display colour, `#rrggbb`.
    pub color: String,
    /// Of one ticket.
    pub price: Money,
}

#[derive(FromRow)]
struct PageRow {
    organiser_id: Number,
    organiser_name: String,
    event_id: Number,
    event_name: String,
    performance_id: Number,
    starts_at_ms: i64,
    doors_at_ms: Option<i64>,
    note: Option<String>,
    rehearsal: Number,
    time_zone: String,
    venue_id: Number,
    venue_name: String,
    city: Option<String>,
    plan_id: Number,
    capacity: Number,
    opens_at_ms: i64,
    tickets_per_buyer_max: Number,
    select_seconds: Number,
    pay_seconds: Number,
    currency: String,
}

const SELECT: &str = "SELECT o.id AS organiser_id, o.name AS organiser_name, e.id AS event_id, e.name AS event_name, \
     p.id AS performance_id, p.starts_at_ms, p.doors_at_ms, p.note, p.rehearsal, v.time_zone, v.id AS venue_id, v.name AS venue_name, v.city, s.plan_id, \
     l.capacity, s.opens_at_ms, s.tickets_per_buyer_max, s.select_seconds, s.pay_seconds, s.currency \
     FROM sales s JOIN performances p ON p.id = s.performance_id JOIN events e ON e.id = p.event_id \
     JOIN organisers o ON o.id = e.organiser_id JOIN venues v ON v.id = p.venue_id JOIN plans l ON l.id = s.plan_id \
     WHERE s.id = $1";

impl CatalogStore {
    /// A sale with its event, performance, venue and prices. Only its texts and the time of the doors ever change, and
    /// until it begins its place and time.
    ///
    /// # Errors
    /// `sale_unknown`.
    pub async fn sale_page(&self, id: SaleId) -> Result<SalePage, Problem> {
        let row = sqlx::query_as(SELECT).bind(Number::from(id.get())).fetch_optional(self.tables.readers());
        let row: Option<PageRow> = row.await.map_err(unavailable)?;
        let row = row.ok_or_else(sale_unknown)?;
        let levels = sqlx::query_as(
            "SELECT l.level, l.name, l.color, p.amount FROM plan_price_levels l \
             JOIN sale_prices p ON p.sale_id = $1 AND p.level = l.level WHERE l.plan_id = $2 ORDER BY l.level",
        );
        let levels = levels.bind(Number::from(id.get())).bind(row.plan_id).fetch_all(self.tables.readers());
        page(id, row, levels.await.map_err(unavailable)?)
    }
}

fn page(id: SaleId, row: PageRow, levels: Vec<(Number, String, String, i64)>) -> Result<SalePage, Problem> {
    let currency: Currency = row.currency.parse().map_err(|_| inconsistent(format_args!("currency of {id}")))?;
    let level = |(index, name, color, amount): (Number, _, _, _)| {
        let index = u8::try_from(index.get()).map_err(|_| inconsistent(format_args!("a price level of {id}")))?;
        Ok(PriceLevelPage { index: PriceLevelIndex(index), name, color, price: Money::new(amount, currency) })
    };
    let starts_at = Timestamp::from_millis(row.starts_at_ms);
    Ok(SalePage {
        id,
        organiser: Named { id: OrganiserId::new(row.organiser_id.get()), name: row.organiser_name },
        event: Named { id: EventId::new(row.event_id.get()), name: row.event_name },
        performance: PerformancePage {
            id: PerformanceId::new(row.performance_id.get()),
            starts_at: time::rfc3339(starts_at, &row.time_zone),
            doors_at: row.doors_at_ms.map(|at| time::rfc3339(Timestamp::from_millis(at), &row.time_zone)),
            note: row.note,
            time_zone: row.time_zone,
            starts_at_instant: starts_at,
        },
        venue: Named { id: VenueId::new(row.venue_id.get()), name: row.venue_name },
        city: row.city,
        plan: PlanId::new(row.plan_id.get()),
        opens_at_ms: Timestamp::from_millis(row.opens_at_ms),
        tickets_per_buyer_max: row.tickets_per_buyer_max.get(),
        select_seconds: row.select_seconds.get(),
        pay_seconds: row.pay_seconds.get(),
        currency,
        price_levels: levels.into_iter().map(level).collect::<Result<_, Problem>>()?,
        capacity: row.capacity.get(),
        rehearsal: row.rehearsal.is_set(),
    })
}
