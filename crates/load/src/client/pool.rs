//! Few connections for many fans: a request borrows one for as long as its exchange takes.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::connection::{Connection, ExchangeError};
use super::request::{Origin, Request};

/// A pool of keep-alive connections to one server.
#[derive(Debug)]
pub struct Pool {
    origin: Origin,
    patience: Duration,
    slots: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

/// An answer, and when it happened.
#[derive(Debug)]
pub struct Answer {
    /// Just before the first byte was sent.
    pub sent: Instant,
    /// Just after the last byte arrived.
    pub received: Instant,
    /// The status code.
    pub status: u16,
    /// `Retry-After` in seconds.
    pub retry_after_seconds: Option<u32>,
    /// The first `Set-Cookie`, whole.
    pub set_cookie: Option<String>,
    /// `Admission-Pass`, if it can be sent back as it is.
    pub admission_pass: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A request without an answer.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct Lost {
    /// When it was sent; `None` if it never was, so that it cannot have taken effect.
    pub sent: Option<Instant>,
    /// What happened.
    #[source]
    pub cause: ExchangeError,
}

impl Pool {
    /// A pool of at most `connections` to `origin`; each exchange may take `patience`.
    pub fn new(origin: Origin, connections: usize, patience: Duration) -> Self {
        Self { origin, patience, slots: Semaphore::new(connections.max(1)), idle: Mutex::new(Vec::new()) }
    }

    /// Whom this pool calls.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Sends a request as soon as a connection is free, first come first served.
    ///
    /// # Errors
    /// [`Lost`], if no whole answer came.
    pub async fn send(&self, request: &Request<'_>) -> Result<Answer, Lost> {
        // A closed semaphore is the only failure, and nothing closes it.
        let _slot = self.slots.acquire().await.map_err(|_| Lost { sent: None, cause: ExchangeError::Closed })?;
        let mut bytes = Vec::with_capacity(512);
        request.write(&self.origin.authority, &mut bytes);
        if let Some(mut connection) = self.take_idle() {
            let sent = Instant::now();
            match self.run(&mut connection, &bytes, sent).await {
                // A server closes idle connections; GET has no effect, so it may be sent again unasked.
                Err(Lost { cause: ExchangeError::Closed | ExchangeError::Broken(_), .. })
                    if request.method == "GET" => {}
                result => return self.give_back(connection, result),
            }
        }
        let mut connection =
            Connection::open(self.origin.address, self.patience).await.map_err(|cause| Lost { sent: None, cause })?;
        let result = self.run(&mut connection, &bytes, Instant::now()).await;
        self.give_back(connection, result)
    }

    async fn run(&self, connection: &mut Connection, bytes: &[u8], sent: Instant) -> Result<(Answer, bool), Lost> {
        match connection.exchange(bytes, self.patience).await {
            Ok(head) => {
                let answer = Answer {
                    sent,
                    received: Instant::now(),
                    status: head.status,
                    retry_after_seconds: head.retry_after_seconds,
                    set_cookie: head.set_cookie,
                    admission_pass: head.admission_pass,
                    body: connection.body().to_vec(),
                };
                Ok((answer, head.keep_alive))
            }
            Err(cause) => Err(Lost { sent: Some(sent), cause }),
        }
    }

    fn take_idle(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop()
    }

    fn give_back(&self, connection: Connection, result: Result<(Answer, bool), Lost>) -> Result<Answer, Lost> {
        let (answer, keep_alive) = result?;
        if keep_alive {
            self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(connection);
        }
        Ok(answer)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use axum::routing::{get, post};
    use axum::{Router, body::Body};
    use tokio::net::TcpListener;

    async fn server() -> Origin {
        let app = Router::new()
            .route("/length", get(|| async { "hello" }))
            .route(
                "/chunks",
                get(|| async {
                    let chunks = ["he", "llo"].map(Ok::<_, std::convert::Infallible>);
                    Body::from_stream(futures_util::stream::iter(chunks))
                }),
            )
            .route("/echo", post(|body: String| async { body }))
            .route("/slow", get(|| async { std::future::pending::<()>().await }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Origin::of_address(address)
    }

    #[tokio::test]
    async fn requests_share_connections_and_get_their_own_answers() {
        let pool = Pool::new(server().await, 4, Duration::from_secs(10));
        let echoes = (0..200).map(|index| {
            let pool = &pool;
            async move {
                let body = format!("body {index}");
                let answer = pool.send(&Request::new("POST", "/echo").json(body.as_bytes())).await.unwrap();
                assert_eq!((answer.status, answer.body.as_slice()), (200, body.as_bytes()));
                assert!(answer.sent <= answer.received);
            }
        });
        futures_util::future::join_all(echoes).await;
        assert!(pool.idle.lock().unwrap().len() <= 4);
        assert_eq!(pool.send(&Request::new("GET", "/length")).await.unwrap().body, b"hello");
        assert_eq!(pool.send(&Request::new("GET", "/chunks")).await.unwrap().body, b"hello");
        assert_eq!(pool.send(&Request::new("GET", "/nowhere")).await.unwrap().status, 404);
    }

    #[tokio::test]
    async fn a_silent_server_costs_patience_and_no_more() {
        let pool = Pool::new(server().await, 1, Duration::from_millis(50));
        let lost = pool.send(&Request::new("GET", "/slow")).await.unwrap_err();
        assert!(matches!(lost.cause, ExchangeError::TimedOut(_)), "{lost}");
        assert_eq!(pool.send(&Request::new("GET", "/length")).await.unwrap().status, 200);
    }
}
