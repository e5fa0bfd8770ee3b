//! From a TCP port to the surface: one task per connection, HTTP/1.1.
//!
//! What `axum::serve` does, and three things it does not: the accept queue has room for a crowd that comes back at
//! once, a connection that says nothing is closed, and a request is not dropped because its client stopped sending.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::rt::{Sleep, Timer};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use platform::Shutdown;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;

use crate::edge::arriving::Arriving;
use crate::surface::{Answered, Surface};

/// Connections the kernel keeps until they are accepted. The kernel lowers it to `net.core.somaxconn`.
const BACKLOG: u32 = 65_535;
/// Longer than the 60 s after which load balancers close idle connections by themselves, so that they do not send into
/// one that is just being closed.
const PATIENCE: Patience = Patience { silence_max: Duration::from_secs(75), look_every: Duration::from_secs(15) };
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Pause when nothing can be accepted: the process has no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// So often it is said again that none can be accepted.
const SAID_EVERY: Duration = Duration::from_secs(60);

/// With connections that say nothing.
#[derive(Clone, Copy)]
struct Patience {
    /// Between two requests, and for the head of one.
    silence_max: Duration,
    /// How often a connection looks whether it has been silent for too long.
    look_every: Duration,
}

/// Listens for a crowd.
///
/// # Errors
/// The address cannot be listened on.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that was just stopped leaves connections behind that would keep the port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until the shutdown begins, then until the last connection has finished its request.
pub async fn serve(listener: TcpListener, surface: Surface, shutdown: Shutdown) {
    serve_with(listener, surface, shutdown, PATIENCE).await;
}

async fn serve_with(listener: TcpListener, surface: Surface, shutdown: Shutdown, patience: Patience) {
    let mut http = http1::Builder::new();
    http.timer(CoarseTimer).header_read_timeout(patience.silence_max).max_buf_size(HEAD_BYTES_MAX).half_close(true);
    // Most answers are a few hundred bytes: copying them behind their head costs less than a list of two pieces.
    http.writev(false);
    // Every connection holds a sender; when all are gone the receiver hears of it.
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    let mut stopping = pin!(shutdown.wait());
    let mut said: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopping => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Answers are small and whole: waiting to fill a packet only delays them.
                let _slower_at_worst = stream.set_nodelay(true);
                let service = Connected { surface: surface.clone(), peer };
                let connection = http.serve_connection(TokioIo::new(stream), service);
                let (open, shutdown) = (open.clone(), shutdown.clone());
                tokio::spawn(async move {
                    carry(connection, &shutdown, patience.look_every).await;
                    drop(open);
                });
            }
            Err(error) if concerns_one(&error) => {}
            Err(error) => {
                // It is tried twenty times a second, for as long as there are no files left.
                if said.is_none_or(|at| at.elapsed() >= SAID_EVERY) {
                    tracing::warn!(%error, "No connection can be accepted");
                    said = Some(Instant::now());
                }
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop((listener, open));
    all_closed.recv().await;
}

/// Carries one connection to its end. It is polled for every request, so what it watches beside the requests is looked
/// at as cheaply as can be.
async fn carry(
    connection: http1::Connection<TokioIo<TcpStream>, Connected>,
    shutdown: &Shutdown,
    look_every: Duration,
) {
    let mut connection = pin!(connection.with_upgrades());
    let mut stopping = pin!(shutdown.wait());
    let mut look = pin!(tokio::time::sleep(look_every));
    let (mut watching, mut finishing) = (false, false);
    let ended = poll_fn(|cx| {
        // The first poll leaves this task's waker with the shutdown; until that has begun there is nothing to ask.
        if !finishing && (!watching || shutdown.is_triggered()) {
            finishing = stopping.as_mut().poll(cx).is_ready();
            if finishing {
                connection.as_mut().graceful_shutdown();
            }
        }
        // The same with the next look: it has this task's waker until it is due.
        if !watching || look.is_elapsed() {
            while look.as_mut().poll(cx).is_ready() {
                look.as_mut().reset(tokio::time::Instant::now() + look_every);
            }
        }
        watching = true;
        connection.as_mut().poll(cx)
    });
    if let Err(error) = ended.await {
        // Clients come and go; what they did is theirs to know.
        tracing::trace!(%error, "a connection ended early");
    }
}

/// An error of the connection that was to be accepted, not of accepting.
fn concerns_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}

/// The surface, for the requests of one connection.
struct Connected {
    surface: Surface,
    peer: SocketAddr,
}

impl hyper::service::Service<hyper::Request<Incoming>> for Connected {
    type Response = Response;
    type Error = std::convert::Infallible;
    type Future = Answered;

    fn call(&self, request: hyper::Request<Incoming>) -> Answered {
        self.surface.call(request.map(|body| Body::new(Arriving::new(body))), self.peer)
    }
}

/// The time limits of a connection, without a timer of the runtime for each: whoever is over its limit finds out at the
/// next look of its connection.
#[derive(Clone, Copy)]
struct CoarseTimer;

struct Deadline(Instant);

impl Future for Deadline {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if Instant::now() < self.0 { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Sleep for Deadline {}

impl Timer for CoarseTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Deadline(deadline))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn start(router: Router) -> (SocketAddr, Shutdown, tokio::task::JoinHandle<()>) {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let (address, shutdown) = (listener.local_addr().unwrap(), Shutdown::new());
        let patience = Patience { silence_max: Duration::from_millis(200), look_every: Duration::from_millis(50) };
        let served = tokio::spawn(serve_with(listener, router.into(), shutdown.clone(), patience));
        (address, shutdown, served)
    }

    async fn ask(client: &mut TcpStream, path: &str) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
    }

    async fn answer(client: &mut TcpStream) -> String {
        let mut bytes = [0; 4_096];
        let length = client.read(&mut bytes).await.unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[tokio::test]
    async fn stopping_lets_an_open_request_finish_and_closes_idle_connections() {
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "done"
        };
        let router = Router::new().route("/slow", get(slow)).route("/fast", get(|| async { "done" }));
        let (address, shutdown, served) = start(router).await;
        let mut idle = TcpStream::connect(address).await.unwrap();
        ask(&mut idle, "/fast").await;
        assert!(answer(&mut idle).await.ends_with("done"));
        let mut busy = TcpStream::connect(address).await.unwrap();
        ask(&mut busy, "/slow").await;
        tokio::time::sleep(Duration::from_millis(100)).await;

        shutdown.trigger("test");

        assert_eq!(answer(&mut idle).await, "", "an idle connection is closed");
        assert!(answer(&mut busy).await.ends_with("done"), "a request that was begun is answered");
        served.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "nobody is let in any more");
    }

    #[tokio::test]
    async fn who_says_nothing_is_closed_and_does_not_disturb_who_asks() {
        let (address, _shutdown, _served) = start(Router::new().route("/", get(|| async { "here" }))).await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        let mut half = TcpStream::connect(address).await.unwrap();
        half.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
        for client in [&mut silent, &mut half] {
            let mut rest = Vec::new();
            let read = tokio::time::timeout(Duration::from_secs(20), client.read_to_end(&mut rest)).await;
            assert!(read.is_ok(), "closed by the server");
        }
        let mut alive = TcpStream::connect(address).await.unwrap();
        ask(&mut alive, "/").await;
        assert!(answer(&mut alive).await.ends_with("here"));
    }

    #[tokio::test]
    async fn a_head_that_is_too_long_is_refused() {
        let (address, _shutdown, _served) = start(Router::new().route("/", get(|| async { "here" }))).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        let head = format!("GET / HTTP/1.1\r\nHost: test\r\nCookie: {}\r\n", "x".repeat(2 * HEAD_BYTES_MAX));
        let _closed_meanwhile = client.write_all(head.as_bytes()).await;
        assert!(answer(&mut client).await.starts_with("HTTP/1.1 431"));
    }
}
