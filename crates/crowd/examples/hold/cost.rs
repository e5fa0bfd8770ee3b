//! What this process uses, as Linux counts it.

use std::fs;
use std::io;
use std::time::Duration;

const PAGE_BYTES: u64 = 4_096;

/// Memory that is resident, from `/proc/self/statm`.
pub fn resident_bytes() -> io::Result<u64> {
    let pages = field(&fs::read_to_string("/proc/self/statm")?, 1)?;
    Ok(pages * PAGE_BYTES)
}

/// Time on the processor of all threads that are alive, from their `schedstat`, which counts nanoseconds.
pub fn cpu() -> io::Result<Duration> {
    let mut nanoseconds = 0;
    for task in fs::read_dir("/proc/self/task")? {
        nanoseconds += field(&fs::read_to_string(task?.path().join("schedstat"))?, 0)?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

fn field(line: &str, index: usize) -> io::Result<u64> {
    let field = line.split_whitespace().nth(index).and_then(|field| field.parse().ok());
    field.ok_or_else(|| io::Error::other("A file in /proc is not as expected."))
}
