//! The four ways a table is usually sold from, each in its strongest form: prepared statements, a connection for every
//! client, statements of one transaction sent together where they do not depend on each other.

use domain::Problem;
use test_support::Postgres;
use tokio_postgres::{Client as Session, NoTls, Statement};

use super::clients::{Client, Seller, Sold, failed};

/// The stock as a number, and the holds.
const TABLES: &str = "DROP TABLE IF EXISTS stock, tickets, holds;
    CREATE TABLE stock (id int PRIMARY KEY, remaining bigint NOT NULL CHECK (remaining >= 0), version bigint NOT NULL);
    CREATE TABLE holds (id bigserial PRIMARY KEY, fan bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());";
/// The stock as one row for each ticket; fewer of them, since they must be made and are taken slowly.
const TICKETS: &str = "CREATE TABLE tickets (id bigint PRIMARY KEY, fan bigint);
    CREATE INDEX free ON tickets (id) WHERE fan IS NULL;";
/// Tickets that are made at most.
const TICKETS_MAX: u32 = 200_000;
const DATABASE: &str = "postgres";

/// The server that all ways and our own journal share.
pub struct Server {
    pub server: Postgres,
}

/// How it is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    RowLock,
    OneStatement,
    Optimistic,
    SkipLocked,
}

/// One way with its stock.
pub struct Peer<'a> {
    server: &'a Server,
    way: Way,
    stock: u64,
}

/// One connection with its statements.
pub struct Caller {
    session: Session,
    way: Way,
    statements: Vec<Statement>,
}

impl Server {
    /// Makes an empty server and starts it.
    ///
    /// # Errors
    /// `run_failed`.
    pub fn start() -> Result<Self, Problem> {
        Ok(Self { server: Postgres::start().map_err(|error| failed(&error))? })
    }

    async fn connect(&self) -> Result<Session, Problem> {
        let url = self.server.url(DATABASE);
        let (session, connection) = tokio_postgres::connect(&url, NoTls).await.map_err(|error| failed(&error))?;
        tokio::spawn(connection);
        Ok(session)
    }
}

impl Way {
    pub const ALL: [Self; 4] = [Self::RowLock, Self::OneStatement, Self::Optimistic, Self::SkipLocked];

    pub const fn name(self) -> &'static str {
        match self {
            Self::RowLock => "row_lock",
            Self::OneStatement => "one_statement",
            Self::Optimistic => "optimistic",
            Self::SkipLocked => "skip_locked",
        }
    }

    pub const fn describe(self) -> &'static str {
        match self {
            Self::RowLock => {
                "PostgreSQL: BEGIN, SELECT FOR UPDATE of the counter | UPDATE, INSERT, COMMIT; | ends a round trip"
            }
            Self::OneStatement => "PostgreSQL: UPDATE … WHERE remaining > 0 and INSERT in one statement",
            Self::Optimistic => {
                "PostgreSQL: reads counter and version, then UPDATE … WHERE version = … and INSERT, until it fits"
            }
            Self::SkipLocked => {
                "PostgreSQL: a row for each ticket, the first free one FOR UPDATE SKIP LOCKED, and INSERT"
            }
        }
    }

    fn statements(self) -> &'static [&'static str] {
        match self {
            Self::RowLock => &[
                "SELECT remaining FROM stock WHERE id = 1 FOR UPDATE",
                "UPDATE stock SET remaining = remaining - 1 WHERE id = 1",
                "INSERT INTO holds (fan) VALUES ($1)",
            ],
            Self::OneStatement => &["WITH taken AS (UPDATE stock SET remaining = remaining - 1
                                                    WHERE id = 1 AND remaining > 0 RETURNING id)
                                     INSERT INTO holds (fan) SELECT $1 FROM taken"],
            Self::Optimistic => &[
                "SELECT remaining, version FROM stock WHERE id = 1",
                "WITH taken AS (UPDATE stock SET remaining = remaining - 1, version = version + 1
                                WHERE id = 1 AND version = $2 AND remaining > 0 RETURNING id)
                 INSERT INTO holds (fan) SELECT $1 FROM taken",
            ],
            Self::SkipLocked => &["WITH taken AS (UPDATE tickets SET fan = $1 WHERE id =
                                       (SELECT id FROM tickets WHERE fan IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
                                       RETURNING id)
                                   INSERT INTO holds (fan) SELECT $1 FROM taken"],
        }
    }
}

impl<'a> Peer<'a> {
    /// Fresh tables with this stock.
    ///
    /// # Errors
    /// `run_failed`.
    pub async fn prepare(server: &'a Server, way: Way, stock: u32) -> Result<Self, Problem> {
        let session = server.connect().await?;
        let run = async |sql: &str| session.batch_execute(sql).await.map_err(|error| failed(&error));
        run(TABLES).await?;
        let stock = if way == Way::SkipLocked { stock.min(TICKETS_MAX) } else { stock };
        if way == Way::SkipLocked {
            run(TICKETS).await?;
            run(&format!("INSERT INTO tickets SELECT id FROM generate_series(1, {stock}) AS id")).await?;
            run("VACUUM ANALYZE tickets").await?;
        } else {
            run(&format!("INSERT INTO stock VALUES (1, {stock}, 0)")).await?;
        }
        run("CHECKPOINT").await?;
        Ok(Self { server, way, stock: u64::from(stock) })
    }
}

impl Seller for Peer<'_> {
    type Client = Caller;

    async fn client(&self) -> Result<Caller, Problem> {
        let session = self.server.connect().await?;
        let mut statements = Vec::new();
        for sql in self.way.statements() {
            statements.push(session.prepare(sql).await.map_err(|error| failed(&error))?);
        }
        Ok(Caller { session, way: self.way, statements })
    }

    fn server(&self) -> Option<u32> {
        self.server.server.id()
    }

    async fn sold(&self) -> Result<Sold, Problem> {
        let session = self.server.connect().await?;
        let left = match self.way {
            Way::SkipLocked => "SELECT count(*) FROM tickets WHERE fan IS NULL",
            _ => "SELECT remaining FROM stock",
        };
        let count = async |sql: &str| session.query_one(sql, &[]).await.map_err(|error| failed(&error));
        let holds: i64 = count("SELECT count(*) FROM holds").await?.get(0);
        let remaining: i64 = count(left).await?.get(0);
        let (holds, remaining) = (holds.unsigned_abs(), remaining.unsigned_abs());
        Ok(Sold { stock: self.stock, holds, remaining, used_up: remaining == 0 })
    }
}

impl Client for Caller {
    async fn hold(&mut self, fan: u32) -> Result<bool, Problem> {
        let held = match self.way {
            Way::RowLock => self.with_row_lock(fan.into()).await,
            Way::OneStatement | Way::SkipLocked => self.in_one_statement(fan.into()).await,
            Way::Optimistic => self.optimistically(fan.into()).await,
        };
        held.map_err(|error| failed(&error))
    }
}

impl Caller {
    async fn with_row_lock(&self, fan: i64) -> Result<bool, tokio_postgres::Error> {
        let (session, statements) = (&self.session, &self.statements);
        let begin = async { session.batch_execute("BEGIN").await };
        let look = async { session.query_one(&statements[0], &[]).await };
        let ((), row) = futures_util::future::try_join(begin, look).await?;
        if row.get::<_, i64>(0) <= 0 {
            session.batch_execute("ROLLBACK").await?;
            return Ok(false);
        }
        let update = async { session.execute(&statements[1], &[]).await };
        let insert = async { session.execute(&statements[2], &[&fan]).await };
        let commit = async { session.batch_execute("COMMIT").await };
        futures_util::future::try_join3(update, insert, commit).await?;
        Ok(true)
    }

    async fn in_one_statement(&self, fan: i64) -> Result<bool, tokio_postgres::Error> {
        Ok(self.session.execute(&self.statements[0], &[&fan]).await? == 1)
    }

    async fn optimistically(&self, fan: i64) -> Result<bool, tokio_postgres::Error> {
        loop {
            let row = self.session.query_one(&self.statements[0], &[]).await?;
            let (remaining, version): (i64, i64) = (row.get(0), row.get(1));
            if remaining <= 0 {
                return Ok(false);
            }
            if self.session.execute(&self.statements[1], &[&fan, &version]).await? == 1 {
                return Ok(true);
            }
        }
    }
}
