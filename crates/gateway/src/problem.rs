//! The only map from errors to HTTP: RFC 9457 `application/problem+json`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Problem;
use engine::Unavailable;
use guard::{JoinProofFault, JoinRefused};
use sale::Rejection;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// An error on its way out.
#[derive(Debug)]
pub struct ApiError {
    problem: Problem,
    extra: Map<String, Value>,
    retry_after_s: Option<u32>,
}

/// What a handler returns.
pub type ApiResult<T> = Result<T, ApiError>;

/// The body of an error, RFC 9457, with this product's members.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// The page about this error.
    #[serde(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// A stable word for the error.
    code: String,
    /// A sentence for people.
    detail: String,
    /// The offending field of the request, a JSON pointer.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// More about it, by code: `seats_taken`, `opens_at_ms`, `used_at_ms`, `free`, `challenge`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    extra: Map<String, Value>,
}

impl ApiError {
    /// An error with this code and sentence.
    pub fn new(code: &'static str, sentence: impl Into<String>) -> Self {
        Problem::new(code, sentence).into()
    }

    /// The object does not exist, or is none of the caller's business: both look alike.
    pub fn unknown(code: &'static str, what: &str) -> Self {
        Self::new(code, format!("There is no such {what}."))
    }

    /// Adds a member to the body.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.into(), value.into());
        self
    }

    /// Names the offending field.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.problem.field = Some(pointer.into());
        self
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The sentence for people.
    pub fn sentence(&self) -> &str {
        &self.problem.public
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        status(self.problem.code)
    }

    /// The stable word.
    pub fn code(&self) -> &'static str {
        self.problem.code
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        let retry_after_s = match status(problem.code) {
            StatusCode::SERVICE_UNAVAILABLE => Some(1),
            StatusCode::TOO_MANY_REQUESTS => Some(10),
            _ => None,
        };
        Self { problem, extra: Map::new(), retry_after_s }
    }
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> Self {
        let mut extra = Map::new();
        match &rejection {
            Rejection::SeatTaken { seats } => extra.insert("seats_taken".into(), json!(seats)),
            Rejection::SaleNotOpen { opens_at } => extra.insert("opens_at_ms".into(), json!(opens_at)),
            Rejection::LobbyNotOpen { gathers_from } => extra.insert("gathers_from_ms".into(), json!(gathers_from)),
            Rejection::TicketAlreadyUsed { at } => extra.insert("used_at_ms".into(), json!(at)),
            Rejection::AreaFull { free } => extra.insert("free".into(), json!(free)),
            Rejection::BuyerLimitReached { limit, bought } => {
                extra.insert("limit".into(), json!(limit));
                extra.insert("bought".into(), json!(bought))
            }
            _ => None,
        };
        Self { extra, ..Problem::from(rejection).into() }
    }
}

impl From<Unavailable> for ApiError {
    fn from(error: Unavailable) -> Self {
        let sentence = "The sale is busy. Nothing was lost; try again in a moment.";
        let code = if error == Unavailable::Overloaded { "busy" } else { "sale_unavailable" };
        Problem::new(code, sentence).internal(error).into()
    }
}

impl From<JoinRefused> for ApiError {
    fn from(refused: JoinRefused) -> Self {
        let seconds = refused.wait.as_millis().div_ceil(1_000).max(1);
        Self::from(Problem::from(refused)).retry_after(seconds)
    }
}

impl From<JoinProofFault> for ApiError {
    fn from(fault: JoinProofFault) -> Self {
        Problem::from(fault).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = status(self.problem.code);
        if status.is_server_error() {
            tracing::error!(error.code = self.problem.code, error.detail = self.problem.internal, "Request failed");
        } else if self.problem.internal.is_some() {
            tracing::debug!(error.code = self.problem.code, error.detail = self.problem.internal, "Request refused");
        }
        metrics::counter!("onsale_problems_total", "code" => self.problem.code).increment(1);
        let body = ProblemBody {
            kind: format!("/docs/errors/{}", self.problem.code),
            title: status.canonical_reason().unwrap_or("Error").into(),
            status: status.as_u16(),
            code: self.problem.code.into(),
            detail: self.problem.public,
            field: self.problem.field,
            extra: self.extra,
        };
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (status, bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The status of a code. One that is not here is a mistake of ours, and says so.
fn status(code: &str) -> StatusCode {
    match code {
        "not_signed_in" | "credentials_wrong" | "setup_token_invalid" | "webhook_refused" => StatusCode::UNAUTHORIZED,
        "forbidden"
        | "origin_not_allowed"
        | "rehearsal_disabled"
        | "admission_pass_needed"
        | "admission_pass_invalid"
        | "admission_pass_over"
        | "admission_pass_used" => StatusCode::FORBIDDEN,
        "not_in_line" | "not_found" | "no_lobby" => StatusCode::NOT_FOUND,
        "socket_expected" => StatusCode::UPGRADE_REQUIRED,
        "method_not_allowed" => StatusCode::METHOD_NOT_ALLOWED,
        "join_proof_needed" => StatusCode::PRECONDITION_REQUIRED,
        "version_too_old" => StatusCode::GONE,
        "body_incomplete" => StatusCode::REQUEST_TIMEOUT,
        "body_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "content_type_wrong" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "seat_unknown"
        | "nothing_chosen"
        | "idempotency_key_reused"
        | "ticket_malformed"
        | "ticket_key_unknown"
        | "ticket_signature_wrong" => StatusCode::UNPROCESSABLE_ENTITY,
        "too_many_attempts" | "too_many_requests" | "join_proof_early" => StatusCode::TOO_MANY_REQUESTS,
        "busy" | "sale_unavailable" | "accounts_unavailable" | "storage_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "storage_inconsistent" | "internal" => StatusCode::INTERNAL_SERVER_ERROR,
        "sale_not_open"
        | "sale_paused"
        | "sale_closed"
        | "sold_out"
        | "admissions_reached"
        | "not_admitted"
        | "line_full"
        | "seat_taken"
        | "area_full"
        | "not_enough_seats"
        | "no_adjacent_seats"
        | "buyer_limit_reached"
        | "already_paying"
        | "nothing_held"
        | "order_not_open"
        | "order_not_paid"
        | "order_exists"
        | "ticket_void"
        | "ticket_already_used"
        | "email_taken"
        | "operator_exists"
        | "last_operator"
        | "lobby_not_open"
        | "lobby_fixed"
        | "draw_pending"
        | "join_proof_over"
        | "join_proof_used"
        | "sale_exists"
        | "sale_begun"
        | "sale_is_rehearsal"
        | "changed_meanwhile"
        | "engines_not_shared" => StatusCode::CONFLICT,
        "time_zone_unknown" => StatusCode::UNPROCESSABLE_ENTITY,
        unknown if unknown.ends_with("_unknown") => StatusCode::NOT_FOUND,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
