//! JSON bodies: limited, typed, and with an error that points at the offending field.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::{Problem, limits};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::{ApiError, ApiResult};

/// Room for the answers that are asked for most, so that writing one does not have to ask for more.
const ANSWER_BYTES: usize = 512;
/// Room for the headers that every answer has.
const ANSWER_HEADERS: usize = 6;

/// A JSON body: of a request, at most [`limits::REQUEST_BODY_BYTES_MAX`], or of an answer.
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut bytes = Vec::with_capacity(ANSWER_BYTES);
        if let Err(error) = serde_json::to_writer(&mut bytes, &self.0) {
            let sentence = "The answer could not be written.";
            return ApiError::from(Problem::new("internal", sentence).internal(error)).into_response();
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
/// `body_too_large`; `body_incomplete` if it broke off or came too slowly.
pub async fn read(body: Body, max: usize) -> ApiResult<Bytes> {
    let failed = |error: axum::BoxError| {
        if error.is::<LengthLimitError>() {
            return ApiError::new("body_too_large", format!("A request has at most {max} bytes."));
        }
        Problem::new("body_incomplete", "The request did not arrive whole.").internal(error).into()
    };
    let mut body = Limited::new(body, max);
    let Some(first) = body.frame().await else { return Ok(Bytes::new()) };
    let first = first.map_err(failed)?.into_data().unwrap_or_default();
    // Nearly every body comes in one piece.
    if body.is_end_stream() {
        return Ok(first);
    }
    let rest = body.collect().await.map_err(failed)?.to_bytes();
    Ok(if rest.is_empty() { first } else { [first, rest].concat().into() })
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use futures_util::stream;

    use super::*;

    /// What is read of a body that comes in these pieces, if it may have 10 bytes.
    async fn read_pieces(pieces: &[&'static str]) -> Result<String, String> {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok::<_, std::io::Error>(*piece)).collect();
        match read(Body::from_stream(stream::iter(pieces)), 10).await {
            Ok(bytes) => Ok(String::from_utf8(bytes.to_vec()).unwrap()),
            Err(error) => Err(error.code().to_owned()),
        }
    }

    #[tokio::test]
    async fn a_body_is_read_whole_in_however_many_pieces_it_comes() {
        assert_eq!(read_pieces(&[]).await.as_deref(), Ok(""));
        assert_eq!(read_pieces(&["0123456789"]).await.as_deref(), Ok("0123456789"));
        assert_eq!(read_pieces(&["01", "", "234", "56789"]).await.as_deref(), Ok("0123456789"));
        assert_eq!(read(Body::from("whole"), 10).await.map(|bytes| bytes.len()).ok(), Some(5));
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_is_refused_wherever_it_becomes_so() {
        for pieces in [&["0123456789a"][..], &["0123456789", "a"], &["0", "123456789a", "b"]] {
            assert_eq!(read_pieces(pieces).await, Err("body_too_large".to_owned()), "{pieces:?}");
        }
        assert!(read(Body::from("01234567890"), 10).await.is_err());
    }
}
