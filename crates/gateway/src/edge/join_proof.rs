//! The proof that comes with a join: a solved challenge, or a wait ticket whose time has come.
//!
//! The header `Join-Proof` holds `CHALLENGE.PROOF` or `WAIT_TICKET`, each as it was given out or computed. None of the
//! parts has a dot after its prefix, so that the last dot parts challenge and proof.

use std::convert::Infallible;
use std::num::NonZeroU8;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use domain::{AccountId, Duration, Problem, SaleId, Timestamp};
use guard::{Exchanged, JoinProofFault, KeyRing, TokenFault, TokenId, WAIT_PREFIX, WaitFacts, WorkFacts};
use platform::config::LimitsConfig;

use crate::problem::ApiError;

/// The header with the proof.
pub const JOIN_PROOF: HeaderName = HeaderName::from_static("join-proof");
/// How long a challenge may be solved, and a wait ticket used once its wait is over.
const GOOD_FOR: Duration = Duration::from_mins(10);
/// Used proofs that are remembered; when there are as many, nobody joins until some have run out.
const USED_MAX: usize = 2_000_000;

/// What is asked for with a join, and what was used.
pub struct JoinProofs {
    /// `None`: nothing is asked for.
    difficulty: Option<NonZeroU8>,
    wait: Duration,
    keys: Arc<KeyRing>,
    used: Exchanged,
}

/// What came with a request as a proof.
pub struct ShownProof(pub Option<HeaderValue>);

impl<S: Send + Sync> FromRequestParts<S> for ShownProof {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.get(JOIN_PROOF).cloned()))
    }
}

/// A proof that is good.
pub struct Proved {
    id: TokenId,
    expires_at: Timestamp,
}

impl JoinProofs {
    /// Asks for what the settings say, signed with these keys.
    pub fn new(config: &LimitsConfig, keys: Arc<KeyRing>) -> Self {
        let (difficulty, wait) = (config.join_proof_difficulty, config.join_proof_wait);
        Self { difficulty, wait, keys, used: Exchanged::new(USED_MAX) }
    }

    /// False if joins need no proof.
    pub fn are_asked_for(&self) -> bool {
        self.difficulty.is_some()
    }

    /// The proof in this header, if it is good and was not used here before. It counts as used with [`Self::used`],
    /// after the join: a join that failed for another reason does not cost the work or the wait again.
    ///
    /// # Errors
    /// Why it is none.
    pub fn check(
        &self,
        header: &[u8],
        account: AccountId,
        sale: SaleId,
        now: Timestamp,
    ) -> Result<Proved, JoinProofFault> {
        let malformed = JoinProofFault::Invalid(TokenFault::Malformed);
        let text = std::str::from_utf8(header).map_err(|_| malformed)?;
        let proved = if text.starts_with(WAIT_PREFIX) {
            let WaitFacts { id, expires_at, .. } = self.keys.verify_wait(text, account, sale, now)?;
            Proved { id, expires_at }
        } else {
            let (challenge, proof) = text.rsplit_once('.').ok_or(malformed)?;
            let facts = self.keys.verify_work(challenge, proof, account, sale, now)?;
            let WorkFacts { id, expires_at, .. } = facts;
            Proved { id, expires_at }
        };
        self.used.look(proved.id, proved.expires_at, now)?;
        Ok(proved)
    }

    /// This proof was used. Two joins at once may both get here: they are of one account, and have one place.
    pub fn used(&self, proved: &Proved, now: Timestamp) {
        if let Err(fault) = self.used.accept(proved.id, proved.expires_at, now) {
            tracing::debug!(?fault, "A proof of a join was used twice at the same time");
        }
    }

    /// The answer to a join without a good proof. Where one is needed, it says what would be one.
    pub fn refuse(&self, fault: JoinProofFault, account: AccountId, sale: SaleId, now: Timestamp) -> ApiError {
        match fault {
            JoinProofFault::Needed => self.needed(account, sale, now).unwrap_or_else(|problem| problem.into()),
            JoinProofFault::Early { not_before } => {
                let seconds = not_before.since(now).as_millis().div_ceil(1_000).max(1);
                ApiError::from(fault).retry_after(seconds)
            }
            _ => fault.into(),
        }
    }

    fn needed(&self, account: AccountId, sale: SaleId, now: Timestamp) -> Result<ApiError, Problem> {
        let internal = |why: String| Problem::new("internal", "Something went wrong on our side.").internal(why);
        let draw = || TokenId::draw().map_err(|error| internal(error.to_string()));
        let no_key = || internal("no key signs challenges of joins at this instant".into());
        let difficulty = self.difficulty.map_or(0, NonZeroU8::get);
        let work = WorkFacts { id: draw()?, expires_at: now + GOOD_FOR, difficulty };
        let challenge = self.keys.issue_challenge(work, account, sale, now).ok_or_else(no_key)?;
        let not_before = now + self.wait;
        let wait = WaitFacts { id: draw()?, not_before, expires_at: not_before + GOOD_FOR };
        let ticket = self.keys.issue_wait(wait, account, sale, now).ok_or_else(no_key)?;
        let answer = ApiError::from(JoinProofFault::Needed).with("challenge", challenge.text);
        let answer = answer.with("difficulty", difficulty).with("wait_ticket", ticket.text);
        Ok(answer.with("wait_until_ms", not_before.as_millis()).with("server_time_ms", now.as_millis()))
    }
}
