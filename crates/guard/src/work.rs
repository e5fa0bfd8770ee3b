//! Proof of work at joining: a speed bump for who joins with many accounts, not a wall.
//!
//! Memory-hard to solve and cheap to verify; the second decides. With scrypt or Argon2 one verification costs the
//! server as much as one attempt costs the client, and the opening minute is the wrong one to hash in. Equihash
//! (A. Biryukov, D. Khovratovich, *Equihash: Asymmetric Proof-of-Work Based on the Generalized Birthday Problem*, NDSS
//! 2016) needs a list of 2¹⁷ rows to solve and 32 hashes to verify. Its browser half is `web/src/work/`.

mod equihash;
mod proof;
mod solver;

use domain::{AccountId, Problem, SaleId, Timestamp};

use crate::exchanged::ExchangeFault;
use crate::keys::KeyRing;
use crate::token::{Fields, Holder, Kind, TokenFault, TokenId};

pub use proof::PROOF_CHARS;
pub use solver::solve;

/// What every challenge begins with.
pub const WORK_PREFIX: &str = "OWORK1.";
/// The highest difficulty: each step doubles the work.
pub const DIFFICULTY_MAX: u8 = 16;

const KIND: Kind = Kind { prefix: WORK_PREFIX, body_bytes: 16 + 8 + 1 };

/// A task for the device of somebody who joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The signed text; the task is derived from it, and it is handed back with the proof.
    pub text: String,
    /// What it says.
    pub facts: WorkFacts,
}

/// What a challenge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkFacts {
    /// Which challenge; for [`crate::Exchanged`].
    pub id: TokenId,
    /// From then on it is refused.
    pub expires_at: Timestamp,
    /// How many times the work has to be doubled, from 0 to [`DIFFICULTY_MAX`].
    pub difficulty: u8,
}

/// Why a join without a good proof was refused: neither work nor wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinProofFault {
    /// None came along, and one is asked for.
    #[error("Your device has to solve a small task before you join, or you wait a moment instead.")]
    Needed,
    /// The challenge or wait ticket is none, was changed, or belongs to another account or sale.
    #[error("This proof does not belong to you and this sale. Ask for a new task.")]
    Invalid(TokenFault),
    /// The challenge is good, its solution is not.
    #[error("This is not the solution of the task. Ask for a new one.")]
    Unsolved,
    /// The wait is not over.
    #[error("The wait is not over yet.")]
    Early {
        /// When it is.
        not_before: Timestamp,
    },
    /// It ran out.
    #[error("The time for this task is over. Ask for a new one.")]
    Over,
    /// It was used before.
    #[error("This proof was used already. Ask for a new task.")]
    Used,
    /// It cannot be remembered that it is used, so it is not accepted.
    #[error("Too many people at once. Try again in a moment.")]
    Full,
}

impl JoinProofFault {
    /// The stable code of this outcome.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Needed => "join_proof_needed",
            Self::Invalid(_) | Self::Unsolved => "join_proof_invalid",
            Self::Early { .. } => "join_proof_early",
            Self::Over => "join_proof_over",
            Self::Used => "join_proof_used",
            Self::Full => "busy",
        }
    }
}

impl From<JoinProofFault> for Problem {
    fn from(fault: JoinProofFault) -> Self {
        let problem = Problem::new(fault.code(), fault.to_string());
        match fault {
            JoinProofFault::Invalid(why) => problem.internal(why),
            _ => problem,
        }
    }
}

impl From<ExchangeFault> for JoinProofFault {
    fn from(fault: ExchangeFault) -> Self {
        match fault {
            ExchangeFault::Used => Self::Used,
            ExchangeFault::Full => Self::Full,
        }
    }
}

impl KeyRing {
    /// The challenge with these facts. `None` if no key signs at this instant or the difficulty is too high.
    pub fn issue_challenge(
        &self,
        facts: WorkFacts,
        account: AccountId,
        sale: SaleId,
        now: Timestamp,
    ) -> Option<Challenge> {
        if facts.difficulty > DIFFICULTY_MAX {
            return None;
        }
        let mut body = [0; KIND.body_bytes];
        body[..16].copy_from_slice(&facts.id.bits().to_be_bytes());
        body[16..24].copy_from_slice(&facts.expires_at.as_millis().to_be_bytes());
        body[24] = facts.difficulty;
        let text = self.seal(&KIND, &body, Holder { account, sale, session_hash: &[] }, now)?;
        Some(Challenge { text, facts })
    }

    /// What a challenge says, if it was issued for this account and sale, has not run out, and `proof` solves it.
    ///
    /// # Errors
    /// In every other case. The signature is looked at first: only our own challenges cost the hashes of a proof.
    pub fn verify_work(
        &self,
        challenge: &str,
        proof: &str,
        account: AccountId,
        sale: SaleId,
        now: Timestamp,
    ) -> Result<WorkFacts, JoinProofFault> {
        let read = || -> Result<WorkFacts, TokenFault> {
            let body = self.open(&KIND, challenge, Holder { account, sale, session_hash: &[] }, now)?;
            let mut fields = Fields(&body);
            Ok(WorkFacts { id: fields.id()?, expires_at: fields.instant()?, difficulty: fields.byte()? })
        };
        let facts = read().map_err(JoinProofFault::Invalid)?;
        if now >= facts.expires_at {
            return Err(JoinProofFault::Over);
        }
        let seed = equihash::seed(challenge);
        let solved = proof::Proof::read(proof).is_some_and(|proof| proof.solves(&seed, facts.difficulty));
        if solved { Ok(facts) } else { Err(JoinProofFault::Unsolved) }
    }
}
