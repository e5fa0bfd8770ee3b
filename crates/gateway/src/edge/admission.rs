//! The admission pass at the edge: whoever comes in or chooses shows one, and is turned away here without costing the
//! writer anything if it does not.
//!
//! A pass is in the header `Admission-Pass` of every answer that tells an admitted or choosing fan the own place, and in
//! the forms of the page without scripts. It is bound to the account, the sale and the session. Coming in uses it up;
//! choosing does not. The writer decides once more from its own state, so that a pass alone opens nothing.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use domain::{AccountId, Duration, SaleId, Timestamp};
use guard::{Exchanged, KeyRing, PassFacts, TokenId};
use platform::config::LimitsConfig;
use sale::{PlaceStage, PlaceView};
use sha2::{Digest, Sha256};

use super::identity::session_token;
use crate::edge_state::Edge;
use crate::problem::{ApiError, ApiResult};

/// The header with the pass, both ways.
pub const ADMISSION_PASS: HeaderName = HeaderName::from_static("admission-pass");
/// A pass is good for so long, unless the stage it was given in ends before.
const GOOD_FOR: Duration = Duration::from_mins(15);
/// Used passes that are remembered; when there are as many, nobody comes in until some have run out.
const USED_MAX: usize = 1_000_000;

/// Gives out passes and looks at them.
pub struct AdmissionPasses {
    asked_for: bool,
    keys: Arc<KeyRing>,
    used: Exchanged,
}

/// The pass and the session of a request; nothing where no passes are asked for.
#[derive(Default)]
pub struct Shown {
    pass: Option<HeaderValue>,
    session: Option<[u8; 32]>,
}

impl<S: Send + Sync> FromRequestParts<S> for Shown
where
    Edge: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        if !Edge::from_ref(state).admission.asked_for {
            return Ok(Self::default());
        }
        let session = session_token(&parts.headers).map(|token| Sha256::digest(token).into());
        Ok(Self { pass: parts.headers.get(ADMISSION_PASS).cloned(), session })
    }
}

impl Shown {
    /// With the pass of a form instead of the header's.
    #[must_use]
    pub fn with_pass(self, pass: Option<&str>) -> Self {
        Self { pass: pass.and_then(|pass| HeaderValue::from_str(pass).ok()), ..self }
    }
}

/// Whose pass, for what.
#[derive(Clone, Copy)]
pub struct Bearer<'a> {
    /// The account that asks.
    pub account: AccountId,
    /// For which sale.
    pub sale: SaleId,
    /// What came with the request.
    pub shown: &'a Shown,
}

impl AdmissionPasses {
    /// Asked for if the settings say so, signed with these keys.
    pub fn new(config: &LimitsConfig, keys: Arc<KeyRing>) -> Self {
        Self { asked_for: config.admission_passes, keys, used: Exchanged::new(USED_MAX) }
    }

    /// Adds a fresh pass to an answer that tells this place, if it is one that may come in or choose.
    pub fn attach(&self, response: &mut Response, place: &PlaceView, bearer: Bearer<'_>, now: Timestamp) {
        if let Some(pass) = self.issue(place, bearer, now) {
            response.headers_mut().insert(ADMISSION_PASS, pass);
        }
    }

    /// A fresh pass for whoever has this place, if it is one that may come in or choose and passes are asked for.
    pub fn issue(&self, place: &PlaceView, bearer: Bearer<'_>, now: Timestamp) -> Option<HeaderValue> {
        if !self.asked_for || !matches!(place.stage, PlaceStage::Admitted | PlaceStage::Selecting) {
            return None;
        }
        let (id, session) = (TokenId::draw().ok()?, bearer.shown.session?);
        let most = now + GOOD_FOR;
        let expires_at = place.deadline.map_or(most, |deadline| deadline.min(most));
        let facts = PassFacts { id, account: bearer.account, sale: bearer.sale, expires_at };
        let pass = self.keys.issue_pass(&facts, &session, now)?;
        let mut value = HeaderValue::from_str(pass.as_str()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The request carries a good pass.
    ///
    /// # Errors
    /// `admission_pass_needed`, `admission_pass_invalid`, `admission_pass_over`.
    pub fn check(&self, bearer: Bearer<'_>, now: Timestamp) -> ApiResult<()> {
        if self.asked_for { self.verify(bearer, now).map(drop) } else { Ok(()) }
    }

    /// The request carries a good pass that was not used here before; from now on it is used.
    ///
    /// # Errors
    /// As [`Self::check`], and `admission_pass_used`, `busy`.
    pub fn exchange(&self, bearer: Bearer<'_>, now: Timestamp) -> ApiResult<()> {
        if !self.asked_for {
            return Ok(());
        }
        let facts = self.verify(bearer, now)?;
        let accepted = self.used.accept(facts.id, facts.expires_at, now);
        accepted.map_err(|fault| ApiError::from(domain::Problem::from(guard::PassFault::from(fault))))
    }

    fn verify(&self, bearer: Bearer<'_>, now: Timestamp) -> ApiResult<PassFacts> {
        let needed = || ApiError::new("admission_pass_needed", "Look at your place in line first.");
        let code = bearer.shown.pass.as_ref().and_then(|value| value.to_str().ok()).ok_or_else(needed)?;
        let session = bearer.shown.session.ok_or_else(needed)?;
        let verified = self.keys.verify_pass(code, bearer.account, bearer.sale, &session, now);
        verified.map_err(|fault| ApiError::from(domain::Problem::from(fault)))
    }
}
