//! An engine beside others: it has the sales whose leases it holds.

use std::sync::Arc;

use domain::{Duration, SaleId, Timestamp};
use gateway::App;
use gateway::cluster::Cluster;
use leases::{Directory, Done, Keeper, KeeperOptions, Store, Tenure, Writers};
use platform::Config;
use platform::config::Role;
use sale::Stage;
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::data_folder::DataFolder;
use crate::failure::Failure;

/// So long before it opens, and while it is open, a sale does not change hands by itself.
const CALM_BEFORE: Duration = Duration::from_secs(600);

/// How often is looked whether pages were changed at another engine.
const PAGES_EVERY: std::time::Duration = std::time::Duration::from_secs(3);

/// Whether this process is one of several, by its settings: an engine whose journal and tables are shared.
pub fn is_shared(config: &Config) -> bool {
    config.cluster.role == Role::Engine && config.storage.journal_url.is_some() && config.storage.database_url.is_some()
}

/// What the operator calls this engine.
pub fn name(config: &Config) -> String {
    match config.cluster.name.as_str() {
        "" => config.cluster.listen.to_string().replace(':', "."),
        name => name.to_owned(),
    }
}

/// The leases of a running engine.
pub struct BesideOthers {
    keeper: Arc<Keeper>,
    beating: JoinHandle<()>,
    pages: JoinHandle<()>,
}

impl BesideOthers {
    /// Says that this engine is there, and takes sales from now on.
    ///
    /// # Errors
    /// The leases cannot be used, or this engine does not fit the others.
    pub async fn start(config: &Config, folder: &DataFolder, app: &App, tenure: Tenure) -> Result<Self, Failure> {
        let unusable = |error| Failure::because("This engine cannot work beside others.", error);
        let Some(url) = &config.storage.journal_url else {
            return Err(Failure::new("Engines that share sales need storage.journal_url."));
        };
        let store = Store::open(url.expose()).await.map_err(unusable)?;
        let http = match config.cluster.own_http.as_str() {
            "" => format!("http://{}", config.server.listen),
            origin => origin.to_owned(),
        };
        let options = KeeperOptions { name: name(config), http, keys: fingerprint(config, folder)? };
        let directory = Directory::default();
        let writers = Arc::new(Here { app: app.clone() });
        let keeper = Keeper::start(store, options, writers, tenure, directory.clone()).await.map_err(unusable)?;
        tracing::info!(engine = keeper.this().name, "Sharing sales with other engines");
        let cluster = Cluster::new(directory, Arc::clone(&keeper));
        if app.cluster.set(cluster).is_err() {
            return Err(Failure::new("This engine has begun to share sales already."));
        }
        let beating = tokio::spawn(Arc::clone(&keeper).run());
        let pages = tokio::spawn(follow_pages(app.clone()));
        Ok(Self { keeper, beating, pages })
    }

    /// Gives every sale up, so that the others take over at once.
    pub async fn leave(self) {
        self.beating.abort();
        self.pages.abort();
        self.keeper.leave().await;
    }
}

/// Reads again and again what the pages of sales say: an organiser may have changed it at any engine.
async fn follow_pages(app: App) {
    let mut tick = tokio::time::interval(PAGES_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = app.refresh_pages(|_| true).await {
            tracing::warn!(%error, "The pages of sales cannot be read");
        }
    }
}

/// Of everything that must be the same for engines that take over from each other.
fn fingerprint(config: &Config, folder: &DataFolder) -> Result<String, Failure> {
    let payments = folder.payment_secrets(&config.payments)?;
    let ticket_key = std::fs::read(folder.ticket_key())
        .map_err(|error| Failure::because("The key that signs tickets cannot be read.", error))?;
    let mut digest = Sha256::new();
    let secrets = [folder.secret("draw_key")?, payments.api_key, payments.webhook_secret];
    for part in secrets.iter().map(|secret| secret.expose().as_bytes()).chain([ticket_key.as_slice()]) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    Ok(hex::encode(&digest.finalize()[..8]))
}

/// The writers of this process.
struct Here {
    app: App,
}

impl Here {
    fn is_quiet(&self, sale: SaleId, now: Timestamp) -> bool {
        let Ok(entry) = self.app.sales.get(sale) else { return true };
        let view = entry.handle.view();
        match view.stage {
            Stage::Scheduled => view.opens_at.since(now) > CALM_BEFORE,
            Stage::Closed => true,
            _ => false,
        }
    }
}

impl Writers for Here {
    fn sales(&self) -> Done<'_, Result<Vec<(SaleId, bool)>, String>> {
        Box::pin(async move {
            let all = self.app.catalog.sale_ids().await.map_err(|problem| problem.to_string())?;
            let now = self.app.now();
            Ok(all.into_iter().map(|sale| (sale, self.is_quiet(sale, now))).collect())
        })
    }

    fn start(&self, sale: SaleId, term: u64) -> Done<'_, Result<(), String>> {
        Box::pin(async move { self.app.open_sale_in(sale, term).await.map_err(|problem| problem.to_string()) })
    }

    fn has_ended(&self, sale: SaleId) -> bool {
        self.app.sales.get(sale).is_ok_and(|entry| entry.handle.has_ended())
    }

    fn stop(&self, sale: SaleId) -> Done<'_, ()> {
        Box::pin(self.app.close_sale(sale))
    }
}
