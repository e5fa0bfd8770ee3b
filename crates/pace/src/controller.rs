//! Additive increase, multiplicative decrease: the one linear control that converges to efficiency and fairness when
//! all that is known is "too much" or "not too much".
//!
//! Sources. D.-M. Chiu, R. Jain, *Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer
//! Networks*, Computer Networks and ISDN Systems 17 (1989): why additive up and multiplicative down. V. Jacobson,
//! *Congestion Avoidance and Control*, SIGCOMM 1988, and RFC 5681 section 3.1: TCP does so with a cut of 0.5, once per
//! round trip, since everything lost within one is one congestion; RFC 9438 (CUBIC) cuts by 0.7, as we do. Netflix
//! concurrency-limits, `AIMDLimit`: adds 1 only when at least half of the limit is in use, and multiplies by 0.9 at
//! each drop or timeout; the first is our rule about demand, the second we replace by one cut per reaction time,
//! because our measurements are percentiles over seconds and one slow second would count several times.

use domain::{Duration, Timestamp};

use crate::health::{Health, Reason, Verdict};
use crate::options::{FULL_PERMILLE, Options};

/// Says at each tick which share of the configured pace people are let in at.
#[derive(Debug, Clone)]
pub struct Controller {
    options: Options,
    permille: u16,
    last_cut: Option<Cut>,
}

/// The cut that the present pace comes from.
#[derive(Debug, Clone, Copy)]
struct Cut {
    at: Timestamp,
    why: Reason,
}

/// What a tick decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// Share of the configured pace, from the floor to [`FULL_PERMILLE`].
    pub permille: u16,
    /// Why it is not the whole pace: what the latest cut was for. `None` at the whole pace.
    pub why: Option<Reason>,
    /// Whether this tick changed it.
    pub changed: bool,
}

impl Controller {
    /// A controller at the whole pace. Options out of their bounds are moved to the nearest bound.
    pub fn new(options: Options) -> Self {
        Self { options: options.bounded(), permille: FULL_PERMILLE, last_cut: None }
    }

    /// Takes the measurements since the last tick into account.
    pub fn tick(&mut self, now: Timestamp, health: &Health) -> Decision {
        let before = self.permille;
        match health.judge(&self.options.targets) {
            Verdict::Over(why) if self.has_reacted(now) => self.cut(now, why),
            Verdict::Calm if health.waiting && self.has_reacted(now) => self.raise(),
            Verdict::Over(_) | Verdict::Tense | Verdict::Calm => {}
        }
        let why = self.last_cut.filter(|_| self.permille < FULL_PERMILLE).map(|cut| cut.why);
        Decision { permille: self.permille, why, changed: self.permille != before }
    }

    /// The present share of the configured pace.
    pub fn permille(&self) -> u16 {
        self.permille
    }

    /// Whether the measurements can already show the latest cut.
    fn has_reacted(&mut self, now: Timestamp) -> bool {
        let Some(cut) = &mut self.last_cut else { return true };
        // A clock that was set back must not hold the pace for as long as it was set back.
        cut.at = cut.at.min(now);
        now.since(cut.at) >= self.options.reaction.max(Duration::from_millis(1))
    }

    fn cut(&mut self, now: Timestamp, why: Reason) {
        let cut = (f64::from(self.permille) * self.options.cut).round() as u16;
        self.permille = cut.max(self.options.floor_permille);
        self.last_cut = Some(Cut { at: now, why });
    }

    fn raise(&mut self) {
        self.permille = self.permille.saturating_add(self.options.raise_permille_per_tick).min(FULL_PERMILLE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::Signal;

    const CALM: Health = Health {
        commit_ms_p99: Some(5.0),
        inbox_fill: 0.0,
        provider_ms_p99: None,
        provider_failures_share: None,
        gateway_loop_lag_ms: None,
        waiting: true,
    };
    const SLOW: Health = Health { commit_ms_p99: Some(500.0), ..CALM };
    const TENSE: Health = Health { commit_ms_p99: Some(100.0), ..CALM };

    fn second(second: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + second * 1_000)
    }

    /// One tick a second from `from`, with the pace after each.
    fn ticks(controller: &mut Controller, from: i64, health: &[Health]) -> Vec<u16> {
        (from..).zip(health).map(|(at, health)| controller.tick(second(at), health).permille).collect()
    }

    #[test]
    fn a_calm_server_keeps_the_whole_pace() {
        let mut controller = Controller::new(Options::default());
        let decision = controller.tick(second(0), &CALM);
        assert_eq!(decision, Decision { permille: 1_000, why: None, changed: false });
    }

    #[test]
    fn slow_commits_cut_the_pace_and_are_named() {
        let mut controller = Controller::new(Options::default());
        let decision = controller.tick(second(0), &SLOW);
        assert_eq!((decision.permille, decision.changed), (700, true));
        let why = Reason { signal: Signal::Commit, measured: 500.0, limit: 120.0 };
        assert_eq!(decision.why, Some(why));
        assert_eq!(controller.tick(second(60), &CALM).why, Some(why), "as long as the pace is lowered");
    }

    #[test]
    fn one_incident_counts_once_per_reaction_time() {
        let options = Options { reaction: Duration::from_secs(4), ..Options::default() };
        let mut controller = Controller::new(options);
        assert_eq!(ticks(&mut controller, 0, &[SLOW; 9]), [700, 700, 700, 700, 490, 490, 490, 490, 343]);
    }

    #[test]
    fn nothing_is_raised_before_the_cut_could_show() {
        let mut controller = Controller::new(Options::default());
        ticks(&mut controller, 0, &[SLOW]);
        assert_eq!(ticks(&mut controller, 1, &[CALM; 9]), [700, 700, 700, 700, 700, 700, 700, 710, 720]);
    }

    #[test]
    fn between_the_bounds_the_pace_stays() {
        let mut controller = Controller::new(Options::default());
        ticks(&mut controller, 0, &[SLOW]);
        assert_eq!(ticks(&mut controller, 10, &[TENSE; 3]), [700; 3]);
    }

    #[test]
    fn without_demand_nothing_is_raised() {
        let mut controller = Controller::new(Options::default());
        ticks(&mut controller, 0, &[SLOW]);
        assert_eq!(ticks(&mut controller, 10, &[Health { waiting: false, ..CALM }; 3]), [700; 3]);
        assert_eq!(ticks(&mut controller, 13, &[CALM]), [710]);
    }

    #[test]
    fn the_floor_and_the_whole_pace_are_never_left() {
        let mut controller = Controller::new(Options::default());
        let down = ticks(&mut controller, 0, &[SLOW; 100]);
        assert_eq!(down.last(), Some(&50));
        assert!(down.iter().all(|permille| *permille >= 50));
        let up = ticks(&mut controller, 105, &[CALM; 120]);
        assert_eq!(up.last(), Some(&1_000));
        assert_eq!(controller.tick(second(300), &CALM).why, None);
    }

    #[test]
    fn a_clock_set_back_does_not_stop_the_controller() {
        let mut controller = Controller::new(Options::default());
        ticks(&mut controller, 3_600, &[SLOW]);
        assert_eq!(ticks(&mut controller, 0, &[CALM; 9]), [700, 700, 700, 700, 700, 700, 700, 700, 710]);
    }

    #[test]
    fn options_out_of_bounds_are_brought_back() {
        let options = Options { floor_permille: 0, raise_permille_per_tick: 0, cut: f64::NAN, ..Options::default() };
        let mut controller = Controller::new(options);
        assert_eq!(controller.tick(second(0), &SLOW).permille, 700);
        let mut controller = Controller::new(Options { cut: 4.0, floor_permille: 9_000, ..Options::default() });
        assert_eq!(controller.tick(second(0), &SLOW).permille, 1_000);
    }
}
