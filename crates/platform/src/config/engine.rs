//! Section `engine`: the writer of each sale.

use domain::limits::{COMMIT_BATCH_COMMANDS_MAX, WRITER_INBOX_COMMANDS_MAX};
use serde::Deserialize;

use super::kind::{Kind, Setting};

/// The writer of each sale.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineConfig {
    /// Commands decided and committed together.
    pub commit_batch_commands_max: usize,
    /// Commands waiting for one sale's writer; at least a batch.
    pub inbox_commands_max: usize,
    /// Events between two snapshots of a sale.
    pub snapshot_every_events: u64,
}

const BATCH: Kind = Kind::Whole { min: 1, max: COMMIT_BATCH_COMMANDS_MAX as i64, unit: "commands" };
const INBOX: Kind = Kind::Whole { min: 1, max: WRITER_INBOX_COMMANDS_MAX as i64, unit: "commands" };
const SNAPSHOT: Kind = Kind::Whole { min: 1_000, max: 1_000_000_000, unit: "events" };

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "engine.commit_batch_commands_max", kind: BATCH },
    Setting { name: "engine.inbox_commands_max", kind: INBOX },
    Setting { name: "engine.snapshot_every_events", kind: SNAPSHOT },
];

impl EngineConfig {
    /// What is wrong between the settings; each alone is within its bounds.
    pub(super) fn contradiction(&self) -> Option<(&'static str, String)> {
        (self.inbox_commands_max < self.commit_batch_commands_max).then(|| {
            let expected = format!(
                "at least engine.commit_batch_commands_max ({}), or a batch could never fill",
                self.commit_batch_commands_max
            );
            ("engine.inbox_commands_max", expected)
        })
    }
}
