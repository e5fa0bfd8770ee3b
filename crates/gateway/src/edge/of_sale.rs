//! The sale that a path under `/v1/sales/` names.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use crate::edge_state::Edge;
use crate::problem::ApiError;
use crate::sales::FanSale;

/// The beginning of every path that concerns a sale.
const SALES: &str = "/v1/sales/";

/// The sale in the path.
pub struct OfSale(pub Arc<FanSale>);

impl<S: Send + Sync> FromRequestParts<S> for OfSale
where
    Edge: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let (sale, _) = split(parts.uri.path()).ok_or_else(|| ApiError::unknown("sale_unknown", "sale"))?;
        Edge::from_ref(state).sales.find(sale).map(Self)
    }
}

/// The text of the sale's id, and what is asked of the sale: `line/me` of `/v1/sales/sale_1/line/me`.
pub fn split(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix(SALES)?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_a_sale_and_what_is_asked_of_it() {
        assert_eq!(split("/v1/sales/sale_1/line/me"), Some(("sale_1", "line/me")));
        assert_eq!(split("/v1/sales/sale_1"), Some(("sale_1", "")));
        assert_eq!(split("/v1/sales"), None);
        assert_eq!(split("/v2/sales/sale_1/hold"), None);
    }
}
