//! A password from standard input: never from the command line, where every user of the machine could read it.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use accounts::Password;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::failure::Failure;

/// Bytes read at most; far above the longest password allowed.
const LINE_BYTES_MAX: u64 = 4 * 1024;

/// Reads one line; asks for it, without echo, if a person sits there.
///
/// # Errors
/// There is nothing to read.
pub fn read() -> Result<Password, Failure> {
    let asked = io::stdin().is_terminal().then(Silence::begin);
    let mut line = String::new();
    let read = io::stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line);
    drop(asked);
    read.map_err(|error| Failure::because("The password cannot be read.", error))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::new("Give the password on standard input, in one line."));
    }
    Ok(Password::new(password))
}

/// Keeps the terminal from showing what is typed, until dropped.
struct Silence {
    /// How the terminal was before; `None` if it cannot be told, and what is typed shows.
    before: Option<Termios>,
}

impl Silence {
    fn begin() -> Self {
        eprint!("Password: ");
        let _ = io::stderr().flush();
        let before = tcgetattr(io::stdin()).ok();
        if let Some(mut silent) = before.clone() {
            silent.local_modes.remove(LocalModes::ECHO);
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &silent);
        }
        Self { before }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
        eprintln!();
    }
}
