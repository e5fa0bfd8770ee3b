//! `onsale verify`: replays the journal and checks every invariant.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::journal_place::JournalPlace;
use crate::settings::SettingsArgs;
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
pub fn run(arguments: &VerifyArgs, settings: &SettingsArgs) -> Result<ExitCode, Failure> {
    let (folder, journal) = match &arguments.data {
        Some(path) => {
            let folder = DataFolder::new(path);
            let journal = JournalPlace::file(&folder);
            (folder, journal)
        }
        None => {
            let config = settings.load()?;
            let folder = DataFolder::of(&config);
            folder.require()?;
            let journal = JournalPlace::of(&config, &folder)?;
            (folder, journal)
        }
    };
    folder.require()?;
    let verdict = print(&folder, &journal, arguments.json || arguments.dump, arguments.dump)?;
    Ok(if verdict.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Verifies a folder and prints what is found.
///
/// # Errors
/// As [`run`].
pub fn print(folder: &DataFolder, journal: &JournalPlace, json: bool, dump: bool) -> Result<Verdict, Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let verdict = verify::verify(folder, journal, &mut |audited| match json {
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
