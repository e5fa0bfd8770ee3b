//! The tests of what runs in a browser: packages with a `test` script, and modules with node's own test runner.

use crate::{Outcome, binaries, needs, programs, workspace};

/// Folders that may be npm packages.
const PACKAGES: &[&str] = &["web", "e2e"];

/// Runs them; packages find the built server in `ONSALE` and a browser in `CHROMIUM`. A repository that has none has
/// nothing to run.
pub fn test() -> Outcome {
    let files = workspace::files()?;
    for folder in packages(&files) {
        let built = binaries::dev(&["server"])?;
        needs::npm_packages(folder)?;
        let browser = needs::CHROMIUM.ensure()?;
        let mut npm = programs::program(needs::NPM.ensure()?);
        npm.args(["test", "--prefix", folder]).env("CHROMIUM", browser).env("ONSALE", built.path("onsale")?);
        programs::run(&mut npm)?;
    }
    let modules = modules(&files);
    if !modules.is_empty() {
        programs::run(programs::program(needs::NODE.ensure()?).arg("--test").args(modules))?;
    }
    Ok(())
}

fn packages(files: &[String]) -> Vec<&'static str> {
    let has_manifest = |folder: &&str| files.contains(&format!("{folder}/package.json"));
    PACKAGES.iter().copied().filter(has_manifest).collect()
}

/// Test modules that belong to no package.
fn modules(files: &[String]) -> Vec<&String> {
    let packages = packages(files);
    let is_test = |path: &&String| path.ends_with(".test.js") || path.ends_with(".test.mjs");
    let is_loose = |path: &&String| !packages.iter().any(|folder| path.starts_with(&format!("{folder}/")));
    files.iter().filter(is_test).filter(is_loose).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_of_a_package_are_left_to_its_own_script() {
        let files = ["e2e/buy.test.js", "e2e/package.json", "web/seats.js", "web/seats.test.js"].map(str::to_owned);
        assert_eq!(packages(&files), ["e2e"]);
        assert_eq!(modules(&files), ["web/seats.test.js"]);
    }
}
