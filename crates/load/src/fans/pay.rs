//! At the till: the order, the provider's payment page, and the wait for the tickets.

use std::time::{Duration, Instant};

use super::ask::{Asker, Told};
use super::history::{HoldFact, OrderFact, Outcome, Step};
use super::journey::Fan;
use super::wire::{Order, OrderStage};
use crate::client::{Origin, Request};

/// The sandbox's card that works.
const GOOD_CARD: &[u8] = b"card=4242424242424242";
/// The sandbox's card that is declined.
const DECLINED_CARD: &[u8] = b"card=4000000000000002";
/// First and longest pause between two looks at an unfinished order.
const ORDER_POLL: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

impl Fan {
    pub(super) async fn begin_order(&mut self) -> Result<Order, Outcome> {
        let path = format!("/v1/sales/{}/orders", self.world.options.sale);
        let key = format!("fan-{}-{}", self.world.options.seed, self.record.fan);
        let told = self.ask(Step::Order, Instant::now(), Request::new("POST", &path).key(&key).json(b"{}")).await?;
        match told.code() {
            "" if told.ok() => {
                let order: Order = self.understand(&told)?;
                let (id, items, stage) = (order.id.clone(), order.items.clone(), order.stage);
                self.record.order = Some(OrderFact { id, items, stage, tickets: vec![], paid_at_provider: false });
                self.hold_until(order.deadline_ms);
                Ok(order)
            }
            code @ ("nothing_held" | "select_time_over" | "not_admitted") => {
                let certain = self.record.holds.last().is_some_and(|hold| told.received_us < hold.until_us);
                if certain {
                    self.record.holds_lost += 1;
                    self.record.surprise = Some(format!("{code} although the hold's deadline had not passed"));
                }
                Err(Outcome::TimedOut)
            }
            _ => Err(self.surprised(&told)),
        }
    }

    pub(super) async fn pay_and_wait(&mut self, order: Order) -> Result<Outcome, Outcome> {
        if let Some(url) = &order.payment_url {
            let Ok((origin, path)) = Origin::of_url(url) else {
                self.record.surprise = Some(format!("a payment page at {url:.100}"));
                return Err(Outcome::Refused);
            };
            self.think(self.who.pays_seconds).await;
            if self.who.declined_first {
                self.submit_card(&origin, &path, DECLINED_CARD).await?;
                self.think(self.who.pays_seconds).await;
            }
            let told = self.submit_card(&origin, &path, GOOD_CARD).await?;
            // Too late on the provider's page is an ordinary end; the order says how it went.
            let taken = told.status < 400;
            if let Some(fact) = &mut self.record.order {
                fact.paid_at_provider = taken;
            }
        }
        self.wait_until_final(&order).await
    }

    async fn submit_card(&mut self, origin: &Origin, path: &str, card: &[u8]) -> Result<Told, Outcome> {
        let Some(provider) = self.world.provider(origin) else { return Err(Outcome::Refused) };
        let asker = Asker { world: &self.world, fan: self.record.fan };
        asker.ask(&provider, &mut self.rng, Step::Pay, Instant::now(), &Request::new("POST", path).form(card)).await
    }

    async fn wait_until_final(&mut self, order: &Order) -> Result<Outcome, Outcome> {
        let path = format!("/v1/orders/{}", order.id);
        let mut pause = ORDER_POLL.0;
        loop {
            let told = self.ask(Step::OrderPoll, Instant::now(), Request::new("GET", &path)).await?;
            if !told.ok() {
                return Err(self.surprised(&told));
            }
            let now: Order = self.understand(&told)?;
            let tickets = now.tickets.len();
            if let Some(fact) = &mut self.record.order {
                (fact.stage, fact.tickets) = (now.stage, now.tickets);
            }
            match now.stage {
                OrderStage::Paid if tickets >= order.items.len() => {
                    self.hold_for_good(told.received_us);
                    self.bought(tickets);
                    return Ok(Outcome::Bought);
                }
                OrderStage::Expired | OrderStage::Cancelled => return Err(Outcome::OrderEnded),
                OrderStage::Refunded => return Err(Outcome::Refunded),
                _ => {}
            }
            if self.world.over() {
                return Err(Outcome::RunOver);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(ORDER_POLL.1);
        }
    }

    /// The order keeps the seats until `deadline_ms`.
    fn hold_until(&mut self, deadline_ms: Option<i64>) {
        let (Some(hold), Some(deadline_ms)) = (self.record.holds.last_mut(), deadline_ms) else { return };
        hold.until_us = self.world.history.certain_until_us(deadline_ms).max(hold.from_us);
    }

    /// The seats are the fan's for good; since `received_us` only, if somebody else may have had them in between.
    fn hold_for_good(&mut self, received_us: u64) {
        let Some(hold) = self.record.holds.last_mut() else { return };
        if received_us <= hold.until_us {
            hold.until_us = u64::MAX;
        } else {
            let items = hold.items.clone();
            self.record.holds.push(HoldFact { from_us: received_us, until_us: u64::MAX, items });
        }
    }
}
