//! The engine's side: takes gateways, answers them and tells them what changes.

mod clerk;
mod connection;
mod gateways;
mod ticker;

pub use gateways::Gateways;

use std::sync::Arc;
use std::time::Duration;

use domain::{SaleId, Timestamp};
use engine::{SaleHandle, Unavailable};
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::protocol::SessionFacts;
use crate::secret::Secret;

/// Connections at once, those in their handshake included. What is beyond is closed at once.
const CONNECTIONS_MAX: usize = 1_024;
/// Pause after a connection could not be accepted: no descriptors, most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What there is behind the gateways.
pub trait Backstage: Send + Sync + 'static {
    /// Every sale with a writer here.
    fn sales(&self) -> Vec<SaleHandle>;

    /// Who the bearer of this token is, if that is known without waiting.
    fn known(&self, token: &str) -> Option<SessionFacts>;

    /// Who the bearer of this token is; nobody if it is not good.
    fn authenticate(&self, token: String) -> BoxFuture<'static, Result<Option<SessionFacts>, Unavailable>>;

    /// A sale in the words of the edge; nothing if there is no such sale.
    fn describe(&self, sale: SaleId) -> BoxFuture<'static, Option<Vec<u8>>>;

    /// What of that description may change, in a few words; nothing if there is no such sale.
    fn page(&self, sale: SaleId) -> Option<Vec<u8>>;

    /// Where connected gateways are counted.
    fn gateways(&self) -> Gateways;

    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Serves gateways that know one of the secrets until `stop` is done, then closes their connections.
pub async fn serve(
    listener: TcpListener,
    secrets: Vec<Secret>,
    backstage: Arc<dyn Backstage>,
    stop: impl Future<Output = ()>,
) {
    let secrets: Arc<[Secret]> = secrets.into();
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    // Dropped at the end, which ends all connections.
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => return,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "A gateway could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = Arc::clone(&room).try_acquire_owned() else {
            tracing::warn!(%peer, "Too many gateways; one is turned away");
            continue;
        };
        let (secrets, backstage) = (Arc::clone(&secrets), Arc::clone(&backstage));
        connections.spawn(async move {
            connection::serve(stream, peer, &secrets, backstage).await;
            drop(permit);
        });
    }
}
