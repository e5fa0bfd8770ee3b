//! What must be true when the evening is over: nothing is left open, and every ledger agrees.

use payments::checkout::next_step;
use sale::{OrderStage, Sale};

use crate::Invariant;
use crate::world::World;
use crate::world::provider::{Payment, PaymentStatus};
use crate::world::reader::Reader;

impl World {
    /// Checks everything, one last time.
    pub(crate) fn check_finish(&mut self) {
        self.check_state();
        self.check_ends();
        self.check_ledger();
        self.check_journal();
    }

    /// No unfinished order, nobody inside past the deadline, nothing undecided.
    fn check_ends(&mut self) {
        let sale = &self.reader.sale;
        let order = sale.orders().all().iter().find(|order| !order.is_finished() || next_step(order).is_some());
        let order = order.map(|order| format!("{} is {:?}", order.id, order.stage));
        let inside = sale.line().active();
        let idle = self.writer.is_idle();
        self.tally.require(Invariant::Stuck, order.is_none(), || format!("unfinished: {order:?}"));
        self.tally.require(Invariant::Stuck, inside == 0, || format!("{inside} are inside for ever"));
        self.tally.require(Invariant::Stuck, idle, || "the writer did not finish".into());
    }

    /// The provider's ledger against the orders.
    fn check_ledger(&mut self) {
        let (mut kept, sale) = (0, &self.reader.sale);
        for payment in self.provider.ledger() {
            let once = payment.captures <= 1 && payment.refunded <= payment.amount;
            self.tally.require(Invariant::ChargedOnce, once, || format!("{payment:?}"));
            self.tally.require(Invariant::Captured, is_served(sale, payment), || format!("{payment:?}"));
            kept += i64::from(payment.captures) * payment.amount - payment.refunded;
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
        let first = self.disk.read(0).and_then(|created| Sale::from_created(&created));
        let Some(first) = first else { return };
        let mut journal = Reader::new(first);
        for sequence in 1..self.disk.len() {
            let Some(recorded) = self.disk.read(sequence) else { break };
            if let Some((invariant, what)) = journal.apply(&recorded) {
                self.tally.report(invariant, || what);
            }
        }
        let hash = journal.sale.state_hash();
        let read = hash == self.reader.sale.state_hash();
        self.tally.require(Invariant::Replay, read, || "readers differ from the journal".into());
        let live = self.writer.sale.as_ref().is_none_or(|sale| sale.state_hash() == hash);
        self.tally.require(Invariant::Replay, live, || "the writer differs from the journal".into());
        self.check_history(&journal);
        self.check_draw(&journal.sale);
    }
}

/// Captured money became tickets, or all of it went back.
fn is_served(sale: &Sale, payment: &Payment) -> bool {
    let stage = sale.orders().find(payment.order).map(|order| (order.stage, order.total));
    match payment.status {
        PaymentStatus::Captured => stage == Some((OrderStage::Paid, payment.amount)),
        PaymentStatus::Refunded => {
            payment.refunded == payment.amount && stage.is_some_and(|(stage, _)| stage == OrderStage::Refunded)
        }
        PaymentStatus::Open | PaymentStatus::Cancelled => stage.is_none_or(|(stage, _)| stage != OrderStage::Paid),
    }
}
