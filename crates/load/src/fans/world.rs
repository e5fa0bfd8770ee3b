//! What the fans of one run share: connections, the board, the history, and the counts shown while it runs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tokio::sync::Semaphore;

use super::board::Board;
use super::history::History;
use super::options::FansOptions;
use crate::client::{Origin, Pool};

/// Connections to a payment provider, shared by all fans.
const PROVIDER_CONNECTIONS: usize = 64;
/// Payment providers at once: one, unless something is very wrong.
const PROVIDERS_MAX: usize = 8;

/// Where a fan is, for the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Outside,
    InLine,
    Choosing,
    Paying,
    Bought,
    Gone,
}

/// How many fans are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FanProgress {
    /// Not there yet.
    pub outside: u64,
    /// In line.
    pub in_line: u64,
    /// Before the seat map.
    pub choosing: u64,
    /// Before the payment page.
    pub paying: u64,
    /// With tickets.
    pub bought: u64,
    /// Without.
    pub gone: u64,
    /// Tickets bought.
    pub tickets: u64,
    /// Requests sent.
    pub requests: u64,
    /// Of those, without an answer.
    pub unanswered: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    at: [AtomicU64; 6],
    pub(super) tickets: AtomicU64,
    pub(super) requests: AtomicU64,
    pub(super) unanswered: AtomicU64,
}

impl Counts {
    pub(super) fn come(&self, at: At) {
        self.at[at as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn go(&self, from: At, to: At) {
        self.at[from as usize].fetch_sub(1, Ordering::Relaxed);
        self.come(to);
    }

    pub(super) fn progress(&self) -> FanProgress {
        let at = |at: At| self.at[at as usize].load(Ordering::Relaxed);
        FanProgress {
            outside: at(At::Outside),
            in_line: at(At::InLine),
            choosing: at(At::Choosing),
            paying: at(At::Paying),
            bought: at(At::Bought),
            gone: at(At::Gone),
            tickets: self.tickets.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            unanswered: self.unanswered.load(Ordering::Relaxed),
        }
    }
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) options: FansOptions,
    pub(super) pool: Pool,
    pub(super) board: Board,
    pub(super) history: History,
    pub(super) counts: Counts,
    pub(super) listeners: Semaphore,
    pub(super) over_at: Instant,
    providers: Mutex<HashMap<Origin, Arc<Pool>>>,
}

impl World {
    pub(super) fn new(options: FansOptions, board: Board, history: History) -> Self {
        let pool = Pool::new(options.server.clone(), options.connections, options.exchange_timeout);
        let listeners = Semaphore::new(options.listeners_max);
        let over_at = history.instant_of_ms(options.opens_at_ms) + options.run_max;
        Self {
            options,
            pool,
            board,
            history,
            counts: Counts::default(),
            listeners,
            over_at,
            providers: Mutex::default(),
        }
    }

    pub(super) fn over(&self) -> bool {
        Instant::now() >= self.over_at
    }

    /// The pool of the provider at `origin`; `None` if there are suspiciously many of them.
    pub(super) fn provider(&self, origin: &Origin) -> Option<Arc<Pool>> {
        let mut providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = providers.get(origin) {
            return Some(Arc::clone(pool));
        }
        if providers.len() >= PROVIDERS_MAX {
            return None;
        }
        let pool = Arc::new(Pool::new(origin.clone(), PROVIDER_CONNECTIONS, self.options.exchange_timeout));
        providers.insert(origin.clone(), Arc::clone(&pool));
        Some(pool)
    }
}
