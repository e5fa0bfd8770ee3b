//! One fan's evening: join, wait, choose, pay. Every pause and every choice comes from the fan's own seed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::arrivals::Arrival;
use super::ask::{Asker, Told};
use super::history::{FanRecord, JoinFact, Outcome, Step};
use super::listen;
use super::personality::{Personality, Quits, chance_of};
use super::wire::{Place, PlaceAnswer, PlaceStage};
use super::world::{At, World};
use crate::client::Request;

/// Refusals after which a look at the own place helps.
const PASS_AGAIN: [&str; 4] =
    ["admission_pass_needed", "admission_pass_invalid", "admission_pass_over", "admission_pass_used"];

/// One fan on the way.
pub(super) struct Fan {
    pub(super) world: Arc<World>,
    pub(super) record: FanRecord,
    pub(super) who: Personality,
    pub(super) rng: ChaCha8Rng,
    pub(super) session: String,
    /// The latest admission pass.
    pass: Option<String>,
    at: At,
}

impl Fan {
    pub(super) fn new(world: Arc<World>, fan: u32, session: String) -> Self {
        let mut rng = chance_of(world.options.seed, fan);
        let who = Personality::draw(&mut rng, world.options.listening_share);
        world.counts.come(At::Outside);
        Self { world, record: FanRecord::new(fan), who, rng, session, pass: None, at: At::Outside }
    }

    /// Lives through the evening and gives the record of it.
    pub(super) async fn attend(mut self, arrival: Arrival) -> FanRecord {
        let outcome = match self.evening(arrival).await {
            Ok(outcome) | Err(outcome) => outcome,
        };
        self.record.outcome = outcome;
        self.go(if outcome == Outcome::Bought { At::Bought } else { At::Gone });
        self.record
    }

    async fn evening(&mut self, arrival: Arrival) -> Result<Outcome, Outcome> {
        let place = self.join(arrival).await?;
        let place = self.wait_for_turn(place).await?;
        if place.stage == PlaceStage::Admitted {
            self.enter().await?;
        }
        self.go(At::Choosing);
        self.think(self.who.chooses_seconds).await;
        self.choose().await?;
        match self.who.quits {
            Quits::LeavesAtSelection => {
                self.leave().await?;
                return Ok(Outcome::LeftAtSelection);
            }
            Quits::VanishesAtSelection => return Ok(Outcome::VanishedAtSelection),
            Quits::VanishesAtPayment | Quits::Never => {}
        }
        let order = self.begin_order().await?;
        self.go(At::Paying);
        if self.who.quits == Quits::VanishesAtPayment {
            return Ok(Outcome::VanishedAtPayment);
        }
        self.pay_and_wait(order).await
    }

    async fn join(&mut self, arrival: Arrival) -> Result<Place, Outcome> {
        let opens = self.world.history.instant_of_ms(self.world.options.opens_at_ms);
        let mut intended = opens.checked_sub(arrival.early).unwrap_or(opens) + arrival.after;
        let path = format!("/v1/sales/{}/line", self.world.options.sale);
        loop {
            tokio::time::sleep_until(intended.into()).await;
            let told = self.ask(Step::Join, intended, Request::new("POST", &path)).await?;
            match told.code() {
                "" if told.ok() => return self.joined(&told),
                "sale_not_open" => {
                    let opens_at_ms = told.problem.opens_at_ms.unwrap_or(self.world.options.opens_at_ms);
                    intended =
                        self.world.history.instant_of_ms(opens_at_ms).max(Instant::now() + Duration::from_millis(10));
                }
                "sold_out" | "sale_closed" => return Err(Outcome::SoldOut),
                _ => return Err(self.surprised(&told)),
            }
            if self.world.over() {
                return Err(Outcome::RunOver);
            }
        }
    }

    fn joined(&mut self, told: &Told) -> Result<Place, Outcome> {
        let place = self.understand::<PlaceAnswer>(told)?.place;
        let (first_sent_us, received_us) = (told.first_sent_us, told.received_us);
        self.record.join = Some(JoinFact { first_sent_us, received_us, number: place.number });
        self.go(At::InLine);
        Ok(place)
    }

    async fn wait_for_turn(&mut self, mut place: Place) -> Result<Place, Outcome> {
        loop {
            match place.stage {
                PlaceStage::Admitted | PlaceStage::Selecting | PlaceStage::Paying => return Ok(place),
                PlaceStage::Waiting if self.world.board.finished() => return Err(Outcome::SoldOut),
                PlaceStage::Waiting => {}
                _ if self.world.board.status().stage == "sold_out" => return Err(Outcome::SoldOut),
                PlaceStage::Absent | PlaceStage::TimedOut => return Err(Outcome::TimedOut),
                PlaceStage::Done | PlaceStage::Left | PlaceStage::Other => return Err(Outcome::Released),
            }
            if self.world.over() {
                return Err(Outcome::RunOver);
            }
            if self.who.listens {
                // However the listening ends, the fan looks where the place is now; and polls from then on if it
                // ended without news.
                let world = Arc::clone(&self.world);
                self.who.listens = listen::until_news(&world, &self.session).await;
            } else {
                let pause = self.poll_pause(place.ahead);
                tokio::time::sleep(pause).await;
            }
            let path = format!("/v1/sales/{}/line/me", self.world.options.sale);
            let told = self.ask(Step::Poll, Instant::now(), Request::new("GET", &path)).await?;
            if !told.ok() {
                return Err(self.surprised(&told));
            }
            place = self.understand::<PlaceAnswer>(&told)?.place;
        }
    }

    /// Half the time the fan expects to wait: rarely from afar, often near the front.
    fn poll_pause(&mut self, ahead: u32) -> Duration {
        let (shortest, longest) = self.world.options.poll;
        let per_second = self.world.board.admissions_per_second().unwrap_or(500.0);
        let expected = f64::from(ahead) / per_second / 2.0;
        let pause = expected.clamp(shortest.as_secs_f64(), longest.as_secs_f64().max(shortest.as_secs_f64()));
        Duration::from_secs_f64(pause * self.rng.random_range(0.8..1.2))
    }

    async fn enter(&mut self) -> Result<(), Outcome> {
        let path = format!("/v1/sales/{}/line/me/enter", self.world.options.sale);
        let told = self.ask(Step::Enter, Instant::now(), Request::new("POST", &path)).await?;
        match told.code() {
            "" if told.ok() => Ok(()),
            // The grace time was over.
            "not_admitted" => Err(Outcome::TimedOut),
            "sold_out" | "sale_closed" => Err(Outcome::SoldOut),
            _ => Err(self.surprised(&told)),
        }
    }

    pub(super) async fn leave(&mut self) -> Result<(), Outcome> {
        let path = format!("/v1/sales/{}/line/me", self.world.options.sale);
        self.release_from_now();
        let told = self.ask(Step::Leave, Instant::now(), Request::new("DELETE", &path)).await?;
        // The select time may have run out in between: gone either way.
        if told.ok() || told.status == 404 || told.status == 409 { Ok(()) } else { Err(self.surprised(&told)) }
    }

    /// From now on the fan no longer counts on what it held.
    pub(super) fn release_from_now(&mut self) {
        let now_us = self.world.history.us(Instant::now());
        if let Some(hold) = self.record.holds.last_mut() {
            hold.until_us = hold.until_us.min(now_us).max(hold.from_us);
        }
    }

    pub(super) async fn think(&self, seconds: f64) {
        let pause = self.world.options.pause(seconds);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    pub(super) async fn ask(&mut self, step: Step, intended: Instant, request: Request<'_>) -> Result<Told, Outcome> {
        let told = self.ask_once(step, intended, request).await?;
        if !PASS_AGAIN.contains(&told.code()) {
            return Ok(told);
        }
        // A look at the own place brings a fresh pass.
        let path = format!("/v1/sales/{}/line/me", self.world.options.sale);
        let look = self.ask_once(Step::Poll, Instant::now(), Request::new("GET", &path)).await?;
        if look.ok() {
            let PlaceAnswer { place } = self.understand(&look)?;
            // Whose time is over gets no fresh pass, and asks in vain.
            if matches!(place.stage, PlaceStage::Absent | PlaceStage::TimedOut) {
                return Err(Outcome::TimedOut);
            }
        }
        self.ask_once(step, Instant::now(), request).await
    }

    async fn ask_once(&mut self, step: Step, intended: Instant, request: Request<'_>) -> Result<Told, Outcome> {
        let asker = Asker { world: &self.world, fan: self.record.fan };
        let request = request.session(&self.session).pass(self.pass.as_deref());
        let mut told = asker.ask(&self.world.pool, &mut self.rng, step, intended, &request).await?;
        self.pass = told.pass.take().or(self.pass.take());
        Ok(told)
    }

    pub(super) fn understand<T: serde::de::DeserializeOwned>(&mut self, told: &Told) -> Result<T, Outcome> {
        told.read().map_err(|sentence| {
            self.record.surprise = Some(sentence);
            Outcome::Refused
        })
    }

    pub(super) fn surprised(&mut self, told: &Told) -> Outcome {
        self.record.surprise = Some(format!("{} {}: {}", told.status, told.code(), told.problem.detail));
        Outcome::Refused
    }

    pub(super) fn bought(&self, tickets: usize) {
        self.world.counts.tickets.fetch_add(tickets as u64, Ordering::Relaxed);
    }

    fn go(&mut self, to: At) {
        self.world.counts.go(self.at, to);
        self.at = to;
    }
}
