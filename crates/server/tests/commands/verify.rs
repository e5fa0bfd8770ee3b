//! Verification of journals that the engine wrote.

use std::path::Path;

use domain::AccountId;
use journal::{Snapshot, Snapshots};
use rusqlite::{Connection, params};
use sale::Command as Ask;
use serde_json::Value;

use crate::folder::{Folder, SALE, wait};

/// The lines of a JSON output.
fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

fn change(data: &Path, sql: &str) {
    let changed = Connection::open(data.join("journal.db")).unwrap().execute(sql, params![]).unwrap();
    assert!(changed > 0, "{sql}");
}

#[test]
fn a_sound_journal_is_told_to_the_last_ticket() {
    let folder = Folder::new();
    let shop = folder.shop();
    let order = shop.buy(1, 0);
    shop.buy(2, 2);
    shop.ask(Ask::Join { account: AccountId::new(3) });
    let hash = wait(shop.sale.read(|sale| sale.state_hash())).unwrap();

    // Beside the running writer.
    let running = lines(&folder.run(&["verify", "--json"]).ok());
    assert_eq!(running[0]["state_hash"], hex::encode(hash));
    assert_eq!(running[0]["snapshot"], Value::Null);
    shop.stop();

    let dumped = lines(&folder.run(&["verify", "--dump"]).ok());
    let sale = &dumped[0];
    assert_eq!((&sale["kind"], &sale["id"], &sale["sound"]), (&"sale".into(), &"sale_1".into(), &true.into()));
    assert_eq!(sale["snapshot"], sale["last_sequence"], "stopping saves a snapshot, and it agrees");
    assert_eq!(sale["seats"], serde_json::json!({ "free": 144, "held": 0, "sold": 6, "blocked": 0 }));
    assert_eq!(sale["taken"], serde_json::json!({ "amount": 24_000, "currency": "EUR" }));
    assert_eq!(of_kind(&dumped, "place").len(), 3);
    let orders = of_kind(&dumped, "order");
    assert_eq!(orders[0]["id"], order.to_string());
    assert_eq!((&orders[0]["seats"], &orders[0]["stage"]), (&serde_json::json!([0, 1]), &"paid".into()));
    assert_eq!(orders[0]["tickets"], serde_json::json!(["sale_1-1", "sale_1-2", "sale_1-3"]));
    let tickets = of_kind(&dumped, "ticket");
    assert_eq!(tickets.len(), 6);
    assert_eq!((&tickets[0]["seat"], &tickets[2]["area"]), (&0.into(), &0.into()));
    assert_eq!(dumped.last().unwrap()["sound"], true);
    assert!(folder.run(&["verify"]).ok().contains("The journal is sound: 1 sale,"));
}

#[test]
fn a_damaged_event_is_named() {
    let folder = Folder::new();
    let shop = folder.shop();
    shop.buy(1, 0);
    shop.stop();
    let damage = "UPDATE journal SET payload = CAST(payload || x'00' AS BLOB) WHERE sale_id = 1 AND sequence = 4";
    change(&folder.data(), damage);
    let answered = folder.run(&["verify"]);
    assert_eq!(answered.code, Some(1));
    assert!(answered.out.contains("vent 4 of sale_1 is damaged"), "{}", answered.out);
    let json = lines(&folder.run(&["verify", "--json"]).out);
    assert_eq!(json.last().unwrap()["sound"], false);
}

#[test]
fn a_missing_event_is_named() {
    let folder = Folder::new();
    let shop = folder.shop();
    shop.buy(1, 0);
    shop.stop();
    change(&folder.data(), "DELETE FROM journal WHERE sale_id = 1 AND sequence = 3");
    let answered = folder.run(&["verify"]);
    assert_eq!(answered.code, Some(1));
    assert!(answered.out.contains("ale_1 has no event 3"), "{}", answered.out);
}

#[test]
fn lost_events_are_found_by_the_note_and_by_the_snapshot_that_know_them() {
    let folder = Folder::new();
    let shop = folder.shop();
    shop.buy(1, 0);
    shop.stop();
    change(&folder.data(), "DELETE FROM journal WHERE sequence = (SELECT MAX(sequence) FROM journal)");
    let answered = folder.run(&["verify"]);
    assert_eq!(answered.code, Some(1));
    assert!(answered.out.contains("but had come to event"), "{}", answered.out);

    std::fs::remove_file(folder.data().join("journal.tips")).unwrap();
    let answered = folder.run(&["verify"]);
    assert_eq!(answered.code, Some(1));
    assert!(answered.out.contains("events are lost"), "{}", answered.out);
}

#[test]
fn a_snapshot_that_tells_another_story_is_found() {
    let folder = Folder::new();
    let shop = folder.shop();
    shop.buy(1, 0);
    let snapshots = Snapshots::new(folder.data().join("snapshots"));
    let state = wait(shop.sale.read(|sale| sale.to_snapshot())).unwrap();
    shop.buy(2, 2);
    shop.stop();
    let sequence = snapshots.load(SALE).next().unwrap().sequence;
    snapshots.save(SALE, &Snapshot { sequence, state }).unwrap();
    let answered = folder.run(&["verify"]);
    assert_eq!(answered.code, Some(1));
    assert!(answered.out.contains("give another state"), "{}", answered.out);
}

#[test]
fn an_account_and_a_sale_nobody_knows_are_found() {
    let folder = Folder::new();
    let shop = folder.shop();
    shop.ask(Ask::Join { account: AccountId::new(1) });
    shop.stop();
    wait(async {
        accounts::AccountStore::open(&database::Place::File(folder.data().join("accounts.db")))
            .await
            .unwrap()
            .close()
            .await;
        catalog::CatalogStore::open(&database::Place::File(folder.data().join("catalog.db")))
            .await
            .unwrap()
            .close()
            .await;
    });
    let out = folder.run(&["verify"]).out;
    assert!(out.contains("The catalog does not know sale_1"), "{out}");
    assert!(out.contains("Place 1 belongs to acct_"), "{out}");
}

#[test]
fn no_journal_is_no_sound_journal() {
    let folder = Folder::new();
    assert!(folder.run(&["verify"]).refused().contains("no data folder"));
    std::fs::create_dir_all(folder.data()).unwrap();
    assert!(folder.run(&["verify"]).refused().contains("no journal"));
}
