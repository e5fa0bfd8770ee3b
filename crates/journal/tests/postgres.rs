//! The PostgreSQL journal: the common suite, and what only a server can do to it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use domain::SaleId;
use journal::conformance::{append, read};
use journal::{Batch, Journal, JournalError, Payloads, PostgresJournal, PostgresOptions};
use test_support::Postgres;
use test_support::postgres::Stop;

const SALE: SaleId = SaleId::new(1);

/// A number for each journal, as `onsale` draws one.
fn options(url: &str) -> PostgresOptions {
    static DRAWN: AtomicU64 = AtomicU64::new(u64::MAX / 3);
    PostgresOptions::new(url, DRAWN.fetch_add(1, Ordering::Relaxed))
}

fn open(url: &str) -> PostgresJournal {
    PostgresJournal::open(options(url)).unwrap()
}

fn number(at: u64) -> Vec<u8> {
    at.to_be_bytes().to_vec()
}

#[test]
fn postgres_does_what_every_journal_must() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    journal::conformance::run(|| open(&url));
}

#[test]
fn a_changed_or_missing_event_is_detected() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let journal = open(&url);
    for (sequence, event) in [(1, "one"), (2, "two"), (3, "three")] {
        append(&journal, SALE, sequence, &[event.as_bytes()]).unwrap();
    }
    let change = "UPDATE journal.events SET payload = overlay(payload placing 'T' from 9) WHERE sequence = 2";
    server.ask("test_0", change).unwrap();
    let damaged = journal.replay(SALE, 0, &mut |_, _| Ok(()));
    assert_eq!(damaged, Err(JournalError::Damaged { sale: SALE, sequence: 2 }));
    server.ask("test_0", "DELETE FROM journal.events WHERE sequence = 2").unwrap();
    let gap = journal.replay(SALE, 0, &mut |_, _| Ok(()));
    assert_eq!(gap, Err(JournalError::Gap { sale: SALE, expected: 2, found: 3 }));
}

#[test]
fn a_row_of_many_events_is_read_from_any_of_them_and_damage_in_it_is_named() {
    let server = Postgres::start().unwrap();
    let journal = open(&server.database().unwrap());
    let events: Vec<Vec<u8>> = (1..=500).map(number).collect();
    let slices: Vec<&[u8]> = events.iter().map(Vec::as_slice).collect();
    append(&journal, SALE, 1, &slices).unwrap();
    let rows: usize = server.ask("test_0", "SELECT count(*) FROM journal.events").unwrap().parse().unwrap();
    assert!((2..=10).contains(&rows), "{rows} rows for 500 events");
    for after in [0, 1, 111, 112, 113, 499, 500] {
        assert!(read(&journal, SALE, after) == events[after as usize..], "after {after}");
    }
    assert!(matches!(
        journal.replay(SALE, 501, &mut |_, _| Ok(())),
        Err(JournalError::Gap { sale: SALE, expected: 501, found: 502 })
    ));
    // The last byte of the third event: each takes 8 bytes for its head and 8 for itself.
    let change = "UPDATE journal.events SET payload = overlay(payload placing 'x' from 48) WHERE sequence = 1";
    server.ask("test_0", change).unwrap();
    let damaged = journal.replay(SALE, 0, &mut |_, _| Ok(()));
    assert_eq!(damaged, Err(JournalError::Damaged { sale: SALE, sequence: 3 }));
}

/// The next event is chained to it, so it has to be what the row ends with.
#[test]
fn a_changed_checksum_of_a_row_is_detected() {
    let server = Postgres::start().unwrap();
    let journal = open(&server.database().unwrap());
    append(&journal, SALE, 1, &[b"one", b"two"]).unwrap();
    server.ask("test_0", "UPDATE journal.events SET checksum = checksum # 1").unwrap();
    let damaged = journal.replay(SALE, 0, &mut |_, _| Ok(()));
    assert_eq!(damaged, Err(JournalError::Damaged { sale: SALE, sequence: 2 }));
}

/// What was written before rows held many events.
#[test]
fn rows_of_one_event_go_on_being_read() {
    let server = Postgres::start().unwrap();
    let journal = open(&server.database().unwrap());
    append(&journal, SALE, 1, &[b"one", b"two"]).unwrap();
    let unpacked = "UPDATE journal.events SET count = NULL, payload = substr(payload, 9, 3),
                        checksum = (get_byte(payload, 3)::bigint << 24) + (get_byte(payload, 2) << 16)
                            + (get_byte(payload, 1) << 8) + get_byte(payload, 0);
                    INSERT INTO journal.events VALUES (1, 2, CHECKSUM, 'two', NULL)";
    // The checksum of the second event chains on the first (`chain`).
    let second = server.ask("test_0", "SELECT checksum FROM journal.events").unwrap();
    server.ask("test_0", &unpacked.replace("CHECKSUM", &second)).unwrap();
    assert_eq!(read(&journal, SALE, 0), [b"one", b"two"]);
    assert_eq!(read(&journal, SALE, 1), [b"two"]);
    append(&journal, SALE, 3, &[b"six"]).unwrap();
    let fresh = open(&server.url("test_0"));
    append(&fresh, SALE, 4, &[b"ten"]).unwrap();
    assert_eq!(read(&fresh, SALE, 0), [b"one", b"two", b"six", b"ten"]);
}

#[test]
fn a_database_that_would_forget_is_refused() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    server.ask("postgres", "ALTER SYSTEM SET full_page_writes = off").unwrap();
    server.ask("postgres", "SELECT pg_reload_conf()").unwrap();
    let until = std::time::Instant::now() + Duration::from_secs(20);
    let refused = loop {
        match PostgresJournal::open(options(&url)) {
            Err(JournalError::Storage(why)) => break why,
            Err(other) => panic!("{other}"),
            Ok(_) => assert!(std::time::Instant::now() < until, "it was taken for durable"),
        }
    };
    assert!(refused.contains("full_page_writes off"), "{refused}");
}

#[test]
fn a_server_that_restarts_costs_no_event() {
    let mut server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let journal = open(&url);
    for at in 1..=6 {
        append(&journal, SALE, at, &[&number(at)]).unwrap();
        server.stop(if at % 2 == 0 { Stop::Fast } else { Stop::Immediate }).unwrap();
        server.resume().unwrap();
    }
    assert_eq!(read(&journal, SALE, 0), (1..=6).map(number).collect::<Vec<_>>());
}

#[test]
fn a_server_that_stays_away_is_reported_and_healed_from() {
    let mut server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let mut options = options(&url);
    options.session_patience = Duration::from_millis(300);
    let journal = PostgresJournal::open(options).unwrap();
    append(&journal, SALE, 1, &[b"before"]).unwrap();
    server.stop(Stop::Immediate).unwrap();
    assert!(matches!(append(&journal, SALE, 2, &[b"lost"]), Err(JournalError::Storage(_))));
    // What was decided on top of it is void too: it must not leave a gap.
    assert!(append(&journal, SALE, 3, &[b"void"]).is_err());
    server.resume().unwrap();
    let events = loop {
        let mut events = Vec::new();
        let replayed = journal.replay(SALE, 0, &mut |_, payload| {
            events.push(payload.to_vec());
            Ok(())
        });
        if replayed.is_ok() {
            break events;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(events, [b"before"]);
    append(&journal, SALE, 2, &[b"after"]).unwrap();
}

/// Sessions are cut while commits are under way, again and again: every acknowledged event is there, once and in its
/// place, and nothing else.
#[test]
fn sessions_that_are_cut_within_commits_double_and_lose_nothing() {
    let server = Arc::new(Postgres::start().unwrap());
    let url = server.database().unwrap();
    let journal = Arc::new(open(&url));
    let (cut, stop) = mpsc::channel::<()>();
    let cuts = Arc::new(AtomicU64::new(0));
    let cutter = {
        let (server, cuts) = (Arc::clone(&server), Arc::clone(&cuts));
        std::thread::spawn(move || {
            while stop.recv_timeout(Duration::from_millis(7)) == Err(mpsc::RecvTimeoutError::Timeout) {
                let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                            WHERE application_name = 'onsale journal'";
                cuts.fetch_add(server.ask("postgres", kill).unwrap().parse().unwrap(), Ordering::Relaxed);
            }
        })
    };
    let (mut last, mut round) = (0, 0);
    while round < 150 || cuts.load(Ordering::Relaxed) < 20 {
        assert!(round < 20_000, "only {cuts:?} sessions were cut");
        round += 1;
        let many: Vec<Vec<u8>> = (1..=200).map(|at| number(last + at)).collect();
        let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
        match append(&*journal, SALE, last + 1, &many) {
            Ok(()) => last += 200,
            Err(error) => panic!("round {round}: {error}"),
        }
    }
    drop(cut);
    cutter.join().unwrap();
    let all: Vec<Vec<u8>> = (1..=last).map(number).collect();
    assert!(read(&*journal, SALE, 0) == all, "the journal is not what was acknowledged");
}

/// A commit that the server still works on, while this side has lost its session, is waited for or ended before
/// anybody reads: here its session hangs in a lock.
#[test]
fn a_session_that_hangs_is_ended_before_its_outcome_is_read() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let mut options = options(&url);
    options.commit_patience = Duration::from_millis(300);
    let journal = PostgresJournal::open(options).unwrap();
    append(&journal, SALE, 1, &[b"one"]).unwrap();
    std::thread::scope(|scope| {
        let lock = "BEGIN; LOCK TABLE journal.events IN SHARE MODE; SELECT pg_sleep(2); COMMIT";
        scope.spawn(|| server.ask("test_0", lock).unwrap());
        let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while server.ask("postgres", asleep).unwrap() == "0" {}
        append(&journal, SALE, 2, &[b"two"]).unwrap();
    });
    assert_eq!(read(&journal, SALE, 0), [b"one", b"two"]);
    let left = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(server.ask("test_0", left).unwrap(), "1", "one session holds the journal's lock");
}

/// Where a sale ends cannot be read: whoever appends is told so, and not kept for as long as that lasts.
#[test]
fn a_table_that_cannot_be_read_is_reported() {
    let server = Postgres::start().unwrap();
    let mut options = options(&server.database().unwrap());
    options.commit_patience = Duration::from_millis(300);
    options.session_patience = Duration::from_secs(1);
    let journal = PostgresJournal::open(options).unwrap();
    append(&journal, SALE, 1, &[b"one"]).unwrap();
    let other = SaleId::new(2);
    std::thread::scope(|scope| {
        let lock = "BEGIN; LOCK TABLE journal.events IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(6); COMMIT";
        let locked = scope.spawn(|| server.ask("test_0", lock).unwrap());
        let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while server.ask("postgres", asleep).unwrap() == "0" {}
        assert!(matches!(append(&journal, other, 1, &[b"one"]), Err(JournalError::Storage(_))));
        assert!(!locked.is_finished(), "it was told only when the table was free again");
    });
    append(&journal, other, 1, &[b"one"]).unwrap();
    append(&journal, SALE, 2, &[b"two"]).unwrap();
    assert_eq!(read(&journal, SALE, 0), [b"one", b"two"]);
}

/// A session that is ended while it waits for the standby has committed here and nowhere else: a failover would lose it.
#[test]
fn what_the_standby_does_not_have_is_not_called_done() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let mut standby = server.standby().unwrap();
    let journal = open(&url);
    append(&journal, SALE, 1, &[b"one"]).unwrap();
    standby.stop(Stop::Immediate).unwrap();
    std::thread::scope(|scope| {
        let appending = scope.spawn(|| append(&journal, SALE, 2, &[b"two"]));
        let until = |database: &str, question: &str, answer: &str| {
            while server.ask(database, question).unwrap() != answer {}
        };
        until("postgres", "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'", "1");
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        server.ask("postgres", end).unwrap();
        until("test_0", "SELECT count(*) FROM journal.events", "2");
        std::thread::sleep(Duration::from_millis(500));
        assert!(!appending.is_finished(), "it was called done, and the standby does not have it");
        standby.resume().unwrap();
        assert_eq!(appending.join().unwrap(), Ok(()));
    });
    assert_eq!(standby.ask("test_0", "SELECT count(*) FROM journal.events").unwrap(), "2");
}

#[test]
fn many_sales_share_commits() {
    let server = Postgres::start().unwrap();
    let url = server.database().unwrap();
    let journal = open(&url);
    let (tell, told) = mpsc::channel();
    for sequence in 1..=20 {
        for sale in 1..=50 {
            let mut payloads = Payloads::default();
            payloads.push(&number(sequence));
            let tell = tell.clone();
            let batch = Batch { sale: SaleId::new(sale), first: sequence, payloads };
            journal.append(batch, Box::new(move |result| tell.send(result).unwrap()));
        }
    }
    assert!(told.iter().take(1_000).all(|result| result == Ok(())));
    let transactions = "SELECT count(DISTINCT xmin::text) FROM journal.events";
    let transactions: u32 = server.ask("test_0", transactions).unwrap().parse().unwrap();
    assert!(transactions < 200, "{transactions} transactions for 1,000 batches");
    assert_eq!(journal.sales().unwrap().len(), 50);
}
