//! Events, performances, venues, plans and sales on the wire.

use catalog::{EventEntry, Found, OwnVenue, PerformanceEntry, PlanSummary, SalePage};
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
    /// The venue's zone, an IANA name.
    pub time_zone: String,
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
}

/// The venues of an organiser, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnVenuesBody {
    /// The venues.
    pub venues: Vec<OwnVenueBody>,
}

/// What there is to pay for.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanLevelBody {
    /// Shown to fans.
    pub name: String,
    /// Display colour, `#rrggbb`.
    pub color: String,
}

/// What there is to know of a plan without reading it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanSummaryBody {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Numbered seats.
    pub seats: u32,
    /// Counted areas.
    pub areas: u32,
    /// Seats and people of all areas.
    pub capacity: u32,
    /// In the order of prices.
    pub price_levels: Vec<PlanLevelBody>,
}

/// The plans of an organiser, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnPlansBody {
    /// The plans.
    pub plans: Vec<PlanSummaryBody>,
}

/// A seating plan. Sent as it is stored; this only describes it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes bytes that are sent as stored")]
pub struct PlanBody {
    /// Its name.
    name: String,
    /// Width of the drawing.
    width: f32,
    /// Height of the drawing.
    height: f32,
    /// What there is to pay for.
    price_levels: Vec<PlanLevelBody>,
    /// Sections, in order.
    sections: Vec<PlanSectionBody>,
    /// Rows, in order.
    rows: Vec<PlanRowBody>,
    /// Seats, in order: a seat's index is its number everywhere in the API.
    seats: Vec<PlanSeatBody>,
    /// Counted areas, in order.
    areas: Vec<PlanAreaBody>,
}

/// A section.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in PlanBody")]
pub struct PlanSectionBody {
    /// Shown on the ticket.
    name: String,
}

/// A row: `seats` seats from `first_seat` on.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in PlanBody")]
pub struct PlanRowBody {
    /// Index of its section.
    section: u16,
    /// Shown on the ticket.
    name: String,
    /// Index of its first seat.
    first_seat: u32,
    /// How many.
    seats: u32,
}

/// A seat.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in PlanBody")]
pub struct PlanSeatBody {
    /// Its name in the organiser's files.
    guid: String,
    /// Index of its row.
    row: u32,
    /// Shown on the ticket.
    number: String,
    /// Index of its price level.
    level: u8,
    /// On the map.
    x: f32,
    /// On the map.
    y: f32,
    /// For people in wheelchairs.
    accessible: bool,
    /// An aisle is before it.
    after_gap: bool,
}

/// A counted area.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "as in PlanBody")]
pub struct PlanAreaBody {
    /// Shown on the ticket.
    name: String,
    /// Index of its price level.
    level: u8,
    /// People it holds.
    capacity: u32,
    /// Left edge on the map.
    x: f32,
    /// Upper edge on the map.
    y: f32,
    /// Width on the map.
    width: f32,
    /// Height on the map.
    height: f32,
}

/// A sale: what never changes of it. Sent as it is kept; this only describes it.
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
}

/// The sales of an organiser, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnSalesBody {
    /// The sales.
    pub sales: Vec<OwnSaleBody>,
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
            time_zone: performance.time_zone,
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
        Self { id: venue.id.to_string(), name: venue.name, city: venue.city, time_zone: venue.time_zone }
    }
}

impl From<PlanSummary> for PlanSummaryBody {
    fn from(plan: PlanSummary) -> Self {
        let level = |level: domain::PriceLevel| PlanLevelBody { name: level.name, color: level.color };
        Self {
            id: plan.id.get(),
            name: plan.name,
            seats: plan.seats,
            areas: plan.areas,
            capacity: plan.capacity,
            price_levels: plan.price_levels.into_iter().map(level).collect(),
        }
    }
}

impl From<&SalePage> for SalePerformanceBody {
    fn from(page: &SalePage) -> Self {
        let performance = &page.performance;
        Self {
            id: performance.id.to_string(),
            starts_at: performance.starts_at.clone(),
            time_zone: performance.time_zone.clone(),
        }
    }
}
