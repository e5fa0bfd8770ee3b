//! What must be true when the evening is over: nothing is left open, and every ledger agrees.

use journal::Journal;
use payments::PaymentStatus;
use payments::checkout::next_step;
use sale::{OrderStage, Recorded, Sale};

use crate::Invariant;
use crate::world::provider::Entry;
use crate::world::reader::Reader;
use crate::world::storage::SALE;
use crate::world::{CURRENCY, World};

impl World {
    /// Checks everything, one last time.
    pub(crate) fn check_finish(&mut self) {
        self.check_state();
        self.check_ends();
        self.check_ledger();
        self.check_journal();
        self.check_relays();
    }

    /// No unfinished order, nobody inside past the deadline, nothing undecided.
    fn check_ends(&mut self) {
        let sale = &self.reader.sale;
        let order = sale.orders().all().iter().find(|order| !order.is_finished() || next_step(order).is_some());
        let order = order.map(|order| format!("{} is {:?}", order.id, order.stage));
        let inside = sale.line().active();
        let idle = self.writers.are_idle();
        self.tally.require(Invariant::Stuck, order.is_none(), || format!("unfinished: {order:?}"));
        self.tally.require(Invariant::Stuck, inside == 0, || format!("{inside} are inside for ever"));
        self.tally.require(Invariant::Stuck, idle, || "the writer did not finish".into());
    }

    /// The provider's ledger against the orders.
    fn check_ledger(&mut self) {
        let (mut kept, sale) = (0, &self.reader.sale);
        for entry in self.provider.ledger() {
            let payment = &entry.payment;
            let once = entry.captures <= 1 && entry.given_back <= payment.amount.amount;
            self.tally.require(Invariant::ChargedOnce, once, || format!("{entry:?}"));
            self.tally.require(Invariant::Captured, is_served(sale, entry), || format!("{entry:?}"));
            let left = entry.left();
            if payment.amount.currency == CURRENCY {
                kept += left;
            } else {
                self.tally.require(Invariant::Money, left == 0, || format!("kept in another currency: {entry:?}"));
            }
        }
        let paid = sale.orders().all().iter().filter(|order| order.stage == OrderStage::Paid);
        let worth: i64 = paid.map(|order| order.total).sum();
        let totals = sale.totals();
        let booked = totals.taken - totals.refunded;
        self.tally.require(Invariant::Money, kept == worth && booked == worth, || {
            format!("the provider keeps {kept}, the sale {booked}, paid orders are worth {worth}")
        });
    }

    /// The journal, read again from its first event, gives the live state and knows all that clients were told.
    fn check_journal(&mut self) {
        let (mut journal, mut broken) = (None::<Reader>, None);
        let now = self.clock.now();
        let read = self.storage.replay(SALE, 0, &mut |_, payload| {
            let recorded: Recorded = postcard::from_bytes(payload).map_err(|error| error.to_string())?;
            match &mut journal {
                Some(journal) => broken = broken.take().or(journal.apply(&recorded, now)),
                None => journal = Some(Reader::new(Sale::from_created(&recorded).ok_or("no sale")?)),
            }
            Ok(())
        });
        self.tally.require(Invariant::Replay, read.is_ok(), || format!("the journal cannot be read: {read:?}"));
        if let Some((invariant, what)) = broken {
            self.tally.report(invariant, || what);
        }
        let Some(journal) = journal else { return };
        let hash = journal.sale.state_hash();
        let read = hash == self.reader.sale.state_hash();
        self.tally.require(Invariant::Replay, read, || "readers differ from the journal".into());
        let live = self.writers.holder().is_none_or(|writer| writer.sale.state_hash() == hash);
        self.tally.require(Invariant::Replay, live, || "the writer differs from the journal".into());
        self.check_history(&journal);
        self.check_draw(&journal.sale);
    }
}

/// Captured money became tickets, or all of it went back.
fn is_served(sale: &Sale, entry: &Entry) -> bool {
    let payment = &entry.payment;
    let stage = sale.orders().find(payment.order).map(|order| (order.stage, order.total));
    match payment.status {
        PaymentStatus::Captured => {
            stage == Some((OrderStage::Paid, payment.amount.amount)) && payment.amount.currency == CURRENCY
        }
        PaymentStatus::Refunded => {
            payment.refunded == payment.amount && stage.is_some_and(|(stage, _)| stage == OrderStage::Refunded)
        }
        PaymentStatus::Open | PaymentStatus::Cancelled => stage.is_none_or(|(stage, _)| stage != OrderStage::Paid),
    }
}
