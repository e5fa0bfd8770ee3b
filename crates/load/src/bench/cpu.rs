//! Processor time of processes and their pinning: on a shared machine the most trustworthy figure there is.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::Problem;
use tokio::process::Command;

/// A pause of the spinning thread that counts as stolen.
const GAP_MIN: Duration = Duration::from_micros(100);

/// User and system time of one process since its start, clock ticks; `None` if there is no such process.
pub fn ticks_of_process(id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    read_stat(&stat).map(|stat| stat.own)
}

/// The same of a process, its living children and those it has waited for.
pub fn ticks_of_family(parent: u32) -> Option<u64> {
    let mut ticks = 0;
    let mut found = false;
    for entry in std::fs::read_dir(Path::new("/proc")).ok()?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(text) = std::fs::read_to_string(format!("/proc/{id}/stat")) else { continue };
        let Some(stat) = read_stat(&text) else { continue };
        if id == parent {
            found = true;
            ticks += stat.own + stat.waited_for;
        } else if stat.parent == parent {
            ticks += stat.own;
        }
    }
    found.then_some(ticks)
}

struct Stat {
    parent: u32,
    own: u64,
    waited_for: u64,
}

/// Fields of `/proc/ID/stat` after the name, which may itself hold spaces and brackets.
fn read_stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.get(text.rfind(')')? + 1..)?.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: number(11)? + number(12)?,
        waited_for: number(13)? + number(14)?,
    })
}

/// Microseconds of one clock tick.
///
/// # Errors
/// `clock_tick_unknown`.
pub async fn tick_us() -> Result<f64, Problem> {
    let unknown = || Problem::new("clock_tick_unknown", "The length of a clock tick cannot be found out.");
    let output = Command::new("getconf").arg("CLK_TCK").output().await.map_err(|error| unknown().internal(error))?;
    let per_second: f64 = String::from_utf8_lossy(&output.stdout).trim().parse().map_err(|_| unknown())?;
    if per_second > 0.0 { Ok(1e6 / per_second) } else { Err(unknown()) }
}

/// Pins this process and all its threads to one core; children inherit it.
///
/// # Errors
/// `not_pinned`, with what `taskset` said.
pub async fn pin_self(core: u32) -> Result<(), Problem> {
    pin(std::process::id(), &core.to_string()).await
}

/// Pins a process and all its threads to these cores, as `taskset` writes them.
///
/// # Errors
/// `not_pinned`, with what `taskset` said.
pub async fn pin(id: u32, cores: &str) -> Result<(), Problem> {
    let refused = |why: String| {
        Problem::new("not_pinned", format!("Process {id} cannot be pinned to core {cores}.")).internal(why)
    };
    let output = Command::new("taskset").args(["-a", "-c", "-p", cores, &id.to_string()]).output().await;
    let output = output.map_err(|error| refused(error.to_string()))?;
    if output.status.success() { Ok(()) } else { Err(refused(String::from_utf8_lossy(&output.stderr).into_owned())) }
}

/// Share of a fifth of a second that a spinning thread of this process did not get: how disturbed a round will be.
pub fn stolen_share() -> f64 {
    let began = Instant::now();
    let (mut last, mut stolen) = (began, Duration::ZERO);
    while began.elapsed() < Duration::from_millis(200) {
        let now = Instant::now();
        let gap = now - last;
        if gap > GAP_MIN {
            stolen += gap;
        }
        last = now;
    }
    stolen.as_secs_f64() / began.elapsed().as_secs_f64()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let stat = read_stat("12 (a) b (c)) S 7 12 12 0 -1 4194304 1 2 3 4 50 60 70 80 20 0 1 0 9").unwrap();
        assert_eq!((stat.parent, stat.own, stat.waited_for), (7, 110, 150));
        assert!(read_stat("12 (short) S 7").is_none());
    }

    #[test]
    fn this_process_has_used_some_time_by_now() {
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(60) {}
        let own = ticks_of_process(std::process::id()).unwrap();
        assert!(own > 0 && ticks_of_family(std::process::id()).unwrap() >= own);
        assert_eq!(ticks_of_process(u32::MAX), None);
    }
}
