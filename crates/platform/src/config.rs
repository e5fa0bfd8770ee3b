//! The configuration: one struct per section, read from four sources of rising rank.
//!
//! 1. the defaults in `config/default.toml`, which are part of the program,
//! 2. a file: `--config FILE`, or `onsale.toml` if it is there,
//! 3. environment variables `ONSALE_SECTION__KEY`,
//! 4. flags `--set section.key=value`.
//!
//! Every problem of every source is reported at once. **Invariant:** a secret is in no error, no log and no output.

mod cluster;
mod engine;
mod kind;
mod limits;
mod log;
mod nearest;
mod payments;
mod reference;
mod rehearsal;
mod secret;
mod server;
mod settings;
mod sources;
mod storage;

use std::fmt;

use domain::Problem;
use serde::Deserialize;

pub use cluster::{ClusterConfig, Role};
pub use engine::EngineConfig;
pub use limits::LimitsConfig;
pub use log::{LogConfig, LogFormat};
pub use payments::PaymentsConfig;
pub use reference::{default_toml, effective, reference};
pub use rehearsal::RehearsalConfig;
pub use secret::Secret;
pub use server::ServerConfig;
pub use sources::{ConfigFile, Source, Sources};
pub use storage::StorageConfig;

use kind::Setting;
use settings::Settings;

/// The whole configuration, complete and within its bounds.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who may connect, and how the server stops.
    pub server: ServerConfig,
    /// Where everything durable lives.
    pub storage: StorageConfig,
    /// The payment provider.
    pub payments: PaymentsConfig,
    /// The writer of each sale.
    pub engine: EngineConfig,
    /// Which part of the work this process does.
    pub cluster: ClusterConfig,
    /// What one client may ask for.
    pub limits: LimitsConfig,
    /// What the server writes about itself.
    pub log: LogConfig,
    /// Load runs against a real server.
    pub rehearsal: RehearsalConfig,
    /// What each setting came from, with its value unless it is secret.
    pub(crate) origins: Vec<Origin>,
}

/// One setting in effect, fit to be shown.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) setting: &'static Setting,
    /// TOML; a mask for a secret.
    pub(crate) shown: String,
    pub(crate) source: Source,
}

/// The sections as they are read; a key too many or too few is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sections {
    server: ServerConfig,
    storage: StorageConfig,
    payments: PaymentsConfig,
    engine: EngineConfig,
    cluster: ClusterConfig,
    limits: LimitsConfig,
    log: LogConfig,
    rehearsal: RehearsalConfig,
}

/// Every setting of every section, in the order of `config/default.toml`.
fn all_settings() -> impl Iterator<Item = &'static Setting> {
    [
        server::SETTINGS,
        storage::SETTINGS,
        payments::SETTINGS,
        engine::SETTINGS,
        cluster::SETTINGS,
        limits::SETTINGS,
        log::SETTINGS,
        rehearsal::SETTINGS,
    ]
    .into_iter()
    .flatten()
}

/// Why there is no configuration: every problem of every source, in the order in which they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// At least one. Codes: `setting_unknown`, `setting_invalid`, `setting_given_twice`, `secret_in_flag`,
    /// `secret_file_unreadable`, `config_file_unreadable`, `config_file_malformed`, `defaults_incomplete`.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}", problem.public)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Reads the configuration from these sources.
///
/// # Errors
/// Every unknown, ill-typed or out-of-range setting, each in a sentence that names the setting and its source.
pub fn load(sources: &Sources) -> Result<Config, ConfigError> {
    let mut settings = Settings::default();
    settings.read(sources);
    settings.finish().map_err(|problems| ConfigError { problems })
}

impl Config {
    /// The defaults alone: for tests and examples.
    ///
    /// # Errors
    /// None, unless `config/default.toml` and the sections disagree.
    pub fn defaults() -> Result<Self, ConfigError> {
        load(&Sources::none())
    }

    fn compose(sections: Sections, mut origins: Vec<Origin>) -> Self {
        let Sections { server, storage, payments, engine, cluster, limits, log, rehearsal } = sections;
        let server = server.settled();
        for origin in origins.iter_mut().filter(|origin| origin.setting.name == "server.public_url") {
            origin.shown = toml::Value::from(server.public_url.as_str()).to_string();
        }
        Self { server, storage, payments, engine, cluster, limits, log, rehearsal, origins }
    }
}
