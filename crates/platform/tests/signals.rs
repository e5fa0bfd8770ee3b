//! Real signals to a real process: the first begins the shutdown, the second ends it at once.
#![expect(clippy::unwrap_used, reason = "test")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use platform::Shutdown;
use rustix::process::{Pid, Signal, kill_process};

const ROLE: &str = "SIGNALS_TEST_CHILD";

/// Not a test of its own: what the other tests start as a process.
#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let shutdown = Shutdown::new();
        shutdown.on_signals().unwrap();
        eprintln!("ready");
        let reason = shutdown.wait().await;
        eprintln!("stopping: {reason}");
        if role == "hangs" {
            std::future::pending::<()>().await;
        }
    });
}

/// A child and the lines it writes.
fn start(role: &str) -> (Child, impl Iterator<Item = String>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(ROLE, role)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    (child, lines)
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn the_first_signal_begins_the_shutdown() {
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM")] {
        let (mut child, mut lines) = start("ends");
        assert!(lines.any(|line| line == "ready"));
        send(&child, signal);
        assert!(lines.any(|line| line == format!("stopping: {name}")));
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn the_second_signal_ends_at_once() {
    let (mut child, mut lines) = start("hangs");
    assert!(lines.any(|line| line == "ready"));
    send(&child, Signal::TERM);
    assert!(lines.any(|line| line == "stopping: SIGTERM"));
    send(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
