//! Who a fan is: a pure function of the seed and the fan's index.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How a fan chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taste {
    /// Takes what the house offers as best.
    BestAvailable,
    /// Looks at the map and picks.
    OwnSeats,
    /// Wants to stand in front of the stage.
    Standing,
}

/// Where a fan gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quits {
    /// Buys if there is anything to buy.
    Never,
    /// Has seats, and leaves saying so.
    LeavesAtSelection,
    /// Has seats, and is never heard of again.
    VanishesAtSelection,
    /// Stands before the payment page, and is never heard of again.
    VanishesAtPayment,
}

/// The habits of one fan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Personality {
    /// Tickets wanted, 1 to 3.
    pub tickets: u32,
    /// How the fan chooses.
    pub taste: Taste,
    /// Where the fan gives up.
    pub quits: Quits,
    /// The first card is declined, the second works.
    pub declined_first: bool,
    /// Listens on a WebSocket instead of asking again and again.
    pub listens: bool,
    /// Seconds of thought before the choice, at pace 1.
    pub chooses_seconds: f64,
    /// Seconds of typing on the payment page, at pace 1.
    pub pays_seconds: f64,
}

/// The fan's own source of chance: the same for the same seed and index.
pub fn chance_of(seed: u64, fan: u32) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(fan));
    rng
}

impl Personality {
    /// Draws a personality; `listening_share` of the fans listen on a WebSocket.
    pub fn draw(rng: &mut ChaCha8Rng, listening_share: f64) -> Self {
        let tickets = [1, 2, 2, 3][rng.random_range(0..4usize)];
        let taste = match rng.random_range(0..10u32) {
            0..5 => Taste::BestAvailable,
            5..9 => Taste::OwnSeats,
            _ => Taste::Standing,
        };
        let quits = match rng.random_range(0..100u32) {
            0..5 => Quits::LeavesAtSelection,
            5..10 => Quits::VanishesAtSelection,
            10..18 => Quits::VanishesAtPayment,
            _ => Quits::Never,
        };
        Self {
            tickets,
            taste,
            quits,
            declined_first: rng.random_range(0..100u32) < 5,
            listens: rng.random::<f64>() < listening_share,
            chooses_seconds: rng.random_range(1.0..6.0),
            pays_seconds: rng.random_range(2.0..8.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(seed: u64) -> Vec<Personality> {
        (0..10_000).map(|fan| Personality::draw(&mut chance_of(seed, fan), 0.1)).collect()
    }

    #[test]
    fn a_fan_is_the_same_person_in_every_run() {
        assert_eq!(crowd(3), crowd(3));
        assert_ne!(crowd(3), crowd(4));
    }

    #[test]
    fn habits_are_shared_out_as_announced() {
        let crowd = crowd(5);
        let share = |has: &dyn Fn(&Personality) -> bool| {
            crowd.iter().filter(|who| has(who)).count() as f64 / crowd.len() as f64
        };
        let near = |share: f64, wanted: f64| assert!((share - wanted).abs() < 0.02, "{share} instead of {wanted}");
        near(share(&|who| who.taste == Taste::BestAvailable), 0.5);
        near(share(&|who| who.taste == Taste::OwnSeats), 0.4);
        near(share(&|who| matches!(who.quits, Quits::LeavesAtSelection | Quits::VanishesAtSelection)), 0.1);
        near(share(&|who| who.quits == Quits::VanishesAtPayment), 0.08);
        near(share(&|who| who.declined_first), 0.05);
        near(share(&|who| who.listens), 0.1);
    }
}
