//! The gateway's side: one connection to each engine, made again whenever it is lost.

pub(crate) mod mirrors;
mod pending;
mod pump;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use domain::{SaleId, Timestamp};
use engine::Unavailable;
use metrics::{Counter, counter};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use tokio::task::AbortHandle;

use crate::protocol::{IN_FLIGHT_MAX, PATIENCE, Question, Reply, SessionFacts};
use crate::remote_sale::RemoteSale;
use crate::secret::Secret;
use mirrors::Mirrors;

/// Where the engines are and who we are.
#[derive(Debug, Clone)]
pub struct LinkOptions {
    /// `host:port` of each.
    pub engines: Vec<String>,
    /// What the operator calls this gateway; at most 64 bytes.
    pub gateway: String,
    /// What gateways and the engine know.
    pub secret: Secret,
}

/// Whether any engine can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// One can, and every view of its sales is fresh.
    Connected,
    /// None can; views stay as they were last known.
    Reconnecting {
        /// Since when.
        since: Instant,
    },
}

/// The way to the engines. Cloning shares it; with the last clone (those in [`RemoteSale`]s included) the connection
/// ends.
#[derive(Clone)]
pub struct Link {
    shared: Arc<Shared>,
    _running: Arc<Running>,
}

/// What the link and its background task share.
pub(crate) struct Shared {
    options: LinkOptions,
    /// One for each engine of the options.
    ways: Vec<Way>,
    state: watch::Sender<LinkState>,
    pub(crate) mirrors: Mirrors,
    overloaded: Counter,
}

/// The way to one engine.
#[derive(Default)]
pub(crate) struct Way {
    connection: ArcSwapOption<Connection>,
}

/// The present connection. It ends with its background task: then the queue closes and nobody waits in vain.
pub(crate) struct Connection {
    queue: mpsc::Sender<Asked>,
    room: Arc<Semaphore>,
}

/// A question on its way, and who waits for its answer.
pub(crate) struct Asked {
    question: Question,
    waiting: Waiting,
}

/// Who waits for an answer. The room for another question becomes free when this is dropped.
pub(crate) struct Waiting {
    reply: oneshot::Sender<Result<Reply, Unavailable>>,
    deadline: Instant,
    _room: OwnedSemaphorePermit,
}

struct Running(Vec<AbortHandle>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

impl Link {
    /// Connects in the background, and never gives up. Needs a tokio runtime.
    pub fn start(options: LinkOptions) -> Self {
        let ways = options.engines.iter().map(|_| Way::default()).collect();
        let shared = Arc::new(Shared {
            options,
            ways,
            state: watch::Sender::new(LinkState::Reconnecting { since: Instant::now() }),
            mirrors: Mirrors::default(),
            overloaded: counter!("onsale_link_refusals_total", "reason" => "gateway_queue_full"),
        });
        let run = |way| tokio::spawn(pump::run(Arc::clone(&shared), way)).abort_handle();
        let running = (0..shared.ways.len()).map(run).collect();
        Self { shared, _running: Arc::new(Running(running)) }
    }

    /// Whether an engine can be asked, and every change of it.
    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.shared.state.subscribe()
    }

    /// An engine can be asked right now.
    pub fn is_connected(&self) -> bool {
        *self.shared.state.borrow() == LinkState::Connected
    }

    /// The sales whose views are known, in order, and every change of them.
    pub fn sales(&self) -> watch::Receiver<Vec<SaleId>> {
        self.shared.mirrors.ids()
    }

    /// The way to a sale; `None` until its view is known.
    pub fn sale(&self, id: SaleId) -> Option<RemoteSale> {
        Some(RemoteSale::new(self.clone(), self.shared.mirrors.find(id)?))
    }

    /// The engine's clock, as last heard and gone on since; `None` before the first connection.
    pub fn now_estimate(&self) -> Option<Timestamp> {
        self.shared.mirrors.now_estimate()
    }

    /// Who the bearer of this token is; nobody if it is not good.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn authenticate(&self, token: String) -> Result<Option<SessionFacts>, Unavailable> {
        match self.ask_anybody(Question::Authenticate { token }).await? {
            Reply::Session(session) => Ok(session),
            _ => Err(Unavailable::Stopped),
        }
    }

    /// A sale in the words of the engine's edge.
    ///
    /// # Errors
    /// There is no answer, or no such sale.
    pub async fn describe(&self, sale: SaleId) -> Result<Vec<u8>, Unavailable> {
        match self.ask_of(sale, Question::Describe { sale }).await? {
            Reply::Bytes(bytes) => Ok(bytes),
            _ => Err(Unavailable::Stopped),
        }
    }

    /// What of that description may change.
    ///
    /// # Errors
    /// There is no answer, or no such sale.
    pub async fn page(&self, sale: SaleId) -> Result<Vec<u8>, Unavailable> {
        match self.ask_of(sale, Question::Page { sale }).await? {
            Reply::Bytes(bytes) => Ok(bytes),
            _ => Err(Unavailable::Stopped),
        }
    }

    /// The engine of this way can be asked right now.
    pub(crate) fn is_open(&self, way: usize) -> bool {
        self.shared.ways.get(way).is_some_and(|way| way.connection.load().is_some())
    }

    async fn ask_of(&self, sale: SaleId, question: Question) -> Result<Reply, Unavailable> {
        let mirror = self.shared.mirrors.find(sale).ok_or(Unavailable::Stopped)?;
        self.ask(mirror.way(), question).await
    }

    async fn ask_anybody(&self, question: Question) -> Result<Reply, Unavailable> {
        let open = (0..self.shared.ways.len()).find(|way| self.is_open(*way));
        self.ask(open.ok_or(Unavailable::Stopped)?, question).await
    }

    /// Asks an engine. Without a connection, or with too much under way, the answer is there at once.
    pub(crate) async fn ask(&self, way: usize, question: Question) -> Result<Reply, Unavailable> {
        // No timer for each: the connection gives up the questions that have waited for their patience, several at once.
        let answer = self.put(way, question)?;
        // The connection is lost, or the answer would come too late to be of use: what became of it is unknown.
        answer.await.unwrap_or(Err(Unavailable::Stopped))
    }

    fn put(
        &self,
        way: usize,
        question: Question,
    ) -> Result<oneshot::Receiver<Result<Reply, Unavailable>>, Unavailable> {
        let connection = self.shared.ways.get(way).ok_or(Unavailable::Stopped)?.connection.load();
        let connection = connection.as_ref().ok_or(Unavailable::Stopped)?;
        let Ok(room) = Arc::clone(&connection.room).try_acquire_owned() else {
            self.shared.overloaded.increment(1);
            return Err(Unavailable::Overloaded);
        };
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { reply, deadline: Instant::now() + PATIENCE, _room: room };
        match connection.queue.try_send(Asked { question, waiting }) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(Unavailable::Overloaded),
            Err(TrySendError::Closed(_)) => Err(Unavailable::Stopped),
        }
    }
}

impl Connection {
    /// A connection, and what is asked over it.
    pub(crate) fn open() -> (Self, mpsc::Receiver<Asked>) {
        let (queue, asked) = mpsc::channel(IN_FLIGHT_MAX);
        (Self { queue, room: Arc::new(Semaphore::new(IN_FLIGHT_MAX)) }, asked)
    }
}

impl Shared {
    /// From now on this engine can be asked; whatever was missed is looked at again.
    fn connected(&self, way: usize, connection: Connection) {
        self.ways[way].connection.store(Some(Arc::new(connection)));
        self.state.send_replace(LinkState::Connected);
        self.mirrors.wake_everybody();
    }

    /// From now on questions to this engine are refused at once.
    fn lost(&self, way: usize) {
        self.ways[way].connection.store(None);
        if self.ways.iter().any(|way| way.connection.load().is_some()) {
            return;
        }
        self.state.send_if_modified(|state| {
            let was = *state == LinkState::Connected;
            if was {
                *state = LinkState::Reconnecting { since: Instant::now() };
            }
            was
        });
    }
}

impl Waiting {
    /// How long somebody still waits; `None` if nobody does.
    fn patience(&self, now: Instant) -> Option<Duration> {
        let left = self.deadline.checked_duration_since(now).filter(|left| *left >= Duration::from_millis(1));
        left.filter(|_| !self.reply.is_closed())
    }
}
