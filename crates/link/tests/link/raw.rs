//! A gateway that says exactly what a test wants.

use std::net::SocketAddr;
use std::time::Duration;

use link::Secret;
use link::frame::{self, FROM_ENGINE_BYTES_MAX, FrameReader};
use link::hello::{Greeting, Hello};
use link::protocol::{Answered, Ask, FromEngine, ToEngine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::stage::within;

pub struct Raw {
    pub frames: FrameReader<OwnedReadHalf>,
    pub writer: OwnedWriteHalf,
    pub greeting: Greeting,
}

impl Raw {
    pub async fn connect(engine: SocketAddr, secret: &Secret, version: u16) -> Self {
        let (mut reader, mut writer) = TcpStream::connect(engine).await.unwrap().into_split();
        let mut nonce = [0; 32];
        reader.read_exact(&mut nonce).await.unwrap();
        let mut bytes = Vec::new();
        frame::append(&Hello::new(secret, version, "raw", &nonce, [1; 32]), &mut bytes).unwrap();
        writer.write_all(&bytes).await.unwrap();
        let mut frames = FrameReader::new(reader, FROM_ENGINE_BYTES_MAX, Duration::from_secs(10));
        let greeting = frame::decode(&frames.next().await.unwrap()).unwrap();
        Self { frames, writer, greeting }
    }

    pub async fn ask(&mut self, asks: Vec<Ask>) {
        let mut bytes = Vec::new();
        frame::append(&ToEngine::Ask(asks), &mut bytes).unwrap();
        self.writer.write_all(&bytes).await.unwrap();
    }

    /// The next so many answers, in the order in which they come.
    pub async fn answers(&mut self, count: usize) -> Vec<Answered> {
        let mut all = Vec::new();
        while all.len() < count {
            let frame = within(self.frames.next()).await.unwrap();
            if let FromEngine::Answers(answers) = frame::decode(&frame).unwrap() {
                all.extend(answers);
            }
        }
        all
    }

    /// The engine closes the connection, whatever it still says before.
    pub async fn is_closed(&mut self) {
        let end = async { while self.frames.next().await.is_ok() {} };
        within(end).await;
    }
}
