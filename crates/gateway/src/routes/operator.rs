//! Operators: organisers, roles, rehearsals, and proof that a sale is sound.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{AccountId, OrganiserId, Role, Timestamp};
use sale::{Finding, Sale};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::PageQuery;
use super::organiser::{Created, created};
use crate::app::App;
use crate::audit::{Deed, detail_of};
use crate::edge::body::Json;
use crate::edge::identity::Operator;
use crate::edge::query::Query;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::account::AccountBody;
use crate::wire::catalog::NamedBody;

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

/// What somebody did.
#[derive(Serialize, ToSchema)]
pub struct AuditedBody {
    /// When it was begun.
    #[schema(value_type = i64)]
    at_ms: Timestamp,
    /// Who.
    account: String,
    /// As what.
    #[schema(value_type = String)]
    role: Role,
    /// What: `pause`, `set_pace`, `refund_order`, …
    action: String,
    /// To what.
    target: String,
    /// How, by action: `text` of a word, `capacity`, `rate` and `admissions_max` of a pace, `seats` and `people` of a
    /// blocking, `name`, `role`, …
    #[schema(value_type = Object)]
    detail: serde_json::Value,
    /// `done`, or the code of the refusal; left out if it is not known how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
}

/// A page of what was done.
#[derive(Serialize, ToSchema)]
pub struct AuditPage {
    /// The latest first.
    deeds: Vec<AuditedBody>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A page of organisers, the newest first.
#[derive(Serialize, ToSchema)]
pub struct OrganisersPage {
    /// The organisers.
    organisers: Vec<NamedBody>,
    /// Where the next page begins.
    next: Option<String>,
}

/// Adds an organiser.
#[utoipa::path(post, path = "/v1/organisers", tag = "operators", request_body = NewOrganiser, responses((status = 201, body = Created), (status = 422, body = ProblemBody)))]
pub async fn create_organiser(
    State(app): State<App>,
    operator: Operator,
    Json(new): Json<NewOrganiser>,
) -> ApiResult<Response> {
    let deed = Deed { action: "create_organiser", target: String::new(), detail: json!({ "name": new.name }) };
    let work = async { Ok(app.catalog.create_organiser(&new.name).await?) };
    let id = app.audited(&operator.0, deed, work).await?;
    Ok(created(id))
}

/// Organisers, the newest first.
#[utoipa::path(get, path = "/v1/organisers", tag = "operators", params(PageQuery), responses(
    (status = 200, body = OrganisersPage), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn organisers(
    State(app): State<App>,
    _: Operator,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<OrganisersPage>> {
    let (organisers, next) = app.catalog.organisers(page.after.as_deref(), page.rows()).await?;
    Ok(Json(OrganisersPage { organisers: organisers.iter().map(NamedBody::of).collect(), next }))
}

/// Gives an account a role. It counts from the next request on.
#[utoipa::path(post, path = "/v1/accounts/{account}/role", tag = "operators", params(("account" = String, Path)), request_body = NewRole, responses(
    (status = 200, body = AccountBody), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn grant_role(
    State(app): State<App>,
    operator: Operator,
    Path(account): Path<String>,
    Json(new): Json<NewRole>,
) -> ApiResult<Json<AccountBody>> {
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
    let detail = json!({ "role": new.role, "organiser": organiser });
    let deed = Deed { action: "grant_role", target: account.to_string(), detail };
    let work = async { Ok(app.accounts.grant_role(account, new.role, organiser).await?) };
    let account = app.audited(&operator.0, deed, work).await?;
    Ok(Json(account.into()))
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
    app.must_rehearse()?;
    let fans = app.accounts.create_rehearsal_fans(new.count, app.now()).await?;
    let sessions = fans.into_iter().map(|(_, token)| token.as_str().to_owned()).collect();
    Ok((StatusCode::CREATED, Json(Fans { sessions })).into_response())
}

/// Checks every invariant of a sale now.
#[utoipa::path(get, path = "/v1/sales/{sale}/check", tag = "operators", params(("sale" = String, Path)), responses(
    (status = 200, body = Checked), (status = 404, body = ProblemBody)))]
pub async fn check(State(app): State<App>, _: Operator, Path(sale): Path<String>) -> ApiResult<Json<Checked>> {
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
    Ok(Json(Checked { invariants, state_hash, sound }))
}

/// What organisers and operators did, the latest first.
#[utoipa::path(get, path = "/v1/audit", tag = "operators", params(PageQuery), responses(
    (status = 200, body = AuditPage), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn audit(State(app): State<App>, _: Operator, Query(page): Query<PageQuery>) -> ApiResult<Json<AuditPage>> {
    let wrong = |_| ApiError::new("cursor_invalid", "This is not where a page ended.").at("/after");
    let before: Option<i64> = page.after.as_deref().map(|text| text.parse().map_err(wrong)).transpose()?;
    let rows = app.audit.page(before, page.rows()).await?;
    let next = rows.last().filter(|_| rows.len() == page.rows()).map(|last| last.id.get().to_string());
    let deed = |row: accounts::AuditRecord| AuditedBody {
        at_ms: row.at,
        account: row.account.to_string(),
        role: row.role,
        action: row.action,
        target: row.target,
        detail: detail_of(&row.detail),
        outcome: row.outcome,
    };
    Ok(Json(AuditPage { deeds: rows.into_iter().map(deed).collect(), next }))
}
