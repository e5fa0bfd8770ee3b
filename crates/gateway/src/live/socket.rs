//! One live connection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::limits;
use serde::Deserialize;
use tokio::sync::{broadcast, watch};

use super::hub::{Frame, SeatStep};
use super::messages::{FromClient, ToClient};
use super::own::Own;
use crate::edge::identity::{Signed, session_token};
use crate::edge::query::Query;
use crate::edge_state::Edge;
use crate::problem::{ApiError, ApiResult};
use crate::sales::FanSale;
use crate::wire::status::{SeatsBody, StatusBody};

/// A client that does not take a frame for this long is cut: others must not wait for it.
const SEND_PATIENCE: Duration = Duration::from_secs(10);
/// A client that says nothing, not even a pong, for this long is gone.
const SILENCE_MAX: Duration = Duration::from_secs(75);
/// The server asks whether the client is there this often, and whether its session still counts.
const PING_EVERY: Duration = Duration::from_secs(25);
/// Messages a client may send within [`MESSAGES_WINDOW`].
const MESSAGES_MAX: u32 = 50;
const MESSAGES_WINDOW: Duration = Duration::from_secs(10);

/// What to listen to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiveQuery {
    sale: String,
    #[serde(default)]
    seats: Option<u8>,
}

/// Opens a live connection; the session is optional, and says whose place is told.
pub async fn upgrade(
    State(edge): State<Edge>,
    Query(query): Query<LiveQuery>,
    signed: Option<Signed>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = upgrade.map_err(|_| ApiError::new("socket_expected", "This address speaks WebSocket only."))?;
    let sale = edge.sales.find(&query.sale)?;
    let token = session_token(&headers).filter(|_| signed.is_some()).map(str::to_owned);
    let seats = query.seats == Some(1);
    let upgrade = upgrade
        .max_message_size(limits::SOCKET_MESSAGE_BYTES_MAX)
        .max_frame_size(limits::SOCKET_MESSAGE_BYTES_MAX)
        .read_buffer_size(1_024)
        .write_buffer_size(0)
        .max_write_buffer_size(256 * 1_024);
    Ok(upgrade.on_upgrade(move |socket| async move {
        metrics::gauge!("onsale_live_connections").increment(1);
        let own = signed.map(|signed| Own::new(Arc::clone(&sale), signed.account()));
        Connection::new(edge, sale, own, token, socket, seats).run().await;
        metrics::gauge!("onsale_live_connections").decrement(1);
    }))
}

struct Connection {
    edge: Edge,
    sale: Arc<FanSale>,
    own: Option<Own>,
    token: Option<String>,
    socket: WebSocket,
    status: watch::Receiver<Frame>,
    seats: Option<(broadcast::Receiver<SeatStep>, u64)>,
    heard: Instant,
    window: (Instant, u32),
    wants_seats: bool,
}

/// Why a connection ends.
enum End {
    /// The client went.
    Gone,
    /// We say why.
    Bye(&'static str),
}

impl Connection {
    fn new(
        edge: Edge,
        sale: Arc<FanSale>,
        own: Option<Own>,
        token: Option<String>,
        socket: WebSocket,
        wants_seats: bool,
    ) -> Self {
        let (status, now) = (sale.hub.status.subscribe(), Instant::now());
        Self { edge, sale, own, token, socket, status, seats: None, heard: now, window: (now, 0), wants_seats }
    }

    async fn run(mut self) {
        let end = match self.listen().await {
            Ok(()) => End::Gone,
            Err(end) => end,
        };
        if let End::Bye(reason) = end {
            let _ = self.send(ToClient::Bye { reason }.text()).await;
            let close = CloseFrame { code: 1001, reason: reason.into() };
            let _ = tokio::time::timeout(SEND_PATIENCE, self.socket.send(Message::Close(Some(close)))).await;
        }
    }

    async fn listen(&mut self) -> Result<(), End> {
        let view = self.sale.desk.view();
        let hello = StatusBody::of(&view, self.sale.facts.currency, self.edge.now());
        self.send(ToClient::Hello(&hello).text()).await?;
        if !self.sale.desk.is_connected() {
            self.send(ToClient::Reconnecting { server_time_ms: self.edge.now() }.text()).await?;
        }
        if self.wants_seats {
            self.send_seats().await?;
        }
        self.look().await?;
        let mut ping = tokio::time::interval(PING_EVERY);
        ping.tick().await;
        let shutdown = self.edge.shutdown.clone();
        loop {
            let patience = self.own.as_ref().map_or(PING_EVERY, Own::patience);
            let woken = self.own.as_ref().map(|own| Arc::clone(&own.woken));
            tokio::select! {
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(message).await?,
                    _ => return Ok(()),
                },
                changed = self.status.changed() => {
                    changed.map_err(|_| End::Bye("shutting_down"))?;
                    let frame = self.status.borrow_and_update().to_string();
                    self.send(frame).await?;
                }
                step = next_step(&mut self.seats) => self.pass_on(step).await?,
                () = notified(woken.as_deref()) => self.look().await?,
                () = tokio::time::sleep(patience) => {
                    let frame = self.own.as_mut().and_then(|own| own.moved(&self.edge));
                    if let Some(frame) = frame {
                        self.send(frame).await?;
                    }
                }
                _ = ping.tick() => self.check().await?,
                _ = shutdown.wait() => return Err(End::Bye("shutting_down")),
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), End> {
        self.heard = Instant::now();
        if self.window.0.elapsed() > MESSAGES_WINDOW {
            self.window = (self.heard, 0);
        }
        self.window.1 += 1;
        if self.window.1 > MESSAGES_MAX {
            return Err(End::Bye("too_many_messages"));
        }
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(FromClient::Ping) => self.send(ToClient::Pong { server_time_ms: self.edge.now() }.text()).await,
                Ok(FromClient::Seats { on: true }) => self.send_seats().await,
                Ok(FromClient::Seats { on: false }) => {
                    self.seats = None;
                    Ok(())
                }
                Err(_) => Err(End::Bye("not_understood")),
            },
            Message::Binary(_) => Err(End::Bye("not_understood")),
            Message::Close(_) => Err(End::Gone),
            Message::Ping(_) | Message::Pong(_) => Ok(()),
        }
    }

    /// All seats, and from there on each step.
    async fn send_seats(&mut self) -> Result<(), End> {
        // Subscribing first means that no step is missed between the two.
        let steps = self.sale.hub.changes.subscribe();
        let view = self.sale.hub.latest();
        self.seats = Some((steps, view.version));
        self.send(ToClient::Seats(&SeatsBody::of(&view)).text()).await
    }

    async fn pass_on(&mut self, step: Result<SeatStep, broadcast::error::RecvError>) -> Result<(), End> {
        match step {
            // A step from before the snapshot is in it.
            Ok(step) if self.seats.as_ref().is_some_and(|(_, since)| step.from < *since) => Ok(()),
            Ok(step) => self.send(step.frame.to_string()).await,
            Err(broadcast::error::RecvError::Lagged(_)) => self.send_seats().await,
            Err(broadcast::error::RecvError::Closed) => Err(End::Bye("shutting_down")),
        }
    }

    async fn look(&mut self) -> Result<(), End> {
        let Some(own) = &mut self.own else { return Ok(()) };
        for frame in own.look(&self.edge).await.unwrap_or_default() {
            self.send(frame).await?;
        }
        Ok(())
    }

    /// Still there, still signed in?
    async fn check(&mut self) -> Result<(), End> {
        if self.heard.elapsed() > SILENCE_MAX {
            return Err(End::Gone);
        }
        if let Some(token) = &self.token
            && let Err(error) = self.edge.sessions.find(token, self.edge.now()).await
            && error.code() == "not_signed_in"
        {
            return Err(End::Bye("signed_out"));
        }
        self.look().await?;
        let sent = tokio::time::timeout(SEND_PATIENCE, self.socket.send(Message::Ping(axum::body::Bytes::new()))).await;
        match sent {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }

    async fn send(&mut self, text: String) -> Result<(), End> {
        match tokio::time::timeout(SEND_PATIENCE, self.socket.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => {
                metrics::counter!("onsale_live_too_slow_total").increment(1);
                Err(End::Bye("too_slow"))
            }
        }
    }
}

async fn next_step(
    seats: &mut Option<(broadcast::Receiver<SeatStep>, u64)>,
) -> Result<SeatStep, broadcast::error::RecvError> {
    match seats {
        Some((steps, _)) => steps.recv().await,
        None => std::future::pending().await,
    }
}

async fn notified(woken: Option<&tokio::sync::Notify>) {
    match woken {
        Some(woken) => woken.notified().await,
        None => std::future::pending().await,
    }
}
