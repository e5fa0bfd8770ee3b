//! Who is asking. A handler says in its arguments whom it lets in; there is no other way to an account.

use std::sync::Arc;

use accounts::Session;
use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::{AccountId, OrganiserId, Role};

use crate::edge_state::Edge;
use crate::problem::{ApiError, ApiResult};

/// The name of the session cookie: `__Host-` binds it to this host, TLS and the root path.
pub const SESSION_COOKIE: &str = "__Host-session";

/// Somebody signed in.
#[derive(Clone)]
pub struct Signed(pub Arc<Session>);

/// An organiser's staff, or an operator.
#[derive(Clone)]
pub struct Staff(pub Arc<Session>);

/// An operator.
#[derive(Clone)]
pub struct Operator(pub Arc<Session>);

impl Signed {
    /// Whose session it is.
    pub fn account(&self) -> AccountId {
        self.0.account
    }
}

impl Staff {
    /// This organiser's objects are this person's business. Otherwise they look as if they did not exist.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn must_run(&self, organiser: OrganiserId) -> ApiResult<()> {
        let runs = self.0.role == Role::Operator || self.0.organiser == Some(organiser);
        if runs { Ok(()) } else { Err(forbidden()) }
    }

    /// The organiser to act for: the one named, if this person may, else the person's own.
    ///
    /// # Errors
    /// `forbidden`; or `organiser_missing`, when an operator names none.
    pub fn acting_for(&self, named: Option<&str>) -> ApiResult<OrganiserId> {
        let named: Option<OrganiserId> = named
            .map(|text| text.parse().map_err(|_| ApiError::unknown("organiser_unknown", "organiser").at("/organiser")))
            .transpose()?;
        let organiser = named
            .or(self.0.organiser)
            .ok_or_else(|| ApiError::new("organiser_missing", "Say for which organiser.").at("/organiser"))?;
        self.must_run(organiser)?;
        Ok(organiser)
    }
}

fn forbidden() -> ApiError {
    ApiError::new("forbidden", "You may not do that.")
}

/// The session token of a request.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(|cookies| {
        cookies.split(';').find_map(|pair| pair.trim_start().strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
    })
}

impl<S: Send + Sync> FromRequestParts<S> for Signed
where
    Edge: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let unsigned = || ApiError::new("not_signed_in", "Sign in first.");
        let token = session_token(&parts.headers).ok_or_else(unsigned)?;
        let edge = Edge::from_ref(state);
        let session = edge.sessions.find(token, edge.now()).await?;
        edge.limits.check_account(session.account)?;
        Ok(Self(session))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Signed
where
    Edge: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, ApiError> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(signed) => Ok(Some(signed)),
            Err(error) if error.code() == "not_signed_in" => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Staff
where
    Edge: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Signed(session) = <Signed as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        if matches!(session.role, Role::Organiser | Role::Operator) { Ok(Self(session)) } else { Err(forbidden()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Operator
where
    Edge: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Signed(session) = <Signed as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        if session.role == Role::Operator { Ok(Self(session)) } else { Err(forbidden()) }
    }
}
