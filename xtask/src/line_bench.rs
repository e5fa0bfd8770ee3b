//! `cargo xtask line-bench`: very many in one line, beside Redis, Bun and nchan.

use std::path::PathBuf;

use crate::{Outcome, binaries, needs, programs, workspace};

/// The folder whose lock file names the JavaScript peer.
const PEERS: &str = "crates/load/peers";

/// Finds the peers, builds, then becomes `onsale-load line`. The report is `target/reports/line.json`.
pub fn run(arguments: &[String]) -> Outcome {
    let redis = needs::REDIS.ensure()?;
    needs::NCHAN.ensure()?;
    let nginx = needs::NGINX.ensure()?;
    let bun = bun()?;
    let built = binaries::release(&["server", "load"])?;
    let mut load = built.command("onsale-load")?;
    load.arg("line").arg("--bin").arg(built.path("onsale")?);
    load.arg("--redis").arg(redis).arg("--nginx").arg(nginx).arg("--bun").arg(bun);
    programs::become_it(load.args(arguments))
}

/// The program in the package of this machine; where npm runs install scripts, that of bun has moved it away from there.
fn bun() -> Outcome<PathBuf> {
    needs::npm_packages(PEERS)?;
    let packages = workspace::root().join(PEERS).join("node_modules");
    let architecture = if cfg!(target_arch = "aarch64") { "aarch64" } else { "x64" };
    let unmoved = packages.join(format!("@oven/bun-linux-{architecture}/bin/bun"));
    let found = [unmoved, packages.join("bun/bin/bun.exe")].into_iter().find(|program| program.is_file());
    found.ok_or_else(|| format!("npm installed no program bun in {}.", packages.display()))
}
