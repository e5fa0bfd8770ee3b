//! One question of a fan until it is answered: retries, `Retry-After` with jitter, and a line in the history each.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::de::DeserializeOwned;

use super::history::{Entry, Outcome, Step};
use super::wire::ProblemBody;
use super::world::World;
use crate::client::{Pool, Request};

/// Attempts at one request before a fan gives up.
const ATTEMPTS_MAX: u32 = 30;
/// The longest pause a fan lets a server impose, seconds.
const RETRY_AFTER_SECONDS_MAX: u32 = 60;

/// An answer a fan can act upon: neither 503 nor 429.
#[derive(Debug)]
pub(super) struct Told {
    /// When the first attempt was sent: from here on it may have taken effect.
    pub(super) first_sent_us: u64,
    pub(super) received_us: u64,
    pub(super) status: u16,
    pub(super) problem: ProblemBody,
    /// The admission pass that came along.
    pub(super) pass: Option<String>,
    pub(super) body: Vec<u8>,
}

impl Told {
    pub(super) fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The error's stable word; empty for a success.
    pub(super) fn code(&self) -> &str {
        &self.problem.code
    }

    /// The answer as `T`, or the sentence to record as a surprise.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body)
            .map_err(|error| format!("an answer {} that cannot be read: {error}", self.status))
    }
}

pub(super) struct Asker<'a> {
    pub(super) world: &'a World,
    pub(super) fan: u32,
}

impl Asker<'_> {
    /// Sends until there is an answer; all requests of a fan may be repeated safely.
    pub(super) async fn ask(
        &self,
        pool: &Pool,
        rng: &mut ChaCha8Rng,
        step: Step,
        intended: Instant,
        request: &Request<'_>,
    ) -> Result<Told, Outcome> {
        let mut first_sent_us = 0;
        for attempt in 0..ATTEMPTS_MAX {
            self.world.counts.requests.fetch_add(1, Ordering::Relaxed);
            let pause = match pool.send(request).await {
                Ok(answer) => {
                    let problem =
                        if answer.status >= 400 { ProblemBody::read(&answer.body) } else { ProblemBody::default() };
                    let (sent_us, received_us) =
                        (self.world.history.us(answer.sent), self.world.history.us(answer.received));
                    self.note(step, intended, sent_us, received_us, answer.status, &problem.code);
                    if first_sent_us == 0 {
                        first_sent_us = sent_us;
                    }
                    if answer.status != 503 && answer.status != 429 {
                        let (status, pass, body) = (answer.status, answer.admission_pass, answer.body);
                        return Ok(Told { first_sent_us, received_us, status, problem, pass, body });
                    }
                    f64::from(answer.retry_after_seconds.unwrap_or(1).min(RETRY_AFTER_SECONDS_MAX))
                }
                Err(lost) => {
                    self.world.counts.unanswered.fetch_add(1, Ordering::Relaxed);
                    let sent_us = lost.sent.map_or(0, |sent| self.world.history.us(sent));
                    if first_sent_us == 0 {
                        first_sent_us = sent_us;
                    }
                    self.note(step, intended, sent_us, 0, 0, "");
                    0.1 * f64::from(1 << attempt.min(5))
                }
            };
            if self.world.over() {
                return Err(Outcome::RunOver);
            }
            // Never earlier than told; the jitter keeps those who were refused together from coming back together.
            tokio::time::sleep(Duration::from_secs_f64(pause * rng.random_range(1.0..1.5))).await;
        }
        Err(Outcome::Unanswered)
    }

    fn note(&self, step: Step, intended: Instant, sent_us: u64, received_us: u64, status: u16, code: &str) {
        let intended_us = self.world.history.us(intended);
        self.world.history.add(Entry { fan: self.fan, step, intended_us, sent_us, received_us, status, code: 0 }, code);
    }
}
