//! Where accounts, the audit log and the catalog are: files in the data folder, or schemas of a PostgreSQL database.

use std::time::Duration;

use database::{Copied, Place, Tables};
use platform::Config;

use crate::data_folder::DataFolder;
use crate::failure::Failure;

/// How long a step of a migration, or a lock, may keep a command waiting.
const PATIENCE: Duration = Duration::from_secs(60);

/// The places of all tables beside the journal; nothing is touched yet.
#[derive(Debug, Clone)]
pub struct TablePlaces {
    /// Accounts and sessions.
    pub accounts: Place,
    /// What organisers and operators did.
    pub audit: Place,
    /// Organisers, venues, plans, performances, and what is on sale.
    pub catalog: Place,
}

impl TablePlaces {
    /// The places that the settings name.
    pub fn of(config: &Config, folder: &DataFolder) -> Self {
        match &config.storage.database_url {
            None => Self::files(folder),
            Some(url) => Self::database(url.expose()),
        }
    }

    /// The files of a data folder.
    pub fn files(folder: &DataFolder) -> Self {
        let [accounts, audit, catalog] = [folder.accounts(), folder.audit(), folder.catalog()].map(Place::File);
        Self { accounts, audit, catalog }
    }

    /// The schemas of a database.
    pub fn database(url: &str) -> Self {
        let place = Place::Postgres(url.to_owned());
        Self { accounts: place.clone(), audit: place.clone(), catalog: place }
    }

    /// Each place with the tables in it.
    pub fn each(&self) -> [(&Place, &'static Tables); 3] {
        [(&self.accounts, &accounts::ACCOUNTS), (&self.audit, &accounts::AUDIT), (&self.catalog, &catalog::TABLES)]
    }

    /// Whether other servers may use them as well.
    pub fn is_shared(&self) -> bool {
        self.accounts.is_postgres()
    }

    /// How many steps each has still to make to be up to date.
    ///
    /// # Errors
    /// A database cannot be reached.
    pub async fn pending(&self) -> Result<Vec<(&'static str, usize)>, Failure> {
        let mut all = Vec::new();
        for (place, tables) in self.each() {
            // A file that is not there yet is made by the next start.
            let steps = match place {
                Place::File(path) if !path.is_file() => 0,
                place => database::pending(place, tables, PATIENCE).await.map_err(|error| unusable(tables, error))?,
            };
            all.push((tables.schema, steps));
        }
        Ok(all)
    }

    /// Brings all of them up to date, and says how many steps each made.
    ///
    /// # Errors
    /// A database cannot be reached, or is too new for this program.
    pub async fn migrate(&self) -> Result<Vec<(&'static str, usize)>, Failure> {
        let mut all = Vec::new();
        for (place, tables) in self.each() {
            let steps = database::migrate(place, tables, PATIENCE).await;
            all.push((tables.schema, steps.map_err(|error| unusable(tables, error))?));
        }
        Ok(all)
    }

    /// Copies every row into these other places, which must be empty. A table that fails leaves its whole schema as it was.
    ///
    /// # Errors
    /// A database cannot be used, or something is there already.
    pub async fn copy_to(&self, to: &Self) -> Result<Vec<Copied>, Failure> {
        let mut all = Vec::new();
        for ((source, tables), (target, _)) in self.each().into_iter().zip(to.each()) {
            if matches!(source, Place::File(path) if !path.is_file()) {
                continue;
            }
            let copied = database::copy(source, target, tables, PATIENCE).await;
            all.append(&mut copied.map_err(|error| unusable(tables, error))?);
        }
        Ok(all)
    }
}

fn unusable(tables: &Tables, error: impl std::fmt::Display) -> Failure {
    Failure::because(format!("The tables of {} cannot be used.", tables.schema), error)
}
