//! A network between a gateway and the engine, which can be cut, go silent in one direction, and be listened to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use link::frame;
use link::protocol::{FromEngine, ToEngine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Clone)]
pub struct Proxy {
    pub address: SocketAddr,
    to_engine: Arc<Direction>,
    from_engine: Arc<Direction>,
    connections: Arc<Mutex<JoinSet<()>>>,
}

struct Direction {
    flows: watch::Sender<bool>,
    heard: Mutex<Vec<u8>>,
}

impl Proxy {
    pub async fn before(engine: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let direction = || Arc::new(Direction { flows: watch::Sender::new(true), heard: Mutex::default() });
        let address = listener.local_addr().unwrap();
        let proxy = Self { address, to_engine: direction(), from_engine: direction(), connections: Arc::default() };
        let running = proxy.clone();
        tokio::spawn(async move {
            loop {
                let (gateway, _) = listener.accept().await.unwrap();
                let engine = TcpStream::connect(engine).await.unwrap();
                let ((from_gateway, to_gateway), (from_engine, to_engine)) =
                    (gateway.into_split(), engine.into_split());
                let mut connections = running.connections.lock().unwrap();
                let (there, back) = (Arc::clone(&running.to_engine), Arc::clone(&running.from_engine));
                connections.spawn(async move {
                    tokio::select! {
                        () = there.carry(from_gateway, to_engine) => {}
                        () = back.carry(from_engine, to_gateway) => {}
                    }
                });
            }
        });
        proxy
    }

    /// Ends every connection; the next one is let through.
    pub fn cut(&self) {
        self.connections.lock().unwrap().abort_all();
    }

    pub fn silence_to_engine(&self, silent: bool) {
        self.to_engine.flows.send_replace(!silent);
    }

    pub fn silence_from_engine(&self, silent: bool) {
        self.from_engine.flows.send_replace(!silent);
    }

    /// How many questions each frame of the first connection had.
    pub fn questions_per_frame(&self) -> Vec<usize> {
        // The first frame is the greeting.
        let frames = frames(&self.to_engine.heard.lock().unwrap()).into_iter().skip(1);
        frames
            .filter_map(|frame| match frame::decode(&frame).unwrap() {
                ToEngine::Ask(asks) => Some(asks.len()),
                ToEngine::Ping => None,
            })
            .collect()
    }

    /// How many answers each frame of the first connection had.
    pub fn answers_per_frame(&self) -> Vec<usize> {
        // A nonce and the greeting come first.
        let frames = frames(&self.from_engine.heard.lock().unwrap()[32..]).into_iter().skip(1);
        frames
            .filter_map(|frame| match frame::decode(&frame).unwrap() {
                FromEngine::Answers(answers) => Some(answers.len()),
                _ => None,
            })
            .collect()
    }
}

impl Direction {
    async fn carry(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut flows = self.flows.subscribe();
        let mut buffer = vec![0; 16 * 1024];
        loop {
            flows.wait_for(|flows| *flows).await.unwrap();
            let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
            // What came while it was silent stays here.
            flows.wait_for(|flows| *flows).await.unwrap();
            self.heard.lock().unwrap().extend_from_slice(&buffer[..read]);
            if to.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    }
}

fn frames(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        let Some((frame, rest)) = rest.split_at_checked(length) else { break };
        frames.push(frame.to_vec());
        bytes = rest;
    }
    frames
}
