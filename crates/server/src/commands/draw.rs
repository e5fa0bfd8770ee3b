//! `onsale draw`: checks the draw of a lobby from what was published, without a network.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use sale::line::draw::DrawRecord;

use crate::failure::Failure;
use crate::output;

/// Bytes of a record: about 50 an entry, for more entries than a line may have.
const RECORD_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// What to do with draws.
#[derive(Debug, Subcommand)]
pub enum DrawCommand {
    /// Recompute the order of a draw; tell what differs first (exit code 1).
    Verify {
        /// The record as `GET /v1/sales/SALE/draw` serves it after the opening; `-` reads standard input.
        file: PathBuf,
        /// The commitment you noted before the draw, in hex: proves that the record is about the same promise.
        #[arg(long, value_name = "HEX")]
        commitment: Option<String>,
    },
}

/// Carries out the command.
///
/// # Errors
/// The record cannot be read, or is not true.
pub fn run(command: &DrawCommand) -> Result<ExitCode, Failure> {
    let DrawCommand::Verify { file, commitment } = command;
    let record = read(file)?;
    if commitment.as_ref().is_some_and(|noted| !noted.trim().eq_ignore_ascii_case(&record.commitment.to_string())) {
        return Err(Failure::new(format!("Another commitment was published: the record says {}.", record.commitment)));
    }
    record.verify().map_err(|fault| Failure::because("The draw is not what was promised.", fault))?;
    output::line(format!(
        "The order of {} entries follows from seed {}, whose SHA-256 is the commitment {}.",
        record.entries.len(),
        record.seed,
        record.commitment
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn read(path: &PathBuf) -> Result<DrawRecord, Failure> {
    let unreadable =
        |why: &dyn std::fmt::Display| Failure::because(format!("The record {} cannot be read.", path.display()), why);
    let mut json = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().lock().take(RECORD_BYTES_MAX).read_to_end(&mut json)
    } else {
        File::open(path).and_then(|file| file.take(RECORD_BYTES_MAX).read_to_end(&mut json))
    };
    read.map_err(|error| unreadable(&error))?;
    serde_json::from_slice(&json).map_err(|error| unreadable(&error))
}
