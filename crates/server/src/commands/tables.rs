//! `onsale tables`: accounts, the audit log and the catalog, from files to a database and back.

use std::process::ExitCode;

use clap::Subcommand;
use platform::Config;

use super::sale::Place;
use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::output;
use crate::table_places::TablePlaces;

/// What to do about tables.
#[derive(Debug, Subcommand)]
pub enum TablesCommand {
    /// Copy accounts, the audit log and the catalog between the files of the data folder and the database of
    /// storage.database_url. No server may run. Nothing is removed; the settings say which of the two is used.
    Move(MoveArgs),
}

/// What goes where.
#[derive(Debug, clap::Args)]
pub struct MoveArgs {
    /// Where the rows go; there must be none yet.
    #[arg(long, value_enum)]
    pub to: Place,
}

/// Carries out the command.
///
/// # Errors
/// A server runs, a database cannot be reached, or the target is not empty.
pub async fn run(command: TablesCommand, config: &Config) -> Result<ExitCode, Failure> {
    let TablesCommand::Move(arguments) = command;
    let folder = DataFolder::of(config);
    folder.require()?;
    let _lock = folder.lock()?;
    let url = config.storage.database_url.as_ref().ok_or_else(|| {
        Failure::new("Name the database in storage.database_url, best as the variable ONSALE_STORAGE__DATABASE_URL.")
    })?;
    let (files, database) = (TablePlaces::files(&folder), TablePlaces::database(url.expose()));
    let (from, to) = match arguments.to {
        Place::File => (database, files),
        Place::Database => (files, database),
    };
    for copied in from.copy_to(&to).await? {
        output::line(format_args!("{}: {} rows", copied.table, copied.rows))?;
    }
    output::line("Everything is copied. What was copied from is still there.")?;
    Ok(ExitCode::SUCCESS)
}
