//! Rows 3 and 4: power cuts, and files that are torn or have a wrong bit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Context;
use super::outcome::Outcome;
use super::scene::{Plan, Scene};
use crate::Failed;
use crate::books::Books;
use crate::rules::{self, Evidence};
use crate::stand::{How, Stand, text};

/// MiB of the disk that is cut off.
const DISK_MIB: u32 = 96;

/// Servers that are started on a damaged database, and on a damaged log.
const STARTS_MAX: u32 = 10;

/// Row 3: the power is cut, so often; all that was acknowledged before must be on the disk.
pub async fn power_cuts(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let root = std::env::temp_dir().join(format!("onsale-judge-power-{}-{}", std::process::id(), context.seed));
    let disk = match LoopDisk::make(&root) {
        Ok(disk) => disk,
        Err(failed) => return Ok(Outcome::not_run(format!("no loop device can be mounted: {failed}"))),
    };
    let how = How { data: Some(disk.mounted().join("data")), ..How::default() };
    let fans = (amount as usize * 60).clamp(3_000, 60_000);
    let scene = Scene::open(context, Plan { how, fans, ..Plan::default() }).await?;
    let mut acknowledged = 0;
    for cut in 0..amount {
        scene.play(120 + u64::from(cut % 7) * 60).await;
        // Nothing is said while the picture is taken: whatever was acknowledged was acknowledged before it.
        scene.stand.signal(libc::SIGSTOP);
        scene.play(20).await;
        let at_us = scene.recorder.now_us();
        let taken = disk.copy_image();
        scene.stand.signal(libc::SIGCONT);
        taken?;
        let evidence = disk.evidence_of_copy(&scene, at_us)?;
        acknowledged = evidence.entries.iter().filter(|entry| entry.ok()).count();
        // What the copy says of orders that went on meanwhile is compared by those who ask the running server.
        let findings: Vec<_> = rules::judge(&evidence)
            .into_iter()
            .filter(|finding| matches!(finding.id, "I1" | "I2" | "I8" | "I9" | "I14" | "BL"))
            .collect();
        outcome.add(&findings);
        outcome.amount += 1;
    }
    outcome.count("acknowledged_before_last_cut", acknowledged as u64);
    scene.finish(&mut outcome).await?;
    Ok(outcome)
}

/// A file with an ext4 in it, mounted, and a second place for the copy.
struct LoopDisk {
    root: PathBuf,
}

impl LoopDisk {
    fn make(root: &Path) -> Result<Self, Failed> {
        let disk = Self { root: root.to_owned() };
        fs::create_dir_all(disk.mounted())?;
        fs::create_dir_all(disk.root.join("copy"))?;
        let image = disk.image();
        fs::File::create(&image)?.set_len(u64::from(DISK_MIB) << 20)?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
        run(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(disk.mounted()))?;
        Ok(disk)
    }

    fn mounted(&self) -> PathBuf {
        self.root.join("disk")
    }

    fn image(&self) -> PathBuf {
        self.root.join("image")
    }

    /// The disk as it is at this instant, without what was not synced.
    fn copy_image(&self) -> Result<(), Failed> {
        run(Command::new("cp").arg("--sparse=always").arg(self.image()).arg(self.root.join("image-copy")))
    }

    /// What a server finds there, against what was acknowledged until then.
    fn evidence_of_copy(&self, scene: &Scene, at_us: u64) -> Result<Evidence, Failed> {
        let at = self.root.join("copy");
        run(Command::new("mount").args(["-o", "loop"]).arg(self.root.join("image-copy")).arg(&at))?;
        let mut books = Books::default();
        let read = read_copy(&mut books, scene, &at.join("data"));
        run(Command::new("umount").arg(&at))?;
        read?;
        // The organiser's list of that instant nobody has asked for.
        books.listed =
            books.orders.iter().map(|(id, order)| (id.clone(), serde_json::json!({ "stage": order.stage }))).collect();
        let mut entries = scene.recorder.read()?;
        entries.retain(|entry| entry.answered() < at_us);
        Ok(Evidence { entries, books, rules: scene.shop.rules.clone(), deadlines_unknown: true, deadlines_early_us: 0 })
    }
}

fn read_copy(books: &mut Books, scene: &Scene, data: &Path) -> Result<(), Failed> {
    let stand = Stand::prepare(&scene.stand.bin, How { data: Some(data.to_owned()), ..How::default() })?;
    books.read_journal(&stand, &scene.shop.sale).map(drop)
}

impl Drop for LoopDisk {
    fn drop(&mut self) {
        for mounted in ["copy", "disk"] {
            // Not mounted any more, most often.
            let _unmounted = Command::new("umount").arg("-l").arg(self.root.join(mounted)).output();
        }
        let _left_behind = fs::remove_dir_all(&self.root);
    }
}

fn run(command: &mut Command) -> Result<(), Failed> {
    let output = command.output()?;
    if output.status.success() { Ok(()) } else { Err(Failed(text(&output.stderr))) }
}

/// What became of a damaged copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Said to be broken.
    Detected,
    /// Nothing of the journal was changed by it.
    Harmless,
    /// Another state, said to be sound.
    Silent,
}

/// Row 4: so many copies of a journal, each with damage of its own.
pub async fn damaged_files(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let plan = Plan { fans: 400, at_once: 30, ..Plan::default() };
    let mut scene = Scene::open(context, plan).await?;
    scene.play(2_500).await;
    // Killed, so that there is a write-ahead log beside the database.
    scene.stand.kill();
    scene.crowd.stop();
    let logged = scene.stand.data();
    let folded = scene.stand.folder.join("folded");
    copy_folder(&logged, &folded)?;
    fold(&scene, &folded).await?;
    let mut chance = ChaCha8Rng::seed_from_u64(context.seed);
    let whole = Subject { folder: &folded, state: state(&scene, &folded)? };
    let with_log = Subject { folder: &logged, state: state(&scene, &logged)? };
    let mut counts = [0u32; 3];
    let mut starts = [0u32; 2];
    for seed in 0..amount {
        let in_log = seed % 4 == 0;
        let subject = if in_log { &with_log } else { &whole };
        let copy = scene.stand.folder.join("copy");
        copy_folder(subject.folder, &copy)?;
        // The log is cut in every second of its copies, the database in one of six.
        let cut = if in_log { seed % 8 == 4 } else { seed % 8 == 6 };
        damage(&copy.join(if in_log { "journal.db-wal" } else { "journal.db" }), cut, &mut chance)?;
        let found = judge_copy(&scene, &copy, subject)?;
        counts[found as usize] += 1;
        outcome.expect(found != Found::Silent, || format!("seed {seed}: another state was found sound"));
        let started = &mut starts[usize::from(in_log)];
        if found == Found::Detected && *started < STARTS_MAX {
            *started += 1;
            // From a snapshot that is newer than the damage a server starts, and is right to; without, it must not.
            fs::remove_dir_all(copy.join("snapshots")).or_else(|error| match error.kind() {
                std::io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
            let refused = is_refused(&scene, &copy).await?;
            outcome.expect(refused, || format!("seed {seed}: the server started on a damaged journal"));
        }
        outcome.amount += 1;
    }
    for (name, count) in ["detected", "harmless", "silent"].iter().zip(counts) {
        outcome.count(name, count.into());
    }
    outcome.count("starts_on_damaged_database", starts[0].into());
    outcome.count("starts_on_damaged_log", starts[1].into());
    outcome.expect(starts.iter().all(|tried| *tried > 0), || "no server was started on one of the two".into());
    outcome.expect(counts[Found::Detected as usize] > 0, || "no damage was detected".into());
    Ok(outcome)
}

struct Subject<'a> {
    folder: &'a Path,
    state: String,
}

/// Everything verification says of a folder; empty if it says that it is broken.
fn state(scene: &Scene, folder: &Path) -> Result<String, Failed> {
    let output = scene.stand.run(&["verify", "--dump", "--data", &folder.display().to_string()], &[])?;
    Ok(if output.status.success() { text(&output.stdout) } else { String::new() })
}

fn judge_copy(scene: &Scene, copy: &Path, subject: &Subject<'_>) -> Result<Found, Failed> {
    let found = state(scene, copy)?;
    if found.is_empty() {
        return Ok(Found::Detected);
    }
    Ok(if found == subject.state { Found::Harmless } else { Found::Silent })
}

fn damage(file: &Path, cut: bool, chance: &mut ChaCha8Rng) -> Result<(), Failed> {
    let mut bytes = fs::read(file)?;
    if bytes.is_empty() {
        return Err(Failed(format!("{} is empty", file.display())));
    }
    if cut {
        bytes.truncate(chance.random_range(0..bytes.len()));
    } else {
        let at = chance.random_range(0..bytes.len());
        bytes[at] ^= 1 << chance.random_range(0..8);
    }
    Ok(fs::write(file, bytes)?)
}

/// Starts and stops a server on a folder, so that the log is folded into the database.
async fn fold(scene: &Scene, folder: &Path) -> Result<(), Failed> {
    let mut stand = beside(scene, folder)?;
    stand.start_server().await?;
    if stand.stop(Duration::from_secs(30)).await? { Ok(()) } else { Err(Failed("the server did not stop".into())) }
}

/// A server on this folder ends, and says why.
async fn is_refused(scene: &Scene, folder: &Path) -> Result<bool, Failed> {
    let mut stand = beside(scene, folder)?;
    Ok(match stand.start_server().await {
        Ok(()) => false,
        Err(failed) => {
            let refused = failed.0.contains("the server ended") && failed.0.len() > 40;
            if !refused {
                eprintln!("a start on a damaged journal: {failed}");
            }
            refused
        }
    })
}

/// Another server on a folder, which keeps nothing of its own there.
fn beside(scene: &Scene, folder: &Path) -> Result<Stand, Failed> {
    Stand::prepare(&scene.stand.bin, How { data: Some(folder.to_owned()), ..How::default() })
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Failed> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    run(Command::new("cp").arg("-a").arg(from).arg(to))
}
