//! `cargo xtask tidy`: the style guide as a program. What it can see need not be said in review.

mod codes;
mod functions;
mod lines;
mod ratchet;

use std::fmt;

use crate::{Outcome, no_arguments, workspace};

/// Something out of order, and where.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// Counted from 1; 0 for the whole file.
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// A file of the repository that people write.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// Checks, and says how much was read.
pub fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    check()
}

/// Fails with everything that is out of order.
pub fn check() -> Outcome {
    let files = workspace::files()?;
    let written = files.iter().filter(|path| is_written_by_people(path));
    let sources = written
        .map(|path| workspace::text(path).map(|text| Source { path: path.clone(), text }))
        .collect::<Outcome<Vec<Source>>>()?;
    let mut findings: Vec<Finding> = sources.iter().flat_map(lines::findings).collect();
    findings.extend(ratchet::findings(&sources, &workspace::text(ratchet::PATH)?));
    findings.extend(codes::findings(&sources, &files));
    if findings.is_empty() {
        println!("tidy: {} files are in order", sources.len());
        return Ok(());
    }
    let shown: Vec<String> = findings.iter().map(Finding::to_string).collect();
    Err(format!("{} findings\n{}", findings.len(), shown.join("\n")))
}

/// Text that is neither generated nor data.
fn is_written_by_people(path: &str) -> bool {
    const ENDINGS: &[&str] =
        &[".rs", ".toml", ".md", ".sh", ".js", ".mjs", ".ts", ".svelte", ".css", ".html", ".sql", ".yml", ".yaml"];
    path == ".ci/run" || ENDINGS.iter().any(|ending| path.ends_with(ending))
}
