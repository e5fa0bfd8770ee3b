//! `cargo xtask faults`: faults against the real processes, and the outside judge over what clients saw of them.

use std::fs;
use std::process::Command;

use crate::{Outcome, binaries, needs, programs, workspace};

/// Builds the binary as it is released and the one that can be damaged, then becomes `onsale-judge faults`.
pub fn run(arguments: &[String]) -> Outcome {
    programs::become_it(judge()?.args(arguments))
}

/// What every change has to stand: each row that this machine can run, a few times.
pub fn small() -> Outcome {
    programs::run(judge()?.args(["--size", "pr"]))
}

fn judge() -> Outcome<Command> {
    needs::FAKETIME.ensure()?;
    needs::NFTABLES.ensure()?;
    needs::POSTGRESQL.ensure()?;
    let folder = workspace::root().join("target/faults");
    fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}.", folder.display()))?;
    // The damaged one first: both builds put their binary in the same place, and the sound one is to stay there.
    let damaged = folder.join("onsale-damaged");
    let built = binaries::with_features("server", "sabotage,failpoints")?;
    fs::copy(built.path("onsale")?, &damaged)
        .map_err(|error| format!("{} cannot be written: {error}.", damaged.display()))?;
    let built = binaries::dev(&["server", "judge"])?;
    let mut judge = built.command("onsale-judge")?;
    judge.arg("faults").arg("--bin").arg(built.path("onsale")?).arg("--damaged").arg(damaged);
    Ok(judge)
}
