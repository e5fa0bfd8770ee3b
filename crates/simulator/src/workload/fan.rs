//! A fan: joins, waits, chooses, pays or not, and does everything twice if no answer comes.

use std::rc::Rc;

use domain::{AreaIndex, OrderId, SeatIndex};
use sale::command::Places;
use sale::{BestAvailable, Choice, Command, PlaceStage, PlaceView, Request};

use crate::Sabotage;
use crate::world::faults::Fault;
use crate::world::network::{GATEWAYS, Message, Sender, account_of, keyed};
use crate::world::{Happening, World};

/// What a fan keeps in mind.
#[derive(Debug, Default)]
pub(crate) struct Fan {
    requests: u32,
    /// The request whose answer is awaited.
    pub(crate) pending: Option<(u32, Rc<Request>)>,
    /// The last request that was answered under a key.
    pub(crate) answered: Option<(u32, Rc<Request>)>,
    /// The order whose button was pressed.
    paying: Option<OrderId>,
}

impl World {
    /// A fan looks at where it stands, as far as that is durable, and acts.
    pub(crate) fn fan_acts(&mut self, fan: u32) {
        if self.is_calm || self.crowd.fans[fan as usize].pending.is_some() {
            return;
        }
        let account = account_of(fan);
        let view = self.reader.sale.place_view(account);
        let abandons = self.dice.chance(self.crowd.manners.abandons);
        match view.as_ref().map(|view| view.stage) {
            Some(PlaceStage::InLobby | PlaceStage::Waiting | PlaceStage::Admitted | PlaceStage::Selecting)
                if abandons =>
            {
                self.ask(fan, Command::Leave { account });
            }
            Some(PlaceStage::InLobby | PlaceStage::Waiting) => self.fan_pauses(fan, 5_000),
            Some(PlaceStage::Admitted) if self.dice.chance(self.crowd.manners.is_absent) => {
                self.fan_pauses(fan, 120_000);
            }
            Some(PlaceStage::Admitted) if self.dice.chance(700) => self.ask(fan, Command::Enter { account }),
            Some(PlaceStage::Admitted | PlaceStage::Selecting) => self.fan_chooses(fan, view),
            Some(PlaceStage::Paying) => self.fan_checks_out(fan, view, abandons),
            _ => self.ask(fan, Command::Join { account }),
        }
    }

    fn fan_chooses(&mut self, fan: u32, view: Option<PlaceView>) {
        let account = account_of(fan);
        let holds = view.is_some_and(|view| view.hold.is_some());
        let command = match self.dice.below(10) {
            0 if holds => Command::ReleaseHold { account },
            1 => return self.fan_pauses(fan, self.crowd.manners.pause_ms * 10),
            2..8 if holds => Command::BeginCheckout { account, order: self.new_order() },
            _ => Command::PlaceHold { account, choice: self.fan_choice() },
        };
        self.ask(fan, command);
    }

    fn fan_choice(&mut self) -> Choice {
        let floor = self.reader.sale.floor();
        let (seats, areas) = (floor.seats().len() as u32, floor.areas().len() as u16);
        let count = self.dice.between(1, self.reader.sale.settings().tickets_per_buyer_max);
        if self.dice.chance(self.crowd.manners.takes_best) {
            let adjacent = self.dice.chance(500);
            return Choice::BestAvailable(BestAvailable { count, level: None, adjacent, accessible: 0 });
        }
        if areas > 0 && self.dice.chance(300) {
            return Choice::These(Places { seats: vec![], areas: vec![(AreaIndex(0), count)] });
        }
        let wanted = if self.dice.chance(self.crowd.manners.wants_front) { seats.min(8) } else { seats };
        let first = self.dice.below(wanted);
        let seats = (first..(first + count).min(seats)).map(SeatIndex).collect();
        Choice::These(Places { seats, areas: vec![] })
    }

    fn fan_checks_out(&mut self, fan: u32, view: Option<PlaceView>, abandons: bool) {
        let Some(id) = view.and_then(|view| view.order) else { return };
        let Some(order) = self.reader.sale.orders().find(id) else { return };
        let (has_page, deadline) = (order.page_url.is_some(), order.deadline);
        let again = self.crowd.fans[fan as usize].paying == Some(id);
        if abandons || self.dice.chance(30) {
            if has_page && self.dice.chance(300) {
                self.clock.after(domain::Duration::from_millis(50), Happening::FanGivesUp { order: id });
            } else if self.dice.chance(500) {
                return self.ask(fan, Command::CancelOrder { account: account_of(fan), order: id });
            }
            return self.fan_pauses(fan, 60_000);
        }
        // A card that was declined is tried again; a button that did nothing is pressed again.
        if has_page && (!again || self.dice.chance(300)) {
            self.crowd.fans[fan as usize].paying = Some(id);
            if self.faults.strikes(Fault::PaysLate, &mut self.dice) {
                let around = self.dice.span(0, 4_000);
                // By the clock of the sale, which may not be right.
                let left = deadline.since(self.reader.sale.last_at());
                let at = self.clock.now() + left + around;
                self.clock.at(at - domain::Duration::from_secs(2), Happening::FanPays { order: id });
            } else {
                let pause = self.dice.span(10, self.crowd.manners.pause_ms);
                self.clock.after(pause, Happening::FanPays { order: id });
            }
        }
        self.fan_pauses(fan, self.crowd.manners.pause_ms);
    }

    /// Sends a request; joins go without a key, as they are the same place again by themselves.
    pub(crate) fn ask(&mut self, fan: u32, command: Command) {
        let me = &mut self.crowd.fans[fan as usize];
        me.requests += 1;
        let number = me.requests;
        let request = match command {
            Command::Join { .. } => Rc::new(Request::from(command)),
            command => keyed(fan, number, command),
        };
        me.pending = Some((number, Rc::clone(&request)));
        self.send(Message { from: Sender::Fan(fan), number, gateway: fan % GATEWAYS, request });
        let patience = self.dice.span(1_000, 8_000);
        self.clock.after(patience, Happening::FanRetries { fan, number });
    }

    /// No answer came: the same request under the same key, perhaps through another gateway.
    pub(crate) fn fan_retries(&mut self, fan: u32, number: u32) {
        let pending = self.crowd.fans[fan as usize].pending.clone();
        let Some((_, request)) = pending.filter(|(awaited, _)| *awaited == number && !self.is_calm) else { return };
        let request = match &request.command {
            // The server makes a new order id each time; the key keeps it to one order.
            Command::BeginCheckout { account, .. } => {
                let command = Command::BeginCheckout { account: *account, order: self.new_order() };
                let id = if self.sabotage == Some(Sabotage::NewKeyOnRetry) { number + 1_000_000 } else { number };
                keyed(fan, id, command)
            }
            _ => request,
        };
        let gateway = self.dice.below(GATEWAYS);
        self.send(Message { from: Sender::Fan(fan), number, gateway, request });
        let patience = self.dice.span(1_000, 8_000);
        self.clock.after(patience, Happening::FanRetries { fan, number });
    }

    /// A fan has its answer and thinks about it.
    pub(crate) fn fan_goes_on(&mut self, fan: u32, number: u32, was_refused: bool) {
        let me = &mut self.crowd.fans[fan as usize];
        let Some((_, request)) = me.pending.take_if(|(awaited, _)| *awaited == number) else { return };
        if request.key.is_some() {
            me.answered = Some((number, Rc::clone(&request)));
        }
        let joins = matches!(request.command, Command::Join { .. });
        let pause = if joins && was_refused { 120_000 } else { self.crowd.manners.pause_ms };
        self.fan_misuses_a_key(fan);
        self.fan_pauses(fan, pause);
    }

    /// Somebody's program sends an old key with another content.
    fn fan_misuses_a_key(&mut self, fan: u32) {
        if !self.dice.chance(self.crowd.manners.misuses_key) {
            return;
        }
        if let Some((number, request)) = self.crowd.fans[fan as usize].answered.clone()
            && !matches!(request.command, Command::CheckIn { .. })
        {
            let request = keyed(fan, number, Command::CheckIn { serial: u32::MAX });
            self.send(Message { from: Sender::Fan(fan), number, gateway: fan % GATEWAYS, request });
        }
    }
}
