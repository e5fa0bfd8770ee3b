//! Query strings: typed, and with a problem instead of plain text when they cannot be read.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::ApiError;

/// A query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        let unreadable = |error: axum::extract::rejection::QueryRejection| {
            ApiError::new("query_invalid", format!("The query cannot be read: {}.", error.body_text()))
        };
        read.map(|axum::extract::Query(query)| Self(query)).map_err(unreadable)
    }
}
