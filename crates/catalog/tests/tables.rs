//! The tables are the same in both databases, what is in them can be carried from one to the other, and those of a newer
//! version can be used.
#![expect(clippy::unwrap_used, reason = "test")]

use std::time::Duration;

use catalog::pretix_plan::import;
use catalog::{CatalogStore, NewEvent, TABLES};
use database::Place;
use test_support::{Postgres, tables};

const PATIENCE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn the_tables_are_the_same_in_both_databases() {
    let (server, folder) = (Postgres::start().unwrap(), tempfile::tempdir().unwrap());
    let options = database::Options { readers: 1, writers: 1, patience: PATIENCE };
    let mut shapes = Vec::new();
    for place in [Place::File(folder.path().join("catalog.db")), Place::Postgres(server.database().unwrap())] {
        let opened = database::Database::open(&place, &TABLES, options).await.unwrap();
        shapes.push(tables::shape(opened.readers(), TABLES.schema, place.is_postgres()).await.unwrap());
        opened.close().await;
    }
    assert_eq!(shapes[0], shapes[1]);
    assert!(shapes[0].len() > 40, "{shapes:?}");
    let versions = |steps: &sqlx::migrate::Migrator| steps.iter().map(|it| it.version).collect::<Vec<_>>();
    assert_eq!(versions(&TABLES.sqlite), versions(&TABLES.postgres));
}

#[tokio::test]
async fn a_catalog_is_carried_to_the_database_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = Place::File(folder.path().join("catalog.db"));
    let store = CatalogStore::open(&file).await.unwrap();
    let organiser = store.create_organiser("Hanok Live").await.unwrap();
    let new = NewEvent { name: "Spring concert".into(), description: Some("봄".into()), ..NewEvent::default() };
    let event = store.create_event(organiser, &new).await.unwrap();
    let arena = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plans/olympic-gymnastics-arena.json");
    let arena = import(&std::fs::read(arena).unwrap(), Some("Arena")).unwrap();
    let plan = store.create_plan(organiser, arena.clone()).await.unwrap().id;
    store.close().await;
    let server = Postgres::start().unwrap();
    let (shared, back) = (Place::Postgres(server.database().unwrap()), Place::File(folder.path().join("back.db")));
    let there = database::copy(&file, &shared, &TABLES, PATIENCE).await.unwrap();
    assert_eq!(database::copy(&shared, &back, &TABLES, PATIENCE).await.unwrap(), there);
    for place in [shared, back] {
        let store = CatalogStore::open(&place).await.unwrap();
        assert_eq!(store.whole_plan(plan).await.unwrap(), arena);
        assert_eq!(store.organiser(organiser).await.unwrap().name, "Hanok Live");
        let next = store.create_event(organiser, &new).await.unwrap();
        assert_eq!(next.get(), event.get() + 1, "ids go on where they were");
        store.close().await;
    }
}

#[tokio::test]
async fn tables_of_a_newer_version_are_used_until_something_was_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("catalog.db"));
    CatalogStore::open(&place).await.unwrap().close().await;
    assert_eq!(database::pending(&place, &TABLES, PATIENCE).await.unwrap(), 0);
    let options = database::Options { readers: 1, writers: 1, patience: PATIENCE };
    let opened = database::Database::open(&place, &TABLES, options).await.unwrap();
    for (version, step, usable) in [(9_001, "add venue map", true), (9_002, "contract venue map", false)] {
        let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                      SELECT $1, $2, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
        let mut writing = opened.write().await.unwrap();
        sqlx::query(insert).bind(version).bind(step).execute(&mut *writing).await.unwrap();
        writing.commit().await.unwrap();
        let store = CatalogStore::open(&place).await;
        assert_eq!(store.is_ok(), usable, "{step}");
        if let Ok(store) = store {
            store.close().await;
        }
    }
    opened.close().await;
}
