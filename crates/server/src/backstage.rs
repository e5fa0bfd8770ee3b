//! What an engine tells its gateways: its sales, who is signed in, and what a sale sells.

use accounts::{Session, SessionFacts};
use domain::{SaleId, Timestamp};
use engine::{SaleHandle, Unavailable};
use futures_util::future::BoxFuture;
use gateway::App;
use link::{Backstage, Gateways};

/// The parts behind the gateways.
pub struct Behind {
    app: App,
}

impl Behind {
    /// Behind gateways stands this.
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

impl Backstage for Behind {
    fn sales(&self) -> Vec<SaleHandle> {
        self.app.sales.all().iter().map(|sale| sale.handle.clone()).collect()
    }

    fn known(&self, token: &str) -> Option<link::SessionFacts> {
        told(&*self.app.accounts.authenticate_cached(token, self.app.now())?)
    }

    fn authenticate(&self, token: String) -> BoxFuture<'static, Result<Option<link::SessionFacts>, Unavailable>> {
        let app = self.app.clone();
        Box::pin(async move {
            match app.accounts.authenticate(&token, app.now()).await {
                Ok(session) => told(&session).ok_or(Unavailable::Stopped).map(Some),
                Err(problem) if problem.code == "not_signed_in" => Ok(None),
                Err(_) => Err(Unavailable::Overloaded),
            }
        })
    }

    fn describe(&self, sale: SaleId) -> BoxFuture<'static, Option<Vec<u8>>> {
        let found = self.app.sales.get(sale).ok();
        Box::pin(async move { found.and_then(|sale| serde_json::to_vec(&sale.facts).ok()) })
    }

    fn page(&self, sale: SaleId) -> Option<Vec<u8>> {
        let sale = self.app.sales.get(sale).ok()?;
        Some(sale.facts.page.now().as_bytes().to_vec())
    }

    fn gateways(&self) -> Gateways {
        self.app.gateways.clone()
    }

    fn now(&self) -> Timestamp {
        self.app.now()
    }
}

/// A session in the words in which the gateway reads it.
fn told(session: &Session) -> Option<link::SessionFacts> {
    let rest = postcard::to_stdvec(&SessionFacts::from(session)).ok()?;
    Some(link::SessionFacts { account: session.account, rest })
}
