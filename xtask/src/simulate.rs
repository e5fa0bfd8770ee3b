//! `cargo xtask simulate`: whole sales from seeds.

use crate::{Outcome, binaries, programs};

/// Builds, then becomes the simulator.
pub fn run(arguments: &[String]) -> Outcome {
    let built = binaries::release(&["simulator"])?;
    programs::become_it(built.command("onsale-sim")?.args(arguments))
}
