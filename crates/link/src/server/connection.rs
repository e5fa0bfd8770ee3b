//! One gateway: its handshake, then a reader and a writer side by side until either ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use metrics::{Histogram, counter, histogram};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::Backstage;
use super::clerk::Clerk;
use super::ticker::Ticker;
use crate::error::LinkError;
use crate::frame::{self, FROM_ENGINE_BYTES_MAX, FrameReader, Gathering, HELLO_BYTES_MAX, TO_ENGINE_BYTES_MAX};
use crate::hello::{self, HANDSHAKE};
use crate::protocol::{Answered, FromEngine, GATEWAY_LOST_AFTER, ITEMS_PER_FRAME_MAX, Refusal, TICK, ToEngine};
use crate::secret::Secret;

/// Messages between reader and writer. A writer that cannot keep up stops the reader.
const OUTGOING_MAX: usize = 256;
/// A gateway that takes nothing for so long is cut.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);

/// What the writer has to send.
pub(super) enum Outgoing {
    /// Answers, of which so many were counted as under way.
    Answers { answers: Vec<Answered>, counted: usize },
    /// A ping was heard.
    Pong,
}

/// Serves one gateway to its end.
pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, secrets: &[Secret], backstage: Arc<dyn Backstage>) {
    let ended = welcome_and_talk(stream, peer, secrets, backstage).await;
    match ended {
        Err(LinkError::Closed) => tracing::info!(%peer, "A gateway has gone"),
        Err(error) => {
            counter!("onsale_link_connections_cut_total").increment(1);
            tracing::warn!(%peer, %error, "The connection of a gateway ended");
        }
        Ok(()) => {}
    }
}

async fn welcome_and_talk(
    mut stream: TcpStream,
    peer: SocketAddr,
    secrets: &[Secret],
    backstage: Arc<dyn Backstage>,
) -> Result<(), LinkError> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.split();
    let mut frames = FrameReader::new(reader, HELLO_BYTES_MAX, HANDSHAKE);
    let ticker = Ticker::new(Arc::clone(&backstage));
    let welcome = hello::receive(&mut frames, &mut writer, secrets, || ticker.sale_ids());
    let gateway = tokio::time::timeout(HANDSHAKE, welcome).await.map_err(|_| LinkError::Silent)??;
    tracing::info!(%peer, gateway, "A gateway has connected");
    frames.bytes_max = TO_ENGINE_BYTES_MAX;
    frames.silence_max = GATEWAY_LOST_AFTER;
    let _counted = backstage.gateways().one();
    let (out, outgoing) = mpsc::channel(OUTGOING_MAX);
    let in_flight = Arc::new(AtomicUsize::new(0));
    let clerk = Clerk::new(backstage, out.clone(), Arc::clone(&in_flight));
    tokio::select! {
        ended = listen(frames, clerk, out) => ended,
        ended = speak(writer, outgoing, &in_flight, ticker) => ended,
    }
}

/// Goes on while answers are awaited.
async fn listen<R: AsyncRead + Unpin>(
    mut frames: FrameReader<R>,
    mut clerk: Clerk,
    out: mpsc::Sender<Outgoing>,
) -> Result<(), LinkError> {
    loop {
        let frame = frames.next().await?;
        let arrived = Instant::now();
        match frame::decode(&frame)? {
            ToEngine::Ask(asks) if asks.len() > ITEMS_PER_FRAME_MAX => {
                return Err(LinkError::Breach("a frame has too many questions"));
            }
            ToEngine::Ask(asks) => {
                sabotage::crash_point("link.asked");
                clerk.take(asks, arrived).await?;
            }
            ToEngine::Ping => out.send(Outgoing::Pong).await.map_err(|_| LinkError::Closed)?,
        }
    }
}

async fn speak<W: AsyncWrite + Unpin>(
    mut writer: W,
    mut outgoing: mpsc::Receiver<Outgoing>,
    in_flight: &AtomicUsize,
    mut ticker: Ticker,
) -> Result<(), LinkError> {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut mouth = Mouth::new()?;
    let mut messages = Vec::with_capacity(OUTGOING_MAX);
    loop {
        let mut bytes = Vec::new();
        let counted = tokio::select! {
            _ = tick.tick() => {
                ticker.tick(&mut bytes)?;
                0
            }
            received = outgoing.recv_many(&mut messages, OUTGOING_MAX) => {
                if received == 0 {
                    return Err(LinkError::Closed);
                }
                // A commit lets many answers out at once: those that are ready share the frame.
                tokio::task::yield_now().await;
                while messages.len() < OUTGOING_MAX && let Ok(message) = outgoing.try_recv() {
                    messages.push(message);
                }
                sabotage::crash_point("link.before_answers");
                mouth.encode(&mut messages, &mut bytes)?
            }
        };
        frame::write(&mut writer, &bytes, WRITE_PATIENCE).await?;
        // An answer is under way until it is written, so that what waits here has a bound.
        in_flight.fetch_sub(counted, Ordering::Relaxed);
    }
}

/// Turns messages into frames.
struct Mouth {
    answers: Gathering,
    per_write: Histogram,
}

impl Mouth {
    fn new() -> Result<Self, LinkError> {
        let answers = Gathering::new(&crate::protocol::ANSWERS, FROM_ENGINE_BYTES_MAX)?;
        Ok(Self { answers, per_write: histogram!("onsale_link_batch_answers") })
    }

    /// Encodes everything that waits; returns how many answers of it were counted.
    fn encode(&mut self, messages: &mut Vec<Outgoing>, bytes: &mut Vec<u8>) -> Result<usize, LinkError> {
        let (mut all, mut counted_all, mut pong) = (0, 0, false);
        for message in messages.drain(..) {
            match message {
                Outgoing::Pong => pong = true,
                Outgoing::Answers { answers, counted } => {
                    all += answers.len();
                    counted_all += counted;
                    for answer in &answers {
                        self.add(answer, bytes)?;
                    }
                }
            }
        }
        self.answers.finish(bytes);
        if all > 0 {
            self.per_write.record(all as f64);
        }
        if pong {
            frame::append(&FromEngine::Pong, bytes)?;
        }
        Ok(counted_all)
    }

    fn add(&mut self, answer: &Answered, bytes: &mut Vec<u8>) -> Result<(), LinkError> {
        if let Err(refusal) = &answer.1 {
            counter!("onsale_link_refusals_total", "reason" => refusal.word()).increment(1);
        }
        let Err(error) = self.answers.add(answer, bytes) else { return Ok(()) };
        tracing::error!(%error, "An answer does not fit into a frame");
        let instead: Answered = (answer.0, Err(Refusal::Stopped));
        self.answers.add(&instead, bytes)
    }
}
