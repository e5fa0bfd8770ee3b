//! Argon2id on a bounded pool: so many at once, so many waiting, and beyond that `busy` at once.
//!
//! Hashing a password is slow on purpose. Without a bound, a crowd that logs in would take the memory and the
//! processors that the sale needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use domain::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::limits::PASSWORD_WAIT_MS_MAX;
use crate::password::Password;
use crate::problems;

/// What one password hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// 19 MiB and 2 passes: one of the equal choices of OWASP's password storage cheat sheet.
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2 }
    }
}

/// How a password compared with the stored hash.
pub(crate) enum Verdict {
    /// Another password, or there is none to compare with.
    Wrong,
    /// The password. If the stored hash has another cost than today's, the hash to store instead.
    Right { rehashed: Option<String> },
}

pub(crate) struct PasswordPool {
    hasher: Hasher,
    /// Running and waiting ones; without a permit of it the answer is `busy`.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    admitted_max: usize,
    /// How long one waits for its turn.
    patience: Duration,
    done: Arc<AtomicU64>,
    /// Compared with when there is no account, so that the answer takes as long as for one.
    nobody: Arc<str>,
}

impl PasswordPool {
    /// A pool for hashes of this cost. Hashes once, so it takes as long as a log-in.
    pub(crate) fn new(cost: PasswordCost, at_once_max: usize, waiting_max: usize) -> Result<Self, Problem> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(problems::unavailable)?;
        let hasher = Hasher { argon: Argon2::new(Algorithm::Argon2id, Version::V0x13, params) };
        let nobody = hasher.hash(&Password::new("nobody has this password"))?.into();
        Ok(Self {
            hasher,
            admitted: Arc::new(Semaphore::new(at_once_max + waiting_max)),
            running: Arc::new(Semaphore::new(at_once_max)),
            admitted_max: at_once_max + waiting_max,
            patience: Duration::from_millis(PASSWORD_WAIT_MS_MAX),
            done: Arc::default(),
            nobody,
        })
    }

    /// Hashes a new password. Errors: `busy`.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Problem> {
        self.run(move |hasher| hasher.hash(&password)).await
    }

    /// Compares a password with a stored hash, or with nobody's at the same cost. Errors: `busy`.
    pub(crate) async fn verify(&self, password: Password, stored: Option<&str>) -> Result<Verdict, Problem> {
        let exists = stored.is_some();
        let stored = stored.map_or_else(|| self.nobody.clone(), Arc::from);
        let verdict = self.run(move |hasher| hasher.verify(&password, &stored)).await?;
        Ok(if exists { verdict } else { Verdict::Wrong })
    }

    /// How many may run and wait.
    pub(crate) fn waiting_max(&self) -> usize {
        self.admitted_max
    }

    /// Hashes running and waiting now.
    pub(crate) fn waiting(&self) -> usize {
        self.admitted_max.saturating_sub(self.admitted.available_permits())
    }

    /// Hashes done since the start.
    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hasher) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permits = self.enter().await?;
        let hasher = self.hasher.clone();
        let done = self.done.clone();
        let job = tokio::task::spawn_blocking(move || {
            let result = work(&hasher);
            done.fetch_add(1, Ordering::Relaxed);
            // Held by the work and not by the caller: a client who hangs up does not make room before it is done.
            drop(permits);
            result
        });
        job.await.map_err(problems::unavailable)?
    }

    async fn enter(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), Problem> {
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_| problems::busy())?;
        let turn = self.running.clone().acquire_owned();
        let running =
            timeout(self.patience, turn).await.map_err(|_| problems::busy())?.map_err(problems::unavailable)?;
        Ok((admitted, running))
    }
}

#[derive(Clone)]
struct Hasher {
    argon: Argon2<'static>,
}

impl Hasher {
    fn hash(&self, password: &Password) -> Result<String, Problem> {
        let hash: PasswordHash = self.argon.hash_password(password.bytes()).map_err(problems::unavailable)?;
        Ok(hash.to_string())
    }

    fn verify(&self, password: &Password, stored: &str) -> Result<Verdict, Problem> {
        let stored = PasswordHash::new(stored).map_err(problems::unavailable)?;
        match self.argon.verify_password(password.bytes(), &stored) {
            Ok(()) => {}
            Err(argon2::password_hash::Error::PasswordInvalid) => return Ok(Verdict::Wrong),
            Err(error) => return Err(problems::unavailable(error)),
        }
        let rehashed = if self.is_current(&stored) { None } else { Some(self.hash(password)?) };
        Ok(Verdict::Right { rehashed })
    }

    fn is_current(&self, stored: &PasswordHash) -> bool {
        let today = self.argon.params();
        let same = |params: Params| {
            (params.m_cost(), params.t_cost(), params.p_cost()) == (today.m_cost(), today.t_cost(), today.p_cost())
        };
        stored.algorithm == argon2::ARGON2ID_IDENT && Params::try_from(&stored.params).is_ok_and(same)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, passes: 1 };

    #[tokio::test]
    async fn a_full_pool_is_busy_at_once_and_free_again_later() {
        let pool = PasswordPool::new(CHEAP, 1, 1).unwrap();
        let running = pool.enter().await.unwrap();
        let waiting = pool.admitted.clone().try_acquire_owned().unwrap();
        assert_eq!(pool.hash(Password::new("x")).await.unwrap_err().code, "busy");
        assert_eq!(pool.waiting(), 2);
        drop((running, waiting));
        assert!(pool.hash(Password::new("x")).await.is_ok());
        assert_eq!(pool.waiting(), 0);
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let mut pool = PasswordPool::new(CHEAP, 1, 1).unwrap();
        pool.patience = Duration::ZERO;
        let _running = pool.enter().await.unwrap();
        assert_eq!(pool.hash(Password::new("x")).await.unwrap_err().code, "busy");
        assert_eq!(pool.waiting(), 1, "who gave up made room");
    }

    #[tokio::test]
    async fn a_stored_hash_of_another_cost_is_replaced() {
        let old = PasswordPool::new(CHEAP, 1, 1).unwrap();
        let new = PasswordPool::new(PasswordCost { memory_kib: 128, passes: 1 }, 1, 1).unwrap();
        let stored = old.hash(Password::new("x")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert!(matches!(old.verify(Password::new("x"), Some(&stored)).await, Ok(Verdict::Right { rehashed: None })));
        let Ok(Verdict::Right { rehashed: Some(rehashed) }) = new.verify(Password::new("x"), Some(&stored)).await
        else {
            panic!("the hash is not replaced");
        };
        assert!(rehashed.starts_with("$argon2id$v=19$m=128,"), "{rehashed}");
        assert!(matches!(new.verify(Password::new("y"), Some(&stored)).await, Ok(Verdict::Wrong)));
    }

    #[tokio::test]
    async fn nobody_is_compared_with_at_the_same_cost() {
        let pool = PasswordPool::new(CHEAP, 1, 1).unwrap();
        assert!(matches!(pool.verify(Password::new("nobody has this password"), None).await, Ok(Verdict::Wrong)));
        assert_eq!(pool.done(), 1);
    }
}
