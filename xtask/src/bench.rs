//! `cargo xtask bench`: the benchmarks, each beside its baselines in the same run.

use crate::{Outcome, binaries, needs, programs};

/// Builds, then becomes `onsale-load bench NAME`. Reports are written to `target/reports`.
pub fn run(arguments: &[String]) -> Outcome {
    let name = arguments.first().map(String::as_str);
    let mut redis = None;
    match name {
        Some("engine") => {}
        Some("contention") => {
            needs::POSTGRESQL.ensure()?;
            redis = Some(needs::REDIS.ensure()?);
        }
        // The baseline is PostgreSQL; its programs are found before anything is built.
        Some("http") => drop(needs::POSTGRESQL.ensure()?),
        Some(other) => return Err(format!("there is no benchmark `{other}`; there are contention, engine and http.")),
        None => return Err("name a benchmark: contention, engine or http.".to_owned()),
    }
    let built = binaries::release(&["server", "load"])?;
    let mut load = built.command("onsale-load")?;
    load.arg("bench").args(arguments);
    if name == Some("http") {
        load.arg("--bin").arg(built.path("onsale")?);
    }
    if let Some(redis) = redis {
        load.arg("--redis").arg(redis);
    }
    programs::become_it(&mut load)
}
