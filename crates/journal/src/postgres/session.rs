//! Sessions: how one is opened, and how the one before it is known to be gone.
//!
//! The writing session holds an advisory lock under the journal's number for as long as it lives. A session that broke
//! on this side may still be alive on the other, with a commit under way. So the next one ends whoever holds that lock
//! and then takes it: PostgreSQL gives it only when the old session, and whatever it had begun, is over.
//!
//! Where a standby has to have a commit too, a session that is ended while it waits for that leaves rows that can be read
//! here and that a failover loses. So the next one makes a commit of its own before anything is concluded from what it reads.

use std::time::Duration;

use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket, Statement};

use super::rows::COLUMNS;
use super::{PostgresOptions, schema, silent, storage, tls};
use crate::JournalError;

/// How long a connection may take to come about.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// How long a silent connection is believed in.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// How long the session before this one may take to end.
const FENCE_PATIENCE: Duration = Duration::from_secs(3);
/// How long all of it may take.
const OPEN_PATIENCE: Duration = Duration::from_secs(10);

/// A session that writes.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) insert: Statement,
    pub(super) tip: Statement,
    pub(super) rows: Statement,
}

/// Opens the writing session, after making sure that no earlier one of this journal is left.
pub(super) async fn open(options: &PostgresOptions) -> Result<Session, JournalError> {
    let opened = tokio::time::timeout(OPEN_PATIENCE, open_without_limit(options)).await;
    opened.unwrap_or_else(|_| Err(silent()))
}

async fn open_without_limit(options: &PostgresOptions) -> Result<Session, JournalError> {
    let client = connect(&options.url).await?;
    durable(&client).await?;
    fence(&client, options.writer).await?;
    confirm(&client).await?;
    let prepared = tokio::time::timeout(options.commit_patience, prepare(client)).await;
    prepared.unwrap_or_else(|_| Err(JournalError::Storage("the journal's table is locked".into())))
}

async fn prepare(client: Client) -> Result<Session, JournalError> {
    let insert = client.prepare(
        "INSERT INTO events (sale_id, sequence, count, checksum, payload)
         SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::integer[], $4::bigint[], $5::bytea[])",
    );
    let insert = insert.await.map_err(storage)?;
    let tip = "SELECT sequence + COALESCE(count, 1) - 1, checksum FROM events
               WHERE sale_id = $1 ORDER BY sequence DESC LIMIT 1";
    let tip = client.prepare(tip).await.map_err(storage)?;
    let rows =
        format!("SELECT {COLUMNS} FROM events WHERE sale_id = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence");
    let rows = client.prepare(&rows).await.map_err(storage)?;
    Ok(Session { client, insert, tip, rows })
}

/// A connection that sees the journal's tables.
pub(super) async fn connect(url: &str) -> Result<Client, JournalError> {
    let (mut config, tls) = tls::target(url)?;
    let options = config.get_options().unwrap_or_default().to_owned();
    config
        .options(format!("{options} -c search_path={}", schema::SCHEMA))
        .application_name("onsale journal")
        .connect_timeout(CONNECT_PATIENCE)
        .tcp_user_timeout(SILENCE_MAX)
        .keepalives_idle(SILENCE_MAX);
    match tls {
        None => connect_by(&config, NoTls).await,
        Some(tls) => connect_by(&config, tls).await,
    }
}

async fn connect_by<T>(config: &Config, tls: T) -> Result<Client, JournalError>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let connecting = tokio::time::timeout(CONNECT_PATIENCE, config.connect(tls)).await;
    let (client, connection) = connecting.map_err(|_| silent())?.map_err(storage)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(error = super::describe(&error), "A connection to the database ended");
        }
    });
    Ok(client)
}

/// Refuses a database that would forget what it has committed.
pub(super) async fn durable(client: &Client) -> Result<(), JournalError> {
    client.batch_execute("SET synchronous_commit = on").await.map_err(storage)?;
    let row = client
        .query_one("SELECT current_setting('fsync'), current_setting('full_page_writes'), pg_is_in_recovery()", &[])
        .await
        .map_err(storage)?;
    let (fsync, full_pages, standby): (&str, &str, bool) = (row.get(0), row.get(1), row.get(2));
    if fsync != "on" || full_pages != "on" {
        let told = format!("the database would not be durable (fsync {fsync}, full_page_writes {full_pages})");
        return Err(JournalError::Storage(told));
    }
    if standby {
        return Err(JournalError::Storage("the database is a standby and cannot be written".into()));
    }
    Ok(())
}

/// Ends whoever holds this journal's lock, and takes it.
async fn fence(client: &Client, writer: u64) -> Result<(), JournalError> {
    // PostgreSQL shows a lock of 64 bits as two halves of 32.
    let key = i64::from_ne_bytes(writer.to_ne_bytes());
    let end = "SELECT pg_terminate_backend(pid) FROM pg_locks
               WHERE locktype = 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid()
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                 AND (classid::bigint << 32) | objid::bigint = $1";
    client.query(end, &[&key]).await.map_err(storage)?;
    let take = async { client.query_one("SELECT pg_advisory_lock($1)", &[&key]).await };
    match tokio::time::timeout(FENCE_PATIENCE, take).await {
        Ok(taken) => taken.map(drop).map_err(storage),
        Err(_) => Err(JournalError::Storage("the session before this one does not end".into())),
    }
}

/// Makes sure that what can be read now is as durable as what is committed.
async fn confirm(client: &Client) -> Result<(), JournalError> {
    // A message in the log is a transaction that changes nothing; its commit comes after everybody's before it.
    let mark = async { client.query_one("SELECT pg_logical_emit_message(true, 'onsale', '')", &[]).await };
    match tokio::time::timeout(FENCE_PATIENCE, mark).await {
        Ok(marked) => marked.map(drop).map_err(storage),
        Err(_) => Err(JournalError::Storage("the database's standby does not confirm commits".into())),
    }
}
