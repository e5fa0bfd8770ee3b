//! Commands that share a commit.

use domain::AccountId;
use engine::encode::append_event;
use journal::Payloads;
use sale::Recorded;

use crate::world::network::Reply;
use crate::world::storage::SALE;

/// What has been decided and is not durable.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The sequence of its first event.
    pub(crate) first: u64,
    pub(crate) events: Vec<Recorded>,
    pub(crate) replies: Vec<Reply>,
    /// Who was given a place, in the order in which the requests arrived.
    pub(crate) joined: Vec<AccountId>,
}

impl Batch {
    /// An empty one.
    pub(crate) fn from(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    /// Nothing was decided and nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.replies.is_empty()
    }

    /// The sequence of the first event after it.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    /// As the journal takes it.
    pub(crate) fn encode(&self) -> Result<journal::Batch, postcard::Error> {
        let mut payloads = Payloads::default();
        for event in &self.events {
            payloads.push_with(|bytes| append_event(event, bytes))?;
        }
        Ok(journal::Batch { sale: SALE, first: self.first, payloads })
    }
}
