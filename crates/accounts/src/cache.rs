//! Sessions in memory, in front of the file, and how an ended one never comes back.
//!
//! The danger: a request reads a session from the file, the session ends, and then the request puts what it read
//! into the cache. So every reader takes the cache's generation *before* it reads the file, every revocation raises
//! the generation, and what was read under an older generation is not put in.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::session::Session;
use crate::token::TokenHash;

pub(crate) struct SessionCache {
    sessions: Cache<TokenHash, (Arc<Session>, Instant)>,
    generation: Mutex<u64>,
    /// How long one is believed without asking again; for ever where only this process ends sessions.
    believed: Option<Duration>,
}

/// The state of the cache before a read of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl SessionCache {
    pub(crate) fn new(sessions_max: usize, believed: Option<Duration>) -> Self {
        Self { sessions: Cache::new(sessions_max), generation: Mutex::new(0), believed }
    }

    pub(crate) fn get(&self, token: &TokenHash) -> Option<Arc<Session>> {
        let (session, read_at) = self.sessions.get(token)?;
        self.believed.is_none_or(|believed| read_at.elapsed() < believed).then_some(session)
    }

    pub(crate) fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Call this before reading from the file what will be [`put`](Self::put).
    pub(crate) fn generation(&self) -> Generation {
        Generation(*self.lock())
    }

    /// Keeps a session read under this generation, unless one has been revoked since.
    pub(crate) fn put(&self, read_under: Generation, token: TokenHash, session: Arc<Session>) {
        let generation = self.lock();
        if *generation == read_under.0 {
            self.sessions.insert(token, (session, Instant::now()));
        }
    }

    /// Forgets sessions. Call this after their change is committed and before it is answered.
    pub(crate) fn revoke(&self, tokens: &[TokenHash]) {
        let mut generation = self.lock();
        *generation += 1;
        for token in tokens {
            self.sessions.remove(token);
        }
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.generation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, Problem, Role, Timestamp};

    use super::*;
    use crate::account::AccountKind;
    use crate::token::SessionToken;

    fn session() -> Arc<Session> {
        Arc::new(Session {
            account: AccountId::new(1),
            kind: AccountKind::Person,
            role: Role::Fan,
            organiser: None,
            started_at: Timestamp::from_millis(0),
            expires_at: Timestamp::from_millis(1),
            seen_at_ms: 0.into(),
        })
    }

    #[test]
    fn a_session_read_before_its_end_is_not_kept_after_it() -> Result<(), Problem> {
        let cache = SessionCache::new(100, None);
        let token = SessionToken::draw()?.hash();
        let before = cache.generation();
        cache.revoke(&[token]);
        cache.put(before, token, session());
        assert!(cache.get(&token).is_none());
        cache.put(cache.generation(), token, session());
        assert!(cache.get(&token).is_some());
        Ok(())
    }

    #[test]
    fn what_another_process_may_have_ended_is_believed_for_a_while_only() -> Result<(), Problem> {
        let token = SessionToken::draw()?.hash();
        for (believed, found) in [(None, true), (Some(Duration::from_secs(60)), true), (Some(Duration::ZERO), false)] {
            let cache = SessionCache::new(100, believed);
            cache.put(cache.generation(), token, session());
            assert_eq!(cache.get(&token).is_some(), found, "{believed:?}");
        }
        Ok(())
    }

    #[test]
    fn the_cache_is_bounded() -> Result<(), Problem> {
        let cache = SessionCache::new(100, None);
        for _ in 0..1_000 {
            cache.put(cache.generation(), SessionToken::draw()?.hash(), session());
        }
        assert!(cache.len() <= 128, "{} sessions", cache.len());
        Ok(())
    }
}
