//! One error, two messages: what the person at the other end may read, and what the operator needs to know.

use std::fmt;

/// An error with a stable code. `gateway::problem` alone gives it an HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// A stable word in `snake_case`: the same in code, JSON, metrics and docs/errors.
    pub code: &'static str,
    /// A sentence for the person asking. Holds nothing they may not know.
    pub public: String,
    /// What an operator needs; goes to the log, never into an answer.
    pub internal: Option<String>,
    /// The offending field of the input, as a JSON pointer (RFC 6901).
    pub field: Option<String>,
}

impl Problem {
    /// A problem with this code and public sentence.
    pub fn new(code: &'static str, public: impl Into<String>) -> Self {
        Self { code, public: public.into(), internal: None, field: None }
    }

    /// Adds the detail for the operator.
    #[must_use]
    pub fn internal(mut self, detail: impl fmt::Display) -> Self {
        self.internal = Some(detail.to_string());
        self
    }

    /// Names the offending field, as a JSON pointer.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.field = Some(pointer.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.public)?;
        if let Some(field) = &self.field {
            write!(f, " (at {field})")?;
        }
        if let Some(internal) = &self.internal {
            write!(f, " [{internal}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
