//! `onsale restore`: makes a data folder from a backup, and verifies it.

use std::path::PathBuf;
use std::process::ExitCode;

use super::verify;
use crate::backup;
use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::journal_place::JournalPlace;
use crate::output;

/// From where to where.
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(value_name = "BACKUP")]
    pub from: PathBuf,
    /// The data folder to make; it must be empty or not there yet.
    #[arg(long, value_name = "FOLDER")]
    pub into: PathBuf,
}

/// Restores, verifies, and only then lets servers use the folder.
///
/// # Errors
/// The backup is not whole, the folder is not empty, or what was restored is not sound.
pub fn run(arguments: &RestoreArgs) -> Result<ExitCode, Failure> {
    let restored = backup::restore(&arguments.from, DataFolder::new(&arguments.into))?;
    let verdict =
        verify::print(&restored.folder, &JournalPlace::file(&restored.folder), &restored.folder, false, false)?;
    let (into, marker) = (arguments.into.display().to_string(), restored.marker().display().to_string());
    if !verdict.is_sound() {
        return Err(Failure::new(format!(
            "The backup was copied to {into}, but what is in it is not sound, so no server will start on it. To use it \
             all the same, remove {marker}."
        )));
    }
    let taken_at = restored.manifest.taken_at.clone();
    restored.accept()?;
    output::line(format_args!(
        "Restored the backup of {taken_at} into {into}. What happened after it is not in it: compare the payments \
         since then with those of the provider."
    ))?;
    Ok(ExitCode::SUCCESS)
}
