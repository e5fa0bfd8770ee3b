//! A running server: the only place where the parts are wired together.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use accounts::{AccountStore, AuditLog};
use catalog::CatalogStore;
use engine::{Engine, EngineOptions, MayAnswer, Now, Recent};
use gateway::{App, AppOptions, AppParts, Surface};
use journal::{Journal, Snapshots};
use leases::Tenure;
use metrics_exporter_prometheus::PrometheusHandle;
use payments::checkout::{Checkout, CheckoutOptions};
use payments::{HttpProvider, HttpProviderOptions, MeasuredProvider, Secret};
use platform::config::Role;
use platform::{Clock, Config, Shutdown, SystemClock};
use tickets::{TicketKey, TicketVerifier};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::backstage::Behind;
use crate::beside_others::{self, BesideOthers};
use crate::data_folder::{DataFolder, FolderLock};
use crate::failure::Failure;
use crate::gateway_running::cluster_secrets;
use crate::join_guard;
use crate::journal_place::JournalPlace;
use crate::table_places::TablePlaces;

/// How often expired sessions and full buckets are cleared away.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// How often metrics are folded together.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Requests that were begun get this long before other engines take the sales over: longer than any of them needs.
const HAND_OVER_AFTER: Duration = Duration::from_secs(2);

/// A server that takes requests.
pub struct Running {
    /// The gateway.
    pub app: App,
    /// Where it listens.
    pub address: SocketAddr,
    journal: Arc<dyn Journal>,
    http: JoinHandle<()>,
    chores: Vec<JoinHandle<()>>,
    link: Option<JoinHandle<()>>,
    others: Option<BesideOthers>,
    patience: Duration,
    _lock: FolderLock,
}

impl Running {
    /// Opens the data folder, recovers every sale, and listens.
    ///
    /// # Errors
    /// Why it cannot start, as a sentence.
    pub async fn start(config: &Config, metrics: PrometheusHandle, shutdown: Shutdown) -> Result<Self, Failure> {
        let folder = DataFolder::of(config);
        folder.create()?;
        let lock = folder.lock()?;
        // Bind before recovering: a port in use is said at once, and early clients wait instead of being refused.
        let listener = gateway::serve::listen(config.server.listen)
            .map_err(|error| Failure::because(format!("{} cannot be listened on.", config.server.listen), error))?;
        let address = listener.local_addr().map_err(|error| Failure::because("The address is unknown.", error))?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let journal = open_journal(config, &folder).await?;
        let tenure = beside_others::is_shared(config).then(Tenure::default);
        let engine = open_engine(config, &folder, &journal, &clock, tenure.as_ref()).await?;
        let (app, calls) = build_app(config, &folder, engine, clock, metrics, shutdown.clone()).await?;
        let (surface, others) = match tenure {
            None => {
                app.open_sales().await?;
                (Surface::with_shortcuts(gateway::router::router(app.clone()), app.edge.clone()), None)
            }
            Some(tenure) => {
                let others = BesideOthers::start(config, &folder, &app, tenure).await?;
                (Surface::from(gateway::router::shared(app.clone())), Some(others))
            }
        };
        let http = tokio::spawn(gateway::serve::serve(listener, surface, shutdown.clone()));
        let pacer = tokio::spawn(crate::pacer::run(app.engine.clone(), calls, app.edge.clock()));
        let drawer = tokio::spawn(crate::drawer::run(app.clone()));
        let chores = vec![tokio::spawn(chores(app.clone())), pacer, drawer];
        let link = match config.cluster.role {
            Role::Engine => Some(take_gateways(config, &app, shutdown).await?),
            _ => None,
        };
        let patience = config.server.shutdown_patience();
        Ok(Self { app, address, journal, http, chores, link, others, patience, _lock: lock })
    }

    /// Finishes what was begun, in order: requests, writers, journal, tables. Where other engines can go on with the
    /// sales, they get them before the last request has ended if that takes longer than [`HAND_OVER_AFTER`]; what is
    /// then still asked here is answered by them.
    ///
    /// # Errors
    /// Requests did not end in time; what was acknowledged is safe all the same.
    pub async fn stop(self) -> Result<(), Failure> {
        self.chores.iter().for_each(JoinHandle::abort);
        self.link.iter().for_each(JoinHandle::abort);
        let mut http = self.http;
        let end = async {
            let ended = tokio::time::timeout(self.patience, &mut http).await;
            http.abort();
            ended
        };
        let ended = match self.others {
            None => end.await,
            // Nobody reaches the sales here any more: one slow client must not keep them from the engines that can be.
            Some(others) => {
                let mut end = pin!(end);
                let soon = tokio::time::timeout(HAND_OVER_AFTER, &mut end).await;
                others.leave().await;
                match soon {
                    Ok(ended) => ended,
                    Err(_) => end.await,
                }
            }
        };
        let engine = self.app.engine.clone();
        let writers = tokio::task::spawn_blocking(move || engine.stop()).await;
        let journal = self.journal;
        let closed = tokio::task::spawn_blocking(move || journal.close()).await;
        self.app.accounts.close().await;
        self.app.audit.close().await;
        self.app.catalog.close().await;
        writers.and(closed).map_err(|error| Failure::because("The writers did not end well.", error))?;
        match ended {
            Ok(_) => Ok(()),
            Err(_) => Err(Failure::new("Some connections did not end in time and were cut.")),
        }
    }
}

/// Lets gateways connect.
async fn take_gateways(config: &Config, app: &App, shutdown: Shutdown) -> Result<JoinHandle<()>, Failure> {
    let secrets = cluster_secrets(config)?;
    let listener = TcpListener::bind(config.cluster.listen)
        .await
        .map_err(|error| Failure::because(format!("{} cannot be listened on.", config.cluster.listen), error))?;
    tracing::info!(address = %config.cluster.listen, "Taking gateways");
    let behind = Arc::new(Behind::new(app.clone()));
    Ok(tokio::spawn(async move {
        link::serve(listener, secrets, behind, async move { drop(shutdown.wait().await) }).await;
    }))
}

async fn open_journal(config: &Config, folder: &DataFolder) -> Result<Arc<dyn Journal>, Failure> {
    let place = JournalPlace::of(config, folder)?;
    let opened = tokio::task::spawn_blocking(move || place.open()).await;
    opened.map_err(|error| Failure::because("The journal cannot be opened.", error))?
}

async fn open_engine(
    config: &Config,
    folder: &DataFolder,
    journal: &Arc<dyn Journal>,
    clock: &Arc<dyn Clock>,
    tenure: Option<&Tenure>,
) -> Result<Engine, Failure> {
    let may_answer = tenure
        .cloned()
        .map_or(MayAnswer::Always, |tenure| MayAnswer::If(Arc::new(move |sale| tenure.may_answer(sale))));
    let options = EngineOptions {
        may_answer,
        inbox_max: config.engine.inbox_commands_max,
        batch_max: config.engine.commit_batch_commands_max,
        snapshot_every: config.engine.snapshot_every_events,
        ..EngineOptions::default()
    };
    let clock = Arc::clone(clock);
    let now: Now = Arc::new(move || clock.now());
    let (journal, snapshots) = (Arc::clone(journal), Snapshots::new(folder.snapshots()));
    if tenure.is_some() {
        // Each sale is read when its lease is taken.
        return Ok(Engine::empty(journal, snapshots, options, now));
    }
    let open = move || Engine::open(journal, snapshots, options, now);
    let opened = tokio::task::spawn_blocking(open).await;
    let opened = opened.map_err(|error| Failure::because("The sales cannot be recovered.", error))?;
    opened.map_err(|error| Failure::because("The sales cannot be recovered.", error))
}

async fn build_app(
    config: &Config,
    folder: &DataFolder,
    engine: Engine,
    clock: Arc<dyn Clock>,
    metrics: PrometheusHandle,
    shutdown: Shutdown,
) -> Result<(App, Arc<Recent>), Failure> {
    let secrets = folder.payment_secrets(&config.payments)?;
    let mut webhook_secrets = vec![Secret::new(secrets.webhook_secret.expose())];
    webhook_secrets.extend(config.payments.webhook_secrets().map(|secret| Secret::new(secret.expose())));
    let provider = HttpProviderOptions::new(&config.payments.provider_url, Secret::new(secrets.api_key.expose()));
    let provider = HttpProvider::new(provider)
        .map_err(|error| Failure::because("The payment provider cannot be reached this way.", error))?;
    let provider = MeasuredProvider::new(Arc::new(provider));
    let calls = provider.calls();
    let return_url = format!("{}/orders/{{order}}", config.server.public_url);
    let checkout = CheckoutOptions { return_url, ..CheckoutOptions::default() };
    let tables = TablePlaces::of(config, folder);
    let ticket_key = TicketKey::load_or_generate(&folder.ticket_key())?;
    let join_keys = join_guard::keys(config, &folder.join_keys(), clock.now())?;
    let parts = AppParts {
        accounts: AccountStore::open(&tables.accounts).await?,
        audit: AuditLog::open(&tables.audit).await?,
        catalog: CatalogStore::open(&tables.catalog).await?,
        checkout: Checkout::new(engine.clone(), Arc::new(provider), checkout),
        provider_calls: Arc::clone(&calls),
        engine,
        draw_key: Secret::new(folder.secret("draw_key")?.expose()),
        ticket_verifier: TicketVerifier::new([ticket_key.public_key()]),
        ticket_key,
        clock,
        shutdown,
        metrics,
        options: AppOptions {
            server: config.server.clone(),
            limits: config.limits.clone(),
            live_frames_per_second: config.cluster.live_frames_per_second,
            rehearsal: config.rehearsal.enabled,
            webhook_secrets,
            join_keys,
            address_groups: join_guard::address_groups(config)?,
        },
    };
    Ok((App::new(parts), calls))
}

async fn chores(app: App) {
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    let mut upkeep = tokio::time::interval(UPKEEP_EVERY);
    loop {
        tokio::select! {
            _ = tidy.tick() => {
                if let Err(problem) = app.accounts.maintain(app.now()).await {
                    tracing::warn!(%problem, "Sessions could not be tidied");
                }
                app.limits.tidy();
            }
            _ = upkeep.tick() => app.metrics.run_upkeep(),
        }
    }
}
