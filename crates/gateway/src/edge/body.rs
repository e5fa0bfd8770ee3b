//! JSON bodies: limited, typed, and with an error that points at the offending field.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::limits;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::{ApiError, ApiResult};

/// Room for the answers that are asked for most, so that writing one does not have to ask for more.
const ANSWER_BYTES: usize = 512;
/// Room for the headers that every answer has.
const ANSWER_HEADERS: usize = 8;

/// A JSON body: of a request, at most [`limits::REQUEST_BODY_BYTES_MAX`], or of an answer.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut bytes = Vec::with_capacity(ANSWER_BYTES);
        if let Err(error) = serde_json::to_writer(&mut bytes, &self.0) {
            let sentence = "The answer could not be written.";
            return ApiError::from(domain::Problem::new("internal", sentence).internal(error)).into_response();
        }
        let mut headers = HeaderMap::with_capacity(ANSWER_HEADERS);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut response = Response::new(Body::from(bytes));
        *response.headers_mut() = headers;
        response
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        // A form of another site cannot send this type without asking first, which we would refuse.
        let json =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| {
                kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
            });
        if !json {
            return Err(ApiError::new("content_type_wrong", "Send JSON, with Content-Type: application/json."));
        }
        let bytes = read(request.into_body(), limits::REQUEST_BODY_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| point_at::<T>(&bytes))
    }
}

/// Reads a body of at most `max` bytes.
///
/// # Errors
/// `body_too_large`.
pub async fn read(body: Body, max: usize) -> ApiResult<axum::body::Bytes> {
    let too_large = |_| ApiError::new("body_too_large", format!("A request has at most {max} bytes."));
    to_bytes(body, max).await.map_err(too_large)
}

/// Reads the bytes again, slowly, to find out where they go wrong.
fn point_at<T: DeserializeOwned>(bytes: &[u8]) -> ApiError {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let error = match serde_path_to_error::deserialize::<_, T>(&mut json) {
        Err(error) => error,
        Ok(_) => return ApiError::new("body_invalid", "There is something after the end of the JSON."),
    };
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            serde_path_to_error::Segment::Seq { index } => pointer += &format!("/{index}"),
            serde_path_to_error::Segment::Map { key } => {
                pointer += &format!("/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            serde_path_to_error::Segment::Enum { variant } => pointer += &format!("/{variant}"),
            serde_path_to_error::Segment::Unknown => {}
        }
    }
    let sentence = format!("The request cannot be read: {}.", error.inner());
    ApiError::new("body_invalid", sentence).at(pointer)
}
