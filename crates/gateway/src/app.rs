//! What every request can reach.

use std::sync::Arc;

use accounts::AccountStore;
use catalog::CatalogStore;
use domain::{OrderId, Timestamp};
use engine::Engine;
use metrics_exporter_prometheus::PrometheusHandle;
use payments::{Secret, checkout::Checkout};
use platform::{Clock, Shutdown};
use rand::RngExt;
use tickets::{TicketKey, TicketVerifier};

use crate::edge::limits::Limits;
use crate::sales::Sales;

/// The parts a gateway is made of.
pub struct AppParts {
    /// Accounts and sessions.
    pub accounts: AccountStore,
    /// Events, venues, plans.
    pub catalog: CatalogStore,
    /// The writers.
    pub engine: Engine,
    /// The saga.
    pub checkout: Checkout,
    /// Signs tickets.
    pub ticket_key: TicketKey,
    /// Knows the present key and those before it.
    pub ticket_verifier: TicketVerifier,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ends the process.
    pub shutdown: Shutdown,
    /// Renders /metrics.
    pub metrics: PrometheusHandle,
    /// What the operator decided.
    pub options: AppOptions,
}

/// What the operator decided about the edge.
#[derive(Debug, Clone)]
pub struct AppOptions {
    /// The server's own settings.
    pub server: platform::config::ServerConfig,
    /// What one client may ask for.
    pub limits: platform::config::LimitsConfig,
    /// Virtual fans may be created.
    pub rehearsal: bool,
    /// Secrets that webhooks may be signed with.
    pub webhook_secrets: Vec<Secret>,
}

/// The shared state of the gateway. Cloning is cheap.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

/// See [`AppParts`].
pub struct Inner {
    /// Accounts and sessions.
    pub accounts: AccountStore,
    /// Events, venues, plans.
    pub catalog: CatalogStore,
    /// The writers.
    pub engine: Engine,
    /// The saga.
    pub checkout: Checkout,
    /// Signs tickets.
    pub ticket_key: TicketKey,
    /// Checks ticket codes.
    pub ticket_verifier: TicketVerifier,
    /// Ends the process.
    pub shutdown: Shutdown,
    /// Renders /metrics.
    pub metrics: PrometheusHandle,
    /// What the operator decided.
    pub options: AppOptions,
    /// Every sale with what its pages need.
    pub sales: Sales,
    /// How much one client may ask for.
    pub limits: Limits,
    clock: Arc<dyn Clock>,
}

impl App {
    /// A gateway of these parts. Sales are added by [`App::open_sales`].
    pub fn new(parts: AppParts) -> Self {
        let limits = Limits::new(&parts.options.limits);
        let inner = Inner {
            accounts: parts.accounts,
            catalog: parts.catalog,
            engine: parts.engine,
            checkout: parts.checkout,
            ticket_key: parts.ticket_key,
            ticket_verifier: parts.ticket_verifier,
            shutdown: parts.shutdown,
            metrics: parts.metrics,
            options: parts.options,
            sales: Sales::default(),
            limits,
            clock: parts.clock,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// A new order id for a sale.
    pub fn new_order(&self, sale: domain::SaleId) -> OrderId {
        OrderId::mint(sale, self.now(), rand::rng().random())
    }
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}
