//! The accessible alternative to a proof of work: a plain wait, for whose device cannot compute, has no script, or
//! whose owner would rather wait.

use domain::{AccountId, SaleId, Timestamp};

use crate::keys::KeyRing;
use crate::token::{Fields, Holder, Kind, TokenFault, TokenId};
use crate::work::JoinProofFault;

/// What every wait ticket begins with.
pub const WAIT_PREFIX: &str = "OWAIT1.";

const KIND: Kind = Kind { prefix: WAIT_PREFIX, body_bytes: 16 + 8 + 8 };

/// A signed ticket that is good from an instant on, until another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitTicket {
    /// The text to be handed back.
    pub text: String,
    /// What it says.
    pub facts: WaitFacts,
}

/// What a wait ticket says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitFacts {
    /// Which ticket; for [`crate::Exchanged`].
    pub id: TokenId,
    /// Before this it is refused.
    pub not_before: Timestamp,
    /// From then on it is refused.
    pub expires_at: Timestamp,
}

impl KeyRing {
    /// The wait ticket with these facts. `None` if no key signs at this instant.
    pub fn issue_wait(&self, facts: WaitFacts, account: AccountId, sale: SaleId, now: Timestamp) -> Option<WaitTicket> {
        let mut body = [0; KIND.body_bytes];
        body[..16].copy_from_slice(&facts.id.bits().to_be_bytes());
        body[16..24].copy_from_slice(&facts.not_before.as_millis().to_be_bytes());
        body[24..].copy_from_slice(&facts.expires_at.as_millis().to_be_bytes());
        let text = self.seal(&KIND, &body, Holder { account, sale, session_hash: &[] }, now)?;
        Some(WaitTicket { text, facts })
    }

    /// What a wait ticket says, if it was issued for this account and sale, and now is its time.
    ///
    /// # Errors
    /// In every other case; too early is told apart, with the instant to come back at.
    pub fn verify_wait(
        &self,
        text: &str,
        account: AccountId,
        sale: SaleId,
        now: Timestamp,
    ) -> Result<WaitFacts, JoinProofFault> {
        let read = || -> Result<WaitFacts, TokenFault> {
            let body = self.open(&KIND, text, Holder { account, sale, session_hash: &[] }, now)?;
            let mut fields = Fields(&body);
            Ok(WaitFacts { id: fields.id()?, not_before: fields.instant()?, expires_at: fields.instant()? })
        };
        let facts = read().map_err(JoinProofFault::Invalid)?;
        match now {
            now if now >= facts.expires_at => Err(JoinProofFault::Over),
            now if now < facts.not_before => Err(JoinProofFault::Early { not_before: facts.not_before }),
            _ => Ok(facts),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use domain::Duration;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    #[test]
    fn a_wait_ticket_is_good_in_its_time_and_for_its_owner_alone() {
        let ring = KeyRing::new([(at(0), [1; 32])], Duration::from_mins(10));
        let (account, sale) = (AccountId::new(7), SaleId::new(3));
        let facts = WaitFacts { id: TokenId::new(9), not_before: at(130), expires_at: at(400) };
        let ticket = ring.issue_wait(facts, account, sale, at(100)).unwrap();
        let verify = |now| ring.verify_wait(&ticket.text, account, sale, at(now));
        assert_eq!(verify(129), Err(JoinProofFault::Early { not_before: at(130) }));
        assert_eq!([verify(130), verify(399)], [Ok(facts); 2]);
        assert_eq!(verify(400), Err(JoinProofFault::Over));
        for (account, sale) in [(AccountId::new(8), sale), (account, SaleId::new(4))] {
            let refused = ring.verify_wait(&ticket.text, account, sale, at(130));
            assert_eq!(refused, Err(JoinProofFault::Invalid(TokenFault::Forged)));
        }
    }
}
