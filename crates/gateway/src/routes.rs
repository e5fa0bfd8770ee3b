//! One file per resource. Each handler is short: who, what, one call, one answer.

pub mod account;
pub mod buyers;
pub mod check_in;
pub mod conduct;
pub mod edit;
pub mod event;
pub mod health;
pub mod hold;
pub mod line;
pub mod operations;
pub mod operator;
pub mod order;
pub mod organiser;
pub mod own;
pub mod payment;
pub mod sale;
pub mod ticket;
#[cfg(feature = "pdf")]
pub mod ticket_pdf;

use domain::limits;
use serde::Deserialize;

/// A page of a list.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Where the page before ended.
    pub after: Option<String>,
    /// Rows, at most 100.
    pub limit: Option<usize>,
}

impl PageQuery {
    /// Rows in the page.
    pub fn rows(&self) -> usize {
        page_rows(self.limit)
    }
}

/// Rows in a page of a list.
pub(crate) fn page_rows(limit: Option<usize>) -> usize {
    limit.unwrap_or(20).clamp(1, limits::PAGE_ROWS_MAX)
}
