//! Memory and processor time of processes and of the kernel, from `/proc`.

use std::fs;

use crate::bench::cpu;

/// Resident bytes of a process; 0 if it has ended.
pub fn rss_bytes(id: u32) -> f64 {
    kib_of(&format!("/proc/{id}/status"), "VmRSS:") * 1_024.0
}

/// Resident bytes of several processes.
pub fn rss_of(ids: &[u32]) -> f64 {
    ids.iter().map(|id| rss_bytes(*id)).sum()
}

/// Bytes of the kernel's own objects: sockets, files, their inodes and names.
pub fn slab_bytes() -> f64 {
    kib_of("/proc/meminfo", "Slab:") * 1_024.0
}

/// Bytes waiting in TCP sockets.
pub fn socket_buffer_bytes() -> f64 {
    let text = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let pages = text.lines().find_map(|line| line.strip_prefix("TCP:")).and_then(|line| {
        let mut words = line.split_whitespace();
        words.find(|word| *word == "mem")?;
        words.next()?.parse::<f64>().ok()
    });
    pages.unwrap_or(0.0) * 4_096.0
}

/// Clock ticks spent by these processes so far.
pub fn ticks(ids: &[u32]) -> f64 {
    ids.iter().filter_map(|id| cpu::ticks_of_process(*id)).sum::<u64>() as f64
}

fn kib_of(path: &str, name: &str) -> f64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_and_its_kernel_take_room() {
        assert!(rss_bytes(std::process::id()) > 100_000.0);
        assert!(slab_bytes() > 100_000.0);
        assert_eq!(rss_bytes(u32::MAX), 0.0);
    }
}
