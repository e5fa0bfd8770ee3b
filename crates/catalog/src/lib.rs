//! Organisers, venues, seating plans, events, performances and sales.
//!
//! Two halves: [`pretix_plan`] turns a published seating-plan file into a [`domain::SeatingPlan`] and says where
//! the file is wrong; [`CatalogStore`] keeps what organisers enter, in its own SQLite file.
//!
//! **Invariant:** nothing here decides about a place, a hold or a ticket. A sale's settings and its plan never
//! change once it exists, and once it has begun neither do place and time; texts may.

mod cursor;
pub mod pretix_plan;
pub mod store;
mod text;
pub mod time;

pub use pretix_plan::{Decoration, Imported, PlanError, PlanErrors};
pub use store::browse::{EventEntry, Found, PerformanceEntry, SaleEntry, Search};
pub use store::events::{Category, NewEvent};
pub use store::performances::{NewPerformance, Performance, PerformanceDetails};
pub use store::plans::{PlanId, PlanSummary};
pub use store::sale_page::{PriceLevelPage, SalePage};
pub use store::sales::{NewSale, Rate, Sale};
pub use store::venues::{NewVenue, OwnVenue};
pub use store::{CatalogStore, Named, TABLES};

/// The row number in a cursor of the list of events: for the fuzz target in `crates/hostile`.
///
/// # Errors
/// It is not a cursor of that list.
#[doc(hidden)]
pub fn read_cursor(cursor: &str) -> Result<u32, domain::Problem> {
    cursor::read("events", cursor)
}
