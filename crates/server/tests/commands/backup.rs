//! Backups of a folder that is being written to, and what becomes of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::AccountId;
use engine::recovery;
use journal::{SqliteJournal, SqliteOptions};
use sale::Command as Ask;
use serde_json::Value;

use crate::folder::{Folder, SALE, wait};

/// The hash and length of the sale in a journal, by replay of its events alone.
fn replayed(journal: &Path) -> (String, u64) {
    // A copy: opening a journal for writing changes its file, and a backup must stay as it is.
    let copy = tempfile::tempdir().unwrap();
    let path = copy.path().join("journal.db");
    fs::copy(journal, &path).unwrap();
    let journal = SqliteJournal::open(SqliteOptions::new(&path)).unwrap();
    let recovered = recovery::replay(SALE, &journal, None, 0).unwrap().unwrap();
    (hex::encode(recovered.sale.state_hash()), recovered.sequence)
}

fn first_line(json: &str) -> Value {
    serde_json::from_str(json.lines().next().unwrap()).unwrap()
}

#[test]
fn a_backup_beside_a_writer_restores_to_what_it_recorded() {
    let folder = Folder::new();
    let shop = folder.shop();
    shop.buy(1_000_001, 0);
    wait(shop.sale.save_snapshot()).unwrap();
    fs::create_dir_all(folder.data().join("secrets")).unwrap();
    fs::write(folder.data().join("secrets/api_key"), "swordfish").unwrap();

    let (stop, joined) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1.. {
                shop.ask(Ask::Join { account: AccountId::new(number) });
                joined.fetch_add(1, Ordering::SeqCst);
                if stop.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        let under_way = |least: u64| {
            while joined.load(Ordering::SeqCst) < least {
                std::thread::yield_now();
            }
        };
        under_way(20);
        folder.run(&["backup", "copy"]).ok();
        under_way(joined.load(Ordering::SeqCst) + 20);
        stop.store(true, Ordering::SeqCst);
    });
    let live = wait(shop.sale.read(|sale| hex::encode(sale.state_hash()))).unwrap();
    shop.stop();

    let backup = folder.beside("copy");
    let (hash, sequence) = replayed(&backup.join("journal.db"));
    assert_ne!(hash, live, "the writer went on after the backup");
    let manifest: Value = serde_json::from_slice(&fs::read(backup.join("MANIFEST.json")).unwrap()).unwrap();
    assert_eq!(manifest["sales"][0]["last_sequence"], sequence);
    for file in ["secrets/api_key", "journal.db"] {
        assert_eq!(fs::metadata(backup.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }

    // The backup itself can be verified, even where nothing can be written.
    let verified = first_line(&folder.run(&["verify", "--json", "--data", "copy"]).ok());
    assert_eq!((&verified["state_hash"], &verified["events"]), (&hash.clone().into(), &sequence.into()));

    folder.run(&["restore", "copy", "--into", "again"]).ok();
    let restored = first_line(&folder.run(&["verify", "--json", "--data", "again"]).ok());
    assert_eq!((&restored["state_hash"], &restored["events"]), (&hash.into(), &sequence.into()));
    assert_ne!(restored["snapshot"], Value::Null, "a snapshot came along");
    assert_eq!(fs::read_to_string(folder.beside("again/secrets/api_key")).unwrap(), "swordfish");
    assert!(!folder.beside("again/restoring").exists());
}

#[test]
fn nothing_is_ever_overwritten() {
    let folder = Folder::new();
    folder.shop().stop();
    folder.run(&["backup", "copy"]).ok();
    assert!(folder.run(&["backup", "copy"]).refused().contains("not empty"));
    assert!(folder.run(&["restore", "copy", "--into", "data"]).refused().contains("not empty"));
    folder.run(&["verify"]).ok();
}

#[test]
fn a_backup_that_was_changed_is_not_restored() {
    let folder = Folder::new();
    let shop = folder.shop();
    shop.buy(1, 0);
    shop.stop();
    folder.run(&["backup", "copy"]).ok();
    let path = folder.beside("copy/journal.db");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let refused = folder.run(&["restore", "copy", "--into", "again"]).refused();
    assert!(refused.contains("was changed") && refused.contains("journal.db"), "{refused}");
    assert!(!folder.beside("again").exists(), "nothing was made");

    fs::remove_file(&path).unwrap();
    assert!(folder.run(&["restore", "copy", "--into", "again"]).refused().contains("not whole"));
    fs::remove_file(folder.beside("copy/MANIFEST.json")).unwrap();
    assert!(folder.run(&["restore", "copy", "--into", "again"]).refused().contains("not a finished backup"));
}

#[test]
fn a_backup_of_a_broken_journal_restores_but_starts_no_server() {
    let folder = Folder::new();
    let shop = folder.shop();
    shop.buy(1, 0);
    shop.stop();
    let journal = rusqlite::Connection::open(folder.data().join("journal.db")).unwrap();
    journal.execute("UPDATE journal SET checksum = checksum + 1 WHERE sequence = 2", []).unwrap();
    drop(journal);
    folder.run(&["backup", "copy"]).ok();
    let refused = folder.run(&["restore", "copy", "--into", "again"]).refused();
    assert!(refused.contains("not sound"), "{refused}");
    let again = ["verify", "--set", "storage.data_folder=again"];
    assert!(folder.run(&again).refused().contains("unfinished restore"));
}

#[test]
fn a_folder_in_use_is_not_restored_into() {
    let folder = Folder::new();
    folder.shop().stop();
    folder.run(&["backup", "copy"]).ok();
    let into = folder.beside("again");
    fs::create_dir(&into).unwrap();
    // What a server does with its data folder.
    let lock = fs::File::create(into.join("lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    fs::write(into.join("lock"), "4711\n").unwrap();
    let refused = folder.run(&["restore", "copy", "--into", "again"]).refused();
    assert!(refused.contains("in use by process 4711"), "{refused}");
    drop(lock);
    folder.run(&["restore", "copy", "--into", "again"]).ok();
}
