//! One way to ask a server: every attempt is recorded, and a lost answer is asked for again under the same key. What
//! may be done only with an admission pass is done with the last one that came.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::history::{Entry, Recorder, What, is_about_passes};

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
    /// The last admission pass, by session.
    passes: Arc<Mutex<HashMap<String, String>>>,
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
        Ok(Self { http, origin: origin.to_owned(), recorder, counts: Arc::default(), passes: Arc::default() })
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

    /// The run is over: nothing new is asked, and nothing is repeated.
    pub fn is_over(&self) -> bool {
        self.counts.over.load(Ordering::SeqCst)
    }

    /// Asks until there is an answer other than "not now"; `None` once the run is over. Without a good pass the own
    /// place is looked at, which brings a fresh one to whom it is for.
    pub async fn ask(&self, call: &Call) -> Option<Told> {
        let id = self.recorder.call();
        while !self.is_over() {
            let pass = self.pass(&call.session);
            match self.attempt(call, id).await {
                Some(told) if is_about_passes(&told.code) => {
                    self.attempt(&look_of(call), self.recorder.call()).await;
                    if self.pass(&call.session) == pass {
                        return Some(told);
                    }
                }
                Some(told) if told.status != 503 && told.status != 429 => return Some(told),
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
        None
    }

    /// Asks once.
    pub async fn once(&self, call: &Call) -> Option<Told> {
        self.attempt(call, self.recorder.call()).await
    }

    async fn attempt(&self, call: &Call, id: u64) -> Option<Told> {
        let request = self.request(call);
        self.counts.sent.fetch_add(1, Ordering::Relaxed);
        let sent_us = self.recorder.now_us();
        let answer = answer_of(request).await;
        let told = answer.map(|(told, pass)| {
            if let Some(pass) = pass {
                self.passes().insert(call.session.clone(), pass);
            }
            told
        });
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

    fn passes(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.passes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, session: &str) -> Option<String> {
        self.passes().get(session).cloned()
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let elsewhere = call.path.starts_with("http");
        let url = if elsewhere { call.path.clone() } else { format!("{}{}", self.origin, call.path) };
        let mut request = self.http.request(call.method.clone(), url);
        if !call.session.is_empty() && !elsewhere {
            request = request.header("cookie", format!("__Host-session={}", call.session));
            if let Some(pass) = self.pass(&call.session) {
                request = request.header("admission-pass", pass);
            }
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

/// A look at the own place, by whom and where this is done.
fn look_of(call: &Call) -> Call {
    let sale: Vec<&str> = call.path.split('/').take(4).collect();
    let (session, of) = (call.session.clone(), String::new());
    Call {
        client: call.client,
        what: What::Look,
        of,
        method: reqwest::Method::GET,
        path: format!("{}/line/me", sale.join("/")),
        session,
        key: None,
        json: Value::Null,
        form: None,
    }
}

/// The answer, and the admission pass that came with it.
async fn answer_of(request: reqwest::RequestBuilder) -> Option<(Told, Option<String>)> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let pass = response.headers().get("admission-pass").and_then(|pass| pass.to_str().ok()).map(str::to_owned);
    let bytes = response.bytes().await.ok()?;
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let code = if status >= 400 { body["code"].as_str().unwrap_or_default().to_owned() } else { String::new() };
    Some((Told { status, code, body }, pass))
}
