//! The JSON shapes of the API. Ids are texts, times milliseconds, seats indexes of the plan.

pub mod account;
pub mod catalog;
pub mod order;
pub mod place;
pub mod plan;
pub mod status;
pub mod ticket;

use domain::{AreaIndex, SeatIndex, SeatingPlan};
use sale::Items;
use serde::Serialize;
use utoipa::ToSchema;

/// An amount in minor units.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct MoneyBody {
    /// Minor units: cents, won.
    pub amount: i64,
    /// ISO 4217.
    #[schema(value_type = String, example = "EUR")]
    pub currency: domain::Currency,
}

impl From<domain::Money> for MoneyBody {
    fn from(money: domain::Money) -> Self {
        Self { amount: money.amount, currency: money.currency }
    }
}

/// One ticket's worth of a hold or order: a numbered seat, or a place in a counted area.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemBody<'a> {
    /// The seat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<u32>,
    /// Its section.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<&'a str>,
    /// Its row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<&'a str>,
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<&'a str>,
    /// The area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<u16>,
    /// The area's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// The price level.
    pub level: u8,
    /// What it costs.
    pub price: MoneyBody,
}

/// What is needed to say what an item is called and costs.
pub struct Labels<'a> {
    /// The plan.
    pub plan: &'a SeatingPlan,
    /// Minor units by price level.
    pub prices: &'a [::catalog::PriceLevelPage],
}

impl<'a> Labels<'a> {
    /// Every ticket's worth of these items.
    pub fn items(&self, items: &Items) -> Vec<ItemBody<'a>> {
        let seats = items.seats.iter().filter_map(|seat| self.seat(*seat));
        let areas = items.areas.iter().flat_map(|(area, count)| (0..*count).filter_map(|_| self.area(*area)));
        seats.chain(areas).collect()
    }

    fn price(&self, level: domain::PriceLevelIndex) -> Option<MoneyBody> {
        self.prices.get(usize::from(level.0)).map(|level| level.price.into())
    }

    fn seat(&self, index: SeatIndex) -> Option<ItemBody<'a>> {
        let seat = self.plan.seats.get(index.0 as usize)?;
        let row = self.plan.rows.get(seat.row as usize)?;
        Some(ItemBody {
            seat: Some(index.0),
            section: Some(&self.plan.sections.get(usize::from(row.section))?.name),
            row: Some(&row.name),
            number: Some(&seat.number),
            area: None,
            name: None,
            level: seat.level.0,
            price: self.price(seat.level)?,
        })
    }

    fn area(&self, index: AreaIndex) -> Option<ItemBody<'a>> {
        let area = self.plan.areas.get(usize::from(index.0))?;
        Some(ItemBody {
            seat: None,
            section: None,
            row: None,
            number: None,
            area: Some(index.0),
            name: Some(&area.name),
            level: area.level.0,
            price: self.price(area.level)?,
        })
    }
}
