//! Where settings come from.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// The file that is read when none is named.
const FILE_BY_DEFAULT: &str = "onsale.toml";
/// The variable that names the file, for where no flag can be given.
pub(super) const FILE_VARIABLE: &str = "ONSALE_CONFIG";

/// What [`load`](super::load) reads, from the lowest rank to the highest; the defaults are always there.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file.
    pub file: ConfigFile,
    /// Environment variables; those that do not begin with `ONSALE_` are passed over.
    pub environment: Vec<(OsString, OsString)>,
    /// What `--set` was given: `section.key=value`.
    pub flags: Vec<String>,
}

/// Which file is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ConfigFile {
    /// None.
    #[default]
    None,
    /// This one; it is an error if it is not there.
    Named(PathBuf),
    /// This one, if it is there.
    IfThere(PathBuf),
}

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `config/default.toml`, part of the program.
    Defaults,
    /// A file.
    File(PathBuf),
    /// The environment variable of this name.
    Variable(String),
    /// A flag `--set`.
    Flag,
}

impl Sources {
    /// Nothing but the defaults.
    pub fn none() -> Self {
        Self::default()
    }

    /// Those of this process: the file `--config` named, else `ONSALE_CONFIG`, else `onsale.toml` if it is there;
    /// its environment; and what `--set` was given.
    pub fn of_process(config: Option<PathBuf>, set: Vec<String>) -> Self {
        let named = config.or_else(|| std::env::var_os(FILE_VARIABLE).map(PathBuf::from));
        Self {
            file: named.map_or_else(|| ConfigFile::IfThere(FILE_BY_DEFAULT.into()), ConfigFile::Named),
            environment: std::env::vars_os().collect(),
            flags: set,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => f.write_str("the defaults"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Flag => f.write_str("--set"),
        }
    }
}
