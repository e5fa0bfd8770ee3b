//! `cargo xtask demo`: builds the product and lets it sell out a hall, on embedded storage.

use crate::{Outcome, binaries, programs};

/// Builds, then becomes `onsale demo`: Ctrl-C reaches it as if it had been typed.
pub fn run(arguments: &[String]) -> Outcome {
    let built = binaries::release(&["server", "load"])?;
    programs::become_it(built.command("onsale")?.arg("demo").args(arguments))
}
