//! What a sale names must exist: its own entry in the catalog, and the account of every place in line.

use std::path::Path;

use domain::PlaceNumber;
use rusqlite::{Connection, OpenFlags, ToSql};

use super::AuditedSale;
use crate::data_folder::DataFolder;
use crate::failure::Failure;

/// Names of unknown accounts that are told one by one.
const TOLD_MAX: usize = 10;

/// The files beside the journal; one that is not there is not asked.
pub struct Names {
    accounts: Option<Connection>,
    catalog: Option<Connection>,
}

impl Names {
    /// Opens what is there.
    ///
    /// # Errors
    /// A file is there and cannot be opened.
    pub fn open(folder: &DataFolder) -> Result<Self, Failure> {
        Ok(Self { accounts: open(&folder.accounts())?, catalog: open(&folder.catalog())? })
    }

    /// What the sale names and nobody knows. Accounts and sales are never removed, and they are made before the
    /// journal names them, so that this holds at every instant.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn findings(&mut self, audited: &AuditedSale) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        if let Some(catalog) = &self.catalog
            && !exists(catalog, "SELECT EXISTS (SELECT 1 FROM sales WHERE id = ?1)", &audited.id.get())?
        {
            found.push(format!("The catalog does not know {}.", audited.id));
        }
        if let Some(accounts) = &self.accounts {
            found.extend(unknown_accounts(accounts, audited)?);
        }
        Ok(found)
    }
}

fn unknown_accounts(accounts: &Connection, audited: &AuditedSale) -> Result<Vec<String>, Failure> {
    let line = audited.sale.line();
    let mut unknown = Vec::new();
    for number in 1..=line.last_number() {
        let Some(account) = line.owner(PlaceNumber(number)) else { continue };
        let id = account.bits().to_be_bytes();
        if !exists(accounts, "SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ?1)", &id.as_slice())? {
            unknown.push(format!("Place {number} belongs to {account}, which is no account."));
        }
    }
    let more = unknown.len().saturating_sub(TOLD_MAX);
    unknown.truncate(TOLD_MAX);
    unknown.extend((more > 0).then(|| format!("{more} more places belong to no account.")));
    Ok(unknown)
}

fn open(path: &Path) -> Result<Option<Connection>, Failure> {
    if !path.is_file() {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .and_then(|connection| connection.busy_timeout(std::time::Duration::from_secs(5)).map(|()| connection));
    connection.map(Some).map_err(|error| Failure::because(format!("{} cannot be read.", path.display()), error))
}

fn exists(connection: &Connection, sql: &str, id: &dyn ToSql) -> Result<bool, Failure> {
    let asked = connection.prepare_cached(sql).and_then(|mut query| query.query_row([id], |row| row.get(0)));
    asked.map_err(|error| Failure::because("The accounts or the catalog cannot be read.", error))
}
