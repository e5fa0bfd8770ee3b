//! The money rules: one payment and one capture per order, no more given back than was taken.
//!
//! Every decision is made by the ledger's thread, one after another; it refuses before it writes.

use domain::{Money, OrderId, Timestamp};
use rusqlite::Connection;

use super::behaviour::EventFate;
use super::ledger::Ledger;
use super::outbox::{self, Parcel};
use super::records::{self, Earlier, Keyed, PaymentRecord};
use super::refusal::Refusal;
use crate::provider::{OpenPayment, Payment, PaymentStatus};
use crate::webhook::ProviderEventKind;

/// A decision of the API.
#[derive(Debug)]
pub(super) struct Settled {
    /// The answer.
    pub(super) payment: Payment,
    /// The event of the change, if this call made one.
    pub(super) event: Option<Parcel>,
}

/// A card of the payment page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    /// Always pays.
    Good,
    /// Is always declined; the payment stays open for another try.
    Declined,
}

/// What the payment page did.
#[derive(Debug)]
pub(super) struct PageOutcome {
    pub(super) record: PaymentRecord,
    pub(super) verdict: Verdict,
    pub(super) event: Option<Parcel>,
}

/// How the payment page answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The money is taken, now or earlier: back to the shop.
    Paid,
    /// The buyer gave up, now or earlier: back to the shop.
    Cancelled,
    /// The card was declined; the payment is still open.
    Declined,
    /// Paying a payment that was cancelled before.
    NoLongerWanted,
    /// Paying after the expiry.
    Expired,
}

/// The way out of a decision: a refusal, or an error that stops the ledger.
enum Halt {
    Refused(Refusal),
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Halt {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The provider's counter in front of its ledger.
#[derive(Clone)]
pub(super) struct Cashier {
    ledger: Ledger,
    /// The address under which the payment pages are served.
    pages: String,
}

impl Cashier {
    pub(super) fn new(ledger: Ledger, pages: String) -> Self {
        Self { ledger, pages }
    }

    pub(super) async fn open(&self, request: OpenPayment, keyed: Keyed, now: Timestamp) -> Result<Payment, Refusal> {
        self.decide(move |db, pages| open(db, pages, &request, &keyed, now)).await
    }

    pub(super) async fn find(&self, order: OrderId) -> Result<Payment, Refusal> {
        self.decide(move |db, pages| Ok(known(db, pages, order)?.payment)).await
    }

    pub(super) async fn cancel(
        &self,
        order: OrderId,
        keyed: Keyed,
        fate: EventFate,
        now: Timestamp,
    ) -> Result<Settled, Refusal> {
        self.decide(move |db, pages| cancel(db, pages, order, &keyed, &fate, now)).await
    }

    pub(super) async fn refund(
        &self,
        order: OrderId,
        amount: Money,
        keyed: Keyed,
        fate: EventFate,
        now: Timestamp,
    ) -> Result<Settled, Refusal> {
        self.decide(move |db, pages| refund(db, pages, order, amount, &keyed, &fate, now)).await
    }

    /// The payment behind a payment page.
    pub(super) async fn look_up(&self, id: String) -> Result<PaymentRecord, Refusal> {
        self.decide(move |db, pages| Ok(records::by_id(db, &id, pages)?.ok_or(Refusal::PaymentUnknown)?)).await
    }

    /// The buyer pays on the page. `late` lets the page take money after the expiry.
    pub(super) async fn pay(
        &self,
        id: String,
        card: Card,
        late: bool,
        fate: EventFate,
        now: Timestamp,
    ) -> Result<PageOutcome, Refusal> {
        self.decide(move |db, pages| {
            let record = records::by_id(db, &id, pages)?.ok_or(Refusal::PaymentUnknown)?;
            Ok(pay(db, record, card, late, &fate, now)?)
        })
        .await
    }

    /// The buyer gives up on the page.
    pub(super) async fn give_up(&self, id: String, fate: EventFate, now: Timestamp) -> Result<PageOutcome, Refusal> {
        self.decide(move |db, pages| {
            let mut record = records::by_id(db, &id, pages)?.ok_or(Refusal::PaymentUnknown)?;
            if matches!(record.payment.status, PaymentStatus::Captured | PaymentStatus::Refunded) {
                return Ok(PageOutcome { record, verdict: Verdict::Paid, event: None });
            }
            let event = cancel_if_open(db, &mut record, None, &fate, now)?;
            Ok(PageOutcome { record, verdict: Verdict::Cancelled, event })
        })
        .await
    }

    async fn decide<T, F>(&self, decision: F) -> Result<T, Refusal>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &str) -> Result<T, Halt> + Send + 'static,
    {
        let pages = self.pages.clone();
        self.ledger
            .run(move |db| match decision(db, &pages) {
                Ok(decided) => Ok(Ok(decided)),
                Err(Halt::Refused(refusal)) => Ok(Err(refusal)),
                Err(Halt::Database(error)) => Err(error),
            })
            .await?
    }
}

fn known(db: &Connection, pages: &str, order: OrderId) -> Result<PaymentRecord, Halt> {
    Ok(records::by_order(db, order, pages)?.ok_or(Refusal::PaymentUnknown)?)
}

/// The answer given before under the same key, if any. Only what was done is remembered: a refusal changed nothing,
/// so the same request is decided anew.
fn replayed(db: &Connection, keyed: &Keyed) -> Result<Option<Payment>, Halt> {
    match records::earlier(db, keyed)? {
        None => Ok(None),
        Some(Earlier::Same(payment)) => Ok(Some(payment)),
        Some(Earlier::Other) => Err(Refusal::KeyReused.into()),
    }
}

fn open(db: &Connection, pages: &str, request: &OpenPayment, keyed: &Keyed, now: Timestamp) -> Result<Payment, Halt> {
    if let Some(payment) = replayed(db, keyed)? {
        return Ok(payment);
    }
    if request.amount.amount <= 0 {
        return Err(Refusal::AmountInvalid.into());
    }
    if records::by_order(db, request.order, pages)?.is_some() {
        return Err(Refusal::OrderHasPayment.into());
    }
    let record = records::insert(db, request, pages, now)?;
    records::note(db, &record, "open", request.amount.amount, Some(keyed), now)?;
    Ok(record.payment)
}

fn cancel(
    db: &Connection,
    pages: &str,
    order: OrderId,
    keyed: &Keyed,
    fate: &EventFate,
    now: Timestamp,
) -> Result<Settled, Halt> {
    if let Some(payment) = replayed(db, keyed)? {
        return Ok(Settled { payment, event: None });
    }
    let mut record = known(db, pages, order)?;
    let event = cancel_if_open(db, &mut record, Some(keyed), fate, now)?;
    Ok(Settled { payment: record.payment, event })
}

fn cancel_if_open(
    db: &Connection,
    record: &mut PaymentRecord,
    keyed: Option<&Keyed>,
    fate: &EventFate,
    now: Timestamp,
) -> rusqlite::Result<Option<Parcel>> {
    if record.payment.status != PaymentStatus::Open {
        return Ok(None);
    }
    record.payment.status = PaymentStatus::Cancelled;
    records::update(db, record)?;
    records::note(db, record, "cancel", 0, keyed, now)?;
    outbox::add(db, record, ProviderEventKind::Cancelled, fate, now).map(Some)
}

fn refund(
    db: &Connection,
    pages: &str,
    order: OrderId,
    amount: Money,
    keyed: &Keyed,
    fate: &EventFate,
    now: Timestamp,
) -> Result<Settled, Halt> {
    if let Some(payment) = replayed(db, keyed)? {
        return Ok(Settled { payment, event: None });
    }
    let mut record = known(db, pages, order)?;
    // A provider that pays twice if it is asked to: what a shop that asks twice is to be caught at.
    if !(sabotage::is("double_refund") && record.payment.status == PaymentStatus::Refunded) {
        record.payment.refunded = refundable(&record.payment, amount)?;
    }
    if record.payment.refunded == record.payment.amount {
        record.payment.status = PaymentStatus::Refunded;
    }
    records::update(db, &record)?;
    records::note(db, &record, "refund", amount.amount, Some(keyed), now)?;
    let event = outbox::add(db, &record, ProviderEventKind::Refunded, fate, now)?;
    Ok(Settled { payment: record.payment, event: Some(event) })
}

/// How much will have been given back after giving back `amount`.
fn refundable(payment: &Payment, amount: Money) -> Result<Money, Refusal> {
    if !matches!(payment.status, PaymentStatus::Captured | PaymentStatus::Refunded) {
        return Err(Refusal::NotCaptured);
    }
    if amount.amount <= 0 {
        return Err(Refusal::AmountInvalid);
    }
    if amount.currency != payment.amount.currency {
        return Err(Refusal::CurrencyDiffers);
    }
    payment
        .refunded
        .checked_add(amount)
        .filter(|refunded| refunded.amount <= payment.amount.amount)
        .ok_or(Refusal::RefundExceedsCapture)
}

fn pay(
    db: &Connection,
    record: PaymentRecord,
    card: Card,
    late: bool,
    fate: &EventFate,
    now: Timestamp,
) -> rusqlite::Result<PageOutcome> {
    let verdict = match record.payment.status {
        PaymentStatus::Captured | PaymentStatus::Refunded => Verdict::Paid,
        PaymentStatus::Cancelled => Verdict::NoLongerWanted,
        PaymentStatus::Open if now >= record.expires_at && !late => Verdict::Expired,
        PaymentStatus::Open => return charge(db, record, card, fate, now),
    };
    Ok(PageOutcome { record, verdict, event: None })
}

fn charge(
    db: &Connection,
    mut record: PaymentRecord,
    card: Card,
    fate: &EventFate,
    now: Timestamp,
) -> rusqlite::Result<PageOutcome> {
    let amount = record.payment.amount.amount;
    let (verdict, event) = match card {
        Card::Good => {
            record.payment.status = PaymentStatus::Captured;
            records::update(db, &record)?;
            records::note(db, &record, "capture", amount, None, now)?;
            (Verdict::Paid, outbox::add(db, &record, ProviderEventKind::Captured, fate, now)?)
        }
        Card::Declined => {
            records::note(db, &record, "decline", amount, None, now)?;
            (Verdict::Declined, outbox::add(db, &record, ProviderEventKind::Declined, fate, now)?)
        }
    };
    Ok(PageOutcome { record, verdict, event: Some(event) })
}

#[cfg(test)]
mod tests {
    use domain::Currency;

    use super::*;

    const EUR: Currency = Currency::from_code(*b"EUR");

    fn payment(status: PaymentStatus, refunded: i64) -> Payment {
        Payment {
            id: "pay_1".into(),
            order: OrderId::new(1),
            amount: Money::new(1_000, EUR),
            status,
            page_url: String::new(),
            refunded: Money::new(refunded, EUR),
        }
    }

    #[test]
    fn what_is_given_back_never_exceeds_what_was_taken() {
        let captured = payment(PaymentStatus::Captured, 400);
        assert_eq!(refundable(&captured, Money::new(600, EUR)), Ok(Money::new(1_000, EUR)));
        assert_eq!(refundable(&captured, Money::new(601, EUR)), Err(Refusal::RefundExceedsCapture));
        assert_eq!(refundable(&captured, Money::new(i64::MAX, EUR)), Err(Refusal::RefundExceedsCapture));
        let refunded = payment(PaymentStatus::Refunded, 1_000);
        assert_eq!(refundable(&refunded, Money::new(1, EUR)), Err(Refusal::RefundExceedsCapture));
    }

    #[test]
    fn only_captured_money_of_the_same_currency_is_given_back() {
        let krw = Currency::from_code(*b"KRW");
        assert_eq!(refundable(&payment(PaymentStatus::Open, 0), Money::new(1, EUR)), Err(Refusal::NotCaptured));
        assert_eq!(refundable(&payment(PaymentStatus::Cancelled, 0), Money::new(1, EUR)), Err(Refusal::NotCaptured));
        let captured = payment(PaymentStatus::Captured, 0);
        assert_eq!(refundable(&captured, Money::new(1, krw)), Err(Refusal::CurrencyDiffers));
        assert_eq!(refundable(&captured, Money::new(0, EUR)), Err(Refusal::AmountInvalid));
        assert_eq!(refundable(&captured, Money::new(-5, EUR)), Err(Refusal::AmountInvalid));
    }
}
