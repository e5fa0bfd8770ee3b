//! An engine with other keys does not start, and does not disturb those that run.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use leases::{EngineAt, Store, StoreError};
use sqlx::types::Uuid;
use test_support::Postgres;

fn engine(number: u128) -> EngineAt {
    let (name, http) = (format!("engine-{number}"), format!("http://127.0.0.1:{number}"));
    EngineAt { name, process: Uuid::from_u128(number), http }
}

#[tokio::test]
async fn whoever_comes_with_other_keys_is_refused_and_not_seen() {
    let server = Postgres::start().unwrap();
    let store = Store::open(&server.database().unwrap()).await.unwrap();
    store.beat(&engine(1), "ours").await.unwrap();
    let refused = store.beat(&engine(2), "others").await;
    assert!(matches!(refused, Err(StoreError::OtherKeys(name)) if name == "engine-1"));
    let seen = store.beat(&engine(1), "ours").await.unwrap();
    assert_eq!(seen.engines, [engine(1)]);
    store.beat(&engine(2), "ours").await.unwrap();
}
