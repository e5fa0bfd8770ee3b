//! The machine around the server: its clock, its port, its limits.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};

use super::Finding;
use crate::clock::wall_ms;

/// 2026-01-01T00:00:00Z: no clock that is right stands before this program was written.
const PLAUSIBLE_FROM_MS: i64 = 1_767_225_600_000;
/// How long the wall clock is watched.
const WATCH: Duration = Duration::from_millis(100);
/// Difference between wall clock and monotonic clock that is no rounding any more, in milliseconds.
const STEP_MS: i64 = 20;
/// Open files below which a server is only good for a look.
const OPEN_FILES_FAIL: u64 = 1_024;
/// Open files for a busy sale: every live connection is one.
const OPEN_FILES_WARN: u64 = 65_536;

/// Is the wall clock plausible, and does it run evenly?
pub(super) fn clock() -> Finding {
    let started = Instant::now();
    let mut offsets_ms = Vec::new();
    while started.elapsed() < WATCH {
        let before = started.elapsed();
        let now = wall_ms();
        let after = started.elapsed();
        // A thread that was put aside between the two readings would look like a jump of the clock.
        if after - before < Duration::from_millis(1) {
            offsets_ms.push(now.saturating_sub_unsigned(u64::try_from(before.as_millis()).unwrap_or(u64::MAX)));
        }
        std::thread::yield_now();
    }
    let (least, most) =
        offsets_ms.iter().fold((i64::MAX, i64::MIN), |(least, most), at| (least.min(*at), most.max(*at)));
    judge_clock(wall_ms(), most.saturating_sub(least))
}

/// `jump_ms`: how far the wall clock moved against the monotonic one; negative if it could not be watched.
fn judge_clock(now_ms: i64, jump_ms: i64) -> Finding {
    let name = "clock";
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
    if now_ms < PLAUSIBLE_FROM_MS {
        return Finding::fail(
            name,
            format!("The clock says {now:.0}, which is in the past. Set it; sales open by it."),
        );
    }
    if jump_ms > STEP_MS {
        let advice = "Something sets it while it runs; let NTP slew it instead";
        return Finding::warn(name, format!("The clock says {now:.0} and jumped by {jump_ms} ms. {advice}."));
    }
    Finding::ok(name, format!("The clock says {now:.0} and runs evenly."))
}

/// Can the server listen where it is told to?
pub(super) fn port(listen: SocketAddr) -> Finding {
    let name = "port";
    match TcpListener::bind(listen) {
        Ok(_) => Finding::ok(name, format!("{listen} is free.")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::fail(
            name,
            format!("{listen} is in use, perhaps by a server that runs already. Set server.listen to another port."),
        ),
        Err(error) => Finding::fail(name, format!("{listen} cannot be listened on: {error}.")),
    }
}

/// May the process open enough files, which connections are as well?
pub(super) fn open_files() -> Finding {
    judge_open_files(getrlimit(Resource::Nofile).current)
}

/// `None`: no limit.
fn judge_open_files(limit: Option<u64>) -> Finding {
    let name = "open files";
    match limit {
        None => Finding::ok(name, "There is no limit of open files."),
        Some(limit @ ..OPEN_FILES_FAIL) => {
            Finding::fail(name, format!("Only {limit} open files are allowed; run `ulimit -n {OPEN_FILES_WARN}`."))
        }
        Some(limit @ ..OPEN_FILES_WARN) => Finding::warn(
            name,
            format!(
                "{limit} open files are allowed, and each live connection is one; run `ulimit -n {OPEN_FILES_WARN}`."
            ),
        ),
        Some(limit) => Finding::ok(name, format!("{limit} open files are allowed.")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_clock_in_the_past_fails_and_one_that_jumps_is_told() {
        let table = [
            (0, 0, Verdict::Fail),
            (PLAUSIBLE_FROM_MS - 1, 0, Verdict::Fail),
            (PLAUSIBLE_FROM_MS, 1, Verdict::Ok),
            (PLAUSIBLE_FROM_MS, 3_600_000, Verdict::Warn),
        ];
        for (now_ms, jump_ms, verdict) in table {
            let finding = judge_clock(now_ms, jump_ms);
            assert_eq!(finding.verdict, verdict, "{}", finding.sentence);
        }
        assert!(judge_clock(PLAUSIBLE_FROM_MS, 0).sentence.contains("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn a_port_in_use_fails() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        assert_eq!(port(address).verdict, Verdict::Fail);
        drop(taken);
        assert_eq!(port(address).verdict, Verdict::Ok);
    }

    #[test]
    fn few_open_files_are_told() {
        let table = [
            (Some(256), Verdict::Fail),
            (Some(1_024), Verdict::Warn),
            (Some(1 << 20), Verdict::Ok),
            (None, Verdict::Ok),
        ];
        for (limit, verdict) in table {
            assert_eq!(judge_open_files(limit).verdict, verdict, "{limit:?}");
        }
    }
}
