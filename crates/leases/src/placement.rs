//! Which engine should have which sale: a pure decision of each engine about itself.

use std::collections::BTreeMap;

use domain::SaleId;
use uuid::Uuid;

use crate::directory::EngineAt;

/// A sale and who holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which sale.
    pub sale: SaleId,
    /// Who holds it; nobody, or one whose lease is over, if `None`.
    pub holder: Option<Uuid>,
    /// The engine an operator wants it to be at, by name.
    pub wanted: Option<String>,
    /// It may change hands by itself: nobody is buying.
    pub is_quiet: bool,
}

/// What an engine does now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Sales to claim, the most urgent first. Others may claim them too; one succeeds.
    pub claim: Vec<SaleId>,
    /// Sales to stop and give away, each with the engine it should go to, if any in particular.
    pub give: Vec<(SaleId, Option<String>)>,
}

/// What the engine `this` should do. `leases` has every sale there is, `engines` everybody who is there, this one
/// included.
///
/// - A sale without a holder goes to the engine an operator wants it at, else to any that has less than its share
///   (all sales divided by all engines, rounded up).
/// - A sale that an operator wants elsewhere is given there, if that engine is there.
/// - Who has more than its share gives one quiet sale at a time to whoever has least.
pub fn place(this: &EngineAt, engines: &[EngineAt], leases: &[Lease]) -> Plan {
    let is_there = |name: &str| engines.iter().any(|engine| engine.name == name);
    let wanted = |lease: &Lease| lease.wanted.clone().filter(|name| is_there(name));
    let mut load: BTreeMap<Uuid, usize> = engines.iter().map(|engine| (engine.process, 0)).collect();
    for holder in leases.iter().filter_map(|lease| lease.holder) {
        *load.entry(holder).or_default() += 1;
    }
    let share = leases.len().div_ceil(engines.len().max(1));
    let mine = load.get(&this.process).copied().unwrap_or(0);
    let mut plan = Plan::default();

    let (mut asked_for, mut free) = (Vec::new(), Vec::new());
    for lease in leases.iter().filter(|lease| lease.holder.is_none()) {
        match wanted(lease) {
            Some(name) if name == this.name => asked_for.push(lease.sale),
            Some(_) => {}
            None => free.push(lease.sale),
        }
    }
    // Engines begin at different sales, so that they do not all ask for the same one.
    free.sort_by_key(|sale| mixed(this.process, *sale));
    free.truncate(share.saturating_sub(mine + asked_for.len()));
    plan.claim = asked_for;
    plan.claim.append(&mut free);

    let held = || leases.iter().filter(|lease| lease.holder == Some(this.process));
    plan.give =
        held().filter_map(|lease| Some((lease.sale, wanted(lease)?))).map(|(sale, to)| (sale, Some(to))).collect();
    plan.give.retain(|(_, to)| to.as_deref() != Some(&this.name));
    let least = engines.iter().filter(|engine| engine.process != this.process).min_by_key(|it| load.get(&it.process));
    if plan.give.is_empty()
        && mine > share
        && let Some(least) = least.filter(|it| load.get(&it.process).is_some_and(|count| *count < share))
    {
        let movable = held().find(|lease| lease.is_quiet && lease.wanted.is_none());
        plan.give.extend(movable.map(|lease| (lease.sale, Some(least.name.clone()))));
    }
    plan
}

/// A number that differs from engine to engine and from sale to sale (SplitMix64's finisher).
fn mixed(process: Uuid, sale: SaleId) -> u64 {
    let mut word = process.as_u64_pair().0 ^ u64::from(sale.get());
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn engine(number: u8) -> EngineAt {
        EngineAt { name: format!("engine-{number}"), process: Uuid::from_bytes([number; 16]), http: String::new() }
    }

    fn lease(sale: u32, holder: Option<u8>) -> Lease {
        let holder = holder.map(|number| engine(number).process);
        Lease { sale: SaleId::new(sale), holder, wanted: None, is_quiet: true }
    }

    #[test]
    fn sales_of_nobody_are_shared_out() {
        let (engines, leases) = ([engine(1), engine(2)], (1..=5).map(|sale| lease(sale, None)).collect::<Vec<_>>());
        assert_eq!(place(&engines[0], &engines, &leases).claim.len(), 3);
        assert_eq!(place(&engines[1], &engines, &leases).claim.len(), 3);
    }

    #[test]
    fn an_operator_moves_a_sale_that_is_not_quiet() {
        let (engines, mut leases) = ([engine(1), engine(2)], vec![lease(1, Some(1)), lease(2, Some(2))]);
        leases[0].wanted = Some("engine-2".into());
        leases[0].is_quiet = false;
        assert_eq!(place(&engines[0], &engines, &leases).give, [(SaleId::new(1), Some("engine-2".into()))]);
        leases[0].holder = None;
        assert_eq!(place(&engines[0], &engines, &leases), Plan::default(), "it is not taken back");
        assert_eq!(place(&engines[1], &engines, &leases).claim, [SaleId::new(1)]);
        // Whoever is wanted is not there any more.
        assert_eq!(place(&engines[0], &engines[..1], &leases).claim, [SaleId::new(1)]);
    }

    #[test]
    fn who_joins_gets_quiet_sales_only() {
        let (engines, mut leases) =
            ([engine(1), engine(2)], (1..=4).map(|sale| lease(sale, Some(1))).collect::<Vec<_>>());
        leases[0].is_quiet = false;
        let plan = place(&engines[0], &engines, &leases);
        assert_eq!(plan.give, [(SaleId::new(2), Some("engine-2".into()))]);
        leases.iter_mut().for_each(|lease| lease.is_quiet = false);
        assert_eq!(place(&engines[0], &engines, &leases), Plan::default());
    }

    proptest! {
        /// Whatever is where at the beginning, after a few rounds every sale has a holder and no engine has more than
        /// its share, and then nothing moves any more.
        #[test]
        fn placement_comes_to_rest(count in 1_u8..5, holders in prop::collection::vec(prop::option::of(0_u8..6), 1..30)) {
            let engines: Vec<EngineAt> = (0..count).map(engine).collect();
            let there = |number: &u8| *number < count;
            let mut leases: Vec<Lease> = holders.iter().enumerate()
                .map(|(sale, holder)| lease(sale as u32 + 1, holder.filter(there))).collect();
            let mut still = 0;
            for _ in 0..200 {
                still += 1;
                for this in &engines {
                    let plan = place(this, &engines, &leases);
                    for (sale, to) in plan.give {
                        let lease = leases.iter_mut().find(|lease| lease.sale == sale).unwrap();
                        prop_assert_eq!(lease.holder, Some(this.process));
                        (lease.holder, lease.wanted) = (None, to);
                        still = 0;
                    }
                    for sale in plan.claim {
                        let lease = leases.iter_mut().find(|lease| lease.sale == sale).unwrap();
                        prop_assert_eq!(lease.holder, None);
                        (lease.holder, lease.wanted) = (Some(this.process), None);
                        still = 0;
                    }
                }
                if still > 2 { break; }
            }
            prop_assert!(still > 2, "it never rests");
            let share = leases.len().div_ceil(engines.len());
            for this in &engines {
                prop_assert!(leases.iter().filter(|lease| lease.holder == Some(this.process)).count() <= share);
            }
            prop_assert!(leases.iter().all(|lease| lease.holder.is_some()));
        }
    }
}
