//! `cargo xtask sellout`: virtual fans over HTTP against the real binary.

use crate::{Outcome, binaries, programs};

/// Builds, then becomes `onsale-load sellout`, which starts the server itself.
pub fn run(arguments: &[String]) -> Outcome {
    let built = binaries::release(&["server", "load"])?;
    let mut load = built.command("onsale-load")?;
    programs::become_it(load.arg("sellout").arg("--bin").arg(built.path("onsale")?).args(arguments))
}
