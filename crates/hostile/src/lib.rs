//! Every parser of outside input, given whatever somebody hostile may send.
//!
//! [`TARGETS`] lists them. The same functions run in two ways: `cargo test -p hostile` replays the corpora in
//! `fuzz/corpus` and a bounded number of mutations of them, the same ones each time; `cargo fuzz run NAME` in `fuzz/`
//! goes on for as long as one likes. A target may do anything with its input but panic, hang, or take memory that is
//! out of proportion to it.
//!
//! Where a signature stands in front of a parser, the target also signs its input itself: otherwise nothing but the
//! signature would ever be tested.

mod mutate;
mod seeds;
mod targets;

pub use mutate::Mutator;
pub use seeds::seeds;
pub use targets::{TARGETS, Target};
