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

/// The numbers of accounts that were seen here.
pub struct Places {
    numbers: Cache<AccountId, PlaceNumber>,
}

impl Default for Places {
    fn default() -> Self {
        Self { numbers: Cache::with_weighter(REMEMBERED_AT_FIRST, REMEMBERED_MAX, UnitWeighter) }
    }
}

impl Places {
    /// Forgets an account that gave its place up.
    pub fn forget(&self, account: AccountId) {
        self.numbers.remove(&account);
    }

    /// Remembers what the writer said.
    pub fn remember(&self, account: AccountId, place: &PlaceView) {
        if place.stage == PlaceStage::Waiting {
            self.numbers.insert(account, place.number);
        }
    }

    /// The place of an account that is known to wait far from the front, as of this view; `None` says nothing.
    ///
    /// A number is handed out once. Whoever gave one up and came again is marked as gone under the old one, and whoever
    /// may enter is at or before the cursor, so an old memory cannot be mistaken for a place.
    pub fn waiting(&self, account: AccountId, view: &SaleView) -> Option<PlaceView> {
        let number = self.numbers.get(&account)?;
        let waits = number.0 > view.cursor && number.0 <= view.last_number && !view.left.get(number.0 as usize - 1);
        let ahead = view.ahead(number);
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
