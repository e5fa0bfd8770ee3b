//! The state of one sale.

use std::sync::Arc;

use domain::{AccountId, HoldNumber, PlaceNumber, Problem, SeatingPlan, Timestamp};
use serde::{Deserialize, Serialize};

use crate::admission::Throttle;
use crate::announcement::Announcement;
use crate::answer::{HoldView, OrderView, PlaceView};
use crate::apply::PAUSED_FAR_MS;
use crate::event::{Event, Recorded, ReleaseReason};
use crate::floor::{Floor, Kind};
use crate::idempotency::Answers;
use crate::line::Line;
use crate::line::odds::Demand;
use crate::lobby::Lobby;
use crate::orders::{Order, OrderStage, Orders};
use crate::settings::Settings;
use crate::shoppers::{Hold, Shoppers};
use crate::tickets::TicketRecord;

/// How far a sale has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Before the opening instant.
    Scheduled,
    /// Running.
    Open,
    /// Stopped by the organiser for a while.
    Paused {
        /// Since when.
        since: Timestamp,
    },
    /// Ended.
    Closed,
}

/// One sale: who stands where, who may choose, what is held, sold and paid.
#[derive(Debug, Clone)]
pub struct Sale {
    pub(crate) settings: Box<Settings>,
    pub(crate) stage: Stage,
    pub(crate) released: Option<ReleaseReason>,
    pub(crate) line: Line,
    pub(crate) shoppers: Shoppers,
    pub(crate) floor: Floor,
    pub(crate) orders: Orders,
    pub(crate) tickets: Vec<TicketRecord>,
    pub(crate) answers: Answers,
    pub(crate) window: Window,
    pub(crate) last_hold: u32,
    pub(crate) last_at: Timestamp,
    pub(crate) totals: Totals,
    pub(crate) lobby: Lobby,
    pub(crate) throttle: Throttle,
    pub(crate) demand: Demand,
    pub(crate) announcement: Option<Arc<Announcement>>,
}

/// Admissions in the current interval of the rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Window {
    pub(crate) interval: i64,
    pub(crate) admitted: u32,
}

/// Running sums for readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Orders now paid.
    pub orders_paid: u32,
    /// Tickets now good (not refunded).
    pub tickets_sold: u32,
    /// Minor units captured.
    pub taken: i64,
    /// Minor units given back.
    pub refunded: i64,
}

impl Sale {
    /// A new sale, with the event that creates it.
    ///
    /// # Errors
    /// The plan is not sound, or the settings do not fit it.
    pub fn create(settings: Settings, plan: SeatingPlan, at: Timestamp) -> Result<(Self, Recorded), Problem> {
        plan.validate()?;
        if settings.prices.len() != plan.price_levels.len() {
            return Err(
                Problem::new("prices_incomplete", "Give one price for each price level of the plan.").at("/prices")
            );
        }
        if settings.prices.iter().any(|price| *price < 0) {
            return Err(Problem::new("price_negative", "A price cannot be negative.").at("/prices"));
        }
        let event = Event::SaleCreated { settings: Box::new(settings), plan: Box::new(plan) };
        let recorded = Recorded { at, key: None, event };
        let sale = Self::from_created(&recorded)
            .ok_or_else(|| Problem::new("sale_invalid", "This sale cannot be created."))?;
        Ok((sale, recorded))
    }

    /// The sale that a journal's first event describes; `None` if it is another event.
    pub fn from_created(first: &Recorded) -> Option<Self> {
        let Event::SaleCreated { settings, plan } = &first.event else { return None };
        Some(Self {
            settings: settings.clone(),
            stage: Stage::Scheduled,
            released: None,
            line: Line::default(),
            shoppers: Shoppers::default(),
            floor: Floor::new(plan.clone()),
            orders: Orders::default(),
            tickets: Vec::new(),
            answers: Answers::default(),
            window: Window::default(),
            last_hold: 0,
            last_at: first.at,
            totals: Totals::default(),
            lobby: Lobby::default(),
            throttle: Throttle::default(),
            demand: Demand::default(),
            announcement: None,
        })
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How far the sale has come.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The line.
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// The floor.
    pub fn floor(&self) -> &Floor {
        &self.floor
    }

    /// The orders.
    pub fn orders(&self) -> &Orders {
        &self.orders
    }

    /// The instant of the last event.
    pub fn last_at(&self) -> Timestamp {
        self.last_at
    }

    /// Running sums.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// How turns have ended so far.
    pub fn demand(&self) -> Demand {
        self.demand
    }

    /// Room for so many more places, taken at once rather than by doubling.
    pub fn reserve_places(&mut self, places: usize) {
        self.line.reserve(places);
    }

    /// Nothing is on sale and nothing may come back from those inside.
    pub(crate) fn is_sold_out(&self) -> bool {
        let total = self.floor.total();
        total.of(Kind::Free) == 0 && total.of(Kind::Held) == 0
    }

    /// Tickets the account has in paid orders.
    pub fn bought_by(&self, account: AccountId) -> u32 {
        self.orders.of(account).filter(|order| order.stage == OrderStage::Paid).map(|order| order.items.count()).sum()
    }

    /// Tickets the account holds in its present turn.
    pub(crate) fn held_by(&self, account: AccountId) -> u32 {
        let hold = self.line.place_of(account).and_then(|place| self.shoppers.get(place)?.hold.as_ref());
        hold.map_or(0, |hold| hold.items.count())
    }

    /// Where an account stands; `None` if it never joined, or left the lobby.
    pub fn place_view(&self, account: AccountId) -> Option<PlaceView> {
        let Some(number) = self.line.place_of(account) else { return self.lobby_place(account) };
        let shopper = self.shoppers.get(number);
        let frozen = matches!(self.stage, Stage::Paused { .. }) && shopper.is_some_and(|it| it.order.is_none());
        Some(PlaceView {
            number,
            stage: self.line.stage(number)?,
            ahead: self.line.ahead(number),
            deadline: shopper.filter(|_| !frozen).map(|it| it.deadline),
            hold: shopper.and_then(|it| self.hold_view(it.hold.as_ref()?, self.shown_deadline(it.deadline))),
            order: shopper.and_then(|it| it.order),
        })
    }

    /// What the owner of a place holds.
    pub(crate) fn hold_view_of(&self, place: PlaceNumber) -> Option<HoldView> {
        let shopper = self.shoppers.get(place)?;
        self.hold_view(shopper.hold.as_ref()?, shopper.deadline)
    }

    /// In a pause deadlines lie far away; shown is the one that will be moved on by the length of the pause.
    fn shown_deadline(&self, deadline: Timestamp) -> Timestamp {
        let millis = deadline.as_millis();
        Timestamp::from_millis(if millis >= PAUSED_FAR_MS { millis - PAUSED_FAR_MS } else { millis })
    }

    fn hold_view(&self, hold: &Hold, deadline: Timestamp) -> Option<HoldView> {
        let total = self.money(self.total_of(&hold.items)?);
        Some(HoldView { number: hold.number, items: hold.items.clone(), total, deadline })
    }

    /// An order as its buyer sees it.
    pub fn order_view(&self, order: &Order) -> OrderView {
        let paying = order.stage == OrderStage::Paying;
        OrderView {
            id: order.id,
            account: order.account,
            stage: order.stage,
            items: order.items.clone(),
            total: self.money(order.total),
            page_url: order.page_url.clone().filter(|_| paying),
            deadline: paying.then_some(order.deadline),
            tickets: order.tickets,
            created_at: order.created_at,
        }
    }

    /// The number the next hold gets.
    pub(crate) fn next_hold(&self) -> HoldNumber {
        HoldNumber(self.last_hold + 1)
    }
}

/// Small halls for tests.
#[cfg(test)]
pub(crate) mod fixtures {
    use domain::{Area, PriceLevel, PriceLevelIndex, Row, Seat, SeatingPlan, Section};

    /// Rows of so many seats at level 0, and a standing area at level 1 (if `standing` is not 0).
    pub(crate) fn hall(rows: &[u32], standing: u32) -> SeatingPlan {
        let mut plan = SeatingPlan {
            name: "Hall".into(),
            width: 100.0,
            height: 100.0,
            price_levels: vec![
                PriceLevel { name: "Seat".into(), color: "#336699".into() },
                PriceLevel { name: "Standing".into(), color: "#993366".into() },
            ],
            sections: vec![Section { name: "Stalls".into() }],
            rows: vec![],
            seats: vec![],
            areas: vec![],
        };
        for (index, seats) in rows.iter().enumerate() {
            let first_seat = plan.seats.len() as u32;
            plan.rows.push(Row { section: 0, name: format!("{}", index + 1), first_seat, seats: *seats });
            for number in 0..*seats {
                plan.seats.push(Seat {
                    guid: format!("{index}-{number}"),
                    row: index as u32,
                    number: format!("{}", number + 1),
                    level: PriceLevelIndex(0),
                    x: number as f32,
                    y: index as f32,
                    accessible: false,
                    after_gap: false,
                });
            }
        }
        if standing > 0 {
            plan.areas.push(Area {
                name: "Floor".into(),
                level: PriceLevelIndex(1),
                capacity: standing,
                x: 0.0,
                y: 0.0,
                width: 10.0,
                height: 10.0,
            });
        }
        plan
    }
}
