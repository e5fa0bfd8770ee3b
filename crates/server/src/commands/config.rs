//! `onsale config`: the settings, their defaults and their meaning.

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;
use crate::output;
use crate::settings::SettingsArgs;

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting with its default and its reason, as a file to start from.
    Default,
    /// Check all sources, and print what is in effect and where it came from. Secrets are masked.
    Check,
    /// Print the reference of all settings, as Markdown.
    Doc,
}

/// Prints what was asked for.
///
/// # Errors
/// The settings are not in order, or the output cannot be written.
pub fn run(command: ConfigCommand, settings: &SettingsArgs) -> Result<ExitCode, Failure> {
    let text = match command {
        ConfigCommand::Default => platform::config::default_toml().to_owned(),
        ConfigCommand::Check => platform::config::effective(&settings.load()?),
        ConfigCommand::Doc => platform::config::reference(),
    };
    output::text(&text)?;
    Ok(ExitCode::SUCCESS)
}
