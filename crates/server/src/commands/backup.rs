//! `onsale backup`: copies everything durable into a new folder.

use std::path::PathBuf;
use std::process::ExitCode;

use platform::{Clock, SystemClock};

use crate::backup;
use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::journal_place::JournalPlace;
use crate::output;
use crate::settings::SettingsArgs;

/// Where the backup goes.
#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// A new or empty folder. It will hold keys and secrets: keep it as safe as the data folder.
    #[arg(value_name = "FOLDER")]
    pub into: PathBuf,
}

/// Takes a backup and says what is in it.
///
/// # Errors
/// It could not be finished.
pub fn run(arguments: &BackupArgs, settings: &SettingsArgs) -> Result<ExitCode, Failure> {
    let config = settings.load()?;
    let folder = DataFolder::of(&config);
    folder.require()?;
    let journal = JournalPlace::of(&config, &folder)?;
    let now = SystemClock::start().now().as_millis();
    let taken_at = jiff::Timestamp::from_millisecond(now).unwrap_or_default().to_string();
    let manifest = backup::take(&folder, &journal, &arguments.into, taken_at)?;
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let events: u64 = manifest.sales.iter().map(|sale| sale.last_sequence).sum();
    output::line(format_args!(
        "Backed up {} sales with {events} events into {}: {} files, {bytes} bytes.",
        manifest.sales.len(),
        arguments.into.display(),
        manifest.files.len(),
    ))?;
    Ok(ExitCode::SUCCESS)
}
