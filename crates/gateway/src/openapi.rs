//! The description of the API, generated from the handlers.

use axum::http::HeaderMap;
use axum::routing::{MethodRouter, get};
use utoipa::OpenApi;

use crate::app::App;
use crate::edge::cache::cached_json;
use crate::router;

#[derive(OpenApi)]
#[openapi(info(
    title = "Onsale",
    description = "Ticketing for the minute tickets go on sale. Errors are RFC 9457 problems with a stable code. \
                   A session is the cookie __Host-session.",
    license(name = "Apache-2.0 OR MIT")
))]
struct Base;

/// The description without its paths.
pub fn base() -> utoipa::openapi::OpenApi {
    let mut base = Base::openapi();
    base.info.version = env!("CARGO_PKG_VERSION").into();
    base
}

/// The description as JSON, as kept in contracts/openapi.json.
pub fn description() -> String {
    let (_, description) = router::api().split_for_parts();
    description.to_pretty_json().unwrap_or_default() + "\n"
}

/// Serves the description.
pub fn serve(description: &utoipa::openapi::OpenApi) -> MethodRouter<App> {
    let json = description.to_json().unwrap_or_default().into_bytes();
    get(move |headers: HeaderMap| async move { cached_json(&headers, json.clone(), 300) })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_operation_has_an_id_of_its_own() {
        let description: serde_json::Value = serde_json::from_str(&description()).unwrap();
        let paths = description["paths"].as_object().unwrap().values();
        let operations = paths.flat_map(|path| path.as_object().unwrap().values());
        let ids: Vec<&str> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
        let mut seen = HashSet::new();
        let twice: Vec<&str> = ids.iter().copied().filter(|id| !seen.insert(*id)).collect();
        // A client made from the description would mix them up.
        assert!(ids.len() > 50 && twice.is_empty(), "{twice:?}");
    }
}
