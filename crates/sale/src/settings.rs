//! What the organiser decides about a sale.

use domain::{Currency, Duration, SaleId, Timestamp};
use serde::{Deserialize, Serialize};

/// The settings of a sale. Prices come from here, never from a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Which sale.
    pub sale: SaleId,
    /// The opening instant: nobody joins before.
    pub opens_at: Timestamp,
    /// Of every price.
    pub currency: Currency,
    /// Minor units, one per price level of the plan.
    pub prices: Vec<i64>,
    /// Tickets one buyer may take over all orders.
    pub tickets_per_buyer_max: u32,
    /// How long an admitted buyer has to show up.
    pub grace: Duration,
    /// How long a buyer may choose.
    pub select_time: Duration,
    /// How long a buyer may pay.
    pub pay_time: Duration,
    /// How the line moves.
    pub pace: Pace,
}

/// How the line moves: every bound that is set holds at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pace {
    /// Bank counter: at most so many buyers inside; as one leaves the next enters.
    pub capacity: Option<u32>,
    /// Theme park: so many enter per interval.
    pub rate: Option<Rate>,
    /// At most so many enter over the whole sale.
    pub admissions_max: Option<u32>,
}

impl Pace {
    /// This pace at so many thousandths of its capacity and rate. What is not 0 stays at least 1, except that at 0
    /// thousandths nobody enters.
    #[must_use]
    pub fn throttled(self, permille: u16) -> Self {
        let scale = |count: u32| match (u64::from(count) * u64::from(permille) / 1_000) as u32 {
            0 => count.min(u32::from(permille)).min(1),
            scaled => scaled,
        };
        let stopped = (permille == 0).then_some(0);
        Self {
            capacity: stopped.or(self.capacity.map(scale)),
            rate: self.rate.map(|rate| Rate { count: scale(rate.count), ..rate }),
            admissions_max: self.admissions_max,
        }
    }
}

/// `count` admissions in each interval, counted from the opening instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Admissions per interval.
    pub count: u32,
    /// Length of the interval.
    pub interval: Duration,
}
