//! Runs other programs from the repository's root; a failure is a sentence that names the command.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::process::{Command, ExitStatus, Stdio};

use crate::{Outcome, workspace};

/// A program to be run in the repository's root.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(workspace::root());
    command
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs it in the foreground and says so.
pub fn run(command: &mut Command) -> Outcome {
    eprintln!("$ {}", shown(command));
    let status = command.status().map_err(|error| not_started(command, &error))?;
    finished(command, status)
}

/// Runs it quietly and returns what it printed; a failure quotes its errors.
pub fn read(command: &mut Command) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}\n{}", ended(command, output.status), errors.trim_end()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{}` printed something that is not text.", shown(command)))
}

/// Becomes that program, so that Ctrl-C and the exit code are its own. Returns only when it cannot.
#[cfg(unix)]
pub fn become_it(command: &mut Command) -> Outcome {
    use std::os::unix::process::CommandExt;
    eprintln!("$ {}", shown(command));
    let error = command.exec();
    Err(not_started(command, &error))
}

/// Where a process cannot be replaced, it is run as a child.
#[cfg(not(unix))]
pub fn become_it(command: &mut Command) -> Outcome {
    run(command)
}

/// The sentence for a command that ended badly.
pub fn finished(command: &Command, status: ExitStatus) -> Outcome {
    if status.success() { Ok(()) } else { Err(ended(command, status)) }
}

/// The sentence for a command that could not be started.
pub fn not_started(command: &Command, error: &io::Error) -> String {
    let name = command.get_program().to_string_lossy();
    match error.kind() {
        io::ErrorKind::NotFound => format!("`{name}` is not installed, or not on PATH."),
        _ => format!("cannot start `{name}`: {error}."),
    }
}

fn ended(command: &Command, status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("`{}` failed with exit code {code}.", shown(command)),
        None => format!("`{}` was ended by a signal.", shown(command)),
    }
}

/// The command as one would type it: program names without their folder.
fn shown(command: &Command) -> String {
    let name = std::path::Path::new(command.get_program());
    let mut words = vec![name.file_name().unwrap_or(name.as_os_str()).to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let outcome = run(&mut program("no-such-program-here"));
        assert_eq!(outcome, Err("`no-such-program-here` is not installed, or not on PATH.".to_owned()));
    }

    #[test]
    fn a_failure_names_the_command_and_its_code() {
        let outcome = read(program("sh").args(["-c", "echo why >&2; exit 3"]));
        assert!(outcome.is_err_and(|why| why.contains("exit code 3") && why.ends_with("why")));
    }
}
