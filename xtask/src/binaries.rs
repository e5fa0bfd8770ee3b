//! Builds binaries and tells where cargo put them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Outcome, programs, web};

/// The binaries of a build, by name.
pub struct Binaries(BTreeMap<String, PathBuf>);

/// Builds these packages optimised.
pub fn release(packages: &[&str]) -> Outcome<Binaries> {
    eprintln!("Building {} (release); the first build takes the longest.", packages.join(" and "));
    build(packages, &["--release"])
}

/// Builds these packages as tests see them.
pub fn dev(packages: &[&str]) -> Outcome<Binaries> {
    build(packages, &[])
}

/// Builds a package as tests see it, with these features.
pub fn with_features(package: &str, features: &str) -> Outcome<Binaries> {
    build(&[package], &["--features", features])
}

fn build(packages: &[&str], flags: &[&str]) -> Outcome<Binaries> {
    if packages.contains(&"server") {
        // It embeds the pages.
        web::build()?;
    }
    let mut command = programs::cargo();
    command.args(["build", "--locked", "--message-format=json-render-diagnostics"]).args(flags);
    for package in packages {
        command.args(["--package", package]);
    }
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| programs::not_started(&command, &error))?;
    let messages = child.stdout.take().map(BufReader::new);
    let lines = messages.into_iter().flat_map(BufRead::lines).map_while(Result::ok);
    let found = lines.filter_map(|line| executable(&line)).collect();
    let status = child.wait().map_err(|error| format!("cannot wait for cargo: {error}."))?;
    programs::finished(&command, status)?;
    Ok(Binaries(found))
}

/// Name and path of the binary that one of cargo's messages tells of.
fn executable(line: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = message.get("executable")?.as_str()?;
    let name = message.pointer("/target/name")?.as_str()?;
    Some((name.to_owned(), PathBuf::from(path)))
}

impl Binaries {
    /// Where the binary with this name is.
    pub fn path(&self, name: &str) -> Outcome<&PathBuf> {
        self.0.get(name).ok_or_else(|| format!("the build made no binary called `{name}`."))
    }

    /// That binary, to be run in the repository's root.
    pub fn command(&self, name: &str) -> Outcome<Command> {
        self.path(name).map(programs::program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_about_executables_count() {
        let library = r#"{"reason":"compiler-artifact","target":{"name":"sale"},"executable":null}"#;
        let binary = r#"{"reason":"compiler-artifact","target":{"name":"onsale"},"executable":"/t/onsale"}"#;
        assert_eq!(executable(library), None);
        assert_eq!(executable(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(executable(binary), Some(("onsale".to_owned(), PathBuf::from("/t/onsale"))));
    }
}
