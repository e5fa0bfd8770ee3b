//! Who comes and what they do.

pub(crate) mod draw;
pub(crate) mod fan;
pub(crate) mod hall;
pub(crate) mod organiser;

use domain::{Duration, Timestamp};

use crate::world::dice::Dice;
use crate::world::{Happening, World};
use fan::Fan;

/// How this seed's people behave; rates in a thousand.
#[derive(Debug)]
pub(crate) struct Manners {
    /// Leaves the line or the hall instead of going on.
    pub(crate) abandons: u32,
    /// Does not show up when let in.
    pub(crate) is_absent: u32,
    /// Takes what is best instead of choosing.
    pub(crate) takes_best: u32,
    /// Chooses among the few seats that everybody wants.
    pub(crate) wants_front: u32,
    /// Sends an old key with another content.
    pub(crate) misuses_key: u32,
    /// Longest pause between two actions.
    pub(crate) pause_ms: u32,
}

/// Everybody who takes part.
pub(crate) struct Crowd {
    /// The fans, by index.
    pub(crate) fans: Vec<Fan>,
    /// How they behave.
    pub(crate) manners: Manners,
    /// Longest pause of the organiser.
    pub(crate) organiser_pause_ms: u32,
}

impl Crowd {
    /// Between a handful and a few hundred fans.
    pub(crate) fn of_seed(dice: &mut Dice, fans_max: u32) -> Self {
        let count = if dice.chance(200) { dice.between(3, 12) } else { dice.between(20, 300) };
        let count = count.min(fans_max);
        let rate = |dice: &mut Dice, most: u32| if dice.chance(500) { dice.between(1, most) } else { 0 };
        let manners = Manners {
            abandons: rate(dice, 150),
            is_absent: rate(dice, 300),
            takes_best: dice.below(1_000),
            wants_front: dice.below(1_000),
            misuses_key: rate(dice, 50),
            pause_ms: [500, 3_000, 20_000][dice.below(3) as usize],
        };
        Self {
            fans: (0..count).map(|_| Fan::default()).collect(),
            manners,
            organiser_pause_ms: [5_000, 60_000, 600_000][dice.below(3) as usize],
        }
    }
}

impl World {
    /// Most fans come around the opening, in bursts; the others over the evening.
    pub(crate) fn crowd_comes(&mut self) {
        let opening = self.reader.sale.settings().opens_at.as_millis();
        let bursts: Vec<i64> = (0..3).map(|_| opening + i64::from(self.dice.below(600_000))).collect();
        for fan in 0..self.crowd.fans.len() as u32 {
            let at = match self.dice.below(10) {
                0 => i64::from(self.dice.below(600_000)),
                1 | 2 => bursts[self.dice.below(3) as usize] + i64::from(self.dice.below(200)),
                _ => opening - 2_000 + i64::from(self.dice.below(4_000)),
            };
            self.clock.at(Timestamp::from_millis(at), Happening::FanActs { fan });
        }
        let pause = self.dice.span(1, self.crowd.organiser_pause_ms);
        self.clock.after(pause, Happening::OrganiserActs);
    }

    /// A fan's next action comes after a pause.
    pub(crate) fn fan_pauses(&mut self, fan: u32, most_ms: u32) {
        let pause: Duration = self.dice.span(most_ms / 20, most_ms);
        self.clock.after(pause, Happening::FanActs { fan });
    }
}
