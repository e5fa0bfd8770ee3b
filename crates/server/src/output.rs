//! Standard output, without the panic of `println!` when its reader has gone away.

use std::fmt::Display;
use std::io::Write;

use crate::failure::Failure;

/// Prints a line.
///
/// # Errors
/// Standard output cannot be written.
pub fn line(text: impl Display) -> Result<(), Failure> {
    writeln!(std::io::stdout().lock(), "{text}").map_err(Failure::of_output)
}

/// Prints a text that ends its own lines.
///
/// # Errors
/// Standard output cannot be written.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Failure::of_output)
}
