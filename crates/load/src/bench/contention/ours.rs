//! Our writer, with its journal in PostgreSQL or in SQLite.

use std::sync::Arc;

use domain::{Area, AreaIndex, PriceLevel, PriceLevelIndex, Problem, SaleId, SeatingPlan, Timestamp, limits};
use engine::{Engine, EngineOptions, SaleHandle, recovery};
use journal::{Journal, PostgresJournal, PostgresOptions, Snapshots, SqliteJournal, SqliteOptions};
use sale::command::Places;
use sale::{Choice, Command, Rejection};

use super::clients::{Client, Seller, Sold, failed};
use super::postgres::Server;
use crate::bench::engine::runs::{account, settings};
use crate::processes::TempFolder;

pub const POSTGRES: &str = "postgres_writer";
pub const SQLITE: &str = "sqlite_writer";
const SALE: SaleId = SaleId::new(1);
/// Accounts in one message while the fans come in.
const JOINS_PER_MESSAGE: u32 = 2_048;

/// Where the journal is.
#[derive(Clone, Copy)]
pub enum Kept<'a> {
    Postgres(&'a Server),
    Sqlite,
}

/// The writer of one sale: standing areas, and fans who are all inside. There is more than one area only because one
/// takes a million people at most.
pub struct Ours {
    engine: Engine,
    sale: SaleHandle,
    journal: Arc<dyn Journal>,
    stock: u32,
    fans: u32,
    server: Option<u32>,
    _folder: TempFolder,
}

/// One client: of which sale, with how many areas.
pub struct Caller(SaleHandle, u32);

impl Kept<'_> {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Postgres(_) => POSTGRES,
            Self::Sqlite => SQLITE,
        }
    }

    fn open(&self, folder: &TempFolder) -> Result<Arc<dyn Journal>, Problem> {
        let journal: Arc<dyn Journal> = match self {
            Self::Sqlite => {
                let options = SqliteOptions::new(folder.path().join("journal.db"));
                Arc::new(SqliteJournal::open(options).map_err(|error| failed(&error))?)
            }
            Self::Postgres(server) => {
                let url = server.server.database().map_err(|error| failed(&error))?;
                let options = PostgresOptions::new(url, 1);
                Arc::new(PostgresJournal::open(options).map_err(|error| failed(&error))?)
            }
        };
        Ok(journal)
    }
}

/// So many fans that no run of a few seconds uses them up.
pub fn fans_for(clients: u32) -> u32 {
    match clients {
        0..=1 => 100_000,
        2..=16 => 600_000,
        17..=64 => 1_500_000,
        65..=256 => 2_500_000,
        _ => 3_900_000,
    }
}

impl Ours {
    /// An empty journal, and so many fans inside.
    ///
    /// # Errors
    /// `run_failed`.
    pub async fn open(kept: &Kept<'_>, stock: u32, fans: u32) -> Result<Self, Problem> {
        let folder = TempFolder::new("contention")?;
        // The journal has a runtime of its own, which must not begin inside this one.
        let journal = tokio::task::block_in_place(|| kept.open(&folder))?;
        let now = Arc::new(|| Timestamp::from_millis(1_000));
        let snapshots = Snapshots::new(folder.path().join("snapshots"));
        let options = EngineOptions { snapshot_every: u64::MAX / 2, ..EngineOptions::default() };
        let opened = tokio::task::block_in_place(|| Engine::open(Arc::clone(&journal), snapshots, options, now));
        let engine = opened.map_err(|error| failed(&error))?;
        let sale = engine.create(settings(), standing(stock)).await.map_err(|error| failed(&error))?;
        for first in (0..fans).step_by(JOINS_PER_MESSAGE as usize) {
            let accounts = (first..fans.min(first + JOINS_PER_MESSAGE)).map(account).collect();
            let joined = sale.submit(Command::JoinMany { accounts }).await.map_err(|error| failed(&error))?;
            joined.map_err(|rejection| failed(&rejection.sentence()))?;
        }
        let server = if let Kept::Postgres(server) = kept { server.server.id() } else { None };
        Ok(Self { engine, sale, journal, stock, fans, server, _folder: folder })
    }

    /// Ends the writer, and compares what a replay gives with what it had.
    ///
    /// # Errors
    /// `run_failed`, also if it differs.
    pub async fn close(self) -> Result<(), Problem> {
        let hash = self.sale.read(sale::Sale::state_hash).await.map_err(|error| failed(&error))?;
        let replayed = tokio::task::block_in_place(|| {
            self.engine.stop();
            self.journal.close();
            recovery::replay(SALE, &*self.journal, None, 0)
        });
        let recovered = replayed.map_err(|error| failed(&error))?.ok_or_else(|| failed(&"the journal is empty"))?;
        if recovered.sale.state_hash() == hash { Ok(()) } else { Err(failed(&"the replayed sale is another one")) }
    }
}

impl Seller for Ours {
    type Client = Caller;

    async fn client(&self) -> Result<Caller, Problem> {
        Ok(Caller(self.sale.clone(), areas(self.stock)))
    }

    fn server(&self) -> Option<u32> {
        self.server
    }

    async fn sold(&self) -> Result<Sold, Problem> {
        let broken = self.sale.read(sale::Sale::broken_invariant).await.map_err(|error| failed(&error))?;
        if let Some(broken) = broken {
            return Err(failed(&broken));
        }
        let counts = self.sale.read(|sale| sale.floor().total()).await.map_err(|error| failed(&error))?;
        let holds = u64::from(counts.of(sale::floor::Kind::Held));
        let remaining = u64::from(counts.of(sale::floor::Kind::Free));
        let used_up = remaining == 0 || holds >= u64::from(self.fans);
        Ok(Sold { stock: self.stock.into(), holds, remaining, used_up })
    }
}

impl Client for Caller {
    async fn hold(&mut self, fan: u32) -> Result<bool, Problem> {
        let choice = Choice::These(Places { seats: vec![], areas: vec![(AreaIndex((fan % self.1) as u16), 1)] });
        let asked = self.0.submit(Command::PlaceHold { account: account(fan), choice }).await;
        match asked.map_err(|error| failed(&error))? {
            Ok(_) => Ok(true),
            // Nobody is let in while there is nothing to take.
            Err(Rejection::AreaFull { .. } | Rejection::SoldOut | Rejection::NotAdmitted) => Ok(false),
            Err(rejection) => Err(failed(&rejection.sentence())),
        }
    }
}

/// Standing areas for so many people.
fn areas(people: u32) -> u32 {
    people.div_ceil(limits::AREA_CAPACITY_MAX).max(1)
}

fn standing(people: u32) -> SeatingPlan {
    let count = areas(people);
    let area = |index: u32| Area {
        name: format!("Standing {index}"),
        level: PriceLevelIndex(0),
        // The first ones take what does not divide evenly.
        capacity: people / count + u32::from(index < people % count),
        x: index as f32 * 10.0,
        y: 0.0,
        width: 10.0,
        height: 10.0,
    };
    SeatingPlan {
        name: "Hall".into(),
        width: count as f32 * 10.0,
        height: 10.0,
        price_levels: vec![PriceLevel { name: "A".into(), color: "#336699".into() }],
        sections: vec![],
        rows: vec![],
        seats: vec![],
        areas: (0..count).map(area).collect(),
    }
}
