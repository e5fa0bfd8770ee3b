//! Delivers the webhooks of the outbox: at least once, many at a time, with growing pauses after failures.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use domain::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::behaviour::Dice;
use super::clock::now;
use super::ledger::{Ledger, LedgerError};
use super::outbox::{self, Parcel};
use crate::secret::Secret;
use crate::webhook::{SIGNATURE_HEADER, sign};

/// Deliveries under way at once.
const UNDER_WAY_MAX: usize = 128;
/// Patience for one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest sleep when nothing is due, in case a clock was set.
const SLEEP_MAX: Duration = Duration::from_secs(5);

/// Where the webhooks go and the secret they are signed with.
#[derive(Debug, Clone)]
pub(super) struct Receiver {
    pub(super) url: String,
    pub(super) secret: Secret,
}

/// Carries events to the receiver.
pub(super) struct Courier {
    ledger: Ledger,
    client: reqwest::Client,
    receiver: Option<Receiver>,
    dice: Arc<Dice>,
}

impl Courier {
    pub(super) fn new(ledger: Ledger, receiver: Option<Receiver>, dice: Arc<Dice>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(ATTEMPT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(UNDER_WAY_MAX)
            .tcp_nodelay(true)
            .no_proxy()
            .build()?;
        Ok(Self { ledger, client, receiver, dice })
    }

    /// Delivers what is due until told to stop. Without a receiver everything waits in the outbox.
    pub(super) async fn run(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        if self.receiver.is_none() {
            return;
        }
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => {}
            ended = Arc::clone(&self).deliver_all() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "Webhooks are no longer delivered: {error}");
                }
            }
        }
    }

    async fn deliver_all(self: Arc<Self>) -> Result<(), LedgerError> {
        let started = now();
        self.ledger.run_when_free(move |db| outbox::forget_pauses(db, started)).await?;
        let mut on_their_way = HashSet::new();
        // Dropping the set on the way out breaks off what is under way; it is delivered again after a start.
        let mut deliveries: JoinSet<Result<i64, LedgerError>> = JoinSet::new();
        loop {
            let sleep = self.send_out(&mut on_their_way, &mut deliveries).await?;
            tokio::select! {
                () = self.ledger.changed() => {}
                () = tokio::time::sleep(sleep) => {}
                Some(done) = deliveries.join_next() => note_done(done, &mut on_their_way)?,
            }
            while let Some(done) = deliveries.try_join_next() {
                note_done(done, &mut on_their_way)?;
            }
        }
    }

    /// Starts as many due deliveries as there is room for and says how long nothing else will be due.
    async fn send_out(
        self: &Arc<Self>,
        on_their_way: &mut HashSet<i64>,
        deliveries: &mut JoinSet<Result<i64, LedgerError>>,
    ) -> Result<Duration, LedgerError> {
        let room = UNDER_WAY_MAX.saturating_sub(on_their_way.len());
        if room == 0 {
            return Ok(SLEEP_MAX);
        }
        let (skipped, at) = (on_their_way.clone(), now());
        let due = self.ledger.run_when_free(move |db| outbox::due(db, &skipped, room, at)).await?;
        for parcel in due.parcels {
            on_their_way.insert(parcel.number);
            let courier = Arc::clone(self);
            deliveries.spawn(async move { courier.deliver(&parcel).await.map(|()| parcel.number) });
        }
        Ok(due.next_at.map_or(SLEEP_MAX, |next_at| until(next_at).min(SLEEP_MAX)))
    }

    /// One attempt, and the note of how it went.
    pub(super) async fn deliver(&self, parcel: &Parcel) -> Result<(), LedgerError> {
        let Some(receiver) = &self.receiver else { return Ok(()) };
        let taken = self.attempt(receiver, parcel).await;
        if taken {
            // Copies are a misbehaviour: nobody waits for their outcome.
            for _ in 0..self.dice.behaviour().webhook_duplicate {
                self.attempt(receiver, parcel).await;
            }
        }
        let parcel = parcel.clone();
        self.ledger
            .run_when_free(move |db| {
                if taken { outbox::delivered(db, parcel.number, now()) } else { outbox::failed(db, &parcel, now()) }
            })
            .await
    }

    async fn attempt(&self, receiver: &Receiver, parcel: &Parcel) -> bool {
        // Signed anew each time: the receiver judges the age of the signature, not of the event.
        let signature = sign(&receiver.secret, parcel.body.as_bytes(), now());
        let sent = self
            .client
            .post(&receiver.url)
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .header(SIGNATURE_HEADER, signature)
            .body(parcel.body.clone())
            .send()
            .await;
        let outcome = match &sent {
            Ok(response) if response.status().is_success() => "taken",
            Ok(_) => "refused",
            Err(_) => "unreachable",
        };
        metrics::counter!("sandbox_webhook_attempts_total", "outcome" => outcome).increment(1);
        if outcome != "taken" {
            tracing::debug!(webhook.number = parcel.number, outcome, "A webhook was not taken: {outcome}");
        }
        if let Ok(mut response) = sent {
            // Reading the answer to its end lets the connection be used again; a long one is not worth it.
            let _rest = response.chunk().await;
        }
        outcome == "taken"
    }
}

fn note_done(
    done: Result<Result<i64, LedgerError>, tokio::task::JoinError>,
    on_their_way: &mut HashSet<i64>,
) -> Result<(), LedgerError> {
    match done {
        Ok(number) => {
            on_their_way.remove(&number?);
        }
        // Which one it was is unknown: all may be sent again, as at least once allows.
        Err(_) => on_their_way.clear(),
    }
    Ok(())
}

fn until(instant: Timestamp) -> Duration {
    Duration::from_millis(u64::from(instant.since(now()).as_millis()) + 1)
}
