//! Holds WebSocket connections and says what they cost, to be compared with other servers.
//!
//!     cargo run --release -p crowd --example hold -- serve 127.0.0.1:9001 [THREADS]
//!     cargo run --release -p crowd --example hold -- dial 127.0.0.1:9001 CONNECTIONS
//!
//! `serve` takes commands as lines: `cost` prints memory, `send COUNT BYTES SPREAD_MS` sends so many frames of so many
//! bytes to everybody and prints the time on the processor per frame, `stop` ends it. `dial` prints `ready` once all
//! are connected, then reads and discards until its input ends.

mod cost;
mod dial;
mod handshake;

use std::io::{self, BufRead};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crowd::{Crowd, CrowdOptions, Host, Leave, MemberId, Next, Outbox, SharedFrame};

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Says nothing of its own; a text comes back.
struct Quiet;

impl Host for Quiet {
    type Member = u64;

    fn on_text(&self, _: MemberId, _: &mut u64, text: &str, out: &mut Outbox) {
        out.text(text);
    }

    fn on_due(&self, _: Instant, _: MemberId, _: &mut u64, _: &mut Outbox) -> Next {
        Next::Never
    }

    fn on_leave(&self, _: MemberId, _: &u64, _: Leave) {}
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", address] => serve(address, 1),
        ["serve", address, threads] => serve(address, number(threads)?),
        ["dial", address, connections] => dial::dial(address, number(connections)?),
        _ => Err(io::Error::other("usage: hold serve ADDRESS [THREADS] | hold dial ADDRESS CONNECTIONS")),
    }
}

fn number(text: &str) -> io::Result<usize> {
    text.parse().map_err(|_| io::Error::other(format!("{text} is not a number.")))
}

fn serve(address: &str, threads: usize) -> io::Result<()> {
    let crowd = Crowd::start(CrowdOptions { threads, ..CrowdOptions::default() }, Arc::new(Quiet))?;
    let (listener, door) = (TcpListener::bind(address)?, crowd.clone());
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let entered = handshake::answer(&socket).map(|leftover| door.enter(socket, leftover, 0));
            if let Err(error) = entered {
                eprintln!("a handshake failed: {error}");
            }
        }
    });
    let empty = cost::resident_bytes()?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["cost"] => print_memory(&crowd, empty)?,
            ["send", count, bytes, spread_ms] => {
                send(&crowd, number(count)?, number(bytes)?, Duration::from_millis(number(spread_ms)? as u64))?;
            }
            ["stop"] => break,
            _ => eprintln!("cost | send COUNT BYTES SPREAD_MS | stop"),
        }
    }
    crowd.stop(Duration::from_secs(2));
    Ok(())
}

fn print_memory(crowd: &Crowd<Quiet>, empty: u64) -> io::Result<()> {
    let (held, resident) = (crowd.len().max(1) as u64, cost::resident_bytes()?);
    println!(
        "connections {held}, resident {resident} B (empty {empty} B), {} B per connection beyond empty, {} B in all",
        resident.saturating_sub(empty) / held,
        resident / held,
    );
    Ok(())
}

fn send(crowd: &Crowd<Quiet>, count: usize, bytes: usize, spread: Duration) -> io::Result<()> {
    let frame = SharedFrame::text(&"x".repeat(bytes));
    let (members, before, cpu, begun) = (crowd.len() as u64, crowd.counts().frames, cost::cpu()?, Instant::now());
    for round in 1..=count as u64 {
        crowd.broadcast(&frame, spread).map_err(io::Error::other)?;
        while crowd.counts().frames < before + round * members {
            if begun.elapsed() > PATIENCE {
                return Err(io::Error::other("The frames did not go out in time."));
            }
            // Seldom, because this thread's time on the processor is counted, too.
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let (frames, wall, cpu) = (crowd.counts().frames - before, begun.elapsed(), cost::cpu()? - cpu);
    let per_frame = cpu.as_secs_f64() * 1e6 / frames.max(1) as f64;
    println!("frames {frames}, wall {wall:.3?}, processor {cpu:.3?}, {per_frame:.2} us per frame");
    Ok(())
}
