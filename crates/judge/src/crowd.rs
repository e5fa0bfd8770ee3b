//! Many fans, a bounded number at a time, until it is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::client::Call;
use crate::fan::{Fan, Script};
use crate::history::What;
use crate::shop::Shop;

/// Who comes.
#[derive(Debug, Clone)]
pub struct Crowd {
    /// The sale and how it is asked.
    pub shop: Shop,
    /// The fans' sessions, one each.
    pub sessions: Arc<Vec<String>>,
    /// Fans at the same time.
    pub at_once: usize,
    /// Decides what they do.
    pub seed: u64,
    /// What all of them do, if it is not drawn.
    pub script: Option<Script>,
    next: Arc<AtomicUsize>,
}

impl Crowd {
    /// Fans of this shop.
    pub fn new(shop: Shop, sessions: Vec<String>, at_once: usize, seed: u64) -> Self {
        Self { shop, sessions: Arc::new(sessions), at_once, seed, script: None, next: Arc::default() }
    }

    /// Fans come one after another until all have been there or the run is over.
    pub async fn come(&self) {
        let mut workers = JoinSet::new();
        for _ in 0..self.at_once {
            let crowd = self.clone();
            workers.spawn(async move { crowd.attend().await });
        }
        let watching = tokio::spawn(watch(self.shop.clone()));
        while workers.join_next().await.is_some() {}
        watching.abort();
    }

    /// How many have come so far.
    pub fn came(&self) -> usize {
        self.next.load(Ordering::SeqCst).min(self.sessions.len())
    }

    /// Nobody else comes, and nothing is repeated any more.
    pub fn stop(&self) {
        self.shop.client.counts().over.store(true, Ordering::SeqCst);
    }

    async fn attend(&self) {
        while !self.shop.client.is_over() {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let Some(session) = self.sessions.get(number) else { return };
            let (client, shop) = (self.shop.client.clone(), self.shop.clone());
            let fan = Fan::new(client, shop, number as u32, session.clone(), self.seed, self.script);
            fan.evening().await;
        }
    }
}

/// Looks at what everybody may see, again and again; at the seats now and then.
async fn watch(shop: Shop) {
    let look = |what: What, rest: &str| Call {
        client: u32::MAX - 1,
        what,
        of: String::new(),
        method: Method::GET,
        path: format!("/v1/sales/{}/{rest}", shop.sale),
        session: String::new(),
        key: None,
        json: Value::Null,
        form: None,
    };
    let (status, seats) = (look(What::Status, "status"), look(What::Seats, "seats"));
    for round in 0_u64.. {
        if shop.client.is_over() {
            return;
        }
        shop.client.once(if round % 8 == 7 { &seats } else { &status }).await;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
