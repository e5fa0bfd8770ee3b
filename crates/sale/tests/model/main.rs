//! Random evenings in small halls: the sale against a plain model of the rules, after every single step.
//!
//! `PROPTEST_CASES=20000 cargo nextest run -p sale model` looks longer.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod best;
mod compare;
mod draw;
mod model;
mod money;
mod ops;
mod steering;
#[path = "../support/mod.rs"]
mod support;

use domain::{CommandId, SeatingPlan, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use sale::idempotency::Outcome;
use sale::{Pace, Recorded, Request, RequestKey, Sale};

use model::Model;
use ops::{Op, Turn};

/// Two rows with an aisle and spaces for wheelchairs, and a standing area.
fn plan() -> SeatingPlan {
    let mut plan = support::hall(&[4, 3], 3);
    plan.seats[2].after_gap = true;
    [0, 5, 6].into_iter().for_each(|seat: usize| plan.seats[seat].accessible = true);
    plan
}

fn created(pace: Pace, free: bool) -> (Sale, Recorded) {
    let mut settings = support::settings();
    settings.pace = pace;
    if free {
        settings.prices.fill(0);
    }
    Sale::create(settings, plan(), Timestamp::from_millis(0)).unwrap()
}

/// A sale and its model side by side.
struct Pair {
    sale: Sale,
    model: Model,
    journal: Vec<Recorded>,
    now: i64,
    orders_begun: u32,
}

impl Pair {
    fn new(pace: Pace, free: bool) -> Self {
        let (sale, first) = created(pace, free);
        let model = Model::new(plan(), sale.settings().clone());
        Self { sale, model, journal: vec![first], now: 0, orders_begun: 0 }
    }

    fn request(&mut self, turn: &Turn) -> Option<Request> {
        let command = ops::command(&turn.op, &self.sale, &mut self.orders_begun)?;
        let key = turn.key.map(|key| RequestKey::new(CommandId::new(u128::from(key)), &command));
        Some(Request { key, command })
    }

    fn step(&mut self, turn: &Turn) {
        self.now += i64::from(turn.wait_ms);
        let at = Timestamp::from_millis(self.now);
        let Some(request) = self.request(turn) else {
            match turn.op {
                Op::Replay => self.sale = support::replayed(&self.journal),
                Op::Restore => self.sale = Sale::from_snapshot(&self.sale.to_snapshot()).unwrap(),
                _ => {}
            }
            self.sale.advance(at, &mut self.journal);
            self.model.advance(self.now);
            return self.compare();
        };
        let actual = self.sale.handle(&request, at, &mut self.journal);
        let expected = self.model.handle(&request, self.now, &actual);
        assert_eq!(compare::told(&actual), expected, "after {request:?} at {}", self.now);
        self.compare();
    }

    fn compare(&mut self) {
        compare::states(&mut self.sale, &self.model, self.now);
        assert_eq!(self.sale.broken_invariant(), None);
    }

    /// The events and a snapshot lead to the same state, and what follows goes the same way on all of them.
    fn end(mut self, rest: &[Turn]) {
        let mut replayed = support::replayed(&self.journal);
        let mut restored = Sale::from_snapshot(&self.sale.to_snapshot()).unwrap();
        for turn in rest {
            self.now += i64::from(turn.wait_ms);
            let at = Timestamp::from_millis(self.now);
            let Some(request) = self.request(turn) else { continue };
            let outcomes: Vec<(Outcome, Vec<Recorded>, [u8; 32])> = [&mut self.sale, &mut replayed, &mut restored]
                .into_iter()
                .map(|sale| {
                    let mut out = vec![];
                    (sale.handle(&request, at, &mut out), out, sale.state_hash())
                })
                .collect();
            assert!(outcomes.windows(2).all(|pair| pair[0] == pair[1]), "after {request:?}: {outcomes:?}");
        }
        assert_eq!(self.sale.state_hash(), replayed.state_hash());
        assert_eq!(self.sale.state_hash(), restored.state_hash());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_sale_does_what_the_rules_say(
        pace in ops::pace(),
        free in prop::bool::weighted(0.1),
        lobby in ops::lobby(),
        turns in prop::collection::vec(ops::turns(), 1..150),
        rest in prop::collection::vec(ops::turn(), 10),
    ) {
        let mut pair = Pair::new(pace, free);
        for turn in lobby.iter().chain(turns.iter().flatten()) {
            pair.step(turn);
        }
        pair.end(&rest);
    }
}
