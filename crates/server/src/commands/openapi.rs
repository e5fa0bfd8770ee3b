//! `onsale openapi`: the description of the HTTP API, as kept in contracts/openapi.json.

use std::process::ExitCode;

use crate::failure::Failure;
use crate::output;

/// Prints the description.
///
/// # Errors
/// The output cannot be written.
pub fn run() -> Result<ExitCode, Failure> {
    output::line(gateway::openapi::description().trim_end())?;
    Ok(ExitCode::SUCCESS)
}
