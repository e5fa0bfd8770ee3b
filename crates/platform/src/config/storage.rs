//! Section `storage`: where everything durable lives.

use std::path::PathBuf;

use serde::Deserialize;

use super::kind::{Kind, Setting};

/// Where everything durable lives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// Folder for journals, tables and keys; relative to the working directory unless it begins with a slash.
    pub data_folder: PathBuf,
}

pub(super) const SETTINGS: &[Setting] = &[Setting { name: "storage.data_folder", kind: Kind::Folder }];
