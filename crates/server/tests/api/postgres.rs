//! The journal in PostgreSQL: the same evening, a database that goes away, and the way there and back.

use std::process::Command;

use test_support::Postgres;
use test_support::postgres::Stop;

use crate::fixture::{GOOD_CARD, TestShop, hall, until};

async fn shop_on(database: &str) -> TestShop {
    TestShop::open_sale(hall(30)).capacity(4).setting(&format!("storage.journal_url={database}")).with_fans(4).await
}

/// Runs a command of the binary on the shop's folder, and gives what it prints.
fn onsale(shop: &TestShop, database: &str, arguments: &[&str]) -> String {
    onsale_on(shop, &[("ONSALE_STORAGE__JOURNAL_URL", database)], arguments)
}

fn onsale_on(shop: &TestShop, databases: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onsale"));
    command.env_clear().envs(databases.iter().copied());
    command.arg("--set").arg(format!("storage.data_folder={}", shop.processes.data().display()));
    let output = command.args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_and_its_database_may_both_be_cut() {
    let mut server = Postgres::start().unwrap();
    let database = server.database().unwrap();
    let mut shop = shop_on(&database).await;
    let (buyer, other) = (shop.fans[0].clone(), shop.fans[1].clone());
    let (order, page) = buyer.paying(&[5, 6]).await;
    other.join().await.ok(201);
    shop.crash_and_restart().await;
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    buyer.order_becomes(&order, "paid").await;

    server.stop(Stop::Immediate).unwrap();
    // Without its database the server keeps answering what it knows.
    assert_eq!(buyer.look().await.ok(200)["place"]["number"], 1);
    server.resume().unwrap();
    until("the writer has its database again", async || {
        let answer = other.hold(&[7]).await;
        (answer.status == 200).then_some(())
    })
    .await;
    assert_eq!(shop.fans[2].join().await.ok(201)["place"]["number"], 3);
    shop.money_and_tickets_agree(&[&buyer]).await;
    assert!(!shop.processes.data().join("journal.db").exists(), "no second journal was begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_moves_between_the_journals_with_the_same_state() {
    let server = Postgres::start().unwrap();
    let database = server.database().unwrap();
    let mut shop = shop_on(&database).await;
    let (buyer, other) = (shop.fans[0].clone(), shop.fans[1].clone());
    let (order, page) = buyer.paying(&[1, 2]).await;
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    buyer.order_becomes(&order, "paid").await;
    other.holding(&[3]).await;
    let sound = onsale(&shop, &database, &["verify"]);
    assert!(sound.contains("The journal is sound: 1 sale,"), "{sound}");
    let backup = shop.processes.data().with_file_name("backup");
    assert!(onsale(&shop, &database, &["backup", &backup.display().to_string()]).contains("Backed up 1 sales"));

    shop.processes.ask_server_to_stop();
    assert!(shop.processes.server_ended().await.success());
    let there = onsale(&shop, &database, &["sale", "move", "--to", "file"]);
    assert!(there.starts_with("sale_1: "), "{there}");
    let again = onsale(&shop, &database, &["sale", "move", "sale_1", "--to", "file"]);
    assert_eq!(again.lines().next(), there.lines().next(), "what is there is not copied twice");

    // It goes on in the file, and the copy in the database is brought up to it.
    shop.processes.set("storage.journal_url=");
    shop.processes.start_server().await;
    shop.fans[2].join().await.ok(201);
    assert_eq!(shop.fans[3].join().await.ok(201)["place"]["number"], 4);
    shop.processes.ask_server_to_stop();
    assert!(shop.processes.server_ended().await.success());
    let back = onsale(&shop, &database, &["sale", "move", "--to", "database"]);
    assert_ne!(back.lines().next(), there.lines().next(), "there is more to copy");

    shop.processes.set(&format!("storage.journal_url={database}"));
    shop.processes.start_server().await;
    assert_eq!(shop.fans[3].look().await.ok(200)["place"]["number"], 4);
    shop.money_and_tickets_agree(&[&buyer]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_moves_into_the_database_and_goes_on_there_over_tls() {
    let server = Postgres::start().unwrap();
    let authority = server.encrypt(&["127.0.0.1"]).unwrap();
    let url = format!("{}?sslmode=verify-full&sslrootcert={}", server.database().unwrap(), authority.display());
    let mut shop = TestShop::open_sale(hall(30)).capacity(4).with_fans(3).await;
    let (buyer, other) = (shop.fans[0].clone(), shop.fans[1].clone());
    let (order, page) = buyer.paying(&[1, 2]).await;
    shop.provider.pay(&page, GOOD_CARD).await.unwrap();
    buyer.order_becomes(&order, "paid").await;
    shop.processes.ask_server_to_stop();
    assert!(shop.processes.server_ended().await.success());

    let both = [("ONSALE_STORAGE__JOURNAL_URL", url.as_str()), ("ONSALE_STORAGE__DATABASE_URL", url.as_str())];
    let moved = onsale_on(&shop, &both, &["tables", "move", "--to", "database"]);
    assert!(moved.contains("accounts: 4 rows") && moved.contains("sales: 1 rows"), "{moved}");
    onsale_on(&shop, &both, &["sale", "move", "--to", "database"]);
    let checked = onsale_on(&shop, &both, &["migrate", "--check"]);
    assert_eq!(checked.matches(": 0 steps to make").count(), 3, "{checked}");

    for setting in ["storage.journal_url", "storage.database_url"] {
        shop.processes.set(&format!("{setting}={url}"));
    }
    shop.processes.start_server().await;
    // The session from before still holds, and so does everything bought.
    assert_eq!(buyer.tickets().await.len(), 2);
    assert_eq!(other.join().await.ok(201)["place"]["number"], 2);
    assert_eq!(shop.stranger.get("/v1/events").await.ok(200)["events"].as_array().map(Vec::len), Some(1));
    let sessions = "SELECT count(*) FILTER (WHERE NOT ssl), count(*) FILTER (WHERE ssl) > 2
                    FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = 'test_0' AND pid <> pg_backend_pid()";
    assert_eq!(server.ask("postgres", sessions).unwrap(), "0|t", "none is in plain");
    let sound = onsale_on(&shop, &both, &["verify"]);
    assert!(sound.contains("The journal is sound: 1 sale,"), "{sound}");
    let backup = shop.processes.data().with_file_name("backup").display().to_string();
    onsale_on(&shop, &both, &["backup", &backup]);
    let sound = onsale_on(&shop, &[], &["verify", "--data", &backup]);
    assert!(sound.contains("The journal is sound: 1 sale,"), "{sound}");
    assert!(onsale_on(&shop, &both, &["migrate"]).contains("catalog: 0 steps made"));
    shop.money_and_tickets_agree(&[&buyer]).await;
}
