//! `cargo xtask web`: builds the pages that the server embeds, and runs what is tested in a browser or in node.

use std::fs;

use crate::{Outcome, binaries, needs, no_arguments, programs, workspace};

/// The pages.
const WEB: &str = "web";
/// Tests that drive a browser.
const E2E: &str = "e2e";
/// What the pages are built from beside their own folder.
const CONTRACT: &str = "contracts/openapi.json";

/// Builds the pages, if anything changed since the last time.
pub fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    build()
}

/// Builds the pages, if anything changed since the last time.
pub fn build() -> Outcome {
    let stamp = workspace::root().join(WEB).join("dist/.built");
    let sources = fingerprint()?;
    if fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        return Ok(());
    }
    needs::npm_packages(WEB)?;
    eprintln!("Building the pages.");
    programs::run(npm()?.args(["run", "--silent", "build", "--prefix", WEB]))?;
    fs::write(&stamp, sources).map_err(|error| format!("cannot write {}: {error}.", stamp.display()))
}

/// Types, components and texts are right, and the client is what the contract says.
pub fn check() -> Outcome {
    needs::npm_packages(WEB)?;
    let types = "web/src/lib/contract.d.ts";
    let kept = workspace::text(types)?;
    programs::run(npm()?.args(["run", "--silent", "contract", "--prefix", WEB]))?;
    if workspace::text(types)? != kept {
        return Err(format!("{types} was not what {CONTRACT} says; it is now. Commit it."));
    }
    programs::run(npm()?.args(["run", "--silent", "check", "--prefix", WEB]))
}

/// Runs the tests of the pages, and those that drive a browser against the built server.
pub fn test() -> Outcome {
    build()?;
    programs::run(npm()?.args(["test", "--silent", "--prefix", WEB]))?;
    let built = binaries::dev(&["server"])?;
    needs::npm_packages(E2E)?;
    let browser = needs::CHROMIUM.ensure()?;
    let mut test = npm()?;
    test.args(["test", "--prefix", E2E]).env("CHROMIUM", browser).env("ONSALE", built.path("onsale")?);
    test.env("REPORTS", workspace::root().join("target/reports"));
    programs::run(&mut test)
}

fn npm() -> Outcome<std::process::Command> {
    Ok(programs::program(needs::NPM.ensure()?))
}

/// Names everything the pages are built from.
fn fingerprint() -> Outcome<String> {
    let files = workspace::files()?;
    let inputs = files.iter().filter(|path| path.starts_with("web/") || *path == CONTRACT);
    let mut text = String::new();
    for path in inputs {
        // Pictures are not text; their length changes when they do.
        let content = workspace::text(path).unwrap_or_else(|why| why);
        text += &format!("{path} {:016x}\n", needs::fingerprint(&content));
    }
    Ok(text)
}
