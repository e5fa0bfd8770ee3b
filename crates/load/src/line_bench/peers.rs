//! Live connections beside Bun (uWebSockets) and nchan: memory of an idle one, processor time of a frame to all.
//!
//! Servers on core 0, clients on core 1. All get the same clients and frames of the same length.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::Problem;

use super::cluster::{Cluster, command};
use super::crowd::{Crowd, CrowdPlan};
use super::{LineArgs, line_opened, memory};
use crate::bench::cpu;
use crate::client::{Origin, Pool, Request};
use crate::processes::{Process, TempFolder, free_port, wait_for};
use crate::report::Report;

const OPEN_MAX: Duration = Duration::from_secs(120);
/// Memory settles for this long after the last connection.
const SETTLE: Duration = Duration::from_secs(3);
/// A frame to all is delivered within this time, or the round ends without the rest.
const SWEEP_MAX: Duration = Duration::from_secs(10);
/// The time our line is given to tell everybody.
const OWN_SWEEP: Duration = Duration::from_secs(15);
/// Frames to all of each peer.
const SWEEPS: u32 = 20;

/// What one server came to.
#[derive(Debug, Clone, Copy)]
struct Side {
    rss_per_connection: f64,
    cpu_us_per_frame: f64,
}

/// A peer: its processes and how to make it send to all.
struct Peer {
    ids: Vec<u32>,
    origin: Origin,
    path: &'static str,
    _process: Process,
    _folder: TempFolder,
}

/// Measures ours and each peer that is installed.
///
/// # Errors
/// If a server that is installed does not work.
pub async fn run(arguments: &LineArgs, report: &mut Report) -> Result<(), Problem> {
    let count = arguments.peer_connections();
    report.load("peer_connections", count);
    let (ours, frame_bytes) = ours(arguments, report, count).await?;
    note(report, "onsale", &ours);
    let text = "x".repeat(frame_bytes.clamp(1, 4_096));
    for (name, program) in [("bun", &arguments.bun), ("nchan", &arguments.nginx)] {
        let Some(program) = program.as_ref().filter(|program| program.exists()) else {
            println!("  {name} is not there and is left out");
            continue;
        };
        let peer = if name == "bun" { bun(program).await? } else { nchan(program).await? };
        let side = measure(&peer, count, &text).await?;
        note(report, name, &side);
        report.ratio_of_runs(&format!("rss_vs_{name}"), &[ours.rss_per_connection], &[side.rss_per_connection]);
        report.ratio_of_runs(&format!("sweep_cpu_vs_{name}"), &[ours.cpu_us_per_frame], &[side.cpu_us_per_frame]);
    }
    Ok(())
}

fn note(report: &mut Report, name: &str, side: &Side) {
    println!(
        "  {name}: {:.0} bytes per connection, {:.2} us per frame",
        side.rss_per_connection, side.cpu_us_per_frame
    );
    report.figure(&format!("{name}_idle_rss_bytes_per_connection"), side.rss_per_connection);
    report.figure(&format!("{name}_sweep_cpu_us_per_frame"), side.cpu_us_per_frame);
}

/// Ours, and the length of its frames. Everybody is told because somebody joins ten times a second.
async fn ours(arguments: &LineArgs, report: &mut Report, count: usize) -> Result<(Side, usize), Problem> {
    let tick_us = cpu::tick_us().await?;
    let gateways = usize::from(arguments.gateways > 0);
    let cluster = Cluster::start(&arguments.bin()?, gateways, &arguments.settings, Some(0)).await?;
    let joins = 200;
    let opened = line_opened(&cluster, joins).await?;
    let ids = cluster.edge_ids();
    let before = memory::rss_of(&ids);
    let plan = CrowdPlan {
        origins: cluster.origins(),
        path: format!("/v1/live?sale={}", opened.sale),
        count,
        tokens: None,
        core: Some(1),
    };
    let mut crowd = Crowd::start(&plan)?;
    let (_, told) = crowd.open(OPEN_MAX).await?;
    tokio::time::sleep(SETTLE).await;
    let rss_per_connection = (memory::rss_of(&ids) - before) / told.open as f64;
    let origin = cluster.engine_origin();
    let pool = Pool::new(origin, 1, Duration::from_secs(10));
    let path = format!("/v1/sales/{}/line", opened.sale);
    let (from, ticks, began) = (crowd.told().await?, memory::ticks(&ids), Instant::now());
    for index in 0..joins {
        let join = Request::new("POST", &path).session(opened.book.token(index));
        pool.send(&join).await.map_err(|lost| failed("Our server", lost))?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        if began.elapsed() > OWN_SWEEP {
            break;
        }
    }
    let (to, spent) = (crowd.told().await?, memory::ticks(&ids) - ticks);
    let frames = (to.frames - from.frames) as f64;
    report.figure("onsale_sweep_frames_per_second", frames / began.elapsed().as_secs_f64());
    crowd.stop().await;
    cluster.stop().await;
    let frame_bytes = if frames > 0.0 { (to.frame_bytes - from.frame_bytes) as f64 / frames } else { 200.0 };
    Ok((Side { rss_per_connection, cpu_us_per_frame: spent * tick_us / frames }, frame_bytes as usize))
}

async fn measure(peer: &Peer, count: usize, text: &str) -> Result<Side, Problem> {
    let tick_us = cpu::tick_us().await?;
    let before = memory::rss_of(&peer.ids);
    let plan = CrowdPlan {
        origins: vec![peer.origin.clone()],
        path: peer.path.to_owned(),
        count,
        tokens: None,
        core: Some(1),
    };
    let mut crowd = Crowd::start(&plan)?;
    let (_, told) = crowd.open(OPEN_MAX).await?;
    tokio::time::sleep(SETTLE).await;
    let rss_per_connection = (memory::rss_of(&peer.ids) - before) / told.open as f64;
    let pool = Pool::new(peer.origin.clone(), 1, SWEEP_MAX);
    let (ticks, mut frames) = (memory::ticks(&peer.ids), 0);
    for _ in 0..SWEEPS {
        let from = crowd.told().await?.frames;
        let sweep = Request::new("POST", "/sweep").json(text.as_bytes());
        pool.send(&sweep).await.map_err(|lost| failed("A peer", lost))?;
        let until = Instant::now() + SWEEP_MAX;
        let mut heard = 0;
        while heard < told.open && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
            heard = crowd.told().await?.frames - from;
        }
        frames += heard;
    }
    let cpu_us_per_frame = (memory::ticks(&peer.ids) - ticks) * tick_us / frames as f64;
    crowd.stop().await;
    Ok(Side { rss_per_connection, cpu_us_per_frame })
}

async fn bun(program: &Path) -> Result<Peer, Problem> {
    let folder = TempFolder::new("bun")?;
    let port = free_port().await?;
    let script = folder.path().join("server.js");
    write(&script, include_str!("bun_server.js"))?;
    let mut command = command(program, Some(0));
    command.arg(&script).arg(port.to_string());
    let process = Process::start("bun", &mut command, &folder.path().join("log"))?;
    let origin = local(port);
    wait_for(&origin, "/", folder.path()).await?;
    // `taskset` becomes the program it starts, so the id stays the same.
    Ok(Peer { ids: process.id().into_iter().collect(), origin, path: "/live", _process: process, _folder: folder })
}

async fn nchan(program: &Path) -> Result<Peer, Problem> {
    let folder = TempFolder::new("nchan")?;
    let port = free_port().await?;
    let here = folder.path().display();
    let configuration = folder.path().join("nginx.conf");
    let text = format!(
        "load_module {};\ndaemon off;\nmaster_process off;\nworker_rlimit_nofile 20000;\npid {here}/pid;\n\
         error_log {here}/error.log error;\nevents {{ worker_connections 19900; }}\n\
         http {{\n access_log off;\n client_body_temp_path {here}/body;\n proxy_temp_path {here}/proxy;\n\
         fastcgi_temp_path {here}/fastcgi;\n uwsgi_temp_path {here}/uwsgi;\n scgi_temp_path {here}/scgi;\n\
         nchan_shared_memory_size 128M;\n server {{\n  listen 127.0.0.1:{port} backlog=4096;\n\
         location = / {{ return 200 ok; }}\n\
         location = /live {{ nchan_subscriber websocket; nchan_channel_id line; nchan_websocket_ping_interval 0; }}\n\
         location = /sweep {{ nchan_publisher http; nchan_channel_id line; nchan_message_buffer_length 1; }}\n }}\n}}\n",
        module().display()
    );
    write(&configuration, &text)?;
    let mut command = command(program, Some(0));
    command.arg("-p").arg(folder.path()).arg("-c").arg(&configuration);
    let process = Process::start("nginx", &mut command, &folder.path().join("log"))?;
    let origin = local(port);
    wait_for(&origin, "/", folder.path()).await?;
    Ok(Peer { ids: process.id().into_iter().collect(), origin, path: "/live", _process: process, _folder: folder })
}

/// Where Debian keeps it.
fn module() -> PathBuf {
    PathBuf::from("/usr/lib/nginx/modules/ngx_nchan_module.so")
}

fn local(port: u16) -> Origin {
    Origin::of_address(std::net::SocketAddr::from(([127, 0, 0, 1], port)))
}

fn write(path: &Path, text: &str) -> Result<(), Problem> {
    std::fs::write(path, text)
        .map_err(|error| Problem::new("file_not_written", "A peer's file cannot be written.").internal(error))
}

fn failed(who: &str, why: impl std::fmt::Display) -> Problem {
    Problem::new("peer_failed", format!("{who} did not answer.")).internal(why)
}
