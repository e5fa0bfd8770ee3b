//! `cargo xtask check`: what every change must pass before its tests are run, in order of speed.

use std::time::Instant;

use crate::{Outcome, generate, layers, licences, no_arguments, programs, tidy, web};

/// A stage of the check: what it is called, and what it does.
type Stage = (&'static str, fn() -> Outcome);

const STAGES: &[Stage] = &[
    ("formatting", formatting),
    ("tidy", tidy::check),
    ("layers", layers::check),
    ("licences", licences::check),
    ("lints", lints),
    ("generated files", generate::check),
    ("pages", web::check),
    ("documentation", documentation),
];

/// Runs the stages; the first that fails ends the check, and those that were not run are named.
pub fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    for (done, (name, stage)) in STAGES.iter().enumerate() {
        let started = Instant::now();
        stage().map_err(|why| format!("{name}: {why}{}", not_run(&STAGES[done + 1..])))?;
        eprintln!("check: {name} passed in {:.1} s", started.elapsed().as_secs_f64());
    }
    Ok(())
}

fn not_run(rest: &[Stage]) -> String {
    let names: Vec<&str> = rest.iter().map(|(name, _)| *name).collect();
    if names.is_empty() { String::new() } else { format!("\nNot run after that: {}.", names.join(", ")) }
}

fn formatting() -> Outcome {
    component("fmt", "rustfmt")?;
    programs::run(programs::cargo().args(["fmt", "--all", "--check"]))
        .map_err(|why| format!("{why} `cargo fmt --all` puts it right."))
}

fn lints() -> Outcome {
    component("clippy", "clippy")?;
    programs::run(programs::cargo().args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]))
}

fn documentation() -> Outcome {
    let mut command = programs::cargo();
    command.args(["doc", "--locked", "--no-deps", "--workspace", "--document-private-items"]);
    programs::run(command.env("RUSTDOCFLAGS", "--deny warnings"))
}

/// Says how to get a part of the toolchain that is not there.
fn component(subcommand: &str, name: &str) -> Outcome {
    let asked = programs::read(programs::cargo().args([subcommand, "--version"]));
    asked.map(drop).map_err(|_| format!("{name} is missing: run `rustup component add {name}`."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_stops_says_what_it_did_not_run() {
        assert_eq!(not_run(&STAGES[5..]), "\nNot run after that: generated files, pages, documentation.");
        assert_eq!(not_run(&[]), "");
    }
}
