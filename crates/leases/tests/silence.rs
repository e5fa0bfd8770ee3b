//! A database that takes a question and never answers costs a beat, not the engine.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use leases::{EngineAt, Store, StoreError};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::types::Uuid;
use test_support::Postgres;

/// As behind a firewall that forgot the connection: everything goes out and nothing comes back.
#[tokio::test]
async fn a_connection_that_hangs_is_given_up_and_the_next_beat_is_heard() {
    let server = Postgres::start().unwrap();
    let store = Store::open(&server.database().unwrap()).await.unwrap();
    let this = EngineAt { name: "engine-1".into(), process: Uuid::from_u128(1), http: "http://127.0.0.1:1".into() };
    store.beat(&this, "keys").await.unwrap();
    let session = "SELECT pid FROM pg_stat_activity WHERE datname = 'test_0' AND pid <> pg_backend_pid()";
    let session = Pid::from_raw(server.ask("test_0", session).unwrap().parse().unwrap()).unwrap();
    kill_process(session, Signal::STOP).unwrap();

    let began = Instant::now();
    let silent = store.beat(&this, "keys").await;
    assert!(matches!(silent, Err(StoreError::Silent)), "{silent:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
    let seen = store.beat(&this, "keys").await.unwrap();
    assert_eq!(seen.engines, [this]);
    kill_process(session, Signal::CONT).unwrap();
}
