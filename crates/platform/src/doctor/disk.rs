//! The disk under the data folder: writable, local, roomy, and honest about fsync.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Finding;

/// Free bytes below which a sale should not be started.
const FREE_BYTES_FAIL: u64 = 256 * 1024 * 1024;
/// Free bytes below which somebody should look.
const FREE_BYTES_WARN: u64 = 2 * 1024 * 1024 * 1024;
/// How often fsync is tried, at most.
const FSYNC_ROUNDS: usize = 64;
/// How long fsync is tried, at most.
const FSYNC_PATIENCE: Duration = Duration::from_secs(1);
/// Faster than this no device makes a write durable: nothing was written to one.
const FSYNC_IMPLAUSIBLE: Duration = Duration::from_micros(10);

/// The folder itself, or the nearest one above it that is there.
pub(super) fn existing(folder: &Path) -> PathBuf {
    let above = folder.ancestors().find(|ancestor| ancestor.is_dir());
    above.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf()
}

/// Can the data folder be used?
pub(super) fn data_folder(configured: &Path, existing: &Path) -> Finding {
    let name = "data folder";
    let shown = configured.display();
    if configured.exists() && !configured.is_dir() {
        return Finding::fail(name, format!("{shown} is not a folder. Set storage.data_folder."));
    }
    match Probe::create(existing) {
        Err(error) => Finding::fail(name, format!("{} cannot be written to: {error}.", existing.display())),
        Ok(_) if configured.is_dir() => Finding::ok(name, format!("{shown} can be written to.")),
        Ok(_) => Finding::ok(name, format!("{shown} is not there yet; it will be made on the first start.")),
    }
}

/// Is the file system one that keeps data and understands locks?
pub(super) fn file_system(folder: &Path) -> Finding {
    let name = "file system";
    match file_system_kind(folder) {
        Err(error) => Finding::warn(name, format!("The file system of {} cannot be told: {error}.", folder.display())),
        Ok(magic) => judge_file_system(magic, &folder.display().to_string()),
    }
}

#[cfg(target_os = "linux")]
fn file_system_kind(folder: &Path) -> io::Result<u64> {
    // The width of the field differs between architectures, and the CIFS number fills 32 bits with its sign.
    Ok(rustix::fs::statfs(folder)?.f_type as u64 & 0xffff_ffff)
}

#[cfg(not(target_os = "linux"))]
fn file_system_kind(_folder: &Path) -> io::Result<u64> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this is only known on Linux"))
}

/// The numbers are those of linux/magic.h.
fn judge_file_system(magic: u64, folder: &str) -> Finding {
    let name = "file system";
    match magic {
        0x0102_1994 | 0x8584_58f6 => {
            Finding::fail(name, format!("{folder} is in memory (tmpfs): a reboot loses every ticket. Use a disk."))
        }
        0x6969 | 0xff53_4d42 | 0xfe53_4d42 | 0x517b | 0x0102_1997 | 0x00c3_6400 => Finding::fail(
            name,
            format!(
                "{folder} is on a network file system, where SQLite's locks cannot be relied on. Use a local disk."
            ),
        ),
        0x6573_5546 => {
            Finding::warn(name, format!("{folder} is on a FUSE file system; make sure that its fsync reaches a disk."))
        }
        0x794c_7630 => Finding::warn(
            name,
            format!("{folder} is in the layer of a container, which goes away with it. Mount a volume there."),
        ),
        _ => Finding::ok(name, format!("{folder} is on a local file system.")),
    }
}

/// Is there room to grow?
pub(super) fn free_space(folder: &Path) -> Finding {
    match rustix::fs::statvfs(folder) {
        Ok(stat) => judge_free_space(stat.f_bavail.saturating_mul(stat.f_frsize)),
        Err(error) => Finding::warn("free space", format!("It cannot be told how much is free: {error}.")),
    }
}

fn judge_free_space(bytes: u64) -> Finding {
    let name = "free space";
    let sentence = format!("{:.1} GiB are free for the data folder", bytes as f64 / f64::from(1 << 30));
    if bytes < FREE_BYTES_FAIL {
        Finding::fail(name, format!("{sentence}; a full disk stops every sale. Make room."))
    } else if bytes < FREE_BYTES_WARN {
        Finding::warn(name, format!("{sentence}; a long evening may fill that."))
    } else {
        Finding::ok(name, format!("{sentence}."))
    }
}

/// Does fsync work, and how long does it take? Every answer to a fan waits for one.
pub(super) fn fsync(folder: &Path) -> Finding {
    match measure_fsync(folder) {
        Ok(times) => judge_fsync(times),
        Err(error) => Finding::fail("fsync", format!("Writing and syncing a file failed: {error}.")),
    }
}

fn measure_fsync(folder: &Path) -> io::Result<Vec<Duration>> {
    let mut probe = Probe::create(folder)?;
    let (started, mut times) = (Instant::now(), Vec::with_capacity(FSYNC_ROUNDS));
    while times.len() < FSYNC_ROUNDS && started.elapsed() < FSYNC_PATIENCE {
        probe.file.write_all(&[0x5a; 4096])?;
        let before = Instant::now();
        probe.file.sync_data()?;
        times.push(before.elapsed());
    }
    Ok(times)
}

fn judge_fsync(mut times: Vec<Duration>) -> Finding {
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let longest = times.last().copied().unwrap_or_default();
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    let sentence = format!(
        "fdatasync of 4 KiB takes {:.2} ms (median of {}), {:.2} ms at most",
        ms(median),
        times.len(),
        ms(longest)
    );
    if median < FSYNC_IMPLAUSIBLE {
        return Finding::warn("fsync", format!("{sentence}. No disk is that fast: nothing is made durable."));
    }
    Finding::ok("fsync", format!("{sentence}."))
}

/// A file that is removed when it is dropped.
struct Probe {
    path: PathBuf,
    file: File,
}

impl Probe {
    fn create(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!(".onsale-doctor-{}", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { path, file })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        // Nothing can be done about it here; the file is small and says whose it is.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_judged_by_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("a/b");
        assert_eq!(existing(&wanted), folder.path());
        let finding = data_folder(&wanted, &existing(&wanted));
        assert_eq!(finding.verdict, Verdict::Ok);
        assert!(finding.sentence.contains("not there yet"));
        assert_eq!(existing(Path::new("nowhere-at-all")), Path::new("."));
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_fails() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(data_folder(file.path(), &existing(file.path())).verdict, Verdict::Fail);
    }

    #[test]
    fn a_folder_that_cannot_be_written_fails() {
        // Not even root can create a file there.
        let finding = data_folder(Path::new("/proc/self"), Path::new("/proc/self"));
        assert_eq!(finding.verdict, Verdict::Fail, "{}", finding.sentence);
        assert_eq!(fsync(Path::new("/proc/self")).verdict, Verdict::Fail);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_is_no_disk() {
        let finding = file_system(Path::new("/dev/shm"));
        assert_eq!((finding.verdict, finding.name), (Verdict::Fail, "file system"), "{}", finding.sentence);
    }

    #[test]
    fn file_systems_are_judged_by_their_number() {
        for (magic, verdict) in [(0xef53, Verdict::Ok), (0x6969, Verdict::Fail), (0x794c_7630, Verdict::Warn)] {
            assert_eq!(judge_file_system(magic, "data").verdict, verdict, "{magic:x}");
        }
    }

    #[test]
    fn little_room_is_told() {
        for (bytes, verdict) in [(0, Verdict::Fail), (1 << 30, Verdict::Warn), (1 << 40, Verdict::Ok)] {
            assert_eq!(judge_free_space(bytes).verdict, verdict, "{bytes}");
        }
    }

    #[test]
    fn a_sync_that_takes_no_time_is_not_believed() {
        let finding = judge_fsync(vec![Duration::from_micros(1); 3]);
        assert_eq!(finding.verdict, Verdict::Warn);
        let finding = judge_fsync([5, 1, 3].map(Duration::from_millis).to_vec());
        assert_eq!(finding.verdict, Verdict::Ok);
        assert_eq!(finding.sentence, "fdatasync of 4 KiB takes 3.00 ms (median of 3), 5.00 ms at most.");
    }
}
