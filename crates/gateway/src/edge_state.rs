//! What the requests of fans can reach: all there is in a gateway, and a part of it where the writer is.

use std::sync::Arc;

use axum::extract::FromRef;
use domain::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use platform::{Clock, Shutdown};

use crate::app::{App, AppOptions};
use crate::edge::admission::AdmissionPasses;
use crate::edge::join_proof::JoinProofs;
use crate::edge::limits::Limits;
use crate::sales::{FanSale, Sales};
use crate::sessions::Sessions;

/// The shared state of the edge. Cloning is cheap.
#[derive(Clone)]
pub struct Edge {
    inner: Arc<EdgeState>,
}

/// See [`Edge`].
pub struct EdgeState {
    /// Who is asking.
    pub sessions: Sessions,
    /// Every sale with what fans need of it.
    pub sales: Sales<FanSale>,
    /// How much one client may ask for.
    pub limits: Limits,
    /// What is asked for with a join.
    pub join_proofs: JoinProofs,
    /// What is shown by whoever comes in.
    pub admission: AdmissionPasses,
    /// What the operator decided.
    pub options: AppOptions,
    /// Ends the process.
    pub shutdown: Shutdown,
    /// Renders /metrics.
    pub metrics: PrometheusHandle,
    clock: Arc<dyn Clock>,
}

impl Edge {
    /// An edge without sales.
    pub fn new(
        sessions: Sessions,
        options: AppOptions,
        clock: Arc<dyn Clock>,
        shutdown: Shutdown,
        metrics: PrometheusHandle,
    ) -> Self {
        let limits = Limits::new(&options.limits, options.address_groups.clone());
        let join_proofs = JoinProofs::new(&options.limits, Arc::clone(&options.join_keys));
        let admission = AdmissionPasses::new(&options.limits, Arc::clone(&options.join_keys));
        let sales = Sales::default();
        let state = EdgeState { sessions, sales, limits, join_proofs, admission, options, shutdown, metrics, clock };
        Self { inner: Arc::new(state) }
    }

    /// Where the time comes from.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.inner.clock)
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}

impl std::ops::Deref for Edge {
    type Target = EdgeState;
    fn deref(&self) -> &EdgeState {
        &self.inner
    }
}

impl FromRef<App> for Edge {
    fn from_ref(app: &App) -> Self {
        app.edge.clone()
    }
}
