//! The same news as over WebSocket, as server-sent events: for clients and networks that do not let sockets through.
//!
//! One event a message, its JSON in `data` as a socket would send it, its type in `event`. Whoever reconnects (a
//! browser does so by itself) is told everything afresh, so events have no ids.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use serde::Deserialize;
use tokio::sync::watch;

use super::hub::Frame;
use super::messages::ToClient;
use super::own::Own;
use crate::edge::identity::{Signed, session_token};
use crate::edge::query::Query;
use crate::edge_state::Edge;
use crate::problem::ApiResult;
use crate::sales::FanSale;
use crate::wire::status::StatusBody;

/// A stream ends after this and the client comes again: proxies and phones lose longer ones without telling.
const LIFE: Duration = Duration::from_secs(600);
/// The server looks whether the session still counts, and says something, this often.
const CHECK_EVERY: Duration = Duration::from_secs(25);

/// What to listen to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    sale: String,
}

/// Opens a stream of events; the session is optional, and says whose place is told.
pub async fn events(
    State(edge): State<Edge>,
    Query(query): Query<EventsQuery>,
    signed: Option<Signed>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let sale = edge.sales.find(&query.sale)?;
    let token = session_token(&headers).filter(|_| signed.is_some()).map(str::to_owned);
    let own = signed.map(|signed| Own::new(Arc::clone(&sale), signed.account()));
    let listener = Listener::new(edge, sale, own, token).await;
    let keep_alive = KeepAlive::new().interval(CHECK_EVERY);
    let mut response = Sse::new(listener.listen()).keep_alive(keep_alive).into_response();
    // A buffering proxy would hold back what must be seen at once.
    response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    Ok(response)
}

struct Listener {
    edge: Edge,
    own: Option<Own>,
    token: Option<String>,
    status: watch::Receiver<Frame>,
    ready: VecDeque<Frame>,
    until: Instant,
    checked: Instant,
    over: bool,
}

impl Listener {
    async fn new(edge: Edge, sale: Arc<FanSale>, own: Option<Own>, token: Option<String>) -> Self {
        let status = sale.hub.status.subscribe();
        let now = Instant::now();
        let hello = StatusBody::of(&sale.desk.view(), sale.facts.currency, sale.time(edge.now()));
        let ready = VecDeque::from([Frame::from(ToClient::Hello(&hello).text())]);
        let until = now + LIFE;
        let mut listener = Self { edge, own, token, status, ready, until, checked: now, over: false };
        listener.look().await;
        listener
    }

    fn listen(self) -> impl Stream<Item = Result<Event, Infallible>> {
        metrics::gauge!("onsale_live_streams").increment(1);
        futures_util::stream::unfold(Open(self), |mut open| async move {
            let frame = open.0.next().await?;
            // Every frame begins with its type: {"type":"status", ...
            let kind = frame.split('"').nth(3).unwrap_or("message").to_owned();
            Some((Ok(Event::default().event(kind).data(&*frame)), open))
        })
    }

    async fn next(&mut self) -> Option<Frame> {
        let shutdown = self.edge.shutdown.clone();
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if self.over || Instant::now() > self.until {
                return None;
            }
            if self.checked.elapsed() > CHECK_EVERY {
                self.check().await;
                continue;
            }
            let patience = self.own.as_ref().map_or(CHECK_EVERY, Own::patience).min(CHECK_EVERY);
            let woken = self.own.as_ref().map(|own| Arc::clone(&own.woken));
            tokio::select! {
                changed = self.status.changed() => match changed {
                    Ok(()) => {
                        let frame = Frame::clone(&self.status.borrow_and_update());
                        self.ready.push_back(frame);
                    }
                    Err(_) => return None,
                },
                () = notified(woken.as_deref()) => self.look().await,
                () = tokio::time::sleep(patience) => {
                    if self.own.as_ref().is_some_and(Own::is_let_in) {
                        self.look().await;
                    } else {
                        let frame = self.own.as_mut().and_then(|own| own.moved(&self.edge));
                        self.ready.extend(frame.map(Frame::from));
                    }
                }
                _ = shutdown.wait() => {
                    self.over = true;
                    self.ready.push_back(ToClient::Bye { reason: "shutting_down" }.text().into());
                }
            }
        }
    }

    async fn look(&mut self) {
        let Some(own) = &mut self.own else { return };
        let frames = own.look(&self.edge).await.unwrap_or_default();
        self.ready.extend(frames.into_iter().map(Frame::from));
    }

    /// Still signed in?
    async fn check(&mut self) {
        self.checked = Instant::now();
        if let Some(token) = &self.token
            && let Err(error) = self.edge.sessions.find(token, self.edge.now()).await
            && error.code() == "not_signed_in"
        {
            self.over = true;
            self.ready.push_back(ToClient::Bye { reason: "signed_out" }.text().into());
            return;
        }
        self.look().await;
    }
}

/// Counts the stream until it is dropped.
struct Open(Listener);

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("onsale_live_streams").decrement(1);
    }
}

async fn notified(woken: Option<&tokio::sync::Notify>) {
    match woken {
        Some(woken) => woken.notified().await,
        None => std::future::pending().await,
    }
}
