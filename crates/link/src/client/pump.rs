//! The background task of a link: connects, asks what is asked, hands out what is answered, and begins again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::SaleId;
use metrics::{Histogram, counter, histogram};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::pending::{FEEL, Pending, Pulse};
use super::{Asked, Connection, Shared};
use crate::error::LinkError;
use crate::frame::{self, FrameReader, Gathering, TO_ENGINE_BYTES_MAX};
use crate::hello::{self, HANDSHAKE};
use crate::protocol::{ASK, FromEngine, ITEMS_PER_FRAME_MAX, LOST_AFTER, ToEngine};

/// The first pause before connecting again.
const PAUSE_MIN: Duration = Duration::from_millis(50);
/// The longest.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// Connects to one engine, again and again.
pub(super) async fn run(shared: Arc<Shared>, way: usize) {
    let Some(engine) = shared.options.engines.get(way) else { return };
    let mut failures = 0u32;
    loop {
        let mut connected = false;
        let ended = connect_and_talk(&shared, way, engine, &mut connected).await;
        shared.lost(way);
        let Err(error) = ended;
        if connected {
            counter!("onsale_link_lost_total").increment(1);
            failures = 0;
        } else {
            failures = failures.saturating_add(1);
        }
        let pause = pause(failures);
        tracing::warn!(engine, %error, connected, pause.ms = pause.as_millis() as u64, "No connection to the engine");
        tokio::time::sleep(pause).await;
    }
}

/// Twice as long after each round of failures, and never the same for all gateways.
fn pause(rounds: u32) -> Duration {
    let longest = PAUSE_MIN.saturating_mul(1 << rounds.min(16)).min(PAUSE_MAX);
    longest.mul_f64(rand::random_range(0.5..=1.0))
}

/// What never ends well.
type Ended = Result<std::convert::Infallible, LinkError>;

async fn connect_and_talk(shared: &Shared, way: usize, engine: &str, connected: &mut bool) -> Ended {
    let began = Instant::now();
    let opened = async {
        let stream = TcpStream::connect(engine).await?;
        stream.set_nodelay(true)?;
        let (reader, mut writer) = stream.into_split();
        let secret = &shared.options.secret;
        let gateway = &shared.options.gateway;
        let (sales, frames) = hello::introduce(reader, &mut writer, secret, gateway, LOST_AFTER).await?;
        Ok::<_, LinkError>((sales, frames, writer))
    };
    let (sales, frames, writer) = tokio::time::timeout(HANDSHAKE, opened).await.map_err(|_| LinkError::Silent)??;
    let (connection, mut asked) = Connection::open();
    let pending = Pending::default();
    let awaited = sales.into_iter().collect();
    let mut announcement = Announcement { shared, way, connection: Some(connection), awaited };
    let ended = tokio::select! {
        Err(error) = listen(frames, &pending, &mut announcement) => error,
        Err(error) = speak(writer, &mut asked, &pending) => error,
    };
    *connected = announcement.connection.is_none();
    if *connected {
        // New questions are refused before those under way are given up: nobody is told to come again at once.
        shared.lost(way);
        tracing::debug!(lasted.ms = began.elapsed().as_millis() as u64, "A connection to the engine has ended");
    }
    Err(ended)
}

/// Says that the engine can be asked, once every sale has a fresh view.
struct Announcement<'a> {
    shared: &'a Shared,
    way: usize,
    connection: Option<Connection>,
    awaited: HashSet<SaleId>,
}

impl Announcement<'_> {
    fn announce_if_complete(&mut self) {
        if self.awaited.is_empty()
            && let Some(connection) = self.connection.take()
        {
            tracing::info!("Connected to the engine");
            counter!("onsale_link_connections_total").increment(1);
            self.shared.connected(self.way, connection);
        }
    }
}

async fn listen<R: AsyncRead + Unpin>(
    mut frames: FrameReader<R>,
    pending: &Pending,
    announcement: &mut Announcement<'_>,
) -> Ended {
    loop {
        match frame::decode(&frames.next().await?)? {
            FromEngine::Answers(answers) => pending.answer(answers),
            FromEngine::Pong => pending.pong(),
            FromEngine::Tick { server_time, sales } => {
                announcement.shared.mirrors.set_clock(server_time);
                for sale in sales {
                    let id = sale.sale;
                    announcement.shared.mirrors.take(announcement.way, sale)?;
                    announcement.awaited.remove(&id);
                }
                announcement.announce_if_complete();
            }
        }
    }
}

async fn speak<W: AsyncWrite + Unpin>(mut writer: W, asked: &mut mpsc::Receiver<Asked>, pending: &Pending) -> Ended {
    let mut feel = tokio::time::interval(FEEL);
    feel.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut questions = Gathering::new(&ASK, TO_ENGINE_BYTES_MAX)?;
    let mut taken = Vec::with_capacity(ITEMS_PER_FRAME_MAX);
    let per_write = histogram!("onsale_link_batch_questions");
    loop {
        let mut bytes = Vec::new();
        tokio::select! {
            _ = feel.tick() => {
                pending.sweep(Instant::now());
                match pending.pulse() {
                    Pulse::Wait => {}
                    Pulse::Ping => frame::append(&ToEngine::Ping, &mut bytes)?,
                    Pulse::Lost => return Err(LinkError::Silent),
                }
            }
            received = asked.recv_many(&mut taken, ITEMS_PER_FRAME_MAX) => {
                if received == 0 {
                    // Nobody is left who could ask.
                    return Err(LinkError::Closed);
                }
                // Whoever is about to ask shares the frame.
                tokio::task::yield_now().await;
                while taken.len() < ITEMS_PER_FRAME_MAX && let Ok(more) = asked.try_recv() {
                    taken.push(more);
                }
                encode(&mut taken, &mut questions, pending, &mut bytes, &per_write);
            }
        }
        frame::write(&mut writer, &bytes, LOST_AFTER).await?;
    }
}

fn encode(
    taken: &mut Vec<Asked>,
    questions: &mut Gathering,
    pending: &Pending,
    bytes: &mut Vec<u8>,
    per_write: &Histogram,
) {
    per_write.record(taken.len() as f64);
    let now = Instant::now();
    for asked in taken.drain(..) {
        let Some(ask) = pending.register(asked, now) else { continue };
        if let Err(error) = questions.add(&ask, bytes) {
            tracing::error!(%error, "A question does not fit into a frame");
            pending.forget(ask.id);
        }
    }
    questions.finish(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_up_to_two_seconds_and_differs() {
        let within = |rounds, low, high| {
            let pause = pause(rounds).as_millis();
            assert!((low..=high).contains(&pause), "{pause} ms after {rounds} rounds");
        };
        within(0, 25, 50);
        within(3, 200, 400);
        within(6, 1_000, 2_000);
        within(u32::MAX, 1_000, 2_000);
    }
}
