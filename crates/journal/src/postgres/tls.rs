//! TLS to the database. There is no half of it: with it, certificate and name of the server are verified.
//!
//! Addresses are written as libpq reads them (<https://www.postgresql.org/docs/current/libpq-ssl.html>). Of the values
//! of `sslmode`, `require` and `verify-ca` encrypt without knowing to whom; they are refused, so that nobody takes them
//! for more than they are. Without `sslmode`, or with `disable` or `prefer`, nothing is encrypted.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::JournalError;

/// Where a database is, and how one speaks with it; `None`: in plain.
pub(super) type Target = (Config, Option<MakeRustlsConnect>);

/// Reads an address.
pub(super) fn target(url: &str) -> Result<Target, JournalError> {
    let address = Address::read(url)?;
    let mut config: Config = address.rest.parse().map_err(|_| malformed())?;
    if !address.verified {
        // In an address of another form it would be overlooked.
        if config.get_ssl_mode() == SslMode::Require {
            verified("require")?;
        }
        config.ssl_mode(SslMode::Disable);
        return Ok((config, None));
    }
    config.ssl_mode(SslMode::Require);
    let roots = match &address.authority {
        Some(file) => of_file(Path::new(file))?,
        None => of_this_machine()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| storage(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok((config, Some(MakeRustlsConnect::new(client))))
}

/// An address without what says how one speaks.
struct Address {
    rest: String,
    verified: bool,
    /// A file of certificates (PEM) that are believed in instead of the machine's.
    authority: Option<String>,
}

impl Address {
    fn read(url: &str) -> Result<Self, JournalError> {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut address = Self { rest: String::new(), verified: false, authority: None };
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_encoding::percent_decode_str(value).decode_utf8().map_err(|_| malformed())?;
            match name {
                "sslmode" | "ssl-mode" => address.verified = verified(&value)?,
                "sslrootcert" | "ssl-root-cert" | "ssl-ca" => address.authority = Some(value.into_owned()),
                _ => kept.push(pair),
            }
        }
        let mark = if kept.is_empty() { "" } else { "?" };
        address.rest = format!("{place}{mark}{}", kept.join("&"));
        Ok(address)
    }
}

fn verified(mode: &str) -> Result<bool, JournalError> {
    match mode {
        "verify-full" => Ok(true),
        "disable" | "prefer" => Ok(false),
        _ => Err(JournalError::Storage(
            "sslmode has to be verify-full, with sslrootcert for an authority of your own, or disable".into(),
        )),
    }
}

fn of_file(file: &Path) -> Result<RootCertStore, JournalError> {
    let mut roots = RootCertStore::empty();
    let unreadable = |error: &dyn std::fmt::Display| {
        JournalError::Storage(format!("the certificates in {} cannot be used: {error}", file.display()))
    };
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unreadable(&error))? {
        roots.add(certificate.map_err(|error| unreadable(&error))?).map_err(|error| unreadable(&error))?;
    }
    if roots.is_empty() {
        return Err(unreadable(&"there is none"));
    }
    Ok(roots)
}

fn of_this_machine() -> Result<RootCertStore, JournalError> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let advice = "this machine knows no certificate authorities: name a file of them in sslrootcert";
        return Err(JournalError::Storage(advice.into()));
    }
    Ok(roots)
}

fn malformed() -> JournalError {
    JournalError::Storage("the database's address is malformed".into())
}

fn storage(error: &dyn std::fmt::Display) -> JournalError {
    JournalError::Storage(error.to_string())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use test_support::Postgres;

    use super::*;

    #[test]
    fn what_says_how_one_speaks_is_taken_out_of_the_address() {
        let all = "postgres://u:p@db/x?sslmode=verify-full&options=-c%20a%3Db&sslrootcert=%2Fetc%2Fca.pem";
        let address = Address::read(all).unwrap();
        assert_eq!(address.rest, "postgres://u:p@db/x?options=-c%20a%3Db");
        assert!(address.verified);
        assert_eq!(address.authority.as_deref(), Some("/etc/ca.pem"));
        let plain = Address::read("postgres://u@db/x?sslmode=disable").unwrap();
        assert_eq!((plain.rest.as_str(), plain.verified), ("postgres://u@db/x", false));
    }

    #[test]
    fn half_of_it_is_refused() {
        for mode in ["require", "verify-ca", "allow", "VERIFY-FULL", ""] {
            assert!(Address::read(&format!("postgres://u@db/x?sslmode={mode}")).is_err(), "{mode}");
        }
        let missing = target("postgres://u@db/x?sslmode=verify-full&sslrootcert=/no/such/file");
        assert!(target("host=db user=u sslmode=require").is_err());
        assert!(missing.is_err_and(|error| error.to_string().contains("/no/such/file")));
    }

    #[tokio::test]
    async fn a_server_that_cannot_prove_who_it_is_is_not_spoken_with() {
        let (one, other) = (Postgres::start().unwrap(), Postgres::start().unwrap());
        let (believed, unknown) = (one.encrypt(&["127.0.0.1"]).unwrap(), other.encrypt(&["db.example"]).unwrap());
        for server in [&one, &other] {
            while server.ask("postgres", "SHOW ssl").unwrap() != "on" {}
        }
        let url = |server: &Postgres, file: &Path| {
            format!("{}?sslmode=verify-full&sslrootcert={}", server.url("postgres"), file.display())
        };
        let told =
            async |url: String| super::super::session::connect(&url).await.map(drop).map_err(|error| error.to_string());
        assert_eq!(told(url(&one, &believed)).await, Ok(()));
        for (server, file, why) in [(&one, &unknown, "another authority"), (&other, &unknown, "another name")] {
            let told = told(url(server, file)).await.unwrap_err();
            assert!(told.contains("invalid peer certificate"), "{why}: {told}");
        }
        let plain = Postgres::start().unwrap();
        assert!(told(url(&plain, &believed)).await.is_err_and(|why| why.contains("TLS")), "no TLS at all");
    }
}
