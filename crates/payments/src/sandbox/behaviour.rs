//! How the provider misbehaves when told to, drawn from a seed.

use std::sync::{Mutex, PoisonError, RwLock};

use domain::{Duration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

/// The longest delay that can be asked for.
const DELAY_MS_MAX: u32 = 10 * 60 * 1_000;
/// Extra copies of one webhook, at most.
const COPIES_MAX: u32 = 100;
/// An event that is held back to come out of order waits up to this long.
const HELD_BACK_MS_MAX: u32 = 2_000;
/// When the first attempt is made before the answer, the ordinary delivery stands by for this long.
const STAND_BY: Duration = Duration::from_secs(10);

/// What goes wrong and how often. Members without a unit are probabilities from 0 to 1; the default is a provider
/// that does everything right.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Every API call about a payment takes this many milliseconds longer.
    pub slow_ms: u32,
    /// An API call is answered 500 before anything is done.
    pub fail: f64,
    /// An API call that changes something does it, then never answers.
    pub timeout_after_success: f64,
    /// Webhooks are sent this many milliseconds late.
    pub webhook_delay_ms: u32,
    /// Webhooks are sent this many times more than once.
    pub webhook_duplicate: u32,
    /// A webhook is held back for a random while, so that later ones overtake it.
    pub webhook_out_of_order: f64,
    /// A webhook arrives before the answer to the request that caused it.
    pub webhook_before_response: f64,
    /// A webhook is never sent.
    pub webhook_drop: f64,
    /// A webhook, correctly signed, tells of another amount than was captured.
    pub wrong_amount: f64,
    /// The payment page still takes money after the payment's expiry.
    pub capture_late: f64,
}

impl Behaviour {
    /// The first member that is out of its range, and the range.
    pub fn problem(&self) -> Option<String> {
        let chances = [
            ("fail", self.fail),
            ("timeout_after_success", self.timeout_after_success),
            ("webhook_out_of_order", self.webhook_out_of_order),
            ("webhook_before_response", self.webhook_before_response),
            ("webhook_drop", self.webhook_drop),
            ("wrong_amount", self.wrong_amount),
            ("capture_late", self.capture_late),
        ];
        if let Some((name, _)) = chances.iter().find(|(_, chance)| !(0.0..=1.0).contains(chance)) {
            return Some(format!("{name} is a probability from 0 to 1."));
        }
        let counts = [
            ("slow_ms", self.slow_ms, DELAY_MS_MAX),
            ("webhook_delay_ms", self.webhook_delay_ms, DELAY_MS_MAX),
            ("webhook_duplicate", self.webhook_duplicate, COPIES_MAX),
        ];
        counts.iter().find(|(_, count, max)| count > max).map(|(name, _, max)| format!("{name} is at most {max}."))
    }
}

/// What becomes of the event of one change; drawn before the change, so that it is committed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EventFate {
    /// When the ordinary delivery first tries.
    pub(super) due_at: Timestamp,
    /// Never sent.
    pub(super) dropped: bool,
    /// Sent with an amount that is not the captured one.
    pub(super) wrong_amount: bool,
    /// Sent by the request itself, before its answer.
    pub(super) before_response: bool,
}

/// The current behaviour and the source of chance.
pub(super) struct Dice {
    behaviour: RwLock<Behaviour>,
    chance: Mutex<StdRng>,
}

impl Dice {
    pub(super) fn new(seed: u64, behaviour: Behaviour) -> Self {
        Self { behaviour: RwLock::new(behaviour), chance: Mutex::new(StdRng::seed_from_u64(seed)) }
    }

    pub(super) fn behaviour(&self) -> Behaviour {
        *self.behaviour.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, behaviour: Behaviour) {
        *self.behaviour.write().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// True with probability `chance`. Certainties draw nothing, so that a well-behaved provider takes no lock.
    pub(super) fn roll(&self, chance: f64) -> bool {
        if chance <= 0.0 {
            return false;
        }
        chance >= 1.0 || self.chance.lock().unwrap_or_else(PoisonError::into_inner).random_bool(chance)
    }

    /// A number below `end`; 0 if that is 0.
    pub(super) fn below(&self, end: u32) -> u32 {
        if end == 0 { 0 } else { self.chance.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..end) }
    }

    /// Draws what becomes of the event of a change made now.
    pub(super) fn event_fate(&self, now: Timestamp) -> EventFate {
        let behaviour = self.behaviour();
        let mut delay_ms = behaviour.webhook_delay_ms;
        if self.roll(behaviour.webhook_out_of_order) {
            delay_ms += self.below(HELD_BACK_MS_MAX);
        }
        let dropped = self.roll(behaviour.webhook_drop);
        let before_response = !dropped && self.roll(behaviour.webhook_before_response);
        let due_at = if before_response { now + STAND_BY } else { now + Duration::from_millis(delay_ms) };
        EventFate { due_at, dropped, wrong_amount: self.roll(behaviour.wrong_amount), before_response }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn the_default_does_everything_right_and_at_once() {
        let fate = Dice::new(1, Behaviour::default()).event_fate(NOW);
        assert_eq!(fate, EventFate { due_at: NOW, dropped: false, wrong_amount: false, before_response: false });
    }

    #[test]
    fn the_same_seed_draws_the_same_fates() {
        let behaviour = Behaviour { webhook_drop: 0.5, webhook_out_of_order: 0.5, ..Behaviour::default() };
        let fates = |seed| {
            let dice = Dice::new(seed, behaviour);
            (0..64).map(|_| dice.event_fate(NOW)).collect::<Vec<_>>()
        };
        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
    }

    #[test]
    fn a_member_out_of_range_is_named() {
        let nan = Behaviour { fail: f64::NAN, ..Behaviour::default() };
        assert_eq!(nan.problem().as_deref(), Some("fail is a probability from 0 to 1."));
        let many = Behaviour { webhook_duplicate: COPIES_MAX + 1, ..Behaviour::default() };
        assert_eq!(many.problem().as_deref(), Some("webhook_duplicate is at most 100."));
        assert_eq!(Behaviour { fail: 1.0, slow_ms: 5, ..Behaviour::default() }.problem(), None);
    }
}
