//! Before the seat map: what a fan asks for, and what it does when others were faster.

use std::time::{Duration, Instant};

use super::ask::Told;
use super::history::{HoldFact, Outcome, Step};
use super::journey::Fan;
use super::personality::Taste;
use super::wire::Hold;
use crate::client::Request;

/// Choices refused in a row before a fan lets the house choose.
const OWN_TRIES_MAX: u32 = 6;
/// Choices refused in a row before a fan goes home; the select time normally ends it earlier.
const TRIES_MAX: u32 = 600;
/// How long a fan waits for something to come back when nothing is left, at least.
const NOTHING_LEFT_PAUSE: Duration = Duration::from_millis(1_000);

/// What a fan wants at the moment.
struct Wish {
    tickets: u32,
    taste: Taste,
    adjacent: bool,
    refusals: u32,
}

impl Fan {
    /// Tries until something is held.
    pub(super) async fn choose(&mut self) -> Result<(), Outcome> {
        let mut wish = Wish { tickets: self.who.tickets, taste: self.who.taste, adjacent: true, refusals: 0 };
        let path = format!("/v1/sales/{}/hold", self.world.options.sale);
        while wish.refusals < TRIES_MAX {
            let body = self.body_of(&mut wish);
            let told = self.ask(Step::Hold, Instant::now(), Request::new("PUT", &path).json(body.as_bytes())).await?;
            if told.ok() {
                return self.holds(&told);
            }
            self.refused(&mut wish, &told).await?;
            if self.world.over() {
                return Err(Outcome::RunOver);
            }
        }
        self.leave().await?;
        Err(Outcome::SoldOut)
    }

    fn body_of(&mut self, wish: &mut Wish) -> String {
        let picked = match wish.taste {
            Taste::OwnSeats => self
                .world
                .board
                .pick_seats(&mut self.rng, wish.tickets)
                .map(|seats| serde_json::json!({ "seats": seats })),
            Taste::Standing => self
                .world
                .board
                .pick_area(&mut self.rng, wish.tickets)
                .map(|area| serde_json::json!({ "areas": [{ "area": area, "count": wish.tickets }] })),
            Taste::BestAvailable => None,
        };
        let body = picked.unwrap_or_else(|| {
            wish.taste = Taste::BestAvailable;
            serde_json::json!({ "best_available": { "count": wish.tickets, "level": null, "adjacent": wish.adjacent } })
        });
        body.to_string()
    }

    async fn refused(&mut self, wish: &mut Wish, told: &Told) -> Result<(), Outcome> {
        wish.refusals += 1;
        match told.code() {
            "seat_taken" => {
                self.world.board.mark_taken(&told.problem.seats_taken);
                if wish.refusals >= OWN_TRIES_MAX {
                    wish.taste = Taste::BestAvailable;
                }
                self.think(0.8).await;
            }
            "area_full" => wish.taste = Taste::BestAvailable,
            "no_adjacent_seats" => wish.adjacent = false,
            "not_enough_seats" if wish.tickets > 1 => wish.tickets -= 1,
            "not_enough_seats" => {
                if self.world.board.finished() {
                    self.leave().await?;
                    return Err(Outcome::SoldOut);
                }
                // Somebody may still give something back: standing areas first, if there are any.
                wish.taste = if wish.refusals.is_multiple_of(2) { Taste::Standing } else { Taste::BestAvailable };
                tokio::time::sleep(NOTHING_LEFT_PAUSE).await;
            }
            "sale_paused" => tokio::time::sleep(NOTHING_LEFT_PAUSE).await,
            "select_time_over" | "not_admitted" => return Err(Outcome::TimedOut),
            "sold_out" | "sale_closed" => return Err(Outcome::SoldOut),
            _ => return Err(self.surprised(told)),
        }
        Ok(())
    }

    fn holds(&mut self, told: &Told) -> Result<(), Outcome> {
        let hold: Hold = self.understand(told)?;
        // Without a deadline the fan can count on nothing.
        let until_us =
            hold.deadline_ms.map_or(told.received_us, |deadline| self.world.history.certain_until_us(deadline));
        let from_us = told.received_us;
        self.record.holds.push(HoldFact { from_us, until_us: until_us.max(from_us), items: hold.items });
        Ok(())
    }
}
