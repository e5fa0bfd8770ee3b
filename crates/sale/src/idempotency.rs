//! The same key with the same content gives the same answer; with other content it is an error.
//!
//! Answers are part of the sale's state: a key travels with the event it led to, so a restart forgets none of
//! them. A refusal is remembered too (as [`crate::Event::Refused`]), so that a client that repeats a request
//! after losing the answer can never be told two different things; but not that it is not their turn
//! ([`crate::Rejection::is_remembered`]).

use std::collections::VecDeque;

use domain::{CommandId, Timestamp, limits};
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::answer::Answer;
use crate::command::Command;
use crate::rejection::Rejection;

/// The id a client gave its request, with a fingerprint of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestKey {
    /// From the `Idempotency-Key`, scoped to the account.
    pub id: CommandId,
    /// The first 64 bits of the SHA-256 of the command's postcard bytes.
    pub fingerprint: u64,
}

impl RequestKey {
    /// The key of `command` under this id. What the server chose itself (an order id) is not content.
    pub fn new(id: CommandId, command: &Command) -> Self {
        let content = match command {
            Command::BeginCheckout { account, .. } => {
                &Command::BeginCheckout { account: *account, order: domain::OrderId::new(0) }
            }
            other => other,
        };
        let bytes = postcard::to_stdvec(content).unwrap_or_default();
        let digest = Sha256::digest(&bytes);
        let mut head = [0u8; 8];
        head.copy_from_slice(&digest[..8]);
        Self { id, fingerprint: u64::from_be_bytes(head) }
    }
}

/// What a request led to.
pub type Outcome = Result<Answer, Rejection>;

/// The remembered answers of a sale.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    by_id: HashMap<CommandId, (u64, Outcome)>,
    oldest_first: VecDeque<(Timestamp, CommandId)>,
}

impl Answers {
    /// The answer given before under this key, or the error of using it for something else.
    pub(crate) fn recall(&self, key: RequestKey) -> Option<Outcome> {
        let (fingerprint, outcome) = self.by_id.get(&key.id).filter(|_| !sabotage::is("idempotency_key_forgotten"))?;
        Some(if *fingerprint == key.fingerprint { outcome.clone() } else { Err(Rejection::IdempotencyKeyReused) })
    }

    /// There is an answer under this key.
    pub(crate) fn knows(&self, key: RequestKey) -> bool {
        self.by_id.contains_key(&key.id)
    }

    /// Remembers an answer, and forgets those past their time.
    pub(crate) fn remember(&mut self, key: RequestKey, outcome: Outcome, now: Timestamp) {
        while let Some((at, id)) = self.oldest_first.front().copied() {
            let old = now.as_millis() - at.as_millis() > limits::IDEMPOTENCY_KEEP_MS;
            if !old && self.oldest_first.len() < limits::IDEMPOTENCY_ANSWERS_MAX {
                break;
            }
            self.by_id.remove(&id);
            self.oldest_first.pop_front();
        }
        if self.by_id.insert(key.id, (key.fingerprint, outcome)).is_none() {
            self.oldest_first.push_back((now, key.id));
        }
    }

    /// All of them, oldest first, for a snapshot.
    pub(crate) fn dump(&self) -> Vec<(Timestamp, RequestKey, Outcome)> {
        let entry = |(at, id): &(Timestamp, CommandId)| {
            let (fingerprint, outcome) = self.by_id.get(id)?;
            Some((*at, RequestKey { id: *id, fingerprint: *fingerprint }, outcome.clone()))
        };
        self.oldest_first.iter().filter_map(entry).collect()
    }

    /// The answers of a snapshot.
    pub(crate) fn load(entries: Vec<(Timestamp, RequestKey, Outcome)>) -> Self {
        let mut answers = Self::default();
        for (at, key, outcome) in entries {
            answers.by_id.insert(key.id, (key.fingerprint, outcome));
            answers.oldest_first.push_back((at, key.id));
        }
        answers
    }
}
