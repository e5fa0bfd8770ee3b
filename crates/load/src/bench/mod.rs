//! Side-by-side benchmarks: ours and the peers in one run, interleaved, on the same machine.

pub mod contention;
pub mod cpu;
pub mod engine;
pub mod http;
