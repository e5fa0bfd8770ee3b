//! A network between two processes that can be broken in one direction, as a half-dead switch does.

use std::net::{Ipv4Addr, SocketAddr};

use domain::Problem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, tcp};
use tokio::sync::watch;

/// What the network does with what the server says; the other direction always works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Good,
    /// Nothing of what the server says arrives, and nobody is told.
    OneWay,
}

/// The network.
#[derive(Debug)]
pub struct Network {
    port: u16,
    weather: watch::Sender<Weather>,
}

impl Network {
    /// A network to the server at this port of this machine.
    ///
    /// # Errors
    /// `port_taken`: there is no free port.
    pub async fn to(server: u16) -> Result<Self, Problem> {
        let taken = |error: std::io::Error| Problem::new("port_taken", "There is no free port.").internal(error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(taken)?;
        let port = listener.local_addr().map_err(taken)?.port();
        let weather = watch::Sender::new(Weather::Good);
        let seen = weather.subscribe();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, server))).await else {
                    continue;
                };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(carry(from_client, to_server, watch::Sender::new(Weather::Good).subscribe()));
                tokio::spawn(carry(from_server, to_client, seen.clone()));
            }
        });
        Ok(Self { port, weather })
    }

    /// Where the server is reached through this network.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on nothing the server says arrives.
    pub fn fall_silent(&self) {
        self.weather.send_replace(Weather::OneWay);
    }

    /// New connections work again.
    pub fn heal(&self) {
        self.weather.send_replace(Weather::Good);
    }
}

async fn carry(mut from: tcp::OwnedReadHalf, mut to: tcp::OwnedWriteHalf, weather: watch::Receiver<Weather>) {
    let mut buffer = vec![0; 64 * 1024];
    let mut broken = false;
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        // What was lost once is lost: a stream with a hole must not go on.
        broken |= *weather.borrow() == Weather::OneWay;
        let whole = buffer.get(..read).unwrap_or_default();
        if !broken && to.write_all(whole).await.is_err() {
            return;
        }
    }
}
