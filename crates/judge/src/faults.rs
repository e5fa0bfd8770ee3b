//! The rows of the fault matrix, on the real processes.

pub mod clocks;
pub mod crashes;
pub mod crowds;
pub mod databases;
pub mod disk;
pub mod kills;
pub mod limits;
pub mod network;
pub mod outcome;
mod packets;
pub mod proxy;
pub mod sabotaged;
pub mod scene;
pub mod shim;
pub mod storage;
pub mod upgrades;
pub mod writers;

use std::path::PathBuf;
use std::pin::Pin;

use crate::Failed;
use outcome::Outcome;

/// How much is run: for every change, for a night, for a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Size {
    /// For every change.
    Pr,
    /// For a night.
    Nightly,
    /// For a release.
    Release,
}

/// What a row works with.
#[derive(Debug, Clone)]
pub struct Context {
    /// The binary as it is released.
    pub bin: PathBuf,
    /// The binary with crash points and mutations, if it was built.
    pub damaged: Option<PathBuf>,
    /// The binary of another version, if there is one.
    pub other: Option<PathBuf>,
    /// How much.
    pub size: Size,
    /// Decides what fans do and faults hit.
    pub seed: u64,
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Failed>> + 'a>>;

/// A row of the matrix.
pub struct Row {
    /// Its number there.
    pub number: u32,
    /// What happens.
    pub name: &'static str,
    /// Its bar is a time, so nothing else runs meanwhile.
    pub alone: bool,
    /// How often, by size.
    pub amounts: [u32; 3],
    /// How often in one evening; more is divided among evenings with a seed each. What a row reads grows with its
    /// evening, and some of it is read at every fault.
    pub evening: u32,
    /// Carries it out so often.
    pub run: for<'a> fn(&'a Context, u32) -> Running<'a>,
}

impl Row {
    /// The evenings among which so much is divided: how often in each.
    pub fn evenings(&self, amount: u32) -> Vec<u32> {
        let count = amount.div_ceil(self.evening).max(1);
        (0..count).map(|index| amount / count + u32::from(index < amount % count)).collect()
    }

    /// How often at this size.
    pub fn amount(&self, size: Size) -> u32 {
        self.amounts[size as usize]
    }
}

/// Every row there is, in the order of the matrix. Row 19 stays below the 20,000 files that a process may often open.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    Row { number: 1, name: "kill -9 under load", alone: true, amounts: [50, 1_000, 10_000], evening: 1_000, run: |context, amount| Box::pin(kills::kill_loop(context, amount)) },
    Row { number: 2, name: "crash at each named point", alone: false, amounts: [1, 10, 100], evening: 4, run: |context, amount| Box::pin(crashes::every_point(context, amount)) },
    Row { number: 3, name: "power cut (copy of a loop image)", alone: false, amounts: [10, 300, 3_000], evening: 50, run: |context, amount| Box::pin(storage::power_cuts(context, amount)) },
    Row { number: 4, name: "torn and flipped bits in the journal", alone: false, amounts: [200, 5_000, 50_000], evening: 10_000, run: |context, amount| Box::pin(storage::damaged_files(context, amount)) },
    Row { number: 5, name: "fsync EIO at the Nth call", alone: false, amounts: [30, 500, 5_000], evening: 500, run: |context, amount| Box::pin(disk::fsync_fails(context, amount)) },
    Row { number: 6, name: "disk full, heals without restart", alone: false, amounts: [2, 20, 100], evening: u32::MAX, run: |context, amount| Box::pin(disk::full(context, amount)) },
    Row { number: 7, name: "slow disk", alone: false, amounts: [1, 10, 50], evening: u32::MAX, run: |context, amount| Box::pin(disk::slow(context, amount)) },
    Row { number: 8, name: "clock jumps", alone: false, amounts: [1, 10, 50], evening: 10, run: |context, amount| Box::pin(clocks::jumps(context, amount)) },
    Row { number: 9, name: "paused writer, second writer", alone: false, amounts: [1, 20, 200], evening: 20, run: |context, amount| Box::pin(writers::zombie(context, amount)) },
    Row { number: 10, name: "PostgreSQL restarts, cut commits, failover", alone: false, amounts: [20, 500, 5_000], evening: 250, run: |context, amount| Box::pin(databases::postgres(context, amount)) },
    Row { number: 11, name: "link to the engine cut, stalled, lossy", alone: false, amounts: [20, 500, 5_000], evening: 250, run: |context, amount| Box::pin(network::link_cut(context, amount)) },
    Row { number: 12, name: "reset between request and reply", alone: false, amounts: [200, 10_000, 100_000], evening: 5_000, run: |context, amount| Box::pin(network::replies_cut(context, amount)) },
    Row { number: 13, name: "payment provider misbehaves", alone: false, amounts: [200, 5_000, 50_000], evening: 2_500, run: |context, amount| Box::pin(network::provider_misbehaves(context, amount)) },
    Row { number: 17, name: "thundering herd, then a reload storm", alone: true, amounts: [2_000, 20_000, 200_000], evening: u32::MAX, run: |context, amount| Box::pin(crowds::herd(context, amount)) },
    Row { number: 18, name: "retry storm", alone: false, amounts: [1, 5, 20], evening: u32::MAX, run: |context, amount| Box::pin(crowds::retry_storm(context, amount)) },
    Row { number: 19, name: "slow readers", alone: false, amounts: [1_000, 10_000, 19_000], evening: u32::MAX, run: |context, amount| Box::pin(crowds::slow_readers(context, amount)) },
    Row { number: 20, name: "one seat, everybody", alone: false, amounts: [1_000, 10_000, 50_000], evening: u32::MAX, run: |context, amount| Box::pin(crowds::hot_seat(context, amount)) },
    Row { number: 21, name: "another version at the peak, and back", alone: false, amounts: [1, 10, 50], evening: u32::MAX, run: |context, amount| Box::pin(upgrades::at_the_peak(context, amount)) },
    Row { number: 22, name: "migration killed half-way", alone: false, amounts: [1, 20, 100], evening: u32::MAX, run: |context, amount| Box::pin(crashes::migrations(context, amount)) },
    Row { number: 25, name: "memory limit, a fifth of a processor", alone: false, amounts: [1, 5, 20], evening: u32::MAX, run: |context, amount| Box::pin(limits::squeezed(context, amount)) },
    Row { number: 100, name: "the judge notices deliberate damage", alone: false, amounts: [1, 1, 1], evening: u32::MAX, run: |context, amount| Box::pin(sabotaged::every_mutation(context, amount)) },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_divided_among_evenings_and_nothing_is_left_out() {
        for row in ROWS {
            for amount in row.amounts.into_iter().chain([1, 7, 1_001]) {
                let evenings = row.evenings(amount);
                assert_eq!(evenings.iter().sum::<u32>(), amount, "row {}", row.number);
                assert!(evenings.iter().all(|each| (1..=row.evening).contains(each)), "row {}", row.number);
            }
        }
    }
}
