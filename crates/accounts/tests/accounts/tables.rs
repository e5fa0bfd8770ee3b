//! The tables are the same in both databases, and what is in them can be carried from one to the other.

use accounts::{ACCOUNTS, AUDIT, AccountStore};
use database::{Options, Place};
use test_support::{Postgres, tables};

use crate::house::{House, PASSWORD, at, credentials, options};

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

#[test]
fn everything_holds_on_postgresql_heavy() {
    tables::again_on_postgres("tables::everything_holds_on_postgresql_heavy").unwrap();
}

async fn shape(place: &Place, of: &'static database::Tables) -> Vec<String> {
    let options = Options { readers: 1, writers: 1, patience: PATIENCE };
    let opened = database::Database::open(place, of, options).await.unwrap();
    let shape = tables::shape(opened.readers(), of.schema, place.is_postgres()).await.unwrap();
    opened.close().await;
    shape
}

#[tokio::test]
async fn the_tables_are_the_same_in_both_databases() {
    if tables::on_postgres() {
        return;
    }
    let (server, folder) = (Postgres::start().unwrap(), tempfile::tempdir().unwrap());
    for of in [&ACCOUNTS, &AUDIT] {
        let file = shape(&Place::File(folder.path().join(of.schema)), of).await;
        assert_eq!(file, shape(&Place::Postgres(server.database().unwrap()), of).await);
        assert!(file.len() > 5, "{file:?}");
        let versions = |steps: &sqlx::migrate::Migrator| steps.iter().map(|it| it.version).collect::<Vec<_>>();
        assert_eq!(versions(&of.sqlite), versions(&of.postgres));
    }
}

#[tokio::test]
async fn accounts_are_carried_to_the_database_and_back() {
    if tables::on_postgres() {
        return;
    }
    let house = House::open().await;
    let (account, token) = house.sign_in("kim@example.com").await;
    for number in 0..1_200 {
        house.store.create_rehearsal_fans(1, at(number)).await.unwrap();
    }
    house.store.close().await;
    let server = Postgres::start().unwrap();
    let (file, shared) = (Place::File(house.path()), Place::Postgres(server.database().unwrap()));
    let back = Place::File(house.path().with_file_name("back.db"));
    let there = database::copy(&file, &shared, &ACCOUNTS, PATIENCE).await.unwrap();
    assert_eq!(there.iter().map(|copied| copied.rows).collect::<Vec<_>>(), [1_201, 1_201, 0]);
    assert_eq!(database::copy(&shared, &back, &ACCOUNTS, PATIENCE).await.unwrap(), there);
    let again = database::copy(&file, &shared, &ACCOUNTS, PATIENCE).await.unwrap_err();
    assert!(again.to_string().contains("holds 1201 rows already"), "{again}");

    for place in [shared, back] {
        let store = AccountStore::open_with(&place, options()).await.unwrap();
        assert_eq!(store.authenticate(token.as_str(), at(1)).await.unwrap().account, account.id);
        store.log_in(credentials("kim@example.com", PASSWORD, "192.0.2.1"), at(0)).await.unwrap();
        assert_eq!(store.count().await.unwrap().rehearsal, 1_200);
        store.close().await;
    }
}

#[tokio::test]
async fn two_servers_share_one_database() {
    let house = House::open().await;
    if !tables::on_postgres() {
        return;
    }
    // Each takes the other's operator away at the same time: one of them stays.
    let other = AccountStore::open_with(house.place(), options()).await.unwrap();
    let [one, two] = [house.sign_up("one@example.com").await.id, house.sign_up("two@example.com").await.id];
    house.store.grant_role(one, domain::Role::Operator, None).await.unwrap();
    other.grant_role(two, domain::Role::Operator, None).await.unwrap();
    for _ in 0..20 {
        let (here, there) = tokio::join!(
            house.store.grant_role(one, domain::Role::Fan, None),
            other.grant_role(two, domain::Role::Fan, None)
        );
        let refused = [here, there].into_iter().filter_map(Result::err).map(|it| it.code).collect::<Vec<_>>();
        assert_eq!(refused, ["last_operator"]);
        for account in [one, two] {
            house.store.grant_role(account, domain::Role::Operator, None).await.unwrap();
        }
    }
    other.close().await;
}
