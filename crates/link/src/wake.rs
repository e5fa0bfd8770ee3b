//! Whose state may have changed: what events tell those who wait for news.

use domain::{AccountId, OrderId, PlaceNumber};
use engine::Committed;
use sale::Event;
use serde::{Deserialize, Serialize};

/// Hints in one wake; beyond, everybody may look.
pub(crate) const HINTS_MAX: usize = 4_096;

/// Who may want to look again. It may name somebody for nothing, and never leaves anybody out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// Everybody up to this place has been let in.
    pub admitted_through: Option<u32>,
    /// These places.
    pub places: Vec<PlaceNumber>,
    /// Whoever has these orders.
    pub orders: Vec<OrderId>,
    /// These accounts have joined: on other devices of theirs it is news. The one case in which names are left out,
    /// over the link and when there are many: whoever joined has the answer.
    pub accounts: Vec<AccountId>,
    /// Everybody; then the rest is empty.
    pub all: bool,
}

impl Wake {
    /// What a batch of events tells.
    pub fn of(batch: &Committed) -> Self {
        let mut wake = Self::default();
        wake.add(batch, usize::MAX);
        wake
    }

    /// Everybody may want to look again.
    pub fn everybody() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// There is nobody to tell.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what a batch tells; of accounts that joined at most so many.
    pub(crate) fn add(&mut self, batch: &Committed, accounts_max: usize) {
        for recorded in &batch.events {
            if self.all {
                return;
            }
            self.add_event(&recorded.event, accounts_max);
            if self.places.len() + self.orders.len() > HINTS_MAX {
                *self = Self::everybody();
            }
        }
    }

    fn add_event(&mut self, event: &Event, accounts_max: usize) {
        match event {
            Event::Joined { accounts, .. } | Event::LobbyJoined { accounts } => {
                let room = accounts_max.saturating_sub(self.accounts.len());
                self.accounts.extend(accounts.iter().take(room));
            }
            Event::Admitted { through, .. } => {
                self.admitted_through = self.admitted_through.max(Some(through.0));
            }
            Event::Entered { place, .. }
            | Event::LeftLine { place }
            | Event::TurnEnded { place, .. }
            | Event::SeatsHeld { place, .. }
            | Event::HoldReleased { place } => self.places.push(*place),
            Event::CheckoutStarted { place, order, .. } => {
                self.places.push(*place);
                self.orders.push(*order);
            }
            Event::PaymentOpened { order, .. }
            | Event::PaymentDeclined { order }
            | Event::TicketsIssued { order, .. }
            | Event::OrderExpired { order }
            | Event::OrderCancelled { order }
            | Event::RefundRequested { order }
            | Event::RefundCompleted { order } => self.orders.push(*order),
            Event::LobbyLeft { account } => {
                self.accounts.extend((self.accounts.len() < accounts_max).then_some(*account))
            }
            Event::LineDrawn { .. } | Event::SalePaused | Event::SaleResumed | Event::SaleClosed => {
                *self = Self::everybody()
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{SaleId, Timestamp};
    use sale::Recorded;

    use super::*;

    fn batch(events: impl IntoIterator<Item = Event>) -> Committed {
        let recorded = |event| Recorded { at: Timestamp::from_millis(0), key: None, event };
        Committed { sale: SaleId::new(1), first: 1, events: events.into_iter().map(recorded).collect() }
    }

    #[test]
    fn an_admission_is_one_number_however_many_enter() {
        let until = Timestamp::from_millis(9);
        let admitted = |through| Event::Admitted { through: PlaceNumber(through), until };
        let wake = Wake::of(&batch([admitted(10), admitted(500_000)]));
        assert_eq!(wake, Wake { admitted_through: Some(500_000), ..Wake::default() });
    }

    #[test]
    fn too_many_hints_become_everybody() {
        let left = |count| batch((1..=count).map(|place| Event::LeftLine { place: PlaceNumber(place) }));
        assert_eq!(Wake::of(&left(4_096)).places.len(), 4_096);
        assert_eq!(Wake::of(&left(4_097)), Wake::everybody());
    }

    #[test]
    fn a_pause_concerns_everybody() {
        assert_eq!(
            Wake::of(&batch([Event::SalePaused, Event::HoldReleased { place: PlaceNumber(1) }])),
            Wake::everybody()
        );
    }

    #[test]
    fn accounts_that_joined_are_named_up_to_a_limit() {
        let accounts: Vec<_> = (1..=5).map(AccountId::new).collect();
        let joined = batch([Event::Joined { first: PlaceNumber(1), accounts }]);
        assert_eq!(Wake::of(&joined).accounts.len(), 5);
        let mut wake = Wake::default();
        wake.add(&joined, 3);
        wake.add(&joined, 3);
        assert_eq!(wake.accounts.len(), 3);
    }
}
