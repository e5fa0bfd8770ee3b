//! Signing up, in and out.

use accounts::{Account, LogIn, NewAccount, Password, PasswordChange, ProfileChange, SessionToken};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::edge::body::Json;
use crate::edge::client_address::ClientAddress;
use crate::edge::identity::{SESSION_COOKIE, Signed, session_token};
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::account::AccountBody;

/// The server ends a session when it wants; the cookie may stay for the longest one.
const SESSION_COOKIE_AGE_S: u32 = 7 * 24 * 60 * 60;

/// What a person gives to sign up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// The address to sign in with.
    email: String,
    /// 10 to 128 characters.
    #[schema(value_type = String)]
    password: Password,
    /// What the person is called.
    name: Option<String>,
    /// `en` or `ko`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    locale: Option<accounts::Locale>,
}

/// What a person gives to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The address.
    email: String,
    /// The password.
    #[schema(value_type = String)]
    password: Password,
}

/// Who sets a new installation up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// From the link the server printed; works once.
    token: String,
    /// The address to sign in with.
    email: String,
    /// 10 to 128 characters.
    #[schema(value_type = String)]
    password: Password,
}

/// Signs up and in.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts", request_body = SignUp, responses(
    (status = 201, body = AccountBody), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub async fn sign_up(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Json(new): Json<SignUp>,
) -> ApiResult<Response> {
    app.limits.check_log_in(from)?;
    let now = app.now();
    let new =
        NewAccount { email: new.email, password: new.password, name: new.name, locale: new.locale.unwrap_or_default() };
    let account = app.accounts.sign_up(new, now).await?;
    let token = app.accounts.start_session(account.id, now).await?;
    Ok(signed_in(StatusCode::CREATED, account, &token))
}

/// Signs in.
#[utoipa::path(post, path = "/v1/session", tag = "accounts", request_body = SignIn, responses(
    (status = 200, body = AccountBody), (status = 401, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub async fn sign_in(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Json(who): Json<SignIn>,
) -> ApiResult<Response> {
    app.limits.check_log_in(from)?;
    let log_in = LogIn { email: who.email, password: who.password, from };
    let (account, token) = app.accounts.log_in(log_in, app.now()).await?;
    Ok(signed_in(StatusCode::OK, account, &token))
}

/// Signs out, at once.
#[utoipa::path(delete, path = "/v1/session", tag = "accounts", responses((status = 204)))]
pub async fn sign_out(State(app): State<App>, headers: HeaderMap) -> ApiResult<Response> {
    if let Some(token) = session_token(&headers) {
        app.accounts.end_session(token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, "", 0);
    Ok(response)
}

/// Who is signed in.
#[utoipa::path(get, path = "/v1/me", tag = "accounts", responses((status = 200, body = AccountBody), (status = 401, body = ProblemBody)))]
pub async fn me(State(app): State<App>, signed: Signed) -> ApiResult<Json<AccountBody>> {
    let account = app.accounts.find(signed.account()).await?;
    let account = account.ok_or_else(|| ApiError::new("not_signed_in", "Sign in first."))?;
    Ok(Json(account.into()))
}

/// What a person changes of the own account; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    /// What the person is called; an empty text takes the name away.
    name: Option<String>,
    /// `en` or `ko`.
    #[schema(value_type = Option<String>)]
    locale: Option<accounts::Locale>,
}

/// The password until now, and from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password until now.
    #[schema(value_type = String)]
    current: Password,
    /// 10 to 128 characters.
    #[schema(value_type = String)]
    new: Password,
}

/// Changes name and language.
#[utoipa::path(patch, path = "/v1/me", tag = "accounts", request_body = ProfileBody, responses(
    (status = 200, body = AccountBody), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn change_profile(
    State(app): State<App>,
    signed: Signed,
    Json(change): Json<ProfileBody>,
) -> ApiResult<Json<AccountBody>> {
    let change = ProfileChange { name: change.name, locale: change.locale };
    Ok(Json(app.accounts.change_profile(signed.account(), change).await?.into()))
}

/// Changes the password. Every session ends; this browser gets a new one.
#[utoipa::path(put, path = "/v1/me/password", tag = "accounts", request_body = NewPassword, responses(
    (status = 204), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub async fn change_password(
    State(app): State<App>,
    signed: Signed,
    ClientAddress(from): ClientAddress,
    Json(change): Json<NewPassword>,
) -> ApiResult<Response> {
    app.limits.check_log_in(from)?;
    let change = PasswordChange { account: signed.account(), current: change.current, new: change.new, from };
    let token = app.accounts.change_password(change, app.now()).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, token.as_str(), SESSION_COOKIE_AGE_S);
    Ok(response)
}

/// Signs out everywhere, at once: on every device, this one too.
#[utoipa::path(delete, path = "/v1/me/sessions", tag = "accounts", responses((status = 204), (status = 401, body = ProblemBody)))]
pub async fn sign_out_everywhere(State(app): State<App>, signed: Signed) -> ApiResult<Response> {
    app.accounts.end_all_sessions(signed.account()).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, "", 0);
    Ok(response)
}

/// Makes the first operator, with the token the server printed at its first start.
#[utoipa::path(post, path = "/v1/setup", tag = "accounts", request_body = SetUp, responses(
    (status = 201, body = AccountBody), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn set_up(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    Json(new): Json<SetUp>,
) -> ApiResult<Response> {
    app.limits.check_log_in(from)?;
    let now = app.now();
    let account = NewAccount { email: new.email, password: new.password, name: None, locale: accounts::Locale::En };
    let account = app.accounts.redeem_setup_token(&new.token, account, now).await?;
    let token = app.accounts.start_session(account.id, now).await?;
    Ok(signed_in(StatusCode::CREATED, account, &token))
}

fn signed_in(status: StatusCode, account: Account, token: &SessionToken) -> Response {
    let mut response = (status, Json(AccountBody::from(account))).into_response();
    set_cookie(&mut response, token.as_str(), SESSION_COOKIE_AGE_S);
    response
}

fn set_cookie(response: &mut Response, token: &str, max_age_s: u32) {
    let cookie = format!("{SESSION_COOKIE}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={max_age_s}");
    if let Ok(mut value) = HeaderValue::from_str(&cookie) {
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
