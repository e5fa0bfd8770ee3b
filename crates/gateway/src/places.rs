//! Places in line told at the edge: who waits is answered from the shared view, without asking the writer.

use domain::{AccountId, PlaceNumber};
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;
use sale::{PlaceStage, PlaceView, SaleView};

/// With fewer ahead than this the writer is asked: whose turn is near wants it exact, not a view interval old.
const NEAR: u32 = 1_000;
/// Accounts whose number is remembered for one sale. A forgotten one is asked for again.
const REMEMBERED_MAX: u64 = 1_000_000;
/// Room made at first.
const REMEMBERED_AT_FIRST: usize = 256;

/// The numbers of accounts that were seen here, and how many the writer said were before them.
pub struct Places {
    told: Cache<AccountId, Told>,
}

#[derive(Clone, Copy)]
struct Told {
    number: PlaceNumber,
    ahead: u32,
}

impl Default for Places {
    fn default() -> Self {
        Self { told: Cache::with_weighter(REMEMBERED_AT_FIRST, REMEMBERED_MAX, UnitWeighter) }
    }
}

impl Places {
    /// Forgets an account that gave its place up.
    pub fn forget(&self, account: AccountId) {
        self.told.remove(&account);
    }

    /// Remembers what the writer said.
    pub fn remember(&self, account: AccountId, place: &PlaceView) {
        if place.stage == PlaceStage::Waiting {
            self.told.insert(account, Told { number: place.number, ahead: place.ahead });
        }
    }

    /// The place of an account that is known to wait far from the front, as of this view; `None` says nothing.
    ///
    /// A number is handed out once. Whoever gave one up and came again is marked as gone under the old one, and whoever
    /// may enter is at or before the cursor, so an old memory cannot be mistaken for a place. The view may be older than
    /// what the writer said: then that is said again, because a place does not go back.
    pub fn waiting(&self, account: AccountId, view: &SaleView) -> Option<PlaceView> {
        let Told { number, ahead: said } = self.told.get(&account)?;
        let waits = number.0 > view.cursor && number.0 <= view.last_number && !view.left.get(number.0 as usize - 1);
        let ahead = view.ahead(number).min(said);
        (waits && ahead >= NEAR).then_some(PlaceView {
            number,
            stage: PlaceStage::Waiting,
            ahead,
            deadline: None,
            hold: None,
            order: None,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use domain::{Area, Currency, Duration, PriceLevel, PriceLevelIndex, SaleId, SeatingPlan, Timestamp};
    use sale::{Pace, Sale, Settings};

    use super::*;

    /// Of a sale in which so many have joined, and all up to the cursor were let in.
    fn view(joined: u32, cursor: u32) -> SaleView {
        let settings = Settings {
            sale: SaleId::new(1),
            opens_at: Timestamp::from_millis(0),
            currency: Currency::from_code(*b"EUR"),
            prices: vec![100],
            tickets_per_buyer_max: 1,
            grace: Duration::from_secs(1),
            select_time: Duration::from_secs(1),
            pay_time: Duration::from_secs(1),
            pace: Pace::default(),
        };
        let level = PriceLevelIndex(0);
        let standing = Area { name: "Standing".into(), level, capacity: 5, x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        let plan = SeatingPlan {
            name: "Hall".into(),
            width: 1.0,
            height: 1.0,
            price_levels: vec![PriceLevel { name: "A".into(), color: "#336699".into() }],
            sections: vec![],
            rows: vec![],
            seats: vec![],
            areas: vec![standing],
        };
        let (mut sale, _) = Sale::create(settings, plan, Timestamp::from_millis(0)).unwrap();
        SaleView { last_number: joined, cursor, ..sale.view(1, None) }
    }

    #[test]
    fn a_place_does_not_go_back_because_the_view_is_older_than_what_the_writer_said() {
        let (places, account) = (Places::default(), AccountId::new(7));
        let place = |ahead| PlaceView {
            number: PlaceNumber(4_000),
            stage: PlaceStage::Waiting,
            ahead,
            deadline: None,
            hold: None,
            order: None,
        };
        places.remember(account, &place(2_990));
        assert_eq!(places.waiting(account, &view(3_999, 1_000)), None, "a view from before the place says nothing");
        assert_eq!(places.waiting(account, &view(5_000, 1_000)), Some(place(2_990)), "2,999 in a view that is older");
        assert_eq!(places.waiting(account, &view(5_000, 1_500)), Some(place(2_499)));
        assert_eq!(places.waiting(account, &view(5_000, 3_100)), None, "near ones are asked for");
        assert_eq!(places.waiting(account, &view(5_000, 4_000)), None, "and whoever was let in");
    }
}
