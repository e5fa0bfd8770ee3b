//! Why a command failed: a sentence for whoever typed it.

use std::error::Error;
use std::fmt::Display;
use std::io;

use domain::Problem;
use platform::ConfigError;

/// Why a command failed. The reader runs the server, so that nothing needs to be kept from them but secrets.
#[derive(Debug)]
pub struct Failure {
    /// `None`: whoever reads our output has gone away, and there is nobody to tell.
    sentence: Option<String>,
}

impl Failure {
    /// A failure with this sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: Some(sentence.into()) }
    }

    /// A failure with what lies behind it, such as the words of the operating system.
    pub fn because(sentence: impl Display, cause: impl Display) -> Self {
        Self::new(format!("{sentence} ({cause})"))
    }

    /// A failure of writing to standard output.
    pub fn of_output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { sentence: None };
        }
        Self::because("The output cannot be written.", error)
    }

    /// The error and everything behind it.
    pub fn of(error: &dyn Error) -> Self {
        let mut failure = Self::new(error.to_string());
        let mut next = error.source();
        while let Some(cause) = next {
            // Some errors name their source in their own sentence already.
            if !failure.sentence().contains(&cause.to_string()) {
                failure = Self::because(failure.sentence(), cause);
            }
            next = cause.source();
        }
        failure
    }

    /// The sentence; empty if there is nobody to tell.
    pub fn sentence(&self) -> &str {
        self.sentence.as_deref().unwrap_or_default()
    }

    /// Writes the sentence to standard error.
    pub fn report(&self) {
        if let Some(sentence) = &self.sentence {
            eprintln!("onsale: {sentence}");
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem.internal {
            Some(internal) => Self::because(problem.public, internal),
            None => Self::new(problem.public),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(error.to_string())
    }
}

macro_rules! from_errors {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::of(&error)
            }
        }
    )*};
}

from_errors! {
    payments::sandbox::SandboxError,
    platform::telemetry::TelemetryError,
    tickets::KeyFileError,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_operating_system_said_stands_behind_the_sentence() {
        let unheard = payments::sandbox::SandboxError::Listen {
            address: ([127, 0, 0, 1], 80).into(),
            source: io::Error::new(io::ErrorKind::AddrInUse, "taken"),
        };
        let sentence = "The sandbox payment provider cannot listen on 127.0.0.1:80. (taken)";
        assert_eq!(Failure::from(unheard).sentence(), sentence);
        let problem = Problem::new("email_taken", "Taken.").internal("row 7");
        assert_eq!(Failure::from(problem).sentence(), "Taken. (row 7)");
    }

    #[test]
    fn nobody_is_told_of_a_pipe_that_was_closed() {
        assert_eq!(Failure::of_output(io::ErrorKind::BrokenPipe.into()).sentence(), "");
    }
}
