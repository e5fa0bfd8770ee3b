//! Pipelined questions over a few connections: some go out together, and the next when all of them are answered.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Patience with one batch.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of one answer, at most.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What one connection asks, and what it makes of the answers. The protocol is its own business.
pub trait Questions: Send + 'static {
    /// Appends the next question; false if there is none left.
    fn ask(&mut self, out: &mut Vec<u8>) -> bool;
    /// The length of the answer these bytes begin with, which was looked at; `None` while it is not whole.
    fn answer(&mut self, bytes: &[u8]) -> Option<usize>;
}

/// What a round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Round {
    /// Answers.
    pub answers: u64,
    /// From the first question to the last answer.
    pub seconds: f64,
}

impl Round {
    /// Answers per second.
    pub fn per_second(&self) -> f64 {
        self.answers as f64 / self.seconds
    }
}

/// Asks over one connection per element, `depth` questions at a time, until `patience` is over or nobody has a
/// question left; gives the questioners back.
///
/// # Errors
/// `connection_lost`, at the first connection that fails.
pub async fn run<Q: Questions>(
    askers: Vec<(SocketAddr, Q)>,
    depth: usize,
    patience: Duration,
) -> Result<(Round, Vec<Q>), Problem> {
    let mut streams = Vec::with_capacity(askers.len());
    for (address, asker) in askers {
        let stream = TcpStream::connect(address).await.map_err(lost)?;
        stream.set_nodelay(true).map_err(lost)?;
        streams.push((stream, asker));
    }
    let began = Instant::now();
    let until = began + patience;
    let mut tasks = JoinSet::new();
    for (stream, asker) in streams {
        tasks.spawn(drive(stream, asker, depth, until));
    }
    let (mut round, mut askers) = (Round::default(), Vec::with_capacity(tasks.len()));
    while let Some(ended) = tasks.join_next().await {
        let (answers, asker) = ended.map_err(lost)??;
        round.answers += answers;
        askers.push(asker);
    }
    round.seconds = began.elapsed().as_secs_f64();
    Ok((round, askers))
}

async fn drive<Q: Questions>(
    mut stream: TcpStream,
    mut asker: Q,
    depth: usize,
    until: Instant,
) -> Result<(u64, Q), Problem> {
    let (mut out, mut read) = (Vec::with_capacity(8_192), Vec::with_capacity(32_768));
    let mut answers = 0;
    while Instant::now() < until {
        out.clear();
        let asked = (0..depth).take_while(|_| asker.ask(&mut out)).count();
        if asked == 0 {
            break;
        }
        let exchange = exchange(&mut stream, &mut asker, asked, &out, &mut read);
        tokio::time::timeout(PATIENCE, exchange).await.map_err(lost)??;
        answers += asked as u64;
    }
    Ok((answers, asker))
}

async fn exchange<Q: Questions>(
    stream: &mut TcpStream,
    asker: &mut Q,
    asked: usize,
    out: &[u8],
    read: &mut Vec<u8>,
) -> Result<(), Problem> {
    stream.write_all(out).await.map_err(lost)?;
    read.clear();
    let (mut done, mut at) = (0, 0);
    while done < asked {
        if let Some(length) = asker.answer(read.get(at..).unwrap_or_default()) {
            (done, at) = (done + 1, at + length);
            continue;
        }
        if read.len() - at > ANSWER_BYTES_MAX {
            return Err(lost("an answer is too long"));
        }
        if stream.read_buf(read).await.map_err(lost)? == 0 {
            return Err(lost("the server closed the connection"));
        }
    }
    Ok(())
}

fn lost(why: impl std::fmt::Display) -> Problem {
    Problem::new("connection_lost", "A connection to the server under test failed.").internal(why)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Asks for numbered lines and expects them back in order.
    struct Lines {
        asked: u32,
        heard: u32,
        total: u32,
    }

    impl Questions for Lines {
        fn ask(&mut self, out: &mut Vec<u8>) -> bool {
            if self.asked == self.total {
                return false;
            }
            out.extend_from_slice(format!("{}\n", self.asked).as_bytes());
            self.asked += 1;
            true
        }
        fn answer(&mut self, bytes: &[u8]) -> Option<usize> {
            let length = bytes.iter().position(|byte| *byte == b'\n')? + 1;
            assert_eq!(bytes[..length], *format!("{}\n", self.heard).as_bytes());
            self.heard += 1;
            Some(length)
        }
    }

    #[tokio::test]
    async fn every_question_has_its_answer_in_order() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        let askers = (0..3).map(|_| (address, Lines { asked: 0, heard: 0, total: 1_001 })).collect();
        let (round, askers) = run(askers, 16, Duration::from_secs(20)).await.unwrap();
        assert_eq!(round.answers, 3_003);
        assert!(askers.iter().all(|asker| asker.heard == 1_001) && round.per_second() > 0.0);
    }
}
