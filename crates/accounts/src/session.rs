//! A session in memory, and when it is over.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::{AccountId, OrganiserId, Role, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::AccountKind;
use crate::limits::{SESSION_IDLE_MS_MAX, SESSION_SEEN_STEP_MS};

/// Who is signed in, and what they may do.
#[derive(Debug)]
pub struct Session {
    /// The account.
    pub account: AccountId,
    /// A person or a rehearsal fan.
    pub kind: AccountKind,
    /// What the account may do.
    pub role: Role,
    /// The organiser it works for, with [`Role::Organiser`].
    pub organiser: Option<OrganiserId>,
    /// When it was started by a log-in.
    pub started_at: Timestamp,
    /// When it ends even if used all the time.
    pub expires_at: Timestamp,
    /// The last use, in steps of [`SESSION_SEEN_STEP_MS`].
    pub(crate) seen_at_ms: AtomicI64,
}

/// A session as one process tells another; it never leaves the server.
#[expect(missing_docs, reason = "as in Session")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionFacts {
    pub account: AccountId,
    pub kind: AccountKind,
    pub role: Role,
    pub organiser: Option<OrganiserId>,
    pub started_at: Timestamp,
    pub expires_at: Timestamp,
    pub seen_at_ms: i64,
}

impl From<&Session> for SessionFacts {
    fn from(session: &Session) -> Self {
        let &Session { account, kind, role, organiser, started_at, expires_at, .. } = session;
        let seen_at_ms = session.seen_at_ms.load(Ordering::Relaxed);
        Self { account, kind, role, organiser, started_at, expires_at, seen_at_ms }
    }
}

impl From<SessionFacts> for Session {
    fn from(facts: SessionFacts) -> Self {
        let SessionFacts { account, kind, role, organiser, started_at, expires_at, seen_at_ms } = facts;
        Self { account, kind, role, organiser, started_at, expires_at, seen_at_ms: seen_at_ms.into() }
    }
}

impl Session {
    /// Whether the session is neither too old nor idle for too long. It may still have been ended: only
    /// [`authenticate`](crate::AccountStore::authenticate) knows.
    pub fn is_live(&self, now: Timestamp) -> bool {
        let seen_at_ms = self.seen_at_ms.load(Ordering::Relaxed);
        now < self.expires_at && now.as_millis() < seen_at_ms.saturating_add(SESSION_IDLE_MS_MAX)
    }

    /// Notes a use. True if it should be written: once in a step, by one of those who use it at the same time.
    pub(crate) fn note_use(&self, now: Timestamp) -> bool {
        let now = now.as_millis();
        let seen_at_ms = self.seen_at_ms.load(Ordering::Relaxed);
        now.saturating_sub(seen_at_ms) >= SESSION_SEEN_STEP_MS
            && self.seen_at_ms.compare_exchange(seen_at_ms, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
