//! One way to ask a server: every attempt is recorded, and a lost answer is asked for again under the same key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::history::{Entry, Recorder, What};

/// Patience with one attempt.
const ATTEMPT_MAX: Duration = Duration::from_secs(15);
/// The pause before a request is repeated.
const PAUSE: Duration = Duration::from_millis(40);

/// A request.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose it is.
    pub client: u32,
    /// What it is for the history.
    pub what: What,
    /// To what it is done.
    pub of: String,
    /// `GET`, …
    pub method: reqwest::Method,
    /// The path, or a whole address elsewhere.
    pub path: String,
    /// The session's token.
    pub session: String,
    /// The `Idempotency-Key`.
    pub key: Option<String>,
    /// The JSON sent; null for none.
    pub json: Value,
    /// A form instead.
    pub form: Option<String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Told {
    /// HTTP status.
    pub status: u16,
    /// The error's word.
    pub code: String,
    /// The body.
    pub body: Value,
}

impl Told {
    /// The answer says yes.
    pub fn ok(&self) -> bool {
        (200..400).contains(&self.status)
    }
}

/// Asks one server for many clients.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    origin: String,
    recorder: Arc<Recorder>,
    counts: Arc<Counts>,
}

/// How it went, over all clients.
#[derive(Debug, Default)]
pub struct Counts {
    /// Nobody asks any more.
    pub over: AtomicBool,
    /// Requests sent.
    pub sent: AtomicU64,
    /// Requests without an answer.
    pub lost: AtomicU64,
    /// Answers 503 and 429.
    pub refused: AtomicU64,
}

impl Client {
    /// Asks the server at this address.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(origin: &str, recorder: Arc<Recorder>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(ATTEMPT_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { http, origin: origin.to_owned(), recorder, counts: Arc::default() })
    }

    /// The server's address.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What was counted.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Where everything is written down.
    pub fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    /// The run is over: nothing is repeated any more.
    pub fn is_over(&self) -> bool {
        self.counts.over.load(Ordering::SeqCst)
    }

    /// Asks until there is an answer other than "not now"; `None` once the run is over.
    pub async fn ask(&self, call: &Call) -> Option<Told> {
        let id = self.recorder.call();
        loop {
            match self.attempt(call, id).await {
                Some(told) if told.status != 503 && told.status != 429 => return Some(told),
                _ if self.is_over() => return None,
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Asks once.
    pub async fn once(&self, call: &Call) -> Option<Told> {
        self.attempt(call, self.recorder.call()).await
    }

    async fn attempt(&self, call: &Call, id: u64) -> Option<Told> {
        let request = self.request(call);
        self.counts.sent.fetch_add(1, Ordering::Relaxed);
        let sent_us = self.recorder.now_us();
        let told = answer_of(request).await;
        let answered_us = told.is_some().then(|| self.recorder.now_us());
        match &told {
            None => drop(self.counts.lost.fetch_add(1, Ordering::Relaxed)),
            Some(told) if matches!(told.status, 503 | 429) => drop(self.counts.refused.fetch_add(1, Ordering::Relaxed)),
            Some(_) => {}
        }
        self.recorder.add(&Entry {
            client: call.client,
            call: id,
            what: call.what,
            of: call.of.clone(),
            sent_us,
            answered_us,
            status: told.as_ref().map_or(0, |told| told.status),
            code: told.as_ref().map(|told| told.code.clone()).unwrap_or_default(),
            asked: call.json.clone(),
            told: told.as_ref().map(|told| told.body.clone()).unwrap_or_default(),
        });
        told
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let elsewhere = call.path.starts_with("http");
        let url = if elsewhere { call.path.clone() } else { format!("{}{}", self.origin, call.path) };
        let mut request = self.http.request(call.method.clone(), url);
        if !call.session.is_empty() && !elsewhere {
            request = request.header("cookie", format!("__Host-session={}", call.session));
        }
        if let Some(key) = &call.key {
            request = request.header("idempotency-key", key);
        }
        match &call.form {
            Some(form) => request.header("content-type", "application/x-www-form-urlencoded").body(form.clone()),
            None if call.json.is_null() => request,
            None => request.json(&call.json),
        }
    }
}

async fn answer_of(request: reqwest::RequestBuilder) -> Option<Told> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let bytes = response.bytes().await.ok()?;
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let code = if status >= 400 { body["code"].as_str().unwrap_or_default().to_owned() } else { String::new() };
    Some(Told { status, code, body })
}
