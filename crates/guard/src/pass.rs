//! The admission pass: shows the edge that its bearer's turn has come, without asking the writer.
//!
//! It opens the shop's door and nothing else: the writer decides again at the hold, from its own state.

use domain::{AccountId, Problem, SaleId, Timestamp};

use crate::exchanged::ExchangeFault;
use crate::keys::KeyRing;
use crate::token::{Fields, Holder, Kind, TokenFault, TokenId};

/// What every pass begins with.
pub const PASS_PREFIX: &str = "OPASS1.";

const KIND: Kind = Kind { prefix: PASS_PREFIX, body_bytes: 16 + 8 };

/// A signed pass as its bearer keeps it. A secret: it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct AdmissionPass(String);

/// What a verified pass says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassFacts {
    /// Which pass; for [`crate::Exchanged`] and logs.
    pub id: TokenId,
    /// Whose.
    pub account: AccountId,
    /// For which sale.
    pub sale: SaleId,
    /// From when on it is refused.
    pub expires_at: Timestamp,
}

/// Why a pass was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassFault {
    /// Not a pass, changed, or made for another account, sale or session.
    #[error("This admission pass is not valid here.")]
    Invalid(TokenFault),
    /// It ran out.
    #[error("This admission pass is over. Ask for a new one.")]
    Over,
    /// It was exchanged before.
    #[error("This admission pass was used already.")]
    Used,
    /// It cannot be remembered that it is used, so it is not accepted.
    #[error("Too many people at once. Try again in a moment.")]
    Full,
}

impl PassFault {
    /// The stable code of this outcome.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid(_) => "admission_pass_invalid",
            Self::Over => "admission_pass_over",
            Self::Used => "admission_pass_used",
            Self::Full => "busy",
        }
    }
}

impl From<PassFault> for Problem {
    fn from(fault: PassFault) -> Self {
        let problem = Problem::new(fault.code(), fault.to_string());
        match fault {
            PassFault::Invalid(why) => problem.internal(why),
            PassFault::Over | PassFault::Used | PassFault::Full => problem,
        }
    }
}

impl From<TokenFault> for PassFault {
    fn from(fault: TokenFault) -> Self {
        Self::Invalid(fault)
    }
}

impl From<ExchangeFault> for PassFault {
    fn from(fault: ExchangeFault) -> Self {
        match fault {
            ExchangeFault::Used => Self::Used,
            ExchangeFault::Full => Self::Full,
        }
    }
}

impl AdmissionPass {
    /// The pass as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AdmissionPass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdmissionPass(…)")
    }
}

impl KeyRing {
    /// The pass with these facts, for one session. `None` if no key signs at this instant.
    pub fn issue_pass(&self, facts: &PassFacts, session_hash: &[u8; 32], now: Timestamp) -> Option<AdmissionPass> {
        let mut body = [0; KIND.body_bytes];
        body[..16].copy_from_slice(&facts.id.bits().to_be_bytes());
        body[16..].copy_from_slice(&facts.expires_at.as_millis().to_be_bytes());
        let holder = Holder { account: facts.account, sale: facts.sale, session_hash };
        self.seal(&KIND, &body, holder, now).map(AdmissionPass)
    }

    /// What a pass says, if it was issued for this account, sale and session and has not run out.
    ///
    /// # Errors
    /// In every other case.
    pub fn verify_pass(
        &self,
        code: &str,
        account: AccountId,
        sale: SaleId,
        session_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<PassFacts, PassFault> {
        let body = self.open(&KIND, code, Holder { account, sale, session_hash }, now)?;
        let mut fields = Fields(&body);
        let facts = PassFacts { id: fields.id()?, account, sale, expires_at: fields.instant()? };
        if now >= facts.expires_at { Err(PassFault::Over) } else { Ok(facts) }
    }
}
