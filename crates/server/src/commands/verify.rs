//! `onsale verify`: replays the journal and checks every invariant.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::journal_place::JournalPlace;
use crate::settings::SettingsArgs;
use crate::table_places::TablePlaces;
use crate::verify::{self, Verdict, report};

/// What to verify, and how to say it.
#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// Data folder or backup; by default the data folder of the settings.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Print JSON, one object a line: each sale, then the journal as a whole.
    #[arg(long)]
    pub json: bool,
    /// Print every place, order and ticket as well; as --json.
    #[arg(long)]
    pub dump: bool,
}

/// Verifies and prints; exit code 1 if anything is broken.
///
/// # Errors
/// There is nothing to verify, or the output cannot be written.
pub async fn run(arguments: VerifyArgs, settings: &SettingsArgs) -> Result<ExitCode, Failure> {
    let (folder, journal, shared) = match &arguments.data {
        Some(path) => {
            let folder = DataFolder::new(path);
            let journal = JournalPlace::file(&folder);
            (folder, journal, None)
        }
        None => {
            let config = settings.load()?;
            let folder = DataFolder::of(&config);
            folder.require()?;
            let journal = JournalPlace::of(&config, &folder)?;
            let tables = TablePlaces::of(&config, &folder);
            (folder, journal, tables.is_shared().then_some(tables))
        }
    };
    folder.require()?;
    // What a database keeps is looked at in a copy, so that it is one instant and costs the servers little.
    let copy = match &shared {
        Some(tables) => Some(copied(tables).await?),
        None => None,
    };
    let verifying = move || {
        let tables = copy.as_ref().map_or_else(|| folder.clone(), |copy| DataFolder::new(copy.path()));
        print(&folder, &journal, &tables, arguments.json || arguments.dump, arguments.dump)
    };
    let verdict = tokio::task::spawn_blocking(verifying).await;
    let verdict = verdict.map_err(|error| Failure::because("The verification ended early.", error))??;
    Ok(if verdict.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The tables as files, until the folder is dropped.
async fn copied(tables: &TablePlaces) -> Result<tempfile::TempDir, Failure> {
    let folder = tempfile::Builder::new().prefix("onsale-verify-").tempdir();
    let folder = folder.map_err(|error| Failure::because("There is no room for a copy of the tables.", error))?;
    tables.copy_to(&TablePlaces::files(&DataFolder::new(folder.path()))).await?;
    Ok(folder)
}

/// Verifies a folder and prints what is found.
///
/// # Errors
/// As [`run`].
pub fn print(
    folder: &DataFolder,
    journal: &JournalPlace,
    tables: &DataFolder,
    json: bool,
    dump: bool,
) -> Result<Verdict, Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let verdict = verify::verify(folder, journal, tables, &mut |audited| match json {
        true => report::json_sale(&mut out, audited, dump),
        false => report::text_sale(&mut out, audited),
    })?;
    match json {
        true => report::json_verdict(&mut out, &verdict)?,
        false => report::text_verdict(&mut out, &verdict)?,
    }
    out.flush().map_err(Failure::of_output)?;
    Ok(verdict)
}
