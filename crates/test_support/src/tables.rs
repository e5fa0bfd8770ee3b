//! Tests of tables that hold on both databases.
//!
//! A test asks for a [`place`] of its own: a file, unless the program was started by [`again_on_postgres`], which runs
//! every test of the program once more on a real server.

use std::env;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use database::{Place, Tables};
use sqlx::any::AnyRow;
use sqlx::{AnyPool, AssertSqlSafe, Row};

use crate::Postgres;

/// The address of the server that the tests use instead of files.
const SERVER: &str = "ONSALE_TEST_POSTGRES";

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Whether the tests run on PostgreSQL now.
pub fn on_postgres() -> bool {
    env::var_os(SERVER).is_some()
}

/// An empty place: a file of this name in this folder, or a database of its own.
///
/// # Errors
/// The server makes no database.
pub async fn place(folder: &Path, file: &str) -> sqlx::Result<Place> {
    let Ok(server) = env::var(SERVER) else { return Ok(Place::File(folder.join(file))) };
    sqlx::any::install_default_drivers();
    let name = format!("test_{}_{}", std::process::id(), DATABASES.fetch_add(1, Ordering::Relaxed));
    let pool = AnyPool::connect(&server).await?;
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await?;
    pool.close().await;
    let (server, _) = server.rsplit_once('/').unwrap_or((&server, ""));
    Ok(Place::Postgres(format!("{server}/{name}")))
}

/// Runs the other tests of this program again, on PostgreSQL. `this` is the path of the test that calls it.
///
/// # Errors
/// There is no server, or a test fails; what it said is printed.
pub fn again_on_postgres(this: &str) -> io::Result<()> {
    if on_postgres() {
        return Ok(());
    }
    let server = Postgres::start()?;
    let mut tests = Command::new(env::current_exe()?);
    let tests = tests.args(["--skip", this, "--test-threads", "2"]).env(SERVER, server.url("postgres")).output()?;
    let said = String::from_utf8_lossy(&tests.stdout).into_owned();
    // A run without tests would prove nothing.
    if tests.status.success() && !said.contains("running 0 tests") {
        return Ok(());
    }
    eprintln!("{said}{}", String::from_utf8_lossy(&tests.stderr));
    Err(io::Error::other("a test fails on PostgreSQL; what it said stands above"))
}

/// The tables of a schema, as lines that do not depend on the database: columns, keys, references, indexes.
///
/// # Errors
/// The database cannot be read.
pub async fn shape(pool: &AnyPool, schema: &str, postgres: bool) -> sqlx::Result<Vec<String>> {
    let sql = if postgres { POSTGRES_SHAPE } else { SQLITE_SHAPE };
    let mut query = sqlx::query(sql);
    if postgres {
        query = query.bind(schema);
    }
    let rows: Vec<AnyRow> = query.fetch_all(pool).await?;
    let mut lines = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    lines.sort_unstable();
    Ok(lines)
}

/// Every row of these tables as text.
///
/// # Errors
/// The database cannot be read.
pub async fn rows_as_text(url: &str, tables: &Tables) -> sqlx::Result<Vec<String>> {
    let pool = AnyPool::connect(url).await?;
    let mut all = Vec::new();
    for table in tables.names {
        let select = format!("SELECT t::text FROM {}.{table} t", tables.schema);
        let mut rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(&pool).await?;
        all.append(&mut rows);
    }
    pool.close().await;
    Ok(all)
}

const SQLITE_SHAPE: &str = "
    WITH tables AS (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '_sqlx_migrations')
    SELECT t.name || '.' || c.name || ' '
        || CASE c.type WHEN 'INTEGER' THEN 'number' WHEN 'TEXT' THEN 'text' WHEN 'BLOB' THEN 'bytes' ELSE c.type END
        || CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END
        || CASE WHEN c.dflt_value IS NULL THEN '' ELSE ' default' END
    FROM tables t, pragma_table_info(t.name) c
    UNION ALL SELECT t.name || ' key (' || (SELECT group_concat(name, ', ') FROM (
        SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)) || ')' FROM tables t
    UNION ALL SELECT t.name || CASE WHEN i.\"unique\" = 1 THEN ' unique (' ELSE ' index (' END || (SELECT group_concat(name, ', ') FROM (
        SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')'
        || CASE WHEN i.partial = 1 THEN ' of some' ELSE '' END
    FROM tables t, pragma_index_list(t.name) i WHERE i.origin <> 'pk'
    UNION ALL SELECT t.name || '.' || f.\"from\" || ' refers to ' || f.\"table\" || '.' || f.\"to\" || ' on delete ' || lower(f.on_delete)
    FROM tables t, pragma_foreign_key_list(t.name) f";

const POSTGRES_SHAPE: &str = "
    WITH tables AS (SELECT c.oid, c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations')
    SELECT t.name || '.' || a.attname::text || ' '
        || CASE format_type(a.atttypid, -1) WHEN 'bigint' THEN 'number' WHEN 'text' THEN 'text' WHEN 'bytea' THEN 'bytes'
           ELSE format_type(a.atttypid, -1) END
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || CASE WHEN a.atthasdef THEN ' default' ELSE '' END
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT t.name || CASE WHEN i.indisprimary THEN ' key (' WHEN i.indisunique THEN ' unique (' ELSE ' index (' END
        || (SELECT string_agg(a.attname::text, ', ' ORDER BY k.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) || ')'
        || CASE WHEN i.indpred IS NOT NULL THEN ' of some' ELSE '' END
    FROM tables t JOIN pg_index i ON i.indrelid = t.oid
    UNION ALL SELECT t.name || '.' || a.attname::text || ' refers to ' || r.relname::text || '.' || b.attname::text || ' on delete '
        || CASE f.confdeltype WHEN 'c' THEN 'cascade' WHEN 'a' THEN 'no action' ELSE f.confdeltype::text END
    FROM tables t JOIN pg_constraint f ON f.conrelid = t.oid AND f.contype = 'f'
    JOIN pg_class r ON r.oid = f.confrelid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = f.conkey[1]
    JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = f.confkey[1]";
