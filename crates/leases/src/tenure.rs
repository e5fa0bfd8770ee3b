//! Whether this process may still answer for a sale.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use domain::SaleId;

/// Until when this process may answer, sale by sale. Clones share it; asking costs an uncontended read lock.
#[derive(Debug, Clone, Default)]
pub struct Tenure {
    until: Arc<RwLock<HashMap<SaleId, Instant>>>,
}

impl Tenure {
    /// This process may answer for the sale now. What it commits is another matter: the journal sees to that.
    pub fn may_answer(&self, sale: SaleId) -> bool {
        self.until
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&sale)
            .is_some_and(|until| Instant::now() < *until)
    }

    /// From now on exactly these sales may be answered for, until then.
    pub(crate) fn set(&self, sales: impl Iterator<Item = SaleId>, until: Instant) {
        *self.until.write().unwrap_or_else(PoisonError::into_inner) = sales.map(|sale| (sale, until)).collect();
    }

    /// This one as well.
    pub(crate) fn add(&self, sale: SaleId, until: Instant) {
        self.until.write().unwrap_or_else(PoisonError::into_inner).insert(sale, until);
    }

    /// This one no longer.
    pub(crate) fn end(&self, sale: SaleId) {
        self.until.write().unwrap_or_else(PoisonError::into_inner).remove(&sale);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_sale_is_answered_for_until_the_lease_is_over() {
        let (tenure, sale) = (Tenure::default(), SaleId::new(1));
        assert!(!tenure.may_answer(sale));
        tenure.add(sale, Instant::now() + Duration::from_secs(60));
        assert!(tenure.may_answer(sale) && !tenure.may_answer(SaleId::new(2)));
        tenure.set([sale].into_iter(), Instant::now());
        assert!(!tenure.may_answer(sale), "the time is over, whether or not anybody noticed");
    }
}
