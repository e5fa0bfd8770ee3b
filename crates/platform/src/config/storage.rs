//! Section `storage`: where everything durable lives.

use std::path::PathBuf;

use serde::Deserialize;

use super::kind::{Kind, Setting};
use super::secret::{self, Secret};

/// Where everything durable lives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageConfig {
    /// Folder for journals, tables and keys; relative to the working directory unless it begins with a slash.
    pub data_folder: PathBuf,
    /// Address of the PostgreSQL database that keeps accounts, the audit log and the catalog; `None`: files in the data
    /// folder do.
    #[serde(deserialize_with = "secret::optional")]
    pub database_url: Option<Secret>,
    /// Address of the PostgreSQL database that keeps the journal; `None`: a file in the data folder does.
    #[serde(deserialize_with = "secret::optional")]
    pub journal_url: Option<Secret>,
}

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "storage.data_folder", kind: Kind::Folder },
    Setting { name: "storage.database_url", kind: Kind::Database },
    Setting { name: "storage.journal_url", kind: Kind::Database },
];
