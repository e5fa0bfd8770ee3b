//! Self-examination: is this machine fit to sell tickets? Each finding is a sentence.

mod disk;
mod machine;

use std::fmt;

use crate::config::Config;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, but look at it.
    Warn,
    /// Do not sell tickets like this.
    Fail,
}

/// One thing that was examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was examined, in a word or two: stable, for scripts.
    pub name: &'static str,
    /// How grave it is.
    pub verdict: Verdict,
    /// What was found, and what to do about it.
    pub sentence: String,
}

impl Finding {
    fn ok(name: &'static str, sentence: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, sentence: sentence.into() }
    }

    fn warn(name: &'static str, sentence: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Warn, sentence: sentence.into() }
    }

    fn fail(name: &'static str, sentence: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Fail, sentence: sentence.into() }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<5} {:<12} {}", self.verdict, self.name, self.sentence)
    }
}

/// Examines the machine for this configuration. Takes about a second at most; writes one small file to the data
/// folder (or to the folder it will be made in) and removes it.
pub fn examine(config: &Config) -> Vec<Finding> {
    let folder = disk::existing(&config.storage.data_folder);
    vec![
        disk::data_folder(&config.storage.data_folder, &folder),
        disk::file_system(&folder),
        disk::free_space(&folder),
        disk::fsync(&folder),
        machine::clock(),
        machine::port(config.server.listen),
        machine::open_files(),
    ]
}

/// The gravest verdict of all findings.
pub fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use crate::Sources;

    #[test]
    fn every_examination_has_a_sentence_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut sources = Sources::none();
        sources.flags = vec![format!("storage.data_folder={}", folder.path().display())];
        let findings = examine(&crate::config::load(&sources).unwrap());
        let names: Vec<&str> = findings.iter().map(|finding| finding.name).collect();
        assert_eq!(names, ["data folder", "file system", "free space", "fsync", "clock", "port", "open files"]);
        assert!(findings.iter().all(|finding| finding.sentence.ends_with('.')), "{findings:#?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_gravest_verdict_counts() {
        assert_eq!(worst(&[]), Verdict::Ok);
        assert_eq!(worst(&[Finding::fail("a", "."), Finding::warn("b", "."), Finding::ok("c", ".")]), Verdict::Fail);
        assert_eq!(Finding::warn("port", "Busy.").to_string(), "warn  port         Busy.");
    }
}
