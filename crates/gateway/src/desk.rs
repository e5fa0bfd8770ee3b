//! Where a sale's commands go and where its state comes from: its writer in this process, or an engine elsewhere.

use std::sync::Arc;

use domain::{AccountId, OrderId, SaleId};
use engine::{Committed, SaleHandle, Unavailable};
use link::{RemoteSale, Wake};
use sale::idempotency::Outcome;
use sale::{OrderView, PlaceView, Request, Sale, SaleView};
use tokio::sync::broadcast;

/// The way to one sale.
#[derive(Clone)]
pub enum Desk {
    /// Its writer runs here.
    Here(SaleHandle),
    /// Its writer runs in an engine.
    There(RemoteSale),
}

/// Everything of one account in a sale: its place, and the order that matters now.
pub type Own = (Option<PlaceView>, Option<OrderView>);

impl Desk {
    /// Which sale.
    pub fn sale(&self) -> SaleId {
        match self {
            Self::Here(handle) => handle.sale(),
            Self::There(remote) => remote.sale(),
        }
    }

    /// The latest state for everybody: shared, and a little old.
    pub fn view(&self) -> Arc<SaleView> {
        match self {
            Self::Here(handle) => handle.view(),
            Self::There(remote) => remote.view(),
        }
    }

    /// Carries out a request; returns when the answer is durable.
    ///
    /// # Errors
    /// There is no answer; what became of the request is unknown.
    pub async fn submit(&self, request: impl Into<Request>) -> Result<Outcome, Unavailable> {
        match self {
            Self::Here(handle) => handle.submit(request).await,
            Self::There(remote) => remote.submit(request).await,
        }
    }

    /// Where an account stands.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn place(&self, account: AccountId) -> Result<Option<PlaceView>, Unavailable> {
        match self {
            Self::Here(handle) => handle.read(move |sale| sale.place_view(account)).await,
            Self::There(remote) => remote.place(account).await,
        }
    }

    /// Where an account stands, and its order: the one of its place, else the one it knows, else its latest.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn own(&self, account: AccountId, known: Option<OrderId>) -> Result<Own, Unavailable> {
        match self {
            Self::Here(handle) => handle.read(move |sale: &Sale| link::own(sale, account, known)).await,
            Self::There(remote) => remote.own(account, known).await,
        }
    }

    /// The writer can be asked right now.
    pub fn is_connected(&self) -> bool {
        match self {
            Self::Here(_) => true,
            Self::There(remote) => remote.is_connected(),
        }
    }

    /// Who may want to look again, from now on.
    pub fn wakes(&self) -> Wakes {
        match self {
            Self::Here(handle) => Wakes::Here(handle.subscribe()),
            Self::There(remote) => Wakes::There(remote.wakes()),
        }
    }
}

/// Who may want to look again, as it becomes known.
pub enum Wakes {
    /// From the writer's own feed.
    Here(broadcast::Receiver<Arc<Committed>>),
    /// From the engine.
    There(broadcast::Receiver<Arc<Wake>>),
}

impl Wakes {
    /// The next; `None` when there will be no more. Who falls behind is told that everybody may want to.
    pub async fn next(&mut self) -> Option<Arc<Wake>> {
        let received = match self {
            Self::Here(feed) => feed.recv().await.map(|batch| Arc::new(Wake::of(&batch))),
            Self::There(wakes) => wakes.recv().await,
        };
        match received {
            Ok(wake) => Some(wake),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Arc::new(Wake::everybody())),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
