//! Who must be woken by which event.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crowd::MemberId;
use domain::{AccountId, OrderId, PlaceNumber};
use link::Wake;
use tokio::sync::Notify;

/// How one listener is woken.
#[derive(Clone)]
pub(super) enum Waker {
    /// A task of its own.
    Task(Arc<Notify>),
    /// A connection in the sale's room.
    Member(MemberId),
}

/// Who waits for what. Connections to wake are handed out, for the room wakes many at once.
#[derive(Default)]
pub(super) struct Woken {
    accounts: HashMap<AccountId, Listeners>,
    places: BTreeMap<PlaceNumber, AccountId>,
    orders: HashMap<OrderId, AccountId>,
    admitted_through: u32,
}

/// The connections of one account, and what belongs to it.
#[derive(Default)]
struct Listeners {
    wakers: Vec<Waker>,
    place: Option<PlaceNumber>,
    order: Option<OrderId>,
}

impl Woken {
    pub(super) fn register(&mut self, account: AccountId, waker: Waker) {
        let listeners = self.accounts.entry(account).or_default();
        // Nearly everybody has one connection.
        listeners.wakers.reserve_exact(1);
        listeners.wakers.push(waker);
    }

    /// Forgets a connection, and with the last one of an account what belonged to it.
    pub(super) fn unregister(&mut self, account: AccountId, waker: &Waker) {
        let Some(listeners) = self.accounts.get_mut(&account) else { return };
        listeners.wakers.retain(|it| !it.is(waker));
        if listeners.wakers.is_empty()
            && let Some(listeners) = self.accounts.remove(&account)
        {
            self.forget(listeners.place, listeners.order);
        }
    }

    /// What belongs to the account now, so that events of it are recognised.
    pub(super) fn belongs(&mut self, account: AccountId, place: PlaceNumber, order: Option<OrderId>) {
        // Who has left meanwhile is not waited for.
        let Some(listeners) = self.accounts.get_mut(&account) else { return };
        if place.0 > 0 && listeners.place != Some(place) {
            if let Some(before) = listeners.place.replace(place) {
                self.places.remove(&before);
            }
            self.places.insert(place, account);
        }
        if let Some(order) = order.filter(|order| listeners.order != Some(*order)) {
            if let Some(before) = listeners.order.replace(order) {
                self.orders.remove(&before);
            }
            self.orders.insert(order, account);
        }
    }

    fn forget(&mut self, place: Option<PlaceNumber>, order: Option<OrderId>) {
        if let Some(place) = place {
            self.places.remove(&place);
        }
        if let Some(order) = order {
            self.orders.remove(&order);
        }
    }

    /// Wakes those whom an event concerns, and hands out the connections among them. True if it concerns everybody.
    pub(super) fn wake(&mut self, wake: &Wake, ids: &mut Vec<MemberId>) -> bool {
        if wake.all {
            self.wake_tasks();
            return true;
        }
        wake.accounts.iter().for_each(|account| self.account(account, ids));
        let places = wake.places.iter().filter_map(|place| self.places.get(place));
        let orders = wake.orders.iter().filter_map(|order| self.orders.get(order));
        places.chain(orders).for_each(|account| self.account(account, ids));
        if let Some(through) = wake.admitted_through {
            self.admitted(through, ids);
        }
        false
    }

    /// Wakes an account's.
    pub(super) fn account(&self, account: &AccountId, ids: &mut Vec<MemberId>) {
        for waker in self.accounts.get(account).into_iter().flat_map(|listeners| &listeners.wakers) {
            match waker {
                Waker::Task(notify) => notify.notify_one(),
                Waker::Member(id) => ids.push(*id),
            }
        }
    }

    /// Wakes everybody who has a task; connections are woken by their room.
    pub(super) fn wake_tasks(&self) {
        for waker in self.accounts.values().flat_map(|listeners| &listeners.wakers) {
            if let Waker::Task(notify) = waker {
                notify.notify_one();
            }
        }
    }

    fn admitted(&mut self, through: u32, ids: &mut Vec<MemberId>) {
        let newly = PlaceNumber(self.admitted_through + 1)..=PlaceNumber(through.max(self.admitted_through + 1));
        self.places.range(newly).for_each(|(_, account)| self.account(account, ids));
        self.admitted_through = self.admitted_through.max(through);
    }
}

impl Waker {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Task(one), Self::Task(other)) => Arc::ptr_eq(one, other),
            (Self::Member(one), Self::Member(other)) => one == other,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_connection_of_an_account_takes_everything_along() {
        let (mut woken, account) = (Woken::default(), AccountId::new(1));
        let [one, other] = [(); 2].map(|()| Waker::Task(Arc::default()));
        woken.register(account, one.clone());
        woken.register(account, other.clone());
        woken.belongs(account, PlaceNumber(3), None);
        woken.belongs(account, PlaceNumber(7), None);
        assert_eq!(woken.places, BTreeMap::from([(PlaceNumber(7), account)]));
        woken.unregister(account, &one);
        assert_eq!(woken.places.len(), 1);
        woken.unregister(account, &other);
        assert!(woken.places.is_empty() && woken.accounts.is_empty());
        woken.belongs(account, PlaceNumber(7), None);
        assert!(woken.places.is_empty(), "nobody listens any more");
    }
}
