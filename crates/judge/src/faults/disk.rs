//! Rows 5, 6 and 7: syncs that fail, a disk that is full and has room again, a disk that is slow.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use super::Context;
use super::outcome::Outcome;
use super::scene::{Plan, Scene};
use super::shim::Shim;
use crate::Failed;
use crate::client::Call;
use crate::history::What;
use crate::stand::{How, text};

/// How long a failing sync may take to come about under load.
const FAIL_MAX: Duration = Duration::from_secs(10);

fn scratch(context: &Context, name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("onsale-judge-{name}-{}-{}", std::process::id(), context.seed))
}

/// Row 5: the Nth sync of the journal fails, for N from 1 on. What it was to write is lost in every second round, and in
/// every fifth the process is killed then, so that the next one has only what the disk has.
pub async fn fsync_fails(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let mut how = How::default();
    let shim = Shim::make(&scratch(context, "eio"), "journal.db", &mut how)?;
    let fans = (amount as usize * 100).clamp(3_000, 100_000);
    let mut scene = Scene::open(context, Plan { how, fans, ..Plan::default() }).await?;
    let mut ended = 0_u64;
    for round in 0..amount {
        let before = shim.counts()?.1;
        shim.lose(round % 2 == 1)?;
        shim.fail_in(round % 50 + 1)?;
        let began = Instant::now();
        while shim.counts()?.1 == before && began.elapsed() < FAIL_MAX {
            scene.play(10).await;
        }
        let failed = shim.counts()?.1 > before;
        outcome.expect(failed, || format!("no sync failed in round {round}"));
        outcome.amount += u64::from(failed);
        if round % 5 == 4 {
            scene.stand.kill();
            scene.stand.start_server().await?;
        }
        scene.play(60).await;
        if scene.stand.ended()?.is_some() {
            ended += 1;
            scene.stand.start_server().await?;
        }
    }
    shim.fail_in(0)?;
    let lost = shim.lost()?;
    outcome.expect(lost > 0, || "no write was lost with its sync".into());
    outcome.count("syncs", shim.counts()?.0.into());
    outcome.count("writes_lost", lost.into());
    outcome.count("process_ended", ended);
    let healed = serves(&scene, Duration::from_secs(10)).await;
    outcome.expect(healed, || "the sale did not go on after the last failure".into());
    scene.play(500).await;
    scene.finish(&mut outcome).await?;
    Ok(outcome)
}

/// Row 7: every sync takes 200 ms to 2 s longer for a while.
pub async fn slow(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let mut how = How::default();
    let shim = Shim::make(&scratch(context, "slow"), "journal.db", &mut how)?;
    let scene = Scene::open(context, Plan { how, ..Plan::default() }).await?;
    scene.play(1_000).await;
    for round in 0..amount {
        let before = shim.counts()?.0;
        shim.slow_by([200, 500, 1_000, 2_000][round as usize % 4])?;
        scene.play(6_000).await;
        shim.slow_by(0)?;
        let slowed = shim.counts()?.0 - before;
        outcome.expect(slowed > 0, || format!("no sync was slow in round {round}"));
        outcome.count("syncs_slowed", slowed.into());
        scene.play(1_000).await;
        outcome.amount += 1;
    }
    let lost = scene.shop.client.counts().lost.load(std::sync::atomic::Ordering::Relaxed);
    outcome.expect(lost == 0, || format!("{lost} requests got no answer within 15 s"));
    scene.finish(&mut outcome).await?;
    Ok(outcome)
}

/// Row 6: the disk of the data folder is full for a while, and has room again; the server is not restarted.
pub async fn full(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    // Room for what an evening of so many rounds may write, so that only the ballast fills it.
    let disk = match SmallDisk::mount(&scratch(context, "full"), 48 + 4 * amount) {
        Ok(disk) => disk,
        Err(failed) => return Ok(Outcome::not_run(format!("no tmpfs can be mounted: {failed}"))),
    };
    let how = How { data: Some(disk.path.join("data")), ..How::default() };
    let scene = Scene::open(context, Plan { how, ..Plan::default() }).await?;
    let (mut refused, mut heals) = (0, Vec::new());
    for _ in 0..amount {
        scene.play(800).await;
        disk.fill()?;
        let before = refusals(&scene);
        let began = Instant::now();
        // The log may have room in itself for a moment.
        while refusals(&scene) == before && began.elapsed() < Duration::from_secs(15) {
            scene.play(50).await;
            disk.fill()?;
        }
        refused += refusals(&scene) - before;
        outcome.expect(reads(&scene).await, || "nothing could be read while the disk was full".into());
        scene.play(500).await;
        disk.empty()?;
        let began = Instant::now();
        let healed = serves(&scene, Duration::from_secs(20)).await;
        heals.push(began.elapsed().as_secs_f64() * 1_000.0);
        outcome.expect(healed, || "the sale did not go on when there was room again".into());
        outcome.amount += 1;
    }
    outcome.expect(refused > 0, || "nothing was refused while the disk was full".into());
    outcome.figure("heals_ms_max", heals.iter().copied().fold(0.0, f64::max));
    scene.finish(&mut outcome).await?;
    drop(disk);
    Ok(outcome)
}

fn refusals(scene: &Scene) -> u64 {
    scene.shop.client.counts().refused.load(std::sync::atomic::Ordering::Relaxed)
}

async fn reads(scene: &Scene) -> bool {
    let path = format!("/v1/sales/{}/status", scene.shop.sale);
    let json = Value::Null;
    let call = Call {
        client: u32::MAX - 2,
        what: What::Status,
        of: String::new(),
        method: Method::GET,
        path,
        session: String::new(),
        key: None,
        json,
        form: None,
    };
    scene.shop.client.once(&call).await.is_some_and(|told| told.ok())
}

/// Whether the journal takes something new within this time: seen by the version that grows.
pub async fn serves(scene: &Scene, patience: Duration) -> bool {
    let url = format!("{}/v1/sales/{}/status", scene.stand.origin(), scene.shop.sale);
    let version = async || -> Option<u64> {
        let status: Value = reqwest::get(&url).await.ok()?.json().await.ok()?;
        status["version"].as_u64()
    };
    let began = Instant::now();
    let mut first = None;
    while began.elapsed() < patience {
        let now = version().await;
        match (first, now) {
            (Some(first), Some(now)) if now > first => return true,
            (None, Some(now)) => first = Some(now),
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    false
}

/// A file system in memory, of a few MiB, unmounted when dropped.
pub struct SmallDisk {
    /// Where it is mounted.
    pub path: PathBuf,
}

impl SmallDisk {
    /// Mounts one of so many MiB.
    ///
    /// # Errors
    /// It may not be mounted here.
    pub fn mount(path: &Path, mib: u32) -> Result<Self, Failed> {
        std::fs::create_dir_all(path)?;
        let output =
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "tmpfs"]).arg(path).output()?;
        if !output.status.success() {
            return Err(Failed(text(&output.stderr)));
        }
        Ok(Self { path: path.to_owned() })
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }

    /// Fills it to the last byte.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn fill(&self) -> Result<(), Failed> {
        use std::io::Write;
        let mut file = std::fs::File::options().create(true).append(true).open(self.ballast())?;
        for size in [1 << 20, 1 << 14, 1 << 12] {
            while file.write_all(&vec![7; size]).is_ok() {}
        }
        Ok(())
    }

    /// Makes room again.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn empty(&self) -> Result<(), Failed> {
        Ok(std::fs::remove_file(self.ballast())?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whatever stays mounted is seen by whoever looks.
        let _unmounted = Command::new("umount").arg("-l").arg(&self.path).status();
        let _removed = std::fs::remove_dir(&self.path);
    }
}
