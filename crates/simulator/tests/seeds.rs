//! Evenings from seeds hold every invariant, and what is broken on purpose is noticed.

use simulator::minimise::minimise;
use simulator::{Fault, Invariant, Options, Sabotage, report, run};

#[test]
fn evenings_hold_every_invariant_whatever_goes_wrong() {
    let options = Options { steps: 2_000, ..Options::default() };
    let (mut faults, mut looks) = (vec![0; Fault::ALL.len()], [0; Invariant::ALL.len()]);
    for seed in 0..1_000 {
        let evening = run(seed, &options);
        assert!(evening.violations.is_empty(), "{}", report::failure(&evening, &options));
        faults.iter_mut().zip(&evening.faults).for_each(|(sum, count)| *sum += count);
        looks.iter_mut().zip(evening.looks).for_each(|(sum, count)| *sum += count);
    }
    for (fault, count) in Fault::ALL.iter().zip(faults) {
        assert!(count > 0, "{fault:?} never struck: nothing was learnt about it");
    }
    for (invariant, count) in Invariant::ALL.iter().zip(looks) {
        assert!(count > 0, "{invariant:?} was never looked at");
    }
}

#[test]
fn seeds_that_failed_once_hold_now() {
    for seed in [3_472, 4_299] {
        let evening = run(seed, &Options::default());
        assert!(evening.violations.is_empty(), "{}", report::failure(&evening, &Options::default()));
    }
}

#[test]
fn a_seed_gives_the_same_evening_again() {
    let options = Options { steps: 6_000, ..Options::default() };
    for seed in [7, 8] {
        let (first, second) = (run(seed, &options), run(seed, &options));
        assert_eq!(format!("{first:?}"), format!("{second:?}"));
    }
}

/// Which invariants the sabotage may break, whichever is seen first.
fn suspects(sabotage: Sabotage) -> &'static [Invariant] {
    match sabotage {
        Sabotage::AnswerBeforeCommit | Sabotage::RetrySync | Sabotage::NeverSync => &[Invariant::Acknowledged],
        Sabotage::NoFence | Sabotage::StaleAnswers | Sabotage::AnswerUnmarked => &[Invariant::Fence],
        Sabotage::SkipOnReplay => &[Invariant::Replay],
        Sabotage::TimeStandsStill | Sabotage::SleepsOn => &[Invariant::Stuck],
        Sabotage::NoBuyerLimit => &[Invariant::Oversell],
        Sabotage::SkipRefunds | Sabotage::SkipCancels => &[Invariant::Stuck, Invariant::Captured],
        Sabotage::RefundOnPaper => &[Invariant::Captured, Invariant::Money],
        Sabotage::ChargeTwice | Sabotage::ForgetRefundKeys => &[Invariant::ChargedOnce],
        Sabotage::TrustForged => &[Invariant::Captured, Invariant::Money],
        Sabotage::ReorderArrivals => &[Invariant::Order],
        Sabotage::LetOneMoreIn => &[Invariant::Bound],
        Sabotage::GateIgnoresRefusals => &[Invariant::TicketOnce],
        Sabotage::NewKeyOnRetry => &[Invariant::SameAnswer, Invariant::Acknowledged],
        Sabotage::CursorFirst => &[Invariant::Feed],
    }
}

#[test]
fn what_is_broken_on_purpose_is_noticed() {
    for sabotage in Sabotage::ALL.iter().copied() {
        let options = Options { steps: 4_000, sabotage: Some(sabotage), ..Options::default() };
        let caught = (0..200).map(|seed| run(seed, &options)).find(|evening| !evening.violations.is_empty());
        let Some(evening) = caught else { panic!("{sabotage:?} went unnoticed for 200 seeds") };
        let first = evening.violations[0].invariant;
        assert!(suspects(sabotage).contains(&first), "{sabotage:?}: {}", report::failure(&evening, &options));
        assert!(!evening.trail.is_empty(), "a failure shows what led to it");
        let again = run(evening.seed, &options);
        assert_eq!((again.steps, again.violations), (evening.steps, evening.violations), "a failing seed fails again");
    }
}

#[test]
fn a_failing_seed_is_made_small_and_still_fails() {
    let options = Options { sabotage: Some(Sabotage::ForgetRefundKeys), ..Options::default() };
    let failed = (0..200).map(|seed| run(seed, &options)).find(|evening| !evening.violations.is_empty());
    let Some(failed) = failed else { panic!("nothing failed") };
    let (seed, broken) = (failed.seed, failed.violations[0].invariant);
    let (small, evening) = minimise(failed, options);
    assert!(small.steps < options.steps && small.without.iter().count() > Fault::ALL.len() / 4, "{small:?}");
    assert_eq!((evening.seed, evening.violations[0].invariant), (seed, broken));
    let again = run(seed, &small);
    assert_eq!(again.violations, evening.violations);
    assert!(report::again(seed, &small).contains("--without "), "the command says all of it");
}
