//! What every request can reach.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use accounts::{AccountStore, AuditLog};
use catalog::CatalogStore;
use domain::{OrderId, Timestamp};
use engine::{Engine, Recent};
use metrics_exporter_prometheus::PrometheusHandle;
use payments::{Secret, checkout::Checkout};
use platform::{Clock, Shutdown};
use rand::RngExt;
use sha2::{Digest, Sha256};
use tickets::{TicketKey, TicketVerifier};

use crate::cluster::Cluster;
use crate::edge_state::Edge;
#[cfg(feature = "pdf")]
use crate::printing::Printer;
use crate::problem::{ApiError, ApiResult};
use crate::sales::{SaleEntry, Sales};
use crate::sessions::Sessions;

/// The parts a gateway is made of.
pub struct AppParts {
    /// Accounts and sessions.
    pub accounts: AccountStore,
    /// What organisers and operators did.
    pub audit: AuditLog,
    /// Events, venues, plans.
    pub catalog: CatalogStore,
    /// The writers.
    pub engine: Engine,
    /// The saga.
    pub checkout: Checkout,
    /// The latest calls to the payment provider.
    pub provider_calls: Arc<Recent>,
    /// What the seeds of draws are made from; a secret of this server.
    pub draw_key: Secret,
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
    /// Frames for all live connections of a sale in a second, at most.
    pub live_frames_per_second: u32,
    /// Virtual fans may be created.
    pub rehearsal: bool,
    /// Secrets that webhooks may be signed with.
    pub webhook_secrets: Vec<Secret>,
    /// What challenges and wait tickets of joins are signed with; the same in all processes of an installation.
    pub join_keys: Arc<guard::KeyRing>,
    /// Which networks share a limit of joins.
    pub address_groups: guard::AddressGroups,
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
    /// What organisers and operators did.
    pub audit: AuditLog,
    /// Events, venues, plans.
    pub catalog: CatalogStore,
    /// The writers.
    pub engine: Engine,
    /// The saga.
    pub checkout: Checkout,
    /// The latest calls to the payment provider.
    pub provider_calls: Arc<Recent>,
    /// When this process was put together.
    pub began: Instant,
    /// What the seeds of draws are made from.
    pub draw_key: Secret,
    /// Signs tickets.
    pub ticket_key: TicketKey,
    /// Checks ticket codes.
    pub ticket_verifier: TicketVerifier,
    /// Every sale with all that is known of it.
    pub sales: Sales<SaleEntry>,
    /// Prints tickets.
    #[cfg(feature = "pdf")]
    pub(crate) printer: Printer,
    /// Gateways that are connected to this engine.
    pub gateways: link::Gateways,
    /// The other engines, if there may be others.
    pub cluster: OnceLock<Cluster>,
    /// What the requests of fans need.
    pub edge: Edge,
}

impl App {
    /// A gateway of these parts. Sales are added by [`App::open_sales`].
    pub fn new(parts: AppParts) -> Self {
        let sessions = Sessions::Here(parts.accounts.clone());
        let edge = Edge::new(sessions, parts.options, parts.clock, parts.shutdown, parts.metrics);
        let inner = Inner {
            accounts: parts.accounts,
            audit: parts.audit,
            catalog: parts.catalog,
            engine: parts.engine,
            checkout: parts.checkout,
            provider_calls: parts.provider_calls,
            began: Instant::now(),
            draw_key: parts.draw_key,
            ticket_key: parts.ticket_key,
            ticket_verifier: parts.ticket_verifier,
            sales: Sales::default(),
            #[cfg(feature = "pdf")]
            printer: Printer::default(),
            gateways: link::Gateways::default(),
            cluster: OnceLock::new(),
            edge,
        };
        Self { inner: Arc::new(inner) }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.inner.edge.now()
    }

    /// There is such a sale, and this engine is not the one to answer for it.
    pub fn is_elsewhere(&self, sale: domain::SaleId) -> bool {
        let exists = || self.cluster.get().is_some_and(|cluster| cluster.directory.exists(sale));
        self.sales.get(sale).is_err() && exists()
    }

    /// The seed of a sale's draw: fixed from the beginning, known to nobody before the opening.
    pub fn draw_seed(&self, sale: domain::SaleId) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(b"onsale draw seed");
        digest.update((self.draw_key.expose().len() as u64).to_be_bytes());
        digest.update(self.draw_key.expose());
        digest.update(sale.get().to_be_bytes());
        digest.finalize().into()
    }

    /// Rehearsals are enabled.
    ///
    /// # Errors
    /// `rehearsal_disabled`.
    pub fn must_rehearse(&self) -> ApiResult<()> {
        let disabled = || ApiError::new("rehearsal_disabled", "Rehearsals are not enabled here.");
        self.options.rehearsal.then_some(()).ok_or_else(disabled)
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

impl std::ops::Deref for Inner {
    type Target = Edge;
    fn deref(&self) -> &Edge {
        &self.edge
    }
}
