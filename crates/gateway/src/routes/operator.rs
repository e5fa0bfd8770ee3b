//! Operators: organisers, roles, rehearsals, and proof that a sale is sound.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{AccountId, OrganiserId, Role};
use sale::{Finding, Sale};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::edge::body::Json;
use crate::edge::identity::Operator;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::account::AccountBody;

/// An organiser.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganiser {
    /// 1 to 200 characters.
    name: String,
}

/// A role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// `fan`, `organiser` or `operator`.
    #[schema(value_type = String)]
    role: Role,
    /// `org_…`, with the role `organiser`.
    organiser: Option<String>,
}

/// Virtual fans.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFans {
    /// At most 5,000.
    count: usize,
}

/// Their sessions.
#[derive(Serialize, ToSchema)]
pub struct Fans {
    /// One token each.
    sessions: Vec<String>,
}

/// What was checked.
#[derive(Serialize, ToSchema)]
pub struct Checked {
    /// Every invariant.
    invariants: Vec<Invariant>,
    /// SHA-256 of the state; a replay of the journal gives the same.
    state_hash: String,
    /// No invariant is broken.
    sound: bool,
}

/// One invariant.
#[derive(Serialize, ToSchema)]
pub struct Invariant {
    /// As a sentence.
    name: &'static str,
    /// Whether it holds.
    holds: bool,
    /// What breaks it.
    detail: Option<String>,
}

/// Adds an organiser.
#[utoipa::path(post, path = "/v1/organisers", tag = "operators", request_body = NewOrganiser, responses((status = 201, description = "The id"), (status = 422, body = ProblemBody)))]
pub async fn create_organiser(
    State(app): State<App>,
    _: Operator,
    Json(new): Json<NewOrganiser>,
) -> ApiResult<Response> {
    let id = app.catalog.create_organiser(&new.name).await?;
    Ok((StatusCode::CREATED, axum::Json(serde_json::json!({ "id": id }))).into_response())
}

/// Gives an account a role. It counts from the next request on.
#[utoipa::path(post, path = "/v1/accounts/{account}/role", tag = "operators", params(("account" = String, Path)), request_body = NewRole, responses(
    (status = 200, body = AccountBody), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn grant_role(
    State(app): State<App>,
    operator: Operator,
    Path(account): Path<String>,
    Json(new): Json<NewRole>,
) -> ApiResult<axum::Json<AccountBody>> {
    let account: AccountId = account.parse().map_err(|_| ApiError::unknown("account_unknown", "account"))?;
    let organiser: Option<OrganiserId> = match new.organiser {
        Some(text) => {
            let unknown = || ApiError::unknown("organiser_unknown", "organiser").at("/organiser");
            let id = text.parse().map_err(|_| unknown())?;
            app.catalog.organiser(id).await?;
            Some(id)
        }
        None => None,
    };
    let account = app.accounts.grant_role(account, new.role, organiser).await?;
    tracing::info!(account.id = %account.id, role = ?new.role, by = %operator.0.account, "Role granted");
    Ok(axum::Json(account.into()))
}

/// Makes virtual fans for a load run; only where rehearsals are enabled.
#[utoipa::path(post, path = "/v1/sales/{sale}/rehearsal-fans", tag = "operators", params(("sale" = String, Path)), request_body = NewFans, responses(
    (status = 201, body = Fans), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn rehearsal_fans(
    State(app): State<App>,
    _: Operator,
    Path(sale): Path<String>,
    Json(new): Json<NewFans>,
) -> ApiResult<Response> {
    app.sales.find(&sale)?;
    if !app.options.rehearsal {
        return Err(ApiError::new("rehearsal_disabled", "Rehearsals are not enabled here."));
    }
    let fans = app.accounts.create_rehearsal_fans(new.count, app.now()).await?;
    let sessions = fans.into_iter().map(|(_, token)| token.as_str().to_owned()).collect();
    Ok((StatusCode::CREATED, axum::Json(Fans { sessions })).into_response())
}

/// Checks every invariant of a sale now.
#[utoipa::path(get, path = "/v1/sales/{sale}/check", tag = "operators", params(("sale" = String, Path)), responses(
    (status = 200, body = Checked), (status = 404, body = ProblemBody)))]
pub async fn check(State(app): State<App>, _: Operator, Path(sale): Path<String>) -> ApiResult<axum::Json<Checked>> {
    let sale = app.sales.find(&sale)?;
    let (findings, hash): (Vec<Finding>, [u8; 32]) =
        sale.handle.read(|sale: &Sale| (sale.check(), sale.state_hash())).await?;
    let invariant = |finding: Finding| Invariant {
        name: finding.invariant,
        holds: finding.broken.is_none(),
        detail: finding.broken,
    };
    let invariants: Vec<Invariant> = findings.into_iter().map(invariant).collect();
    let sound = invariants.iter().all(|invariant| invariant.holds);
    let state_hash = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(axum::Json(Checked { invariants, state_hash, sound }))
}
