//! A running gateway: it holds connections and keeps nothing that cannot be asked for again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::SaleId;
use gateway::pass_on::Engines;
use gateway::sales::{FanSale, SaleFacts};
use gateway::sessions::{RemoteSessions, Sessions};
use gateway::{AppOptions, Desk, Edge, Surface};
use link::{Link, LinkOptions};
use metrics_exporter_prometheus::PrometheusHandle;
use platform::{Clock, Config, Shutdown, SystemClock};
use tokio::task::JoinHandle;

use crate::failure::Failure;
use crate::join_guard;

/// Pause before a sale that could not be described is asked for again.
const DESCRIBE_PAUSE: Duration = Duration::from_millis(200);
/// How often it is asked whether an organiser has changed what pages say.
const PAGES_EVERY: Duration = Duration::from_secs(5);
/// How often full buckets are cleared away and metrics folded together.
const CHORES_EVERY: Duration = Duration::from_secs(5);

/// A gateway that takes requests.
pub struct GatewayRunning {
    /// Where it listens.
    pub address: SocketAddr,
    http: JoinHandle<()>,
    helpers: [JoinHandle<()>; 3],
    patience: Duration,
}

impl GatewayRunning {
    /// Listens at once: until the engine is there, fans are told to try again.
    ///
    /// # Errors
    /// Why it cannot start, as a sentence.
    pub async fn start(config: &Config, metrics: PrometheusHandle, shutdown: Shutdown) -> Result<Self, Failure> {
        let secret = cluster_secret(config)?;
        let join_keys = join_guard::shared_keys(config).ok_or_else(no_secret)?;
        let listener = gateway::serve::listen(config.server.listen)
            .map_err(|error| Failure::because(format!("{} cannot be listened on.", config.server.listen), error))?;
        let address = listener.local_addr().map_err(|error| Failure::because("The address is unknown.", error))?;
        let link = Link::start(LinkOptions {
            engines: config.cluster.engines.clone(),
            gateway: format!("gateway-{}-{address}", std::process::id()),
            secret,
        });
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let options = AppOptions {
            server: config.server.clone(),
            limits: config.limits.clone(),
            live_frames_per_second: config.cluster.live_frames_per_second,
            rehearsal: false,
            webhook_secrets: Vec::new(),
            join_keys: Arc::new(join_keys),
            address_groups: join_guard::address_groups(config)?,
        };
        let sessions = Sessions::There(RemoteSessions::new(link.clone()));
        let edge = Edge::new(sessions, options, clock, shutdown.clone(), metrics);
        let engines = Engines::new(&config.cluster.engines_http)?;
        let router = gateway::router::gateway(edge.clone(), engines);
        let surface = Surface::with_shortcuts(router, edge.clone());
        let http = tokio::spawn(gateway::serve::serve(listener, surface, shutdown.clone()));
        let following = tokio::spawn(follow(edge.clone(), link.clone()));
        let helpers = [following, tokio::spawn(follow_pages(edge.clone(), link)), tokio::spawn(chores(edge))];
        Ok(Self { address, http, helpers, patience: config.server.shutdown_patience() })
    }

    /// Lets open requests finish. Fans connect to another gateway and keep their place.
    ///
    /// # Errors
    /// Requests did not end in time.
    pub async fn stop(self) -> Result<(), Failure> {
        self.helpers.iter().for_each(JoinHandle::abort);
        let mut http = self.http;
        let ended = tokio::time::timeout(self.patience, &mut http).await;
        http.abort();
        ended.map(drop).map_err(|_| Failure::new("Some connections did not end in time and were cut."))
    }
}

/// The secret that engine and gateways share.
///
/// # Errors
/// There is none: without it anybody could be a gateway.
fn cluster_secret(config: &Config) -> Result<link::Secret, Failure> {
    let secret = config.cluster.secret.as_ref().and_then(|secret| link::Secret::new(secret.expose()));
    secret.ok_or_else(no_secret)
}

/// The secrets that an engine accepts of gateways.
///
/// # Errors
/// As [`cluster_secret`].
pub fn cluster_secrets(config: &Config) -> Result<Vec<link::Secret>, Failure> {
    let also = config.cluster.secret_also.as_ref().and_then(|secret| link::Secret::new(secret.expose()));
    Ok([cluster_secret(config)?].into_iter().chain(also).collect())
}

fn no_secret() -> Failure {
    Failure::new("Set cluster.secret to the same text of at least 16 characters for the engine and its gateways.")
}

/// Adds every sale the engine has, as it becomes known.
async fn follow(edge: Edge, link: Link) {
    let mut sales = link.sales();
    loop {
        let known: Vec<SaleId> = sales.borrow_and_update().clone();
        let mut missing = false;
        for id in known.into_iter().filter(|id| edge.sales.get(*id).is_err()) {
            // One that cannot be described must not keep the others away.
            if let Err(why) = add(&edge, &link, id).await {
                tracing::debug!(sale.id = %id, why, "A sale cannot be described yet");
                missing = true;
            }
        }
        let changed = sales.changed();
        let changed = if missing { tokio::time::timeout(DESCRIBE_PAUSE, changed).await } else { Ok(changed.await) };
        if matches!(changed, Ok(Err(_))) {
            return;
        }
    }
}

async fn add(edge: &Edge, link: &Link, id: SaleId) -> Result<(), String> {
    let described = link.describe(id).await.map_err(|error| error.to_string())?;
    let facts: SaleFacts = serde_json::from_slice(&described).map_err(|error| error.to_string())?;
    let remote = link.sale(id).ok_or("its state has not come yet")?;
    let sale = FanSale::start(Desk::There(remote), facts, edge).map_err(|error| error.to_string())?;
    edge.sales.add(id, sale);
    Ok(())
}

/// Asks again and again what the pages of sales say.
async fn follow_pages(edge: Edge, link: Link) {
    let mut tick = tokio::time::interval(PAGES_EVERY);
    loop {
        tick.tick().await;
        for sale in edge.sales.all() {
            let Ok(page) = link.page(sale.desk.sale()).await else { continue };
            let Ok(page) = String::from_utf8(page) else { continue };
            if page != *sale.facts.page.now() {
                sale.facts.page.change(page);
            }
        }
    }
}

async fn chores(edge: Edge) {
    let mut tick = tokio::time::interval(CHORES_EVERY);
    loop {
        tick.tick().await;
        edge.limits.tidy();
        edge.metrics.run_upkeep();
    }
}
