//! Events, performances, venues, plans and sales on the wire.

use catalog::{EventEntry, Found, OwnVenue, PerformanceEntry, SalePage};
use domain::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::MoneyBody;
use super::status::stage_word;
use crate::app::App;

/// Something with a name for people.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedBody {
    /// Its id.
    pub id: String,
    /// Shown to fans.
    pub name: String,
}

/// Where something takes place.
#[derive(Debug, Serialize, ToSchema)]
pub struct VenueBody {
    /// `venue_…`
    pub id: String,
    /// Shown to fans.
    pub name: String,
    /// Its city, if the organiser named one.
    pub city: Option<String>,
}

/// A performance in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PerformanceEntryBody {
    /// `perf_…`
    pub id: String,
    /// RFC 3339 with the venue's offset.
    pub starts_at: String,
    /// When the doors open, RFC 3339 with the venue's offset.
    pub doors_at: Option<String>,
    /// A few sentences about it: plain text with line breaks.
    pub note: Option<String>,
    /// The venue's zone, an IANA name.
    pub time_zone: String,
    /// Grows with each change; a change names the one it began from.
    pub version: u32,
    /// Where.
    pub venue: VenueBody,
    /// `sale_…`, if it was put on sale.
    pub sale: Option<String>,
    /// `scheduled`, `open`, `paused`, `sold_out` or `closed`, if it is on sale.
    pub stage: Option<&'static str>,
    /// When the line of that sale begins to count.
    #[schema(value_type = Option<i64>)]
    pub opens_at_ms: Option<Timestamp>,
    /// The lowest price.
    pub price_from: Option<MoneyBody>,
    /// The highest price.
    pub price_to: Option<MoneyBody>,
}

/// An event with its performances.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    /// `event_…`
    pub id: String,
    /// Shown to fans.
    pub name: String,
    /// What it is about: plain text with line breaks.
    pub description: Option<String>,
    /// `concert`, `theatre`, `musical`, `classical`, `dance`, `comedy`, `sport`, `exhibition`, `family` or `other`.
    pub category: Option<&'static str>,
    /// Who runs it.
    pub organiser: NamedBody,
    /// Grows with each change; a change names the one it began from.
    pub version: u32,
    /// The earliest first.
    pub performances: Vec<PerformanceEntryBody>,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventsBody {
    /// In the order of their next performance; newest first if nothing was looked for.
    pub events: Vec<EventBody>,
    /// Give it as `after` for the next page.
    pub next: Option<String>,
    /// Categories there are to look for.
    pub categories: Vec<&'static str>,
    /// Cities there are to look for.
    pub cities: Vec<String>,
}

/// A venue as its organiser sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnVenueBody {
    /// `venue_…`
    pub id: String,
    /// Shown to fans.
    pub name: String,
    /// Its city.
    pub city: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// Grows with each change; a change names the one it began from.
    pub version: u32,
}

/// The venues of an organiser, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnVenuesBody {
    /// The venues.
    pub venues: Vec<OwnVenueBody>,
}

/// A sale: of it only the texts change, and the time of the doors. Sent as it is kept; this only describes it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes bytes that are sent as kept")]
pub struct SaleBody {
    /// `sale_…`
    id: String,
    /// What is performed.
    event: NamedBody,
    /// When.
    performance: SalePerformanceBody,
    /// Where.
    venue: NamedBody,
    /// When the line begins to count.
    opens_at_ms: i64,
    /// Tickets one account may take.
    tickets_per_buyer_max: u32,
    /// How long a fan may choose.
    select_seconds: u32,
    /// How long a fan may pay.
    pay_seconds: u32,
    /// ISO 4217.
    currency: String,
    /// What there is to pay for, in the plan's order.
    price_levels: Vec<PriceLevelBody>,
    /// Seats and people of all areas.
    capacity: u32,
    /// Nothing of it counts: no ticket of it is good, and it is in no list for fans.
    rehearsal: bool,
}

/// A price level with its price.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in SaleBody")]
pub struct PriceLevelBody {
    /// Its index in the plan.
    index: u8,
    /// Shown to fans.
    name: String,
    /// Display colour, `#rrggbb`.
    color: String,
    /// Of one ticket.
    price: MoneyBody,
}

/// The performance of a sale.
#[derive(Debug, Serialize, ToSchema)]
pub struct SalePerformanceBody {
    /// `perf_…`
    pub id: String,
    /// RFC 3339 with the venue's offset.
    pub starts_at: String,
    /// When the doors open, RFC 3339 with the venue's offset.
    pub doors_at: Option<String>,
    /// A few sentences about it: plain text with line breaks.
    pub note: Option<String>,
    /// The venue's zone, an IANA name.
    pub time_zone: String,
}

/// A sale as its organiser sees it among others.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSaleBody {
    /// `sale_…`
    pub id: String,
    /// What is performed.
    pub event: NamedBody,
    /// When.
    pub performance: SalePerformanceBody,
    /// Where.
    pub venue: NamedBody,
    /// When the line begins to count.
    #[schema(value_type = i64)]
    pub opens_at_ms: Timestamp,
    /// Seats and people of all areas.
    pub capacity: u32,
    /// `scheduled`, `open`, `paused`, `sold_out` or `closed`.
    pub stage: &'static str,
    /// Tickets that are good.
    pub tickets_sold: u32,
    /// Captured.
    pub taken: MoneyBody,
    /// In line.
    pub waiting: u32,
    /// Nothing of it counts.
    pub rehearsal: bool,
}

/// The sales of an organiser, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSalesBody {
    /// The sales.
    pub sales: Vec<OwnSaleBody>,
    /// A sale may be a rehearsal here.
    pub rehearsals: bool,
}

impl NamedBody {
    /// Of something with an id.
    pub fn of<Id: std::fmt::Display>(named: &catalog::Named<Id>) -> Self {
        Self { id: named.id.to_string(), name: named.name.clone() }
    }
}

impl EventBody {
    /// An event whose sales are here.
    pub fn of(event: EventEntry, app: &App) -> Self {
        let performance = |it: PerformanceEntry| PerformanceEntryBody::of(it, app);
        Self {
            id: event.id.to_string(),
            organiser: NamedBody::of(&event.organiser),
            version: event.version,
            performances: event.performances.into_iter().map(performance).collect(),
            name: event.name,
            description: event.description,
            category: event.category.map(catalog::Category::word),
        }
    }
}

impl PerformanceEntryBody {
    fn of(performance: PerformanceEntry, app: &App) -> Self {
        let sale = performance.sale;
        let view = sale.and_then(|sale| app.sales.get(sale.id).ok()).map(|sale| sale.handle.view());
        Self {
            id: performance.id.to_string(),
            starts_at: performance.starts_at,
            doors_at: performance.doors_at,
            note: performance.note,
            time_zone: performance.time_zone,
            version: performance.version,
            venue: VenueBody {
                id: performance.venue.id.to_string(),
                name: performance.venue.name,
                city: performance.city,
            },
            sale: sale.map(|sale| sale.id.to_string()),
            stage: view.map(|view| stage_word(&view)),
            opens_at_ms: sale.map(|sale| sale.opens_at),
            price_from: sale.map(|sale| sale.prices.0.into()),
            price_to: sale.map(|sale| sale.prices.1.into()),
        }
    }
}

impl EventsBody {
    /// Events whose sales are here.
    pub fn of(found: Found, app: &App) -> Self {
        Self {
            events: found.events.into_iter().map(|event| EventBody::of(event, app)).collect(),
            next: found.next,
            categories: found.categories.into_iter().map(catalog::Category::word).collect(),
            cities: found.cities,
        }
    }
}

impl From<OwnVenue> for OwnVenueBody {
    fn from(venue: OwnVenue) -> Self {
        Self {
            id: venue.id.to_string(),
            name: venue.name,
            city: venue.city,
            time_zone: venue.time_zone,
            version: venue.version,
        }
    }
}

impl From<&SalePage> for SalePerformanceBody {
    fn from(page: &SalePage) -> Self {
        let performance = &page.performance;
        Self {
            id: performance.id.to_string(),
            starts_at: performance.starts_at.clone(),
            doors_at: performance.doors_at.clone(),
            note: performance.note.clone(),
            time_zone: performance.time_zone.clone(),
        }
    }
}
