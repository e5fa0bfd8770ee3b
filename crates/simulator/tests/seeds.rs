//! Evenings from seeds hold every invariant, and what is broken on purpose is noticed.

use simulator::{Fault, Invariant, Options, Sabotage, report, run};

#[test]
fn forty_evenings_hold_every_invariant() {
    let options = Options { steps: 4_000, sabotage: None };
    let (mut faults, mut looks) = (vec![0; Fault::ALL.len()], [0; Invariant::ALL.len()]);
    for seed in 0..40 {
        let evening = run(seed, &options);
        assert!(evening.violations.is_empty(), "{}", report::failure(&evening));
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
fn a_seed_gives_the_same_evening_again() {
    let options = Options { steps: 6_000, sabotage: None };
    for seed in [7, 8] {
        let (first, second) = (run(seed, &options), run(seed, &options));
        assert_eq!(format!("{first:?}"), format!("{second:?}"));
    }
}

/// Which invariants the sabotage may break, whichever is seen first.
fn suspects(sabotage: Sabotage) -> &'static [Invariant] {
    match sabotage {
        Sabotage::AnswerBeforeCommit => &[Invariant::Acknowledged],
        Sabotage::ForgetDurableBatch => &[Invariant::Replay],
        Sabotage::NoFence => &[Invariant::Feed, Invariant::Fence],
        Sabotage::SkipRefunds => &[Invariant::Stuck, Invariant::Captured],
        Sabotage::SkipCancels => &[Invariant::Stuck, Invariant::Captured],
        Sabotage::RefundOnPaper => &[Invariant::Captured, Invariant::Money],
        Sabotage::ChargeTwice => &[Invariant::ChargedOnce],
        Sabotage::ForgetRefundKeys => &[Invariant::ChargedOnce],
        Sabotage::ReorderArrivals => &[Invariant::Order],
        Sabotage::LetOneMoreIn => &[Invariant::Bound],
        Sabotage::GateIgnoresRefusals => &[Invariant::TicketOnce],
        Sabotage::NewKeyOnRetry => &[Invariant::SameAnswer, Invariant::Acknowledged],
    }
}

#[test]
fn what_is_broken_on_purpose_is_noticed() {
    for sabotage in Sabotage::ALL {
        let options = Options { steps: 6_000, sabotage: Some(sabotage) };
        let caught = (0..60).map(|seed| run(seed, &options)).find(|evening| !evening.violations.is_empty());
        let Some(evening) = caught else { panic!("{sabotage:?} went unnoticed for 60 seeds") };
        let first = evening.violations[0].invariant;
        assert!(suspects(sabotage).contains(&first), "{sabotage:?}: {}", report::failure(&evening));
        assert!(!evening.trail.is_empty(), "a failure shows what led to it");
        let again = run(evening.seed, &options);
        assert_eq!((again.steps, again.violations), (evening.steps, evening.violations), "a failing seed fails again");
    }
}
