//! Copying tables from one place to another.

use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::stream::TryChunksError;
use sqlx::any::{AnyArguments, AnyRow, AnyTypeInfoKind};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Column, Connection, Executor, Row, TypeInfo, ValueRef};

use crate::steps::{connect, run};
use crate::{Place, Tables, rows};

/// Rows of one INSERT.
const ROWS_AT_ONCE: usize = 500;

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its name.
    pub table: &'static str,
    /// How many rows it has.
    pub rows: u64,
}

/// Copies every row, as of one instant, into tables that are empty. Both are brought up to date before. What is copied is
/// there altogether or not at all.
///
/// # Errors
/// A database cannot be reached, is too new for this version of the program, or the target holds rows already.
pub async fn copy(from: &Place, to: &Place, tables: &'static Tables, patience: Duration) -> sqlx::Result<Vec<Copied>> {
    let (mut source, mut target) = (connect(from, tables, patience).await?, connect(to, tables, patience).await?);
    run(&mut source, from.steps(tables)).await?;
    run(&mut target, to.steps(tables)).await?;
    let reading = if from.is_postgres() { "BEGIN ISOLATION LEVEL REPEATABLE READ" } else { "BEGIN" };
    let mut reading = source.begin_with(reading).await?;
    let mut writing = target.begin().await?;
    let mut copied = Vec::new();
    for table in tables.names {
        let count = format!("SELECT count(*) FROM {table}");
        let there: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *writing).await?;
        if there > 0 {
            let why = format!("the table {table} in {to} holds {there} rows already");
            return Err(sqlx::Error::Configuration(why.into()));
        }
        let rows = copy_table(&mut reading, &mut writing, table, to.is_postgres()).await?;
        copied.push(Copied { table, rows });
    }
    writing.commit().await?;
    reading.rollback().await?;
    source.close().await?;
    target.close().await?;
    Ok(copied)
}

async fn copy_table(
    source: &mut AnyConnection,
    target: &mut AnyConnection,
    table: &'static str,
    to_postgres: bool,
) -> sqlx::Result<u64> {
    let (mut count, mut numbered) = (0, false);
    let all = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}")));
    let mut all = all.fetch(source).try_chunks(ROWS_AT_ONCE);
    while let Some(some) = all.try_next().await.map_err(|TryChunksError(_, error)| error)? {
        let insert = insertion(table, &some[0], some.len(), to_postgres);
        let mut query = sqlx::query(AssertSqlSafe(insert));
        for row in &some {
            query = bind_all(query, row)?;
        }
        query.execute(&mut *target).await?;
        numbered = some[0].try_get_raw("id").is_ok_and(|id| is_number(&id));
        count += some.len() as u64;
    }
    if to_postgres && numbered {
        // The next id comes after those that were copied.
        let next = format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))");
        target.execute(AssertSqlSafe(next)).await?;
    }
    Ok(count)
}

fn is_number(value: &<Any as sqlx::Database>::ValueRef<'_>) -> bool {
    value.type_info().kind().is_integer()
}

fn insertion(table: &str, first: &AnyRow, count: usize, to_postgres: bool) -> String {
    let columns: Vec<&str> = first.columns().iter().map(Column::name).collect();
    // Ids are given by the table, except here.
    let given = if to_postgres { "OVERRIDING SYSTEM VALUE " } else { "" };
    format!("INSERT INTO {table} ({}) {given}VALUES {}", columns.join(", "), rows(count, columns.len()))
}

fn bind_all<'q>(mut query: Query<'q, Any, AnyArguments>, row: &AnyRow) -> sqlx::Result<Query<'q, Any, AnyArguments>> {
    for (index, column) in row.columns().iter().enumerate() {
        query = match column.type_info().kind() {
            AnyTypeInfoKind::Text => query.bind(row.try_get::<Option<String>, _>(index)?),
            AnyTypeInfoKind::Blob => query.bind(row.try_get::<Option<Vec<u8>>, _>(index)?),
            kind if kind.is_integer() => query.bind(row.try_get::<Option<i64>, _>(index)?),
            _ => {
                let why = format!("column {} is of type {}", column.name(), column.type_info().name());
                return Err(sqlx::Error::Configuration(why.into()));
            }
        };
    }
    Ok(query)
}
