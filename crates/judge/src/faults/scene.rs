//! The same scene for every fault: the real processes, a sale, a crowd, and in the end the judge.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::Context;
use super::outcome::Outcome;
use crate::Failed;
use crate::books::Books;
use crate::client::Client;
use crate::crowd::Crowd;
use crate::history::Recorder;
use crate::rules::{self, Evidence, Finding};
use crate::shop::{Rules, Shop};
use crate::stand::{How, Stand};

/// What is played.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How the server is started.
    pub how: How,
    /// What is sold.
    pub rules: Rules,
    /// Fans there are.
    pub fans: usize,
    /// Fans at the same time.
    pub at_once: usize,
    /// Nothing may be concluded from deadlines.
    pub deadlines_unknown: bool,
    /// How long things may take to come to an end.
    pub patience: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        let rules = Rules { seats: 4_000, standing: 400, capacity: 30, ..Rules::default() };
        let patience = Duration::from_secs(30);
        Self { how: How::default(), rules, fans: 6_000, at_once: 40, deadlines_unknown: false, patience }
    }
}

/// A running scene.
pub struct Scene {
    /// The processes.
    pub stand: Stand,
    /// The sale.
    pub shop: Shop,
    /// The fans.
    pub crowd: Crowd,
    /// What is written down.
    pub recorder: Arc<Recorder>,
    coming: Option<JoinHandle<()>>,
    plan: Plan,
    uncounted: Duration,
}

impl Scene {
    /// Starts everything; the fans come from now on.
    ///
    /// # Errors
    /// What could not be started.
    pub async fn open(context: &Context, plan: Plan) -> Result<Self, Failed> {
        let stand = Stand::start(&context.bin, plan.how.clone()).await?;
        Self::open_at(stand, context.seed, plan).await
    }

    /// The same at processes that run already.
    ///
    /// # Errors
    /// What could not be set up.
    pub async fn open_at(stand: Stand, seed: u64, plan: Plan) -> Result<Self, Failed> {
        let recorder = Arc::new(Recorder::new(&stand.folder.join("history.jsonl"))?);
        let shop = Shop::open(&stand, Arc::clone(&recorder), plan.rules.clone()).await?;
        let sessions = shop.fans(plan.fans).await?;
        let crowd = Crowd::new(shop.clone(), sessions, plan.at_once, seed);
        let mut scene = Self { stand, shop, crowd, recorder, coming: None, plan, uncounted: Duration::ZERO };
        scene.start();
        Ok(scene)
    }

    fn start(&mut self) {
        let crowd = self.crowd.clone();
        self.coming = Some(tokio::spawn(async move { crowd.come().await }));
    }

    /// Lets the crowd be for a while.
    pub async fn play(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// Ends the crowd, lets everything come to an end, and gives the evidence.
    ///
    /// # Errors
    /// The books cannot be read.
    pub async fn evidence(&mut self) -> Result<Evidence, Failed> {
        self.crowd.stop();
        if let Some(coming) = self.coming.take() {
            // A fan in the middle of a request is waited for.
            let _ended = tokio::time::timeout(Duration::from_secs(30), coming).await;
        }
        let client = Client::new(self.shop.client.origin(), Arc::clone(&self.recorder))?;
        let shop = Shop { client, ..self.shop.clone() };
        let books = Books::settle_and_read(&self.stand, &shop, self.plan.patience).await?;
        let entries = self.recorder.read()?;
        let deadlines_unknown = self.plan.deadlines_unknown;
        let deadlines_early_us = u64::try_from(self.uncounted.as_micros()).unwrap_or(u64::MAX);
        Ok(Evidence { entries, books, rules: self.shop.rules.clone(), deadlines_unknown, deadlines_early_us })
    }

    /// The server was away for so long and cannot know it: its clock went back meanwhile. The longest counts.
    pub fn could_not_count(&mut self, away: Duration) {
        self.uncounted = self.uncounted.max(away);
    }

    /// As [`Self::evidence`], judged.
    ///
    /// # Errors
    /// As there.
    pub async fn judge(&mut self) -> Result<Vec<Finding>, Failed> {
        Ok(rules::judge(&self.evidence().await?))
    }

    /// As [`Self::judge`], into the outcome of a row.
    ///
    /// # Errors
    /// As there.
    pub async fn finish(mut self, outcome: &mut Outcome) -> Result<(), Failed> {
        let findings = self.judge().await?;
        outcome.add(&findings);
        let log = self.stand.log();
        let panicked = log.lines().find(|line| line.contains("panicked at"));
        outcome.expect(panicked.is_none(), || format!("the server panicked: {}", panicked.unwrap_or_default()));
        let counts = self.shop.client.counts();
        let now = |counter: &std::sync::atomic::AtomicU64| counter.load(std::sync::atomic::Ordering::Relaxed);
        outcome.count("fans", self.crowd.came() as u64);
        outcome.count("requests", now(&counts.sent));
        outcome.count("lost_answers", now(&counts.lost));
        outcome.count("refused_for_now", now(&counts.refused));
        Ok(())
    }
}

/// The value below which so many thousandths of these lie.
pub fn quantile(values: &mut [f64], permille: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() * permille / 1_000).min(values.len().saturating_sub(1));
    values.get(at).copied().unwrap_or(0.0)
}
