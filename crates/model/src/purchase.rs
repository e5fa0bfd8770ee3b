//! Three buyers, two seats, one ticket each: held, paid, expired, cancelled, refunded, in every order.
//!
//! The sale is the real one (`sale::Sale`), and so are the steps of the saga and what a provider's answer leads to
//! (`payments::checkout`). What is modelled is the provider, whose answers may be lost and whose webhooks come at any
//! time or never, and time: it stands still but for [`Action::Wait`], which goes on to the next deadline, and the
//! millisecond that each checkout takes, so that no two orders expire together.

mod provider;

use std::hash::{Hash, Hasher};

use domain::{
    AccountId, Currency, Duration, OrderId, PriceLevel, PriceLevelIndex, Row, SaleId, Seat, SeatIndex, SeatingPlan,
    Section, Timestamp,
};
use payments::checkout::{Next, Step, after, next_step};
use payments::{PaymentStatus, ProviderEventKind};
use sale::command::Places;
use sale::{Choice, Command, OrderStage, Pace, PlaceStage, Sale, Settings};
use stateright::{Model, Property};

use provider::Provider;

/// The one currency.
pub(crate) const CURRENCY: Currency = Currency::from_code(*b"EUR");

/// What is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// An expired order is given up without asking the provider.
    NoCancel,
    /// Captured money that buys nothing stays where it is.
    NoRefund,
    /// A refund is recorded without asking the provider.
    RefundOnPaper,
    /// A payment page that was shown counts as paid.
    PaidWhenShown,
}

/// The model.
#[derive(Debug, Clone, Copy)]
pub struct Purchase {
    /// How many buyers.
    pub buyers: u8,
    /// How many seats.
    pub seats: u32,
    /// Buyers may give up an order, too.
    pub cancels: bool,
    /// Broken on purpose.
    pub flaw: Option<Flaw>,
}

/// Everything.
#[derive(Debug, Clone)]
pub struct State {
    sale: Sale,
    /// The sale as bytes, to tell states apart.
    bytes: Vec<u8>,
    provider: Provider,
    /// Buyers that have made their choice.
    has_chosen: Vec<bool>,
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes && self.provider == other.provider && self.has_chosen == other.has_chosen
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
        self.provider.hash(state);
        self.has_chosen.hash(state);
    }
}

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A buyer chooses a seat.
    Hold(u8, u32),
    /// A buyer goes on to pay.
    Checkout(u8),
    /// A buyer gives the order up.
    Cancel(u8),
    /// A buyer pays on the provider's page.
    Pay(u8),
    /// The provider tells of the capture, for the first time or again.
    Webhook(u8),
    /// The saga does its step; the answer may be lost.
    Saga(u8, bool),
    /// The organiser gives the money back.
    Refund(u8),
    /// Time goes on to the next deadline.
    Wait,
}

fn account(buyer: u8) -> AccountId {
    AccountId::new(u128::from(buyer) + 1)
}

/// The order of a buyer.
pub(crate) fn order_of(buyer: u8) -> OrderId {
    OrderId::new(u128::from(buyer) + 1)
}

impl State {
    fn new(model: &Purchase) -> Option<Self> {
        let opens_at = Timestamp::from_millis(0);
        let (mut sale, _) = Sale::create(settings(), plan(model.seats), opens_at).ok()?;
        let accounts = (0..model.buyers).map(account).collect();
        let _ = sale.handle(&Command::JoinMany { accounts }.into(), opens_at, &mut vec![]);
        let bytes = sale.to_snapshot();
        let chosen = vec![false; model.buyers.into()];
        Some(Self { sale, bytes, provider: Provider::new(model.buyers), has_chosen: chosen })
    }

    fn ask(&mut self, command: Command, later_ms: u32) {
        let now = self.sale.last_at() + Duration::from_millis(later_ms);
        let _ = self.sale.handle(&command.into(), now, &mut vec![]);
    }

    fn stage(&self, buyer: u8) -> Option<PlaceStage> {
        self.sale.place_view(account(buyer)).map(|view| view.stage)
    }

    fn step(&self, buyer: u8) -> Option<Step> {
        self.sale.orders().find(order_of(buyer)).and_then(next_step)
    }

    /// The whole of a step: its calls, and what the last answer leads to. A lost answer is that of the first call.
    fn saga(&mut self, buyer: u8, is_lost: bool) {
        let Some(order) = self.sale.orders().find(order_of(buyer)).cloned() else { return };
        let Some(step) = next_step(&order) else { return };
        let mut call = payments::checkout::Call::first(step);
        loop {
            let answer = self.provider.answer(&order, call);
            if is_lost {
                return;
            }
            match after(&order, call, &answer) {
                Next::Record(commands) => return commands.into_iter().for_each(|command| self.ask(command, 0)),
                Next::Call(next) => call = next,
                Next::Wait | Next::Repeat => return,
            }
        }
    }
}

impl Purchase {
    fn flawed(&self, state: &mut State, buyer: u8) -> bool {
        let order = order_of(buyer);
        let command = match (self.flaw, state.step(buyer)) {
            (Some(Flaw::NoCancel), Some(Step::Cancel)) => Command::RecordPaymentCancelled { order },
            (Some(Flaw::RefundOnPaper), Some(Step::Refund)) => Command::RecordRefund { order },
            (Some(Flaw::NoRefund), Some(Step::Refund)) => return true,
            (Some(Flaw::PaidWhenShown), Some(Step::Watch)) => {
                let amount = domain::Money::new(provider::PRICE, CURRENCY);
                Command::RecordPaymentCaptured { order, payment: "pay".into(), amount }
            }
            _ => return false,
        };
        state.ask(command, 0);
        true
    }
}

impl Model for Purchase {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        State::new(self).into_iter().collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for buyer in 0..self.buyers {
            let order = state.sale.orders().find(order_of(buyer)).map(|order| order.stage);
            match state.stage(buyer) {
                Some(PlaceStage::Admitted) if !state.has_chosen[usize::from(buyer)] => {
                    actions.extend((0..self.seats).map(|seat| Action::Hold(buyer, seat)));
                }
                Some(PlaceStage::Selecting) => actions.push(Action::Checkout(buyer)),
                Some(PlaceStage::Paying) if self.cancels => actions.push(Action::Cancel(buyer)),
                _ => {}
            }
            match state.provider.status(buyer) {
                Some(PaymentStatus::Open) => actions.push(Action::Pay(buyer)),
                Some(PaymentStatus::Captured) => actions.push(Action::Webhook(buyer)),
                _ => {}
            }
            if order == Some(OrderStage::Paid) {
                actions.push(Action::Refund(buyer));
            }
            if state.step(buyer).is_some() {
                actions.extend([Action::Saga(buyer, false), Action::Saga(buyer, true)]);
            }
        }
        actions.push(Action::Wait);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Hold(buyer, seat) => {
                let choice = Choice::These(Places { seats: vec![SeatIndex(seat)], areas: vec![] });
                state.has_chosen[usize::from(buyer)] = true;
                state.ask(Command::PlaceHold { account: account(buyer), choice }, 0);
            }
            Action::Checkout(buyer) => {
                state.ask(Command::BeginCheckout { account: account(buyer), order: order_of(buyer) }, 1);
            }
            Action::Cancel(buyer) => {
                state.ask(Command::CancelOrder { account: account(buyer), order: order_of(buyer) }, 0);
            }
            Action::Pay(buyer) => state.provider.pay(buyer),
            Action::Webhook(buyer) => {
                let event = state.provider.event(buyer, ProviderEventKind::Captured)?;
                let heard = payments::checkout::record::heard(&state.sale, &event).unwrap_or_default();
                heard.into_iter().for_each(|command| state.ask(command, 0));
            }
            Action::Saga(buyer, is_lost) => {
                if !self.flawed(&mut state, buyer) {
                    state.saga(buyer, is_lost);
                }
            }
            Action::Refund(buyer) => state.ask(Command::RefundOrder { order: order_of(buyer) }, 0),
            Action::Wait => {
                let at = state.sale.next_wakeup()?;
                state.sale.advance(at, &mut vec![]);
            }
        }
        state.bytes = state.sale.to_snapshot();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no seat has two owners", |_, state: &State| state.sale.broken_invariant().is_none()),
            Property::always("no ticket without captured money", |model: &Self, state: &State| {
                let taken = |buyer| state.provider.status(buyer) == Some(PaymentStatus::Captured);
                (0..model.buyers).all(|buyer| stage_of(state, buyer) != Some(OrderStage::Paid) || taken(buyer))
            }),
            Property::always("an order that has ended takes no money", |model: &Self, state: &State| {
                let is_open = |buyer| state.provider.status(buyer) == Some(PaymentStatus::Open);
                let is_finished =
                    |buyer| state.sale.orders().find(order_of(buyer)).is_some_and(sale::Order::is_finished);
                (0..model.buyers).all(|buyer| !(is_open(buyer) && is_finished(buyer)))
            }),
            Property::always("money goes back at most once", |_, state: &State| state.provider.is_sound()),
            Property::eventually(
                "everything ends, in a ticket or with the money back",
                |model: &Self, state: &State| {
                    (0..model.buyers).all(|buyer| has_ended(state, buyer)) && state.sale.line().active() == 0
                },
            ),
            Property::sometimes("both seats are sold", |_, state: &State| state.sale.totals().tickets_sold == 2),
            Property::sometimes("late money goes back", |model: &Self, state: &State| {
                let refunded = |buyer| stage_of(state, buyer) == Some(OrderStage::Refunded);
                let no_ticket =
                    |buyer| state.sale.orders().find(order_of(buyer)).is_some_and(|it| it.tickets.is_none());
                (0..model.buyers).any(|buyer| refunded(buyer) && no_ticket(buyer))
            }),
        ]
    }
}

fn stage_of(state: &State, buyer: u8) -> Option<OrderStage> {
    state.sale.orders().find(order_of(buyer)).map(|order| order.stage)
}

/// The buyer's order, if there is one, is in its last stage, and the provider agrees.
fn has_ended(state: &State, buyer: u8) -> bool {
    let finished = state.sale.orders().find(order_of(buyer)).is_none_or(sale::Order::is_finished);
    let agrees = match (stage_of(state, buyer), state.provider.status(buyer)) {
        (Some(OrderStage::Paid), status) => status == Some(PaymentStatus::Captured),
        (_, status) => status != Some(PaymentStatus::Captured),
    };
    finished && agrees
}

fn settings() -> Settings {
    Settings {
        sale: SaleId::new(1),
        opens_at: Timestamp::from_millis(0),
        currency: CURRENCY,
        prices: vec![provider::PRICE],
        tickets_per_buyer_max: 1,
        grace: Duration::from_millis(1_000),
        select_time: Duration::from_millis(100),
        pay_time: Duration::from_millis(200),
        pace: Pace::default(),
    }
}

/// One row.
fn plan(seats: u32) -> SeatingPlan {
    let seat = |number: u32| Seat {
        guid: number.to_string(),
        row: 0,
        number: number.to_string(),
        level: PriceLevelIndex(0),
        x: number as f32,
        y: 0.0,
        accessible: false,
        after_gap: false,
    };
    SeatingPlan {
        name: "Hall".into(),
        width: 10.0,
        height: 10.0,
        price_levels: vec![PriceLevel { name: "Seat".into(), color: "#336699".into() }],
        sections: vec![Section { name: "Stalls".into() }],
        rows: vec![Row { section: 0, name: "1".into(), first_seat: 0, seats }],
        seats: (0..seats).map(seat).collect(),
        areas: vec![],
    }
}
