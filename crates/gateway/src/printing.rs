//! Printing tickets: what stands on them, in the language of their buyer, and a few at a time off the threads that
//! answer requests.

mod time;
mod words;

use std::sync::Arc;
use std::time::Duration;

use domain::Problem;
use domain::limits::{TICKET_PDFS_AT_ONCE_MAX, TICKET_PDFS_WAITING_MAX};
use ticket_pdf::{TicketPapers, ticket_pdf};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::problem::{ApiError, ApiResult};
pub(crate) use words::papers;

/// How long one waits for its turn. A PDF is made in some ten milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes so many PDFs at once, lets so many wait, and answers `busy` to the others.
pub(crate) struct Printer {
    /// Running and waiting ones.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Default for Printer {
    fn default() -> Self {
        Self::new(TICKET_PDFS_AT_ONCE_MAX, TICKET_PDFS_WAITING_MAX)
    }
}

impl Printer {
    fn new(at_once_max: usize, waiting_max: usize) -> Self {
        let admitted = Arc::new(Semaphore::new(at_once_max + waiting_max));
        Self { admitted, running: Arc::new(Semaphore::new(at_once_max)) }
    }

    /// Prints tickets.
    ///
    /// # Errors
    /// `busy`; or `internal`, when they cannot be printed.
    pub(crate) async fn print(&self, papers: TicketPapers) -> ApiResult<Vec<u8>> {
        self.run(move || ticket_pdf(&papers)).await?.map_err(|error| unprinted(&error))
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned().map_err(|_| busy())?;
        let turn = timeout(PATIENCE, Arc::clone(&self.running).acquire_owned()).await.map_err(|_| busy())?;
        let turn = turn.map_err(|error| unprinted(&error))?;
        let job = tokio::task::spawn_blocking(move || {
            let done = work();
            // Held by the work and not by the caller: a client who hangs up does not make room before it is done.
            drop((admitted, turn));
            done
        });
        job.await.map_err(|error| unprinted(&error))
    }
}

fn busy() -> ApiError {
    ApiError::new("busy", "Very many tickets are being printed right now. Try again in a few seconds.")
}

fn unprinted(error: &dyn std::fmt::Display) -> ApiError {
    Problem::new("internal", "The tickets could not be printed.").internal(error).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn one_runs_one_waits_and_the_next_is_told_at_once() {
        let printer = Arc::new(Printer::new(1, 1));
        let (go, gate) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let first = tokio::spawn({
            let printer = Arc::clone(&printer);
            let work = move || {
                started.send(()).unwrap();
                gate.recv().unwrap();
                1
            };
            async move { printer.run(work).await }
        });
        has_started.await.unwrap();
        let mut second = Box::pin(printer.run(|| 2));
        assert!(timeout(Duration::from_millis(20), &mut second).await.is_err(), "it waits");
        let third = printer.run(|| 3).await.unwrap_err();
        assert_eq!((third.code(), third.status().as_u16()), ("busy", 503));
        go.send(()).unwrap();
        assert_eq!((first.await.unwrap().unwrap(), second.await.unwrap()), (1, 2));
        assert_eq!(printer.run(|| 4).await.unwrap(), 4, "there is room again");
    }

    #[tokio::test]
    async fn a_client_who_hangs_up_makes_no_room_before_the_work_is_done() {
        let printer = Printer::new(1, 0);
        let (go, gate) = mpsc::channel::<()>();
        let mut abandoned = Box::pin(printer.run(move || gate.recv().is_ok()));
        assert!(timeout(Duration::from_millis(20), &mut abandoned).await.is_err());
        drop(abandoned);
        assert_eq!(printer.run(|| ()).await.unwrap_err().code(), "busy");
        go.send(()).unwrap();
        while printer.run(|| ()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
