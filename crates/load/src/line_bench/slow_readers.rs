//! Thousands open a live connection and then read nothing of it: the others must not notice.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::Problem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::clients::Ages;
use super::cluster::Cluster;
use super::crowd::{Crowd, CrowdPlan};
use super::faults::{Polls, polls};
use super::joins::{self, Joining};
use super::pacing::Pacing;
use super::{LineArgs, line_opened, memory};
use crate::client::{Origin, Pool, Request};
use crate::report::Report;

/// Places in line.
const PLACES: usize = 20_000;
const JOINS_PER_SECOND: f64 = 4_000.0;
/// Connections that read, beside those that do not.
const READERS: usize = 5_000;
/// Who does not read has so little room that it is soon full.
const RECEIVE_BYTES: u32 = 2_048;
/// Seconds with and without them.
const WATCHED: Duration = Duration::from_secs(30);
const WATCHED_QUICK: Duration = Duration::from_secs(10);
/// Between two looks at the ages.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Admissions per second meanwhile.
const LINE_RATE: u32 = 50;
/// Until a crowd is there.
const OPEN_MAX: Duration = Duration::from_secs(60);

/// The same line watched without slow readers and with them.
///
/// # Errors
/// If a process fails.
pub async fn run(arguments: &LineArgs, report: &mut Report) -> Result<(), Problem> {
    let count = if arguments.quick { 1_000 } else { 5_000 };
    let watched = if arguments.quick { WATCHED_QUICK } else { WATCHED };
    let cluster = Cluster::start(&arguments.bin()?, arguments.gateways, &arguments.settings, None).await?;
    let opened = line_opened(&cluster, PLACES).await?;
    let joining = Joining::new(PLACES, Pacing::steady(PLACES, JOINS_PER_SECOND));
    joins::run(&joining, &cluster.origins(), &opened.sale, &opened.book, 64).await?;
    let tokens = cluster.folder().join("readers");
    let order: Vec<u32> = (0..READERS.min(PLACES) as u32).collect();
    let written = opened.book.write(&tokens, &order);
    written
        .map_err(|error| Problem::new("file_not_written", "The clients' file cannot be written.").internal(error))?;
    let path = format!("/v1/live?sale={}", opened.sale);
    let plan = CrowdPlan {
        origins: cluster.origins(),
        path: path.clone(),
        count: order.len(),
        tokens: Some(tokens),
        core: None,
    };
    let mut crowd = Crowd::start(&plan)?;
    crowd.open(OPEN_MAX).await?;
    opened.operator.set_pace(&opened.sale, None, Some((LINE_RATE, 1))).await?;
    let mut sides = Vec::new();
    let mut slow = Vec::new();
    for with in [false, true] {
        let before = memory::rss_of(&cluster.edge_ids());
        if with {
            slow = open_slow(&cluster.origins(), &format!("{path}&seats=1"), count).await?;
        }
        let counts = Arc::new(Polls::default());
        let asking = polls(cluster.origins(), opened.sale.clone(), Arc::clone(&opened.book), Arc::clone(&counts));
        let asked = tokio::spawn(asking);
        let (mut ages, until) = (Ages::default(), tokio::time::Instant::now() + watched);
        while tokio::time::Instant::now() < until {
            tokio::time::sleep(LOOK_EVERY).await;
            ages.merge(&crowd.told().await?.near);
        }
        asked.abort();
        let grown = memory::rss_of(&cluster.edge_ids()) - before;
        let (good, offered) = (counts.good.load(Ordering::Relaxed), counts.offered.load(Ordering::Relaxed));
        sides.push((good as f64 / offered as f64, ages.ms(0.99), grown));
    }
    let cut = cut_as_slow(&cluster.origins()).await;
    let told = crowd.told().await?;
    crowd.stop().await;
    if let [(good_before, age_before, _), (good, age, grown)] = sides[..] {
        println!(
            "  {} slow readers: reads in time {good:.3} (without them {good_before:.3}), near positions {age:.0} ms old \
             (p99; {age_before:.0} ms), {cut} of them cut, {} others cut",
            slow.len(),
            told.cut
        );
        report.figure("slow_readers_goodput_share", good);
        report.figure("slow_readers_goodput_share_without", good_before);
        report.figure("slow_readers_near_position_age_ms_p99", age);
        report.figure("slow_readers_near_position_age_ms_p99_without", age_before);
        report.figure("slow_readers_user_bytes_each", grown / slow.len().max(1) as f64);
    }
    report.load("slow_readers", slow.len());
    report.figure("slow_readers_cut", cut);
    report.violation("readers_cut", told.cut);
    drop(slow);
    cluster.stop().await;
    Ok(())
}

/// Opens connections that are never read from after their handshake.
async fn open_slow(origins: &[Origin], path: &str, count: usize) -> Result<Vec<TcpStream>, Problem> {
    let failed = |why: String| Problem::new("handshake_failed", "A slow reader was not let in.").internal(why);
    let mut slow = Vec::with_capacity(count);
    for number in 0..count {
        let origin = origins.get(number % origins.len().max(1)).ok_or_else(|| failed("there is no server".into()))?;
        slow.push(handshake(origin, path).await.map_err(|error| failed(error.to_string()))?);
    }
    Ok(slow)
}

async fn handshake(origin: &Origin, path: &str) -> std::io::Result<TcpStream> {
    let socket = match origin.address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_recv_buffer_size(RECEIVE_BYTES)?;
    let mut stream = socket.connect(origin.address).await?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        origin.authority
    );
    stream.write_all(request.as_bytes()).await?;
    let mut line = [0; 12];
    stream.read_exact(&mut line).await?;
    let switched = &line == b"HTTP/1.1 101";
    if switched { Ok(stream) } else { Err(std::io::Error::other("no WebSocket")) }
}

/// How many connections the servers have cut because they did not read.
async fn cut_as_slow(origins: &[Origin]) -> f64 {
    let mut cut = 0.0;
    for origin in origins {
        let pool = Pool::new(origin.clone(), 1, Duration::from_secs(10));
        let Ok(answer) = pool.send(&Request::new("GET", "/metrics")).await else { continue };
        let text = String::from_utf8_lossy(&answer.body);
        let counter = text.lines().find_map(|line| line.strip_prefix("onsale_live_too_slow_total "));
        cut += counter.and_then(|value| value.trim().parse::<f64>().ok()).unwrap_or(0.0);
    }
    cut
}
