//! A sale whose writer runs in an engine, and which.

use std::sync::Arc;

use domain::{AccountId, OrderId, SaleId};
use engine::Unavailable;
use sale::idempotency::Outcome;
use sale::{OrderView, PlaceView, Request, SaleView};
use tokio::sync::broadcast;

use crate::client::Link;
use crate::client::mirrors::Mirror;
use crate::protocol::{Question, Reply};
use crate::wake::Wake;

/// The way to a sale, at whichever engine it is. Cloning it is cheap.
#[derive(Clone)]
pub struct RemoteSale {
    link: Link,
    mirror: Arc<Mirror>,
}

impl RemoteSale {
    pub(crate) fn new(link: Link, mirror: Arc<Mirror>) -> Self {
        Self { link, mirror }
    }

    /// Which sale.
    pub fn sale(&self) -> SaleId {
        self.mirror.sale
    }

    /// The engine that has the sale can be asked right now.
    pub fn is_connected(&self) -> bool {
        self.link.is_open(self.mirror.way())
    }

    /// Carries out a request; returns when the answer is durable. Requests are carried out in the order in which
    /// these calls are first polled.
    ///
    /// # Errors
    /// There is no answer; what became of the request is unknown. The same request may be repeated.
    pub async fn submit(&self, request: impl Into<Request>) -> Result<Outcome, Unavailable> {
        let Request { key, command } = request.into();
        match self.link.ask(self.mirror.way(), Question::Submit { sale: self.sale(), request: (key, command) }).await? {
            Reply::Outcome(outcome) => Ok(outcome),
            _ => Err(Unavailable::Stopped),
        }
    }

    /// Where an account stands.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn place(&self, account: AccountId) -> Result<Option<PlaceView>, Unavailable> {
        match self.link.ask(self.mirror.way(), Question::Place { sale: self.sale(), account }).await? {
            Reply::Place(place) => Ok(place),
            _ => Err(Unavailable::Stopped),
        }
    }

    /// Where an account stands, and its order: the one of its place, else the one it knows, else its latest.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn own(
        &self,
        account: AccountId,
        known: Option<OrderId>,
    ) -> Result<(Option<PlaceView>, Option<OrderView>), Unavailable> {
        match self.link.ask(self.mirror.way(), Question::Own { sale: self.sale(), account, known }).await? {
            Reply::Own(place, order) => Ok((place, order)),
            _ => Err(Unavailable::Stopped),
        }
    }

    /// The latest view: shared, without a lock, and the last one known while there is no connection.
    pub fn view(&self) -> Arc<SaleView> {
        self.mirror.view.load_full()
    }

    /// Who may want to look again, from now on. After a reconnection that is everybody.
    pub fn wakes(&self) -> broadcast::Receiver<Arc<Wake>> {
        self.mirror.wakes.subscribe()
    }
}
