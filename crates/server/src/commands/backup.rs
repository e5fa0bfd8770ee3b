//! `onsale backup`: copies everything durable into a new folder.

use std::path::PathBuf;
use std::process::ExitCode;

use platform::{Clock, Config, SystemClock};

use tokio::task::spawn_blocking;

use crate::backup;
use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::journal_place::JournalPlace;
use crate::output;
use crate::table_places::TablePlaces;

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
pub async fn run(arguments: BackupArgs, config: Config) -> Result<ExitCode, Failure> {
    let folder = DataFolder::of(&config);
    folder.require()?;
    let journal = JournalPlace::of(&config, &folder)?;
    let now = SystemClock::start().now().as_millis();
    let taken_at = jiff::Timestamp::from_millisecond(now).unwrap_or_default().to_string();
    let tables = TablePlaces::of(&config, &folder);
    let into = arguments.into.clone();
    let taking = move || backup::take(&folder, &journal, &tables, &into, taken_at);
    let manifest =
        spawn_blocking(taking).await.map_err(|error| Failure::because("The backup ended early.", error))??;
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
