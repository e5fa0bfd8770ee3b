//! Limits on attempts to log in: one per e-mail address, and separately one per network address.
//!
//! A joint key would let one address try many accounts, or many addresses try one account.
//!
//! Each limit is a fixed table of slots; a key's slot comes from a hash with a secret seed. So memory is bounded
//! without evicting anybody, and nobody can make a bucket forget by filling the table. Two keys in one slot share
//! its limit, which errs on the strict side; successes are given back, so slots in use are few.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::{Problem, Timestamp};

use crate::limits::{ATTEMPT_SLOTS, ATTEMPTS_WINDOW_MS};
use crate::problems;

pub(crate) struct Attempts {
    by_account: Table,
    by_address: Table,
}

/// An attempt that was counted.
pub(crate) struct Attempt<'table> {
    account: &'table AtomicI64,
    address: &'table AtomicI64,
    steps: (i64, i64),
}

impl Attempts {
    pub(crate) fn new(per_account_max: u32, per_address_max: u32) -> Self {
        Self { by_account: Table::new(per_account_max), by_address: Table::new(per_address_max) }
    }

    /// Counts an attempt before it is made, so that many at once do not slip through.
    /// Errors: `too_many_attempts`.
    pub(crate) fn take(&self, email: &str, from: IpAddr, now: Timestamp) -> Result<Attempt<'_>, Problem> {
        // The network address first: one that is blocked already cannot go on locking other people's accounts.
        let address = self.by_address.take(network(from), now).ok_or_else(problems::too_many_attempts)?;
        let account = self.by_account.take(email, now).ok_or_else(problems::too_many_attempts)?;
        Ok(Attempt { account, address, steps: (self.by_account.step_ms, self.by_address.step_ms) })
    }
}

impl Attempt<'_> {
    /// Uncounts the attempt: it succeeded, or was not made.
    pub(crate) fn give_back(self) {
        self.account.fetch_sub(self.steps.0, Ordering::Relaxed);
        self.address.fetch_sub(self.steps.1, Ordering::Relaxed);
    }
}

/// Who shares a network address: one IPv4 address, or one IPv6 /56, which is what one household gets.
fn network(from: IpAddr) -> u64 {
    match from.to_canonical() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => ((address.to_bits() >> 72) as u64) | (1 << 63),
    }
}

/// A leaky bucket a slot (GCRA): the slot holds the instant at which its bucket is empty again, and each attempt
/// moves that instant on by one step.
struct Table {
    slots: Box<[AtomicI64]>,
    seed: RandomState,
    step_ms: i64,
}

impl Table {
    fn new(per_window_max: u32) -> Self {
        let slots = (0..ATTEMPT_SLOTS).map(|_| AtomicI64::new(0)).collect();
        Self { slots, seed: RandomState::new(), step_ms: ATTEMPTS_WINDOW_MS / i64::from(per_window_max.max(1)) }
    }

    fn take(&self, key: impl Hash, now: Timestamp) -> Option<&AtomicI64> {
        let slot = &self.slots[self.seed.hash_one(key) as usize & (ATTEMPT_SLOTS - 1)];
        let now = now.as_millis();
        let fill = |empty_at: i64| {
            let next = empty_at.max(now) + self.step_ms;
            (next - now <= ATTEMPTS_WINDOW_MS).then_some(next)
        };
        slot.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fill).ok().map(|_| slot)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    const HOME: &str = "192.0.2.1";

    fn taken(attempts: &Attempts, email: &str, from: &str, at_ms: i64) -> bool {
        attempts.take(email, from.parse().unwrap(), Timestamp::from_millis(1_000_000_000 + at_ms)).is_ok()
    }

    #[test]
    fn an_account_has_so_many_attempts_wherever_they_come_from() {
        let attempts = Attempts::new(3, 1_000);
        for host in 1..=3 {
            assert!(taken(&attempts, "kim", &format!("192.0.2.{host}"), 0));
        }
        assert!(!taken(&attempts, "kim", "198.51.100.7", 0));
        assert!(taken(&attempts, "lee", HOME, 0), "another account is free");
        assert!(!taken(&attempts, "kim", HOME, ATTEMPTS_WINDOW_MS / 3 - 1));
        assert!(taken(&attempts, "kim", HOME, ATTEMPTS_WINDOW_MS / 3), "one comes back each third of the window");
        assert!(!taken(&attempts, "kim", HOME, ATTEMPTS_WINDOW_MS / 3));
    }

    #[test]
    fn an_address_has_so_many_attempts_whatever_the_account() {
        let attempts = Attempts::new(1_000, 3);
        for email in ["a", "b", "c"] {
            assert!(taken(&attempts, email, "2001:db8:0:100::1", 0));
        }
        assert!(!taken(&attempts, "d", "2001:db8:0:1ff::2", 0), "the same /56");
        assert!(taken(&attempts, "d", "2001:db8:0:200::1", 0), "another /56");
        assert!(taken(&attempts, "d", HOME, 0));
        assert!(taken(&attempts, "d", &format!("::ffff:{HOME}"), 0), "the same IPv4 address, written as IPv6");
        assert!(taken(&attempts, "d", HOME, 0));
        assert!(!taken(&attempts, "d", HOME, 0));
    }

    #[test]
    fn a_blocked_address_does_not_lock_accounts() {
        let attempts = Attempts::new(2, 1);
        assert!(taken(&attempts, "a", HOME, 0));
        for _ in 0..5 {
            assert!(!taken(&attempts, "kim", HOME, 0));
        }
        assert!(taken(&attempts, "kim", "198.51.100.7", 0));
    }

    #[test]
    fn what_succeeds_is_given_back() {
        let attempts = Attempts::new(1, 1);
        let now = Timestamp::from_millis(1_000_000_000);
        for _ in 0..5 {
            attempts.take("kim", HOME.parse().unwrap(), now).ok().unwrap().give_back();
        }
        assert!(taken(&attempts, "kim", HOME, 0));
    }
}
