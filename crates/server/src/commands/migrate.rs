//! `onsale migrate`: brings tables up to date, before the servers of a new version start.

use std::process::ExitCode;

use platform::Config;

use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::output;
use crate::table_places::TablePlaces;

/// What to do.
#[derive(Debug, clap::Args)]
pub struct MigrateArgs {
    /// Only say what there is to do; exit code 1 if there is something.
    #[arg(long)]
    pub check: bool,
}

/// Makes the steps that are still to be made. Servers of this version and of the one before may run meanwhile.
///
/// # Errors
/// A database cannot be reached, or is too new for this program.
pub async fn run(arguments: MigrateArgs, config: &Config) -> Result<ExitCode, Failure> {
    let folder = DataFolder::of(config);
    let tables = TablePlaces::of(config, &folder);
    if arguments.check {
        let pending = tables.pending().await?;
        for (schema, steps) in &pending {
            output::line(format_args!("{schema}: {steps} steps to make"))?;
        }
        let done = pending.iter().all(|(_, steps)| *steps == 0);
        return Ok(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    folder.create()?;
    for (schema, steps) in tables.migrate().await? {
        output::line(format_args!("{schema}: {steps} steps made"))?;
    }
    if let Some(url) = &config.storage.journal_url {
        let made = journal::postgres::migrate(url.expose()).await;
        made.map_err(|error| Failure::because("The tables of the journal cannot be used.", error))?;
        output::line("journal: up to date")?;
    }
    Ok(ExitCode::SUCCESS)
}
