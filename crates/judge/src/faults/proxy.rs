//! A proxy in front of the server that cuts connections after a request has been passed on and before its reply is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::Failed;

/// What the proxy does and has done.
#[derive(Debug, Default)]
pub struct Proxy {
    /// The port that new connections are passed on to.
    pub server: AtomicU16,
    /// Replies cut, of a thousand.
    pub cuts_permille: AtomicU32,
    /// Nothing comes back while this is set, and what is asked still arrives.
    pub stalled: AtomicBool,
    /// Replies cut so far.
    pub cuts: AtomicU64,
    /// Replies passed on so far.
    pub passed: AtomicU64,
}

impl Proxy {
    /// Listens on `port` and passes on to port `server`, until the task is aborted.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn start(port: u16, server: u16, seed: u64) -> Result<(Arc<Self>, JoinHandle<()>), Failed> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let proxy = Arc::new(Self { server: AtomicU16::new(server), ..Self::default() });
        let shared = Arc::clone(&proxy);
        let task = tokio::spawn(async move {
            let mut number = seed;
            while let Ok((client, _)) = listener.accept().await {
                number = number.wrapping_add(1);
                let proxy = Arc::clone(&shared);
                tokio::spawn(async move { proxy.carry(client, number).await });
            }
        });
        Ok((proxy, task))
    }

    async fn carry(&self, client: TcpStream, seed: u64) -> Option<()> {
        let server = TcpStream::connect(("127.0.0.1", self.server.load(Ordering::Relaxed))).await.ok()?;
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let (mut asked, mut replied) = (vec![0; 16_384], vec![0; 16_384]);
        loop {
            tokio::select! {
                read = from_client.read(&mut asked) => match read.ok()? {
                    0 => return None,
                    count => to_server.write_all(&asked[..count]).await.ok()?,
                },
                read = from_server.read(&mut replied) => {
                    let count = read.ok()?;
                    if count == 0 {
                        return None;
                    }
                    if chance.random_range(0..1_000) < self.cuts_permille.load(Ordering::Relaxed) {
                        self.cuts.fetch_add(1, Ordering::Relaxed);
                        // Half of them end with a reset, the others with an end in the middle.
                        if chance.random_bool(0.5) {
                            let _reset = to_client.as_ref().set_zero_linger();
                        }
                        return None;
                    }
                    while self.stalled.load(Ordering::Relaxed) {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    self.passed.fetch_add(1, Ordering::Relaxed);
                    to_client.write_all(&replied[..count]).await.ok()?;
                }
            }
        }
    }

    /// Waits until so many replies were cut; false if that takes too long.
    pub async fn until_cut(&self, cuts: u64, patience: Duration) -> bool {
        let began = std::time::Instant::now();
        while began.elapsed() < patience {
            if self.cuts.load(Ordering::Relaxed) >= cuts {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}
