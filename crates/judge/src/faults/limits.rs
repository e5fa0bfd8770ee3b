//! Row 25: little memory, few files, a fifth of a processor.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;

use super::Context;
use super::disk::serves;
use super::outcome::Outcome;
use super::scene::{Plan, Scene};
use crate::Failed;
use crate::stand::How;

const MEMORY: &str = "/sys/fs/cgroup/memory";
const CPU: &str = "/sys/fs/cgroup/cpu";
/// What the server may use.
const MEMORY_MIB: u64 = 192;
const FILES: usize = 256;

/// A control group of ours; removed when dropped.
struct Group(PathBuf);

impl Group {
    fn make(root: &str, name: &str) -> Result<Self, Failed> {
        let path = Path::new(root).join(name);
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn set(&self, name: &str, value: impl std::fmt::Display) -> Result<(), Failed> {
        Ok(fs::write(self.0.join(name), value.to_string())?)
    }

    fn read(&self, name: &str) -> u64 {
        fs::read_to_string(self.0.join(name)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Left behind if a process is still in it.
        let _left_behind = fs::remove_dir(&self.0);
    }
}

/// Connections that say nothing take every file the server may have, for two seconds. Whether they did.
async fn no_files_left(scene: &Scene) -> bool {
    let mut open = Vec::new();
    for _ in 0..2 * FILES {
        let connect = TcpStream::connect(("127.0.0.1", scene.stand.port));
        if let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(200), connect).await {
            open.push(stream);
        }
    }
    let mut most = 0;
    // Fans come and go, and each gives a file back for a moment.
    for _ in 0..40 {
        scene.play(50).await;
        let files = scene.stand.server_id().and_then(|id| fs::read_dir(format!("/proc/{id}/fd")).ok());
        most = most.max(files.map_or(0, Iterator::count));
    }
    most + 4 >= FILES
}

/// Row 25: so often, for some seconds each.
pub async fn squeezed(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let name = format!("onsale-judge-{}", std::process::id());
    let groups = Group::make(MEMORY, &name).and_then(|memory| Ok((memory, Group::make(CPU, &name)?)));
    let (memory, cpu) = match groups {
        Ok(groups) => groups,
        Err(failed) => return Ok(Outcome::not_run(format!("no control groups (version 1) here: {failed}"))),
    };
    let mut outcome = Outcome::default();
    memory.set("memory.limit_in_bytes", MEMORY_MIB << 20)?;
    cpu.set("cpu.cfs_period_us", 100_000)?;
    // It goes into its groups before it begins: memory stays charged to where it was taken.
    let procs = [&memory, &cpu].map(|group| format!("echo $$ > {}/cgroup.procs", group.0.display()));
    let script = format!("{}; ulimit -n {FILES}; exec \"$0\" \"$@\"", procs.join("; "));
    let how = How { before: vec!["sh".into(), "-c".into(), script], ..How::default() };
    let plan = Plan { how, fans: 4_000, patience: Duration::from_secs(40), ..Plan::default() };
    let mut scene = Scene::open(context, plan).await?;
    for _ in 0..amount {
        cpu.set("cpu.cfs_quota_us", 20_000)?;
        scene.play(6_000).await;
        outcome.expect(serves(&scene, Duration::from_secs(10)).await, || "nobody was served".into());
        cpu.set("cpu.cfs_quota_us", -1)?;
        scene.play(500).await;
        outcome.expect(no_files_left(&scene).await, || "it never ran out of files".into());
        outcome.expect(serves(&scene, Duration::from_secs(10)).await, || {
            "nobody was served after files had run out".into()
        });
        outcome.amount += 1;
    }
    outcome.expect(scene.stand.ended()?.is_none(), || "the server ended".into());
    outcome.figure("memory_limit_mib", MEMORY_MIB as f64);
    outcome.figure("memory_peak_mib", (memory.read("memory.max_usage_in_bytes") >> 20) as f64);
    scene.finish(&mut outcome).await?;
    Ok(outcome)
}
