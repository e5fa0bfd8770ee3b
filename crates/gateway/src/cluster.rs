//! The other engines: which has what, and how an operator moves a sale.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use domain::{Problem, SaleId};
use leases::{Directory, EngineAt, Keeper};

use crate::pass_on::PassOn;
use crate::problem::ApiError;

/// On a request that came from another engine: it is answered here or not at all.
pub(crate) const PASSED_ON: HeaderName = HeaderName::from_static("onsale-passed-on");
/// How long a new sale may take until some engine serves it.
const OPENED_WITHIN: Duration = Duration::from_secs(10);
/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What this engine knows of the others.
pub struct Cluster {
    /// Where every sale is.
    pub directory: Directory,
    /// Keeps this engine's leases.
    pub keeper: Arc<Keeper>,
    pass: PassOn,
}

impl Cluster {
    /// What this keeper hears, with connections to the others.
    pub fn new(directory: Directory, keeper: Arc<Keeper>) -> Self {
        Self { directory, keeper, pass: PassOn::new() }
    }

    /// Returns when some engine serves a new sale: `here` says whether this one does. Its lease is taken a little
    /// before its writer has begun.
    ///
    /// # Errors
    /// `sale_unavailable`: none served it in time. One will a little later.
    pub async fn opened(&self, sale: SaleId, here: impl Fn() -> bool) -> Result<(), Problem> {
        self.keeper.hurry();
        let served = async {
            while !here() && !self.is_served_elsewhere(sale).await {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(OPENED_WITHIN, served).await.map_err(|_| away())
    }

    async fn is_served_elsewhere(&self, sale: SaleId) -> bool {
        let Some(engine) = self.directory.elsewhere(sale) else { return false };
        let mut request = Request::new(Body::empty());
        let Ok(page) = format!("/v1/sales/{sale}").parse() else { return false };
        *request.uri_mut() = page;
        self.ask(&engine, request).await.is_ok_and(|answer| answer.status().is_success())
    }

    /// What another engine answers by itself.
    ///
    /// # Errors
    /// `sale_unavailable`: it does not answer.
    pub(crate) async fn ask(&self, engine: &EngineAt, mut request: Request) -> Result<Response, ApiError> {
        request.headers_mut().insert(PASSED_ON, HeaderValue::from_static("1"));
        self.pass.to(&engine.http, request).await
    }

    /// Moves a sale to the engine with this name: its writer ends where it is, and the other takes it over.
    ///
    /// # Errors
    /// `engine_unknown` at `/engine`, `sale_unavailable`.
    pub async fn move_to(&self, sale: SaleId, engine: &str) -> Result<EngineAt, Problem> {
        let unknown = || Problem::new("engine_unknown", "There is no engine with this name now.").at("/engine");
        let engines = self.directory.engines();
        let (target, _) = engines.into_iter().find(|(at, _)| at.name == engine).ok_or_else(unknown)?;
        let wanted = self.keeper.store().want(sale, engine).await;
        if !wanted.map_err(|error| away().internal(error))? {
            return Err(away());
        }
        self.keeper.hurry();
        Ok(target)
    }
}

/// The sale is at no engine right now.
pub fn away() -> Problem {
    Problem::new("sale_unavailable", "We are reconnecting. Your place is safe; try again.")
}
