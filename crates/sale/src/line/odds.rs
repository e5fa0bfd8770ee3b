//! Told early: how likely a place still gets a seat, from what the sale itself has seen.
//!
//! Everybody whose turn comes takes a random number of tickets, with mean `m` and variance `v` (those who take none
//! included). What `c` people take together is close to normal, with mean `c m` and variance `c v` (the central limit
//! theorem; Feller, An Introduction to Probability Theory and Its Applications, volume 1, chapter X), and with Φ the
//! standard normal distribution and half a ticket of continuity correction
//!
//! ```text
//! chance of at least one of r seats after c people = Φ((r - 1/2 - c m) / √(c v))
//! ```
//!
//! `c` counts those ahead and those inside, `r` what is free and what is held. People are taken to be alike and not to
//! influence each other; a real crowd whose taste changes during the sale is further from the formula than that.

use serde::{Deserialize, Serialize};

/// Buyers who must be done before their figures are believed.
pub const BUYERS_MIN: u32 = 30;
/// Below this chance, in thousandths, a place is hopeless.
const HOPELESS_PERMILLE: f64 = 10.0;
/// Quantile of the normal distribution at 95 %: how surely a place called hopeless is below that chance.
const SURE_95: f64 = 1.645;

/// Running counts of how turns ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Demand {
    /// Turns that ended with a purchase.
    pub buyers: u32,
    /// Turns that ended without.
    pub without: u32,
    /// Tickets of the buyers.
    pub tickets: u64,
    /// The squares of the buyers' tickets, summed up.
    pub squares: u64,
    /// Admitted people who showed up.
    pub present: u32,
    /// Admitted people who did not.
    pub absent: u32,
}

/// What a figure rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Too few have bought: half of all turns end with a purchase, of any allowed number alike.
    Prior,
    /// What the buyers of this sale did.
    Measured,
}

/// How likely a place still gets a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chance {
    /// In thousandths.
    pub permille: u16,
    /// What it rests on.
    pub basis: Basis,
}

/// What one turn takes: its mean and variance, in tickets.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Turn {
    mean: f64,
    variance: f64,
}

impl Demand {
    pub(crate) fn bought(&mut self, tickets: u32) {
        self.buyers += 1;
        self.tickets += u64::from(tickets);
        self.squares += u64::from(tickets) * u64::from(tickets);
    }

    /// Of those whose turn came, so many thousandths did not show up. `None` until it is known of `enough` people.
    pub fn absent_permille(&self, enough: u32) -> Option<u32> {
        let known = u64::from(self.present) + u64::from(self.absent);
        (known >= u64::from(enough.max(1))).then(|| (u64::from(self.absent) * 1_000 / known) as u32)
    }

    fn is_measured(&self) -> bool {
        self.buyers >= BUYERS_MIN
    }

    fn turn(&self, tickets_per_buyer_max: u32) -> Turn {
        let (n, sum, squares) = if self.is_measured() {
            (f64::from(self.buyers) + f64::from(self.without), self.tickets as f64, self.squares as f64)
        } else {
            let max = f64::from(tickets_per_buyer_max);
            (2.0, (max + 1.0) / 2.0, (max + 1.0) * (2.0 * max + 1.0) / 6.0)
        };
        let mean = sum / n;
        Turn { mean, variance: (squares / n - mean * mean).max(0.0) }
    }

    /// How likely at least one of `seats` is left after `people`.
    pub fn chance(&self, people: u32, seats: u32, tickets_per_buyer_max: u32) -> Chance {
        let basis = if self.is_measured() { Basis::Measured } else { Basis::Prior };
        let share = chance(f64::from(people), f64::from(seats), self.turn(tickets_per_buyer_max));
        Chance { permille: (share * 1_000.0).round() as u16, basis }
    }

    /// The smallest number of people ahead from which the chance is below 1 %. `None` while too little is known.
    ///
    /// It errs towards hope: turns that have not ended (`inside`) count as turns that take nothing, as slow people may
    /// not buy at all, and from the mean 1.645 standard errors are taken, so that it is right with 95 % confidence.
    pub fn hopeless_from(&self, inside: u32, seats: u32) -> Option<u32> {
        if seats == 0 {
            return Some(0);
        }
        if !self.is_measured() {
            return None;
        }
        let ended = f64::from(self.buyers) + f64::from(self.without);
        let measured = self.turn(0);
        let turns = ended + f64::from(inside);
        let mean = self.tickets as f64 / turns - SURE_95 * (measured.variance / ended).sqrt();
        let turn = Turn { mean, ..measured };
        let hopeless = |ahead: u32| {
            let people = f64::from(ahead) + f64::from(inside);
            chance(people, f64::from(seats), turn) * 1_000.0 < HOPELESS_PERMILLE
        };
        if mean <= 0.0 || !hopeless(domain::limits::PLACES_MAX) {
            return None;
        }
        let (mut hope, mut none) = (0, domain::limits::PLACES_MAX);
        if hopeless(0) {
            return Some(0);
        }
        while none - hope > 1 {
            let middle = hope + (none - hope) / 2;
            if hopeless(middle) { none = middle } else { hope = middle }
        }
        Some(none)
    }
}

/// The formula above; it never grows with `people`.
fn chance(people: f64, seats: f64, turn: Turn) -> f64 {
    if seats < 1.0 {
        return 0.0;
    }
    let (left, deviation) = (seats - 0.5 - people * turn.mean, (people * turn.variance).sqrt());
    if deviation > 0.0 { normal(left / deviation) } else { f64::from(u8::from(left > 0.0)) }
}

/// The standard normal distribution, off by at most 0.000 000 075 (Abramowitz and Stegun, Handbook of Mathematical
/// Functions, 26.2.17).
fn normal(z: f64) -> f64 {
    const B: [f64; 5] = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series = B.iter().rev().fold(0.0, |sum, b| (sum + b) * t);
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * series;
    if z < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Knuth's MMIX generator: the same crowd in every run.
    struct Crowd(u64);

    impl Crowd {
        /// Of ten people three take nothing, the others one to four.
        fn takes(&mut self) -> u32 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            [0, 0, 0, 1, 1, 2, 2, 2, 4, 4][((self.0 >> 33) % 10) as usize]
        }

        fn observed(&mut self, turns: u32) -> Demand {
            let mut demand = Demand::default();
            for _ in 0..turns {
                match self.takes() {
                    0 => demand.without += 1,
                    tickets => demand.bought(tickets),
                }
            }
            demand
        }
    }

    fn demands() -> impl Strategy<Value = Demand> {
        (0u32..1_000, 0u32..1_000, 1u32..20).prop_map(|(buyers, without, each)| {
            let mut demand = Demand { without, ..Demand::default() };
            (0..buyers).for_each(|nth| demand.bought(1 + nth % each));
            demand
        })
    }

    proptest! {
        #[test]
        fn more_people_ahead_never_raise_the_chance(demand in demands(), seats in 0u32..5_000, people in 0u32..20_000, more in 0u32..500) {
            let of = |people| demand.chance(people, seats, 4).permille;
            prop_assert!(of(people) >= of(people + more));
        }

        #[test]
        fn from_the_hopeless_place_on_the_chance_is_below_one_percent(demand in demands(), seats in 0u32..5_000, inside in 0u32..500) {
            if let Some(ahead) = demand.hopeless_from(inside, seats) {
                prop_assert!(demand.chance(ahead + inside, seats, 4).permille <= 10);
            }
        }
    }

    #[test]
    fn the_chance_is_how_often_it_happens() {
        let mut crowd = Crowd(2_024);
        let demand = crowd.observed(20_000);
        const EVENINGS: u32 = 4_000;
        for seats in [50u32, 400] {
            // People who want about as many tickets as there are, and some fewer and more.
            for share in [80, 90, 95, 100, 105, 110, 120] {
                let people = seats * share / 160;
                let left = (0..EVENINGS).filter(|_| (0..people).map(|_| crowd.takes()).sum::<u32>() < seats).count();
                let happened = left as f64 / f64::from(EVENINGS) * 1_000.0;
                let told = f64::from(demand.chance(people, seats, 4).permille);
                assert!((happened - told).abs() < 30.0, "{people} people, {seats} seats: told {told}, was {happened}");
            }
        }
    }

    #[test]
    fn whoever_is_called_hopeless_gets_a_seat_in_one_evening_of_a_hundred_at_most() {
        let mut crowd = Crowd(7);
        const EVENINGS: u32 = 4_000;
        for seats in [40u32, 300] {
            let ahead = crowd.observed(400).hopeless_from(0, seats);
            let ahead = ahead.unwrap_or_else(|| panic!("400 turns say something"));
            let seated = (0..EVENINGS).filter(|_| (0..ahead).map(|_| crowd.takes()).sum::<u32>() < seats).count();
            assert!(
                seated * 100 <= EVENINGS as usize,
                "{seated} of {EVENINGS} evenings, {ahead} ahead of {seats} seats"
            );
        }
    }

    #[test]
    fn nothing_is_called_hopeless_before_enough_have_bought() {
        let mut demand = Demand::default();
        (1..BUYERS_MIN).for_each(|_| demand.bought(2));
        assert_eq!((demand.hopeless_from(0, 10), demand.hopeless_from(0, 0)), (None, Some(0)));
        assert_eq!(demand.chance(1_000, 10, 4), Chance { permille: 0, basis: Basis::Prior });
        demand.bought(2);
        assert_eq!(demand.chance(4, 10, 4), Chance { permille: 1_000, basis: Basis::Measured });
        // Everybody took two: after five people none of ten seats is left.
        assert_eq!(demand.hopeless_from(0, 10), Some(5));
    }
}
