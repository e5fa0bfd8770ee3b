//! Where do I stand, asked over the wire: by HTTP here, and whatever else answers it, beside Redis `ZRANK`.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::Problem;

use super::book::Book;
use super::joins::{Joined, number_in};
use super::pipeline::{self, Questions, Round};
use super::positions::{BatchedPositions, PLACES_ASKED};
use super::redis::Redis;
use super::{LineArgs, memory};
use crate::bench::cpu;
use crate::client::{BodyLength, Origin, Request, parse_head};
use crate::report::Report;

/// Connections and questions on their way on each.
const CONNECTIONS: usize = 50;
const DEPTH: usize = 16;
/// Questions on their way on each connection while everybody is asked once.
const AUDIT_DEPTH: usize = 8;
/// Everybody is asked within this time.
const AUDIT_PATIENCE: Duration = Duration::from_secs(600);

/// A way to ask for positions: one set of questions per connection. Another protocol is another one of these.
pub trait PositionSource {
    /// Its questions.
    type Questions: Questions;
    /// For connection `number` of `of`.
    fn questions(&self, number: usize, of: usize) -> (SocketAddr, Self::Questions);
    /// Answers that were not what they had to be.
    fn wrong(asked: &Self::Questions) -> u64;
}

/// `GET /v1/sales/{sale}/line/me` of account after account.
#[derive(Debug)]
pub struct HttpPositions {
    /// The servers, in turn.
    pub origins: Vec<Origin>,
    /// Whose line.
    pub sale: String,
    /// Whose sessions.
    pub book: Arc<Book>,
    /// What each was told when joining.
    pub joined: Arc<Vec<Joined>>,
    /// Ask everybody once, rather than on and on.
    pub once: bool,
}

/// The questions of one connection.
#[derive(Debug)]
pub struct HttpQuestions {
    authority: String,
    path: String,
    book: Arc<Book>,
    joined: Arc<Vec<Joined>>,
    next: usize,
    step: usize,
    once: bool,
    asked: VecDeque<usize>,
    wrong: u64,
}

impl PositionSource for HttpPositions {
    type Questions = HttpQuestions;

    fn questions(&self, number: usize, of: usize) -> (SocketAddr, HttpQuestions) {
        let fallback = Origin::of_address(SocketAddr::from(([127, 0, 0, 1], 0)));
        let origin = self.origins.get(number % self.origins.len().max(1)).unwrap_or(&fallback);
        let questions = HttpQuestions {
            authority: origin.authority.clone(),
            path: format!("/v1/sales/{}/line/me", self.sale),
            book: Arc::clone(&self.book),
            joined: Arc::clone(&self.joined),
            next: number,
            step: of,
            once: self.once,
            asked: VecDeque::with_capacity(DEPTH),
            wrong: 0,
        };
        (origin.address, questions)
    }

    fn wrong(asked: &HttpQuestions) -> u64 {
        asked.wrong
    }
}

impl Questions for HttpQuestions {
    fn ask(&mut self, out: &mut Vec<u8>) -> bool {
        if self.next >= self.book.len() {
            if self.once || self.book.is_empty() {
                return false;
            }
            self.next %= self.step;
        }
        Request::new("GET", &self.path).session(self.book.token(self.next)).write(&self.authority, out);
        self.asked.push_back(self.next);
        self.next += self.step;
        true
    }

    fn answer(&mut self, bytes: &[u8]) -> Option<usize> {
        let Some((status, body, length)) = whole_answer(bytes)? else {
            self.wrong += 1;
            return Some(bytes.len().max(1));
        };
        let told = self.asked.pop_front().and_then(|index| self.joined.get(index)).map_or(0, |join| join.number);
        // A place that was never acknowledged may or may not be there.
        let known = if status == 200 { number_in(body) } else { None };
        self.wrong += u64::from(told > 0 && known != Some(told));
        Some(length)
    }
}

/// The status, the body and the length of the answer these bytes begin with; `None` while it is not whole, `Some(None)` if
/// it is no answer that can be read: then the rest is given up, so that the run ends.
pub(super) fn whole_answer(bytes: &[u8]) -> Option<Option<(u16, &[u8], usize)>> {
    let Ok(head) = parse_head(bytes) else { return Some(None) };
    let head = head?;
    let BodyLength::Fixed(length) = head.body else { return Some(None) };
    let body = bytes.get(head.bytes..head.bytes + length)?;
    Some(Some((head.status, body, head.bytes + length)))
}

/// Asks with `depth` questions on their way on each connection.
///
/// # Errors
/// If a connection fails.
pub async fn round<S: PositionSource>(source: &S, depth: usize, patience: Duration) -> Result<(Round, u64), Problem> {
    let askers = (0..CONNECTIONS).map(|number| source.questions(number, CONNECTIONS)).collect();
    let (round, askers) = pipeline::run(askers, depth, patience).await?;
    Ok((round, askers.iter().map(S::wrong).sum()))
}

/// Acknowledged places that the server does not know, or knows under another number: everybody is asked.
///
/// # Errors
/// If a connection fails.
pub async fn lost(source: &HttpPositions) -> Result<u64, Problem> {
    let (_, wrong) = round(source, AUDIT_DEPTH, AUDIT_PATIENCE).await?;
    Ok(wrong)
}

/// One side of the comparison.
#[derive(Debug, Default)]
struct Side {
    per_second: Vec<f64>,
    cpu_us: Vec<f64>,
}

impl Side {
    async fn add<S: PositionSource>(
        &mut self,
        source: &S,
        each: usize,
        ids: &[u32],
        patience: Duration,
        tick_us: f64,
    ) -> Result<u64, Problem> {
        let before = memory::ticks(ids);
        let (round, wrong) = round(source, DEPTH, patience).await?;
        self.per_second.push(round.per_second() * each as f64);
        self.cpu_us.push((memory::ticks(ids) - before) * tick_us / (round.answers * each as u64) as f64);
        Ok(wrong)
    }
}

/// The two in turn, servers on core 0, this generator on core 1. Both are asked by the same code, and every answer is
/// compared with what the fan was told when joining.
///
/// # Errors
/// If a connection fails or a process cannot be pinned.
pub async fn compare(
    arguments: &LineArgs,
    report: &mut Report,
    ours: &HttpPositions,
    ids: &[u32],
    redis: &Redis,
) -> Result<(), Problem> {
    let tick_us = cpu::tick_us().await?;
    let all = format!("0-{}", std::thread::available_parallelism().map_or(0, |cores| cores.get() - 1));
    for id in ids.iter().chain(redis.id().iter()) {
        cpu::pin(*id, "0").await?;
    }
    cpu::pin(std::process::id(), if all == "0-0" { "0" } else { "1" }).await?;
    let patience = Duration::from_secs_f64(arguments.read_seconds);
    // Whoever asks first finds nothing remembered; that is not compared.
    round(ours, DEPTH, patience).await?;
    let batched = BatchedPositions {
        origin: ours.origins.first().cloned().ok_or_else(|| Problem::new("no_server", "There is no server to ask."))?,
        sale: ours.sale.clone(),
        joined: Arc::clone(&ours.joined),
    };
    let (mut http, mut many, mut zrank) = (Side::default(), Side::default(), Side::default());
    for _ in 0..arguments.rounds.max(1) {
        let wrong = many.add(&batched, PLACES_ASKED, ids, patience, tick_us).await?;
        report.violation("position_wrong", wrong);
        let wrong = zrank.add(redis, 1, redis.id().as_slice(), patience, tick_us).await?;
        report.violation("redis_wrong", wrong);
        let wrong = http.add(ours, 1, ids, patience, tick_us).await?;
        report.violation("position_wrong", wrong);
    }
    for id in ids.iter().chain([&std::process::id()]) {
        cpu::pin(*id, &all).await?;
    }
    report.load("read_connections", CONNECTIONS);
    report.load("read_pipeline", DEPTH);
    report.load(
        "read",
        "GET /v1/sales/{sale}/positions of 64 numbers, beside ZRANK of one member and GET /v1/sales/{sale}/line/me with a \
         session; each with 16 on their way on each of the same number of connections; servers on core 0, clients on core 1",
    );
    report.figure_of_runs("position_reads_per_second", &many.per_second);
    report.figure_of_runs("position_read_cpu_us", &many.cpu_us);
    report.figure_of_runs("own_place_reads_per_second", &http.per_second);
    report.figure_of_runs("own_place_read_cpu_us", &http.cpu_us);
    report.figure_of_runs("redis_zrank_per_second", &zrank.per_second);
    report.figure_of_runs("redis_zrank_cpu_us", &zrank.cpu_us);
    report.ratio_of_runs("position_reads_vs_redis", &many.per_second, &zrank.per_second);
    report.ratio_of_runs("position_read_cpu_vs_redis", &many.cpu_us, &zrank.cpu_us);
    report.ratio_of_runs("own_place_reads_vs_redis", &http.per_second, &zrank.per_second);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_not_what_was_told_is_counted() {
        let mut book = Book::default();
        assert!(book.extend(&["a".into(), "b".into(), "c".into()]));
        let joined = [5, 6, 0].map(|number| Joined { number, ..Joined::default() });
        let source = HttpPositions {
            origins: vec![Origin::of_address(SocketAddr::from(([127, 0, 0, 1], 9)))],
            sale: "sale_1".into(),
            book: Arc::new(book),
            joined: Arc::new(joined.to_vec()),
            once: true,
        };
        let (_, mut questions) = source.questions(0, 1);
        let mut out = Vec::new();
        assert_eq!((0..9).take_while(|_| questions.ask(&mut out)).count(), 3);
        let text = |number: u32| {
            let body = format!("{{\"place\":{{\"number\":{number}}}}}");
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        };
        let (first, second) = (text(5), text(7));
        assert_eq!(questions.answer(&first.as_bytes()[..first.len() - 1]), None);
        assert_eq!(questions.answer(first.as_bytes()), Some(first.len()));
        assert_eq!((questions.answer(second.as_bytes()), questions.wrong), (Some(second.len()), 1));
        // Was never acknowledged.
        assert_eq!((questions.answer(text(9).as_bytes()).is_some(), questions.wrong), (true, 1));
    }
}
