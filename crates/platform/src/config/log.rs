//! Section `log`: what the server writes about itself.

use serde::Deserialize;

use super::kind::{Kind, Setting};

/// What the server writes about itself, to standard error.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// How a line looks.
    pub format: LogFormat,
    /// Which lines are written: a level, also per part, such as `info,engine=debug`.
    pub level: String,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line, for collectors.
    Json,
}

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "log.format", kind: Kind::OneOf(&["text", "json"]) },
    Setting { name: "log.level", kind: Kind::LogLevel },
];
