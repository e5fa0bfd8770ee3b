//! A writer that sleeps while another one takes over, and wakes up: it commits nothing, because the key is taken. No lock
//! and no clock is needed for that. A process of its own is stopped by a signal, as a host that freezes would be.
//!
//! Only in PostgreSQL: with SQLite a frozen writer keeps the file's lock, and nobody takes over before it is gone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use domain::SaleId;
use journal::conformance::{append, read};
use journal::{Journal, JournalError, PostgresJournal, PostgresOptions, SqliteJournal, SqliteOptions};
use rustix::process::{Pid, Signal, kill_process};
use test_support::Postgres;

const SALE: SaleId = SaleId::new(1);
/// Names the journal that a process started by this test writes to.
const PLACE: &str = "ONSALE_TEST_JOURNAL";
/// How often the old writer is put to sleep.
const PAUSES: u32 = 5;

fn open(place: &str, writer: u64) -> PostgresJournal {
    PostgresJournal::open(PostgresOptions::new(place, writer)).unwrap()
}

/// The old writer: appends until it is deposed, and says what was acknowledged.
#[test]
fn the_process_of_the_old_writer() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let journal = open(&place, 1);
    let mut next = last(&journal) + 1;
    loop {
        match append_one(&journal, next, b"old") {
            Ok(()) => println!("acknowledged {next}"),
            Err(JournalError::Deposed { .. }) => return println!("deposed {next}"),
            Err(error) => panic!("{error}"),
        }
        next += 1;
    }
}

fn append_one(journal: &dyn Journal, sequence: u64, text: &[u8]) -> Result<(), JournalError> {
    let mut payloads = journal::Payloads::default();
    payloads.push(text);
    let (tell, told) = std::sync::mpsc::channel();
    let batch = journal::Batch { sale: SALE, first: sequence, payloads };
    journal.append(batch, Box::new(move |result| tell.send(result).unwrap()));
    told.recv().unwrap()
}

fn last(journal: &dyn Journal) -> u64 {
    let mut last = 0;
    journal
        .replay(SALE, 0, &mut |sequence, _| {
            last = sequence;
            Ok(())
        })
        .unwrap();
    last
}

struct Old {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Old {
    fn start(place: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "the_process_of_the_old_writer", "--nocapture"]).env(PLACE, place);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next word about an event.
    fn says(&mut self) -> (String, u64) {
        loop {
            let line = self.lines.next().unwrap().unwrap();
            if let Some((word @ ("acknowledged" | "deposed"), number)) = line.split_once(' ') {
                return (word.to_owned(), number.parse().unwrap());
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

fn a_paused_writer_commits_nothing(place: &str) {
    for pause in 1..=PAUSES {
        let mut old = Old::start(place);
        for _ in 0..20 {
            old.says();
        }
        old.signal(Signal::STOP);
        // What the old one had sent may still be committed; the new one finds where the sale ends by trying.
        let journal = open(place, 2);
        let (mut first, text) = (last(&journal) + 1, format!("new {pause}"));
        while append_one(&journal, first, text.as_bytes()).is_err() {
            first = last(&journal) + 1;
        }
        for next in first + 1..first + 50 {
            append_one(&journal, next, text.as_bytes()).unwrap();
        }
        std::thread::sleep(Duration::from_millis(200));
        old.signal(Signal::CONT);
        let deposed = loop {
            match old.says() {
                (word, at) if word == "deposed" => break at,
                (_, at) => {
                    assert!(at < first, "{at} was acknowledged to the old writer after the new one began at {first}")
                }
            }
        };
        assert!(deposed >= first, "it was deposed at {deposed}, before the new one began at {first}");
        let all = last(&journal);
        assert_eq!(all, first + 49, "nothing came after the new writer's events");
        let mut sequence = 0;
        journal
            .replay(SALE, 0, &mut |at, payload| {
                sequence = at;
                if (first..first + 50).contains(&at) { (payload == text.as_bytes()).then_some(()) } else { Some(()) }
                    .ok_or_else(|| format!("event {at} is not the new writer's"))
            })
            .unwrap();
        assert_eq!(sequence, all);
        journal.close();
    }
}

#[test]
fn in_postgres_a_paused_writer_commits_nothing() {
    let server = Postgres::start().unwrap();
    a_paused_writer_commits_nothing(&server.database().unwrap());
}

#[test]
fn a_copy_goes_both_ways_and_refuses_what_has_gone_on_in_both() {
    let server = Postgres::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteJournal::open(SqliteOptions::new(folder.path().join("journal.db"))).unwrap();
    let database = PostgresJournal::open(PostgresOptions::new(server.database().unwrap(), 3)).unwrap();
    let events: Vec<Vec<u8>> = (0..5_000u32).map(|at| at.to_be_bytes().repeat(1 + at as usize % 7)).collect();
    let slices: Vec<&[u8]> = events.iter().map(Vec::as_slice).collect();
    append(&file, SALE, 1, &slices).unwrap();
    let there = |from: &dyn Journal, to: &dyn Journal| {
        journal::copy_sale(SALE, &mut |after, each| from.replay(SALE, after, each), to)
    };
    assert_eq!(there(&file, &database), Ok(5_000));
    assert!(read(&database, SALE, 0) == events);
    append(&database, SALE, 5_001, &[b"more"]).unwrap();
    assert_eq!(there(&database, &file), Ok(5_001));
    assert_eq!(there(&database, &file), Ok(5_001), "again changes nothing");
    append(&database, SALE, 5_002, &[b"here"]).unwrap();
    append(&file, SALE, 5_002, &[b"there"]).unwrap();
    assert_eq!(there(&database, &file), Err(JournalError::Deposed { sale: SALE, sequence: 5_002 }));
    assert_eq!(read(&file, SALE, 5_001), [b"there"]);
}
