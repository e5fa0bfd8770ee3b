//! The flags every command understands: where its settings come from.

use std::path::PathBuf;

use platform::{Config, Sources};

use crate::failure::Failure;

/// Where settings come from, besides the defaults and the environment.
#[derive(Debug, Clone, clap::Args)]
pub struct SettingsArgs {
    /// Configuration file; else $ONSALE_CONFIG, else onsale.toml if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, over every other source; may be given again. Secrets go into the file or the environment.
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    pub set: Vec<String>,
}

impl SettingsArgs {
    /// The configuration of this process.
    ///
    /// # Errors
    /// Everything that is wrong with it, a sentence each.
    pub fn load(&self) -> Result<Config, Failure> {
        Ok(platform::config::load(&Sources::of_process(self.config.clone(), self.set.clone()))?)
    }
}
