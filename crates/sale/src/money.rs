//! What things cost: always from the sale's own prices.

use domain::Money;

use crate::event::Items;
use crate::state::Sale;

impl Sale {
    /// The price of items, in minor units; `None` if something is not in the plan or the sum does not fit.
    pub(crate) fn total_of(&self, items: &Items) -> Option<i64> {
        let price = |level: domain::PriceLevelIndex| self.settings.prices.get(usize::from(level.0)).copied();
        let mut total = 0i64;
        for seat in &items.seats {
            total = total.checked_add(price(self.floor.level_of_seat(*seat)?)?)?;
        }
        for (area, count) in &items.areas {
            let each = price(self.floor.level_of_area(*area)?)?;
            total = total.checked_add(each.checked_mul(i64::from(*count))?)?;
        }
        Some(total)
    }

    /// Minor units with the sale's currency.
    pub(crate) fn money(&self, amount: i64) -> Money {
        Money::new(amount, self.settings.currency)
    }
}
