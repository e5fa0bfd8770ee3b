//! `cargo xtask test`: every test there is. What the tests need is found or installed first.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::{Outcome, faults, needs, programs, web};

/// Tests with this in their name fill the machine, so they run one at a time (.config/nextest.toml says the same).
const HEAVY: &str = "heavy";

/// Documentation tests, browser tests and faults first, so that the runner's own summary of the Rust tests is what stands last.
pub fn run(filter: &[String]) -> Outcome {
    needs::POSTGRESQL.ensure()?;
    web::build()?;
    if filter.is_empty() {
        programs::run(programs::cargo().args(["test", "--locked", "--workspace", "--doc", "--quiet"]))?;
        web::test()?;
        faults::small()?;
    } else {
        eprintln!("With a filter, documentation tests, browser tests and faults are not run.");
    }
    if programs::read(programs::cargo().args(["nextest", "--version"])).is_ok() {
        return nextest(filter);
    }
    eprintln!("cargo-nextest is not installed; `cargo test` runs the same tests, only slower.");
    plain(filter)
}

fn nextest(filter: &[String]) -> Outcome {
    let profile = if env::var_os("CI").is_some() { "ci" } else { "default" };
    let mut command = programs::cargo();
    command.args(["nextest", "run", "--locked", "--workspace", "--profile", profile]).args(filter);
    programs::run(&mut command)
}

/// The same with cargo alone: first the light tests, then the heavy ones one by one, as nextest's groups have it.
fn plain(filter: &[String]) -> Outcome {
    let mut total = Total::default();
    let outcome = if filter.is_empty() {
        let light = total.of(&[], &["--skip", HEAVY]);
        light.and(total.of(&[HEAVY.to_owned()], &["--test-threads", "1"]))
    } else {
        total.of(filter, &[])
    };
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    outcome?;
    if total.passed == 0 { Err("no test was run.".to_owned()) } else { Ok(()) }
}

/// What the lines `test result: …` of several test programs come to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Total {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Total {
    fn of(&mut self, filter: &[String], flags: &[&str]) -> Outcome {
        let mut command = programs::cargo();
        command.args(["test", "--locked", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]);
        command.args(filter).arg("--").args(flags);
        let mut child =
            command.stdout(Stdio::piped()).spawn().map_err(|error| programs::not_started(&command, &error))?;
        let lines = child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
        for line in lines.map_while(Result::ok) {
            println!("{line}");
            self.add(&line);
        }
        let status = child.wait().map_err(|error| format!("cannot wait for cargo: {error}."))?;
        programs::finished(&command, status)
    }

    /// Adds the counts of `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        let words: Vec<&str> = counts.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<u64>() else { continue };
            match pair[1] {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.skipped += count,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_several_programs_are_added() {
        let mut total = Total::default();
        total.add("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s");
        total.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s");
        total.add("test tests::x ... ok");
        assert_eq!(total, Total { passed: 4, failed: 2, skipped: 1 });
    }
}
