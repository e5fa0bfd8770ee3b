//! The journal over TLS: the server has to be the one that was meant, and nothing falls back to plain text.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use domain::SaleId;
use journal::conformance::{append, read};
use journal::{PostgresJournal, PostgresOptions};
use test_support::Postgres;

const SALE: SaleId = SaleId::new(1);

fn server(names: &[&str]) -> (Postgres, String) {
    let server = Postgres::start().unwrap();
    let authority = server.encrypt(names).unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while server.ask("postgres", "SHOW ssl").unwrap() != "on" {
        assert!(Instant::now() < until, "the server takes TLS");
    }
    let url = format!("{}?sslmode=verify-full&sslrootcert={}", server.database().unwrap(), authority.display());
    (server, url)
}

/// Opening tries again for a while; this is what it says in the end.
fn refused(url: &str) -> String {
    PostgresJournal::open(PostgresOptions::new(url, 7)).err().unwrap().to_string()
}

#[test]
fn a_journal_is_written_and_read_over_tls_and_no_session_of_it_is_plain() {
    let (server, url) = server(&["127.0.0.1"]);
    let journal = PostgresJournal::open(PostgresOptions::new(&url, 7)).unwrap();
    append(&journal, SALE, 1, &[b"one", b"two"]).unwrap();
    assert_eq!(read(&journal, SALE, 0).len(), 2);
    let plain = "SELECT count(*) FILTER (WHERE NOT ssl), count(*) FILTER (WHERE ssl) > 0
                 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'onsale journal'";
    assert_eq!(server.ask("test_0", plain).unwrap(), "0|t");
}

#[test]
fn a_server_that_cannot_prove_who_it_is_gets_nothing() {
    let (_one, of_another) = server(&["127.0.0.1"]);
    let (other, url) = server(&["db.example"]);
    assert!(refused(&url).contains("certificate"), "another name: {}", refused(&url));
    let (place, _) = url.split_once('?').unwrap();
    let (_, authority) = of_another.split_once('?').unwrap();
    assert!(refused(&format!("{place}?{authority}")).contains("certificate"), "another authority");
    let plain = Postgres::start().unwrap();
    let plain = format!("{}?sslmode=verify-full", plain.database().unwrap());
    assert!(refused(&plain).contains("TLS"), "no TLS at all: {}", refused(&plain));
    drop(other);
}
