//! Joins over HTTP, open loop: each is due at its instant, and its latency counts from there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::task::JoinSet;

use super::book::Book;
use super::pacing::Pacing;
use crate::client::{Connection, Origin, Request};
use crate::fans::history::JoinFact;
use crate::sellout::checks;

/// Patience with one exchange.
const PATIENCE: Duration = Duration::from_secs(10);
/// Before a join that was not acknowledged is tried again.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// A join that is not acknowledged for this long is given up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(60);

/// One join, microseconds since the run began: 16 bytes, for there are a million.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Joined {
    /// When it was due.
    pub due_us: u32,
    /// Just before its first byte was first sent.
    pub sent_us: u32,
    /// Just after its acknowledgement.
    pub answered_us: u32,
    /// The number of the place; 0 if it was never acknowledged.
    pub number: u32,
}

/// Where joins stand while they run.
#[derive(Debug)]
pub struct Joining {
    began: Instant,
    pacing: Mutex<Pacing>,
    joined: Mutex<Vec<Joined>>,
    counts: Mutex<Counts>,
}

/// What else happened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Acknowledged.
    pub acknowledged: u64,
    /// Answered with a refusal, and tried again.
    pub refused: u64,
    /// Not answered, and tried again elsewhere.
    pub unanswered: u64,
    /// Given up.
    pub given_up: u64,
}

impl Joining {
    /// Of `total` joins, with a schedule that begins now.
    pub fn new(total: usize, pacing: Pacing) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            pacing: Mutex::new(pacing),
            joined: Mutex::new(vec![Joined::default(); total]),
            counts: Mutex::default(),
        })
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        *lock(&self.counts)
    }

    /// The beginning of all its times.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// The highest rate offered.
    pub fn rate_peak(&self) -> f64 {
        lock(&self.pacing).rate_peak
    }

    /// The joins, by account.
    pub fn take(&self) -> Vec<Joined> {
        std::mem::take(&mut lock(&self.joined))
    }

    fn us(&self, at: Instant) -> u32 {
        u32::try_from(at.saturating_duration_since(self.began).as_micros()).unwrap_or(u32::MAX)
    }
}

/// Lets everybody in `book` join through these servers in turn, over `connections` keep-alive connections.
///
/// # Errors
/// If a task of the generator ends badly.
pub async fn run(
    joining: &Arc<Joining>,
    origins: &[Origin],
    sale: &str,
    book: &Arc<Book>,
    connections: usize,
) -> Result<(), Problem> {
    let mut tasks = JoinSet::new();
    for number in 0..connections.max(1) {
        let asker = Asker {
            joining: Arc::clone(joining),
            origins: origins.to_vec(),
            at: number,
            path: format!("/v1/sales/{sale}/line"),
            book: Arc::clone(book),
            connection: None,
            bytes: Vec::with_capacity(512),
        };
        tasks.spawn(asker.run());
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|error| Problem::new("joins_broke_off", "A client of the run ended.").internal(error))?;
    }
    Ok(())
}

struct Asker {
    joining: Arc<Joining>,
    origins: Vec<Origin>,
    at: usize,
    path: String,
    book: Arc<Book>,
    connection: Option<Connection>,
    bytes: Vec<u8>,
}

impl Asker {
    async fn run(mut self) {
        loop {
            let began = self.joining.began;
            let now = began.elapsed().as_secs_f64();
            let Some((index, due)) = lock(&self.joining.pacing).take(now) else { return };
            if due > now {
                tokio::time::sleep_until((began + Duration::from_secs_f64(due)).into()).await;
            }
            let mut joined = Joined { due_us: (due * 1e6) as u32, ..Joined::default() };
            let first = Instant::now();
            joined.sent_us = self.joining.us(first);
            while joined.number == 0 && first.elapsed() < GIVE_UP_AFTER {
                match self.ask(index).await {
                    Some(number) => {
                        joined.answered_us = self.joining.us(Instant::now());
                        joined.number = number;
                    }
                    None => tokio::time::sleep(AGAIN_AFTER).await,
                }
            }
            {
                let mut counts = lock(&self.joining.counts);
                if joined.number > 0 { counts.acknowledged += 1 } else { counts.given_up += 1 }
            }
            lock(&self.joining.pacing).answered();
            if let Some(slot) = lock(&self.joining.joined).get_mut(index) {
                *slot = joined;
            }
        }
    }

    /// One attempt; after a failure the next one goes to the next server.
    async fn ask(&mut self, index: usize) -> Option<u32> {
        let origin = self.origins.get(self.at % self.origins.len().max(1))?;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => match Connection::open(origin.address, PATIENCE).await {
                Ok(connection) => connection,
                Err(_) => return self.unanswered(),
            },
        };
        self.bytes.clear();
        let request = Request::new("POST", &self.path).session(self.book.token(index));
        request.write(&origin.authority, &mut self.bytes);
        let Ok(head) = connection.exchange(&self.bytes, PATIENCE).await else { return self.unanswered() };
        let number = (head.status == 200 || head.status == 201).then(|| number_in(connection.body())).flatten();
        if head.keep_alive {
            self.connection = Some(connection);
        }
        if number.is_none() {
            lock(&self.joining.counts).refused += 1;
        }
        number
    }

    fn unanswered(&mut self) -> Option<u32> {
        self.at += 1;
        lock(&self.joining.counts).unanswered += 1;
        None
    }
}

/// The number of the place in an answer, found without reading the rest of it.
pub fn number_in(body: &[u8]) -> Option<u32> {
    number_after(body, b"\"number\":")
}

/// The whole number after `name` in a JSON text.
pub fn number_after(text: &[u8], name: &[u8]) -> Option<u32> {
    let at = text.windows(name.len()).position(|part| part == name)? + name.len();
    let digits = text.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit());
    let (count, number) =
        digits.fold((0, 0u64), |(count, number), byte| (count + 1, number * 10 + u64::from(byte - b'0')));
    if (1..=10).contains(&count) { u32::try_from(number).ok() } else { None }
}

/// The rate over the middle nine tenths of the acknowledgements, and that of the busiest second.
pub fn rates(joined: &[Joined]) -> (f64, f64) {
    let mut answers: Vec<u32> = joined.iter().filter(|join| join.number > 0).map(|join| join.answered_us).collect();
    answers.sort_unstable();
    let cut = answers.len() / 20;
    let middle = answers.get(cut..answers.len() - cut).unwrap_or_default();
    let (Some(first), Some(last)) = (middle.first(), middle.last()) else { return (f64::NAN, f64::NAN) };
    let seconds = f64::from(last - first) / 1e6;
    let (mut from, mut peak) = (0, 0);
    for (to, at) in answers.iter().enumerate() {
        while at - answers[from] >= 1_000_000 {
            from += 1;
        }
        peak = peak.max(to + 1 - from);
    }
    (middle.len() as f64 / seconds, peak as f64)
}

/// A quantile of the latencies from the due instants, and from the sending, milliseconds.
pub fn latency_ms(joined: &[Joined], quantile: f64) -> (f64, f64) {
    let of = |from: fn(&Joined) -> u32| {
        let answered = joined.iter().filter(|join| join.number > 0);
        let mut latencies: Vec<u32> = answered.map(|join| join.answered_us.saturating_sub(from(join))).collect();
        let last = latencies.len().saturating_sub(1);
        let at = (last as f64 * quantile).round() as usize;
        if latencies.is_empty() { f64::NAN } else { f64::from(*latencies.select_nth_unstable(at).1) / 1e3 }
    };
    (of(|join| join.due_us), of(|join| join.sent_us))
}

/// Order inversions and numbers given twice, from what the clients saw alone.
pub fn contradictions(joined: &[Joined]) -> (u64, u64) {
    let facts: Vec<JoinFact> = joined
        .iter()
        .filter(|join| join.number > 0)
        .map(|join| JoinFact {
            first_sent_us: join.sent_us.into(),
            received_us: join.answered_us.into(),
            number: join.number,
        })
        .collect();
    (checks::out_of_order(&facts), checks::duplicated_places(&facts))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(sent_us: u32, answered_us: u32, number: u32) -> Joined {
        Joined { due_us: sent_us, sent_us, answered_us, number }
    }

    #[test]
    fn the_number_is_found_wherever_it_stands() {
        assert_eq!(number_in(br#"{"place":{"number":17,"stage":"waiting"}}"#), Some(17));
        assert_eq!(number_in(br#"{"place":{"number":null}}"#), None);
        assert_eq!(number_in(br#"{"place":{"number":99999999999}}"#), None);
        assert_eq!(number_in(b""), None);
    }

    #[test]
    fn an_inversion_and_a_double_are_seen_and_the_unanswered_accuse_nobody() {
        let fair = [join(1, 10, 1), join(11, 20, 2), Joined::default()];
        assert_eq!(contradictions(&fair), (0, 0));
        assert_eq!(contradictions(&[join(1, 10, 2), join(11, 20, 1)]), (1, 0));
        assert_eq!(contradictions(&[join(1, 10, 2), join(2, 20, 2)]), (0, 1));
    }

    #[test]
    fn the_rate_leaves_out_the_beginning_and_the_end() {
        let joined: Vec<Joined> =
            (0..2_000).map(|number| join(number * 1_000, number * 1_000 + 500, number + 1)).collect();
        let (rate, peak) = rates(&joined);
        assert!((rate - 1_000.0).abs() < 5.0 && (peak - 1_000.0).abs() < 2.0, "{rate} {peak}");
        assert_eq!(latency_ms(&joined, 0.99), (0.5, 0.5));
    }
}
