//! The single writer around a sale: inbox, group commit, timers, recovery, snapshots.
