//! Orders: a stage that is a word, and transitions that can fail.

use domain::{AccountId, OrderId, PlaceNumber, Timestamp};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::event::Items;

/// How far an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// Seats are held for it until its deadline.
    Paying,
    /// Paid; its tickets are issued.
    Paid,
    /// The pay time is over; the seats are free.
    Expired,
    /// Given up by the buyer; the seats are free.
    Cancelled,
    /// Captured money must go back.
    RefundPending,
    /// The money went back.
    Refunded,
}

/// One purchase attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Which.
    pub id: OrderId,
    /// Whose.
    pub account: AccountId,
    /// The place its buyer had.
    pub place: PlaceNumber,
    /// Of what.
    pub items: Items,
    /// Minor units of the sale's currency.
    pub total: i64,
    /// How far.
    pub stage: OrderStage,
    /// The end of the pay time.
    pub deadline: Timestamp,
    /// When checkout began.
    pub created_at: Timestamp,
    /// The provider's id of the payment, once known.
    pub payment: Option<String>,
    /// The provider's page, once known.
    pub page_url: Option<String>,
    /// Minor units the provider has captured.
    pub captured: Option<i64>,
    /// The provider will take no (further) money for it.
    pub settled: bool,
    /// Attempts the provider declined.
    pub declined: u32,
    /// Serials of its tickets: the first and how many.
    pub tickets: Option<(u32, u32)>,
}

impl Order {
    /// Nothing is left to do for the checkout saga.
    pub fn is_finished(&self) -> bool {
        match self.stage {
            OrderStage::Paid | OrderStage::Refunded => true,
            OrderStage::Expired | OrderStage::Cancelled => self.settled,
            OrderStage::Paying | OrderStage::RefundPending => false,
        }
    }

    /// Its seats are the buyer's: held for payment, or sold.
    pub fn owns_seats(&self) -> bool {
        matches!(self.stage, OrderStage::Paying | OrderStage::Paid)
    }
}

/// The orders of one sale, in the order in which they began.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    all: Vec<Order>,
    by_id: HashMap<OrderId, u32>,
    by_account: HashMap<AccountId, Vec<u32>>,
}

impl Orders {
    /// Every order, oldest first.
    pub fn all(&self) -> &[Order] {
        &self.all
    }

    /// The orders that began before this one, or all; oldest first. None before one that is unknown.
    ///
    /// Ids are no help here: they are minted before the writer decides who begins first.
    pub fn before(&self, end: Option<OrderId>) -> &[Order] {
        let end = end.map_or(self.all.len(), |end| self.index_of(end).unwrap_or(0) as usize);
        &self.all[..end]
    }

    /// An order by its index.
    pub fn at(&self, index: u32) -> Option<&Order> {
        self.all.get(index as usize)
    }

    /// An order by its id.
    pub fn find(&self, id: OrderId) -> Option<&Order> {
        self.at(self.index_of(id)?)
    }

    /// The index of an order.
    pub fn index_of(&self, id: OrderId) -> Option<u32> {
        self.by_id.get(&id).copied()
    }

    /// An account's orders, oldest first.
    pub fn of(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &Order> {
        self.by_account.get(&account).into_iter().flatten().filter_map(|index| self.at(*index))
    }

    pub(crate) fn find_mut(&mut self, id: OrderId) -> Option<&mut Order> {
        let index = self.index_of(id)?;
        self.all.get_mut(index as usize)
    }

    pub(crate) fn push(&mut self, order: Order) {
        let index = self.all.len() as u32;
        self.by_id.insert(order.id, index);
        self.by_account.entry(order.account).or_default().push(index);
        self.all.push(order);
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    fn order(id: u128) -> Order {
        let none = Timestamp::from_millis(0);
        Order {
            id: OrderId::new(id),
            account: AccountId::new(1),
            place: PlaceNumber(1),
            items: Items::default(),
            total: 1,
            stage: OrderStage::Paid,
            deadline: none,
            created_at: none,
            payment: None,
            page_url: None,
            captured: None,
            settled: true,
            declined: 0,
            tickets: None,
        }
    }

    #[test]
    fn pages_miss_no_order_whatever_the_ids() {
        let mut orders = Orders::default();
        // Two of one millisecond need not come in the order of their ids.
        let ids = [5, 9, 7, 8, 6, 30, 20];
        ids.iter().for_each(|id| orders.push(order(*id)));
        let (mut read, mut end) = (Vec::new(), None);
        loop {
            let page: Vec<OrderId> = orders.before(end).iter().rev().take(2).map(|order| order.id).collect();
            let Some(last) = page.last() else { break };
            end = Some(*last);
            read.extend(page);
        }
        assert_eq!(read, ids.map(OrderId::new).into_iter().rev().collect::<Vec<_>>());
        assert!(orders.before(Some(OrderId::new(77))).is_empty());
    }
}
