//! A whole payment provider: its own ledger, a hosted payment page, signed webhooks, and misbehaviour on request.
//!
//! It runs as a server of its own and shares nothing with the shop but the protocol, so that a shop that survives it
//! has survived a provider. Cards: `4242424242424242` pays, `4000000000000002` is declined.
//!
//! - `cashier` makes the decisions, `records`, `outbox` and `audit` read and write the ledger,
//! - `ledger` commits them in groups on one thread,
//! - `courier` delivers webhooks, `behaviour` draws what goes wrong,
//! - `api` and `page` are the edge; [`client`] is for whoever directs or checks a sandbox.

mod api;
pub mod audit;
pub mod behaviour;
mod cashier;
pub mod client;
mod clock;
mod courier;
mod ledger;
mod outbox;
mod page;
mod records;
mod refusal;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use audit::{LedgerEntry, LedgerOperation, LedgerPage, LedgerWebhook};
pub use behaviour::Behaviour;
pub use client::SandboxClient;
pub use ledger::OpenLedgerError;

use crate::secret::Secret;
use cashier::Cashier;
use courier::{Courier, Receiver};
use ledger::Ledger;

/// How long requests under way may take to finish after a stop.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Where it listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The SQLite file of its ledger; created if missing.
    pub ledger_path: PathBuf,
    /// Where webhooks go, over plain http; `None` keeps them in the outbox.
    pub webhook_url: Option<String>,
    /// The secret webhooks are signed with.
    pub webhook_secret: Secret,
    /// The key of its one customer.
    pub api_key: Secret,
    /// The address buyers reach the payment pages under; `None` for the one it listens on.
    pub public_url: Option<String>,
    /// The source of every chance.
    pub seed: u64,
    /// How it misbehaves until told otherwise.
    pub behaviour: Behaviour,
}

/// Why a sandbox could not start or had to end.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The address is taken or not ours.
    #[error("The sandbox payment provider cannot listen on {address}.")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The ledger's file cannot be used.
    #[error("The sandbox payment provider has no ledger.")]
    Ledger(#[from] OpenLedgerError),
    /// The client that delivers webhooks could not be built.
    #[error("The sandbox payment provider cannot deliver webhooks.")]
    Webhooks(#[from] reqwest::Error),
    /// An empty key or secret would let anybody in.
    #[error("The sandbox payment provider needs an API key and a webhook secret that are not empty.")]
    EmptySecret,
    /// Not an address of a web server over plain http.
    #[error("The sandbox payment provider cannot send webhooks to {0:?}; it needs an http address.")]
    WebhookUrl(String),
    /// A member of the behaviour is out of range.
    #[error("The sandbox payment provider cannot behave like that: {0}")]
    Behaviour(String),
    /// The ledger ended after a database error; starting again reads the truth back from its file.
    #[error("The sandbox payment provider ended because its ledger stopped.")]
    LedgerStopped,
}

/// Runs a sandbox until `shutdown` completes.
///
/// # Errors
/// If it cannot start, or if its ledger fails while it runs.
pub async fn run(options: SandboxOptions, shutdown: impl Future<Output = ()>) -> Result<(), SandboxError> {
    let sandbox = Sandbox::start(options).await?;
    let ended = tokio::select! {
        () = shutdown => Ok(()),
        () = sandbox.ledger.stopped() => Err(SandboxError::LedgerStopped),
    };
    sandbox.stop().await;
    ended
}

/// A running sandbox. Dropping it stops it without waiting; [`Sandbox::stop`] waits until the ledger's file is closed.
pub struct Sandbox {
    address: SocketAddr,
    ledger: Ledger,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    courier: JoinHandle<()>,
    thread: thread::JoinHandle<()>,
}

impl Sandbox {
    /// Starts a sandbox; it answers from the moment this returns.
    ///
    /// # Errors
    /// If the options are unusable, the address is taken or the ledger cannot be opened.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        if options.api_key.is_empty() || options.webhook_secret.is_empty() {
            return Err(SandboxError::EmptySecret);
        }
        if let Some(url) = options.webhook_url.as_ref().filter(|url| !is_http(url)) {
            return Err(SandboxError::WebhookUrl(url.clone()));
        }
        if let Some(problem) = options.behaviour.problem() {
            return Err(SandboxError::Behaviour(problem));
        }
        let unheard = |source| SandboxError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(unheard)?;
        let address = listener.local_addr().map_err(unheard)?;
        let pages =
            options.public_url.map_or_else(|| format!("http://{address}"), |url| url.trim_end_matches('/').into());

        let dice = Arc::new(behaviour::Dice::new(options.seed, options.behaviour));
        let receiver = options.webhook_url.map(|url| Receiver { url, secret: options.webhook_secret });
        let (ledger, thread) = Ledger::open(&options.ledger_path)?;
        let courier = Arc::new(Courier::new(ledger.clone(), receiver, Arc::clone(&dice))?);
        let (stop, stopping) = watch::channel(false);
        let app = Arc::new(api::App {
            cashier: Cashier::new(ledger.clone(), pages.clone()),
            ledger: ledger.clone(),
            pages,
            courier: Arc::clone(&courier),
            dice,
            api_key: options.api_key,
            stopping: stopping.clone(),
        });
        let courier = tokio::spawn(courier.run(stopping.clone()));
        let server = tokio::spawn(serve(listener, api::router(app), stopping));
        tracing::info!(%address, "The sandbox payment provider listens on {address}");
        Ok(Self { address, ledger, stop, server, courier, thread })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of its API, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops listening, finishes what is under way, and closes the ledger. Webhooks not delivered yet stay in it.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let Self { ledger, mut server, mut courier, thread, .. } = self;
        if tokio::time::timeout(FINISH_TIMEOUT, &mut server).await.is_err() {
            server.abort();
        }
        if tokio::time::timeout(FINISH_TIMEOUT, &mut courier).await.is_err() {
            courier.abort();
        }
        ledger.stop().await;
        // The thread reports its own errors; joining it only makes sure that the file is closed.
        let _joined = tokio::task::spawn_blocking(move || thread.join()).await;
    }
}

fn is_http(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| url.scheme() == "http" && url.has_host())
}

async fn serve(listener: TcpListener, router: axum::Router, mut stopping: watch::Receiver<bool>) {
    // Small answers must not wait for the client's acknowledgement of the last one.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection keeps Nagle's algorithm: {error}");
        }
    });
    let shutdown = async move {
        // An error means that the sandbox was dropped, which is a stop as well.
        let _told = stopping.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(shutdown).await {
        tracing::error!(%error, "The sandbox payment provider stopped listening: {error}");
    }
}
