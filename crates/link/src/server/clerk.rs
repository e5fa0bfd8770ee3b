//! Takes the questions of one gateway to those who can answer them, in order, and does not wait for the answers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::{AccountId, OrderId, SaleId};
use engine::{SaleHandle, Unavailable};
use futures_util::FutureExt;
use metrics::{Counter, Histogram, counter, histogram};
use sale::{Request, Sale};
use tokio::sync::mpsc;

use super::Backstage;
use super::connection::Outgoing;
use crate::error::LinkError;
use crate::own::own;
use crate::protocol::{Answered, Ask, IN_FLIGHT_MAX, PATIENCE, Question, Refusal, Reply};

/// Who takes a gateway's questions.
pub(super) struct Clerk {
    backstage: Arc<dyn Backstage>,
    out: mpsc::Sender<Outgoing>,
    in_flight: Arc<AtomicUsize>,
    sales: HashMap<SaleId, SaleHandle>,
    questions: Counter,
    per_frame: Histogram,
}

/// Questions of one kind to one sale, one after the other: one entry in the writer's inbox.
enum Run {
    Submits(Vec<u64>, Vec<Request>),
    Looks(Vec<(u64, Look)>),
}

enum Look {
    Place(AccountId),
    Own(AccountId, Option<OrderId>),
}

impl Clerk {
    pub(super) fn new(backstage: Arc<dyn Backstage>, out: mpsc::Sender<Outgoing>, in_flight: Arc<AtomicUsize>) -> Self {
        let questions = counter!("onsale_link_questions_total");
        let per_frame = histogram!("onsale_link_batch_questions");
        Self { backstage, out, in_flight, sales: HashMap::new(), questions, per_frame }
    }

    /// Takes the questions of a frame. Returns when each is where it can be answered, or refused.
    pub(super) async fn take(&mut self, mut asks: Vec<Ask>, arrived: Instant) -> Result<(), LinkError> {
        self.questions.increment(asks.len() as u64);
        self.per_frame.record(asks.len() as f64);
        let room = IN_FLIGHT_MAX.saturating_sub(self.in_flight.load(Ordering::Relaxed));
        let beyond = asks.split_off(room.min(asks.len()));
        self.in_flight.fetch_add(asks.len(), Ordering::Relaxed);
        self.find_sales(&asks);
        let mut runs: BTreeMap<SaleId, Run> = BTreeMap::new();
        let mut at_once = Vec::new();
        for ask in asks {
            let patience = Duration::from_millis(u64::from(ask.patience_ms)).min(PATIENCE);
            let waited = arrived.elapsed();
            if waited >= patience {
                at_once.push((ask.id, Err(Refusal::TooLate)));
            } else if let Some(answer) = self.take_one(ask.id, ask.question, patience - waited, &mut runs) {
                at_once.push(answer);
            }
        }
        for (sale, run) in runs {
            self.start_run(sale, run);
        }
        let counted = at_once.len();
        at_once.extend(beyond.into_iter().map(|ask| (ask.id, Err(Refusal::Overloaded))));
        if at_once.is_empty() {
            return Ok(());
        }
        // A full channel stops the reading here: whoever does not take answers cannot ask.
        let at_once = Outgoing::Answers { answers: at_once, counted };
        self.out.send(at_once).await.map_err(|_| LinkError::Closed)
    }

    /// Looks for sales that are new, or that have come back, at most once a frame.
    fn find_sales(&mut self, asks: &[Ask]) {
        let is_old = |sale| self.sales.get(&sale).is_none_or(SaleHandle::has_ended);
        if asks.iter().filter_map(|ask| sale_of(&ask.question)).any(is_old) {
            self.sales = self.backstage.sales().into_iter().map(|handle| (handle.sale(), handle)).collect();
        }
    }

    /// Takes a question to where it can be answered; or gives the answer that is there already.
    fn take_one(
        &self,
        id: u64,
        question: Question,
        patience: Duration,
        runs: &mut BTreeMap<SaleId, Run>,
    ) -> Option<Answered> {
        match sale_of(&question) {
            Some(sale) if !self.sales.contains_key(&sale) => return Some((id, Err(Refusal::SaleUnknown))),
            _ => {}
        }
        match question {
            Question::Submit { sale, request: (key, command) } => {
                let request = Request { key, command };
                match runs.get_mut(&sale) {
                    Some(Run::Submits(ids, requests)) => {
                        ids.push(id);
                        requests.push(request);
                    }
                    _ => self.next_run(sale, Run::Submits(vec![id], vec![request]), runs),
                }
            }
            Question::Place { sale, account } => self.look(sale, id, Look::Place(account), runs),
            Question::Own { sale, account, known } => self.look(sale, id, Look::Own(account, known), runs),
            Question::Authenticate { token } => {
                if let Some(facts) = self.backstage.known(&token) {
                    return Some((id, Ok(Reply::Session(Some(facts)))));
                }
                let session = self.backstage.authenticate(token);
                self.start_apart(id, patience, async move { session.await.map(Reply::Session).map_err(Refusal::from) });
            }
            Question::Describe { sale } => {
                let description = self.backstage.describe(sale);
                let answer = async move { description.await.map(Reply::Bytes).ok_or(Refusal::SaleUnknown) };
                self.start_apart(id, patience, answer);
            }
            Question::Page { sale } => {
                let page = self.backstage.page(sale).map(Reply::Bytes).ok_or(Refusal::SaleUnknown);
                self.start_apart(id, patience, async move { page });
            }
        }
        None
    }

    fn look(&self, sale: SaleId, id: u64, look: Look, runs: &mut BTreeMap<SaleId, Run>) {
        match runs.get_mut(&sale) {
            Some(Run::Looks(looks)) => looks.push((id, look)),
            _ => self.next_run(sale, Run::Looks(vec![(id, look)]), runs),
        }
    }

    /// Begins another run of a sale; the one before goes first.
    fn next_run(&self, sale: SaleId, run: Run, runs: &mut BTreeMap<SaleId, Run>) {
        if let Some(before) = runs.insert(sale, run) {
            self.start_run(sale, before);
        }
    }

    fn start_run(&self, sale: SaleId, run: Run) {
        let Some(handle) = self.sales.get(&sale).cloned() else { return };
        match run {
            Run::Submits(ids, requests) => self.start(async move {
                match handle.submit_many(requests).await {
                    Ok(outcomes) => {
                        ids.into_iter().zip(outcomes.into_iter().map(|it| Ok(Reply::Outcome(it)))).collect()
                    }
                    Err(error) => refuse(ids, error),
                }
            }),
            Run::Looks(looks) => self.start(async move {
                let ids = looks.iter().map(|(id, _)| *id).collect();
                let answer = move |sale: &Sale| looks.iter().map(|(id, look)| (*id, Ok(look.at(sale)))).collect();
                match handle.read(answer).await {
                    Ok(answers) => answers,
                    Err(error) => refuse(ids, error),
                }
            }),
        }
    }

    fn start_apart(
        &self,
        id: u64,
        patience: Duration,
        answer: impl Future<Output = Result<Reply, Refusal>> + Send + 'static,
    ) {
        self.start(async move {
            let answer = tokio::time::timeout(patience, answer).await;
            vec![(id, answer.unwrap_or(Err(Refusal::TooLate)))]
        });
    }

    /// Lets it run as far as it gets: into the writer's inbox, before the next is looked at. That keeps the order.
    /// The rest is waited for elsewhere.
    fn start(&self, answers: impl Future<Output = Vec<Answered>> + Send + 'static) {
        let out = self.out.clone();
        let mut telling = Box::pin(async move {
            let answers = answers.await;
            let counted = answers.len();
            // Nobody may be connected any more.
            let _ = out.send(Outgoing::Answers { answers, counted }).await;
        });
        if telling.as_mut().now_or_never().is_none() {
            tokio::spawn(telling);
        }
    }
}

impl Look {
    fn at(&self, sale: &Sale) -> Reply {
        match self {
            Self::Place(account) => Reply::Place(sale.place_view(*account)),
            Self::Own(account, known) => {
                let (place, order) = own(sale, *account, *known);
                Reply::Own(place, order)
            }
        }
    }
}

/// Which writer's question this is.
fn sale_of(question: &Question) -> Option<SaleId> {
    match question {
        Question::Submit { sale, .. } | Question::Place { sale, .. } | Question::Own { sale, .. } => Some(*sale),
        Question::Authenticate { .. } | Question::Describe { .. } | Question::Page { .. } => None,
    }
}

fn refuse(ids: Vec<u64>, error: Unavailable) -> Vec<Answered> {
    ids.into_iter().map(|id| (id, Err(error.into()))).collect()
}
