//! `onsale doctor`: is this machine, with these settings, fit to sell tickets?

use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use platform::Config;
use platform::doctor::{Finding, Verdict, examine, worst};
use rusqlite::{Connection, OpenFlags};

use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::output;
use crate::table_places::TablePlaces;

/// How long the payment provider may take to accept a connection.
const PROVIDER_PATIENCE: Duration = Duration::from_secs(2);

/// Prints every finding; exit code 1 if one of them failed.
///
/// # Errors
/// The output cannot be written.
pub async fn run(config: &Config) -> Result<ExitCode, Failure> {
    let folder = DataFolder::of(config);
    let mut findings = examine(config);
    findings.extend(permissions(folder.path()));
    findings.extend(match &config.storage.journal_url {
        None => journal(&folder.journal()),
        Some(url) => Some(database(url.expose())),
    });
    findings.push(tables(&TablePlaces::of(config, &folder)).await);
    findings.push(provider(&config.payments.provider_url));
    for finding in &findings {
        output::line(finding)?;
    }
    Ok(if worst(&findings) == Verdict::Fail { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// May strangers look into the data folder? `None` if there is no folder yet.
fn permissions(folder: &Path) -> Option<Finding> {
    let mode = fs::metadata(folder).ok()?.permissions().mode() & 0o777;
    let shown = folder.display();
    Some(if mode & 0o007 == 0 {
        finding("permissions", Verdict::Ok, format!("{shown} is closed to other users."))
    } else {
        let advice = format!("{shown} is open to other users (mode {mode:o}). Run: chmod 700 {shown}.");
        finding("permissions", Verdict::Warn, advice)
    })
}

/// Is the journal in the mode that survives a power cut? `None` if there is no journal yet.
fn journal(path: &Path) -> Option<Finding> {
    if !path.exists() {
        return None;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mode = Connection::open_with_flags(path, flags)
        .and_then(|connection| connection.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0)));
    let shown = path.display();
    Some(match mode.as_deref() {
        Ok("wal") => finding("journal", Verdict::Ok, format!("{shown} has a write-ahead log, synced at each commit.")),
        Ok(mode) => {
            // A restored journal is so until its first start.
            let sentence = format!("{shown} is in mode {mode}; the next start of the server changes it to wal.");
            finding("journal", Verdict::Ok, sentence)
        }
        Err(error) => finding("journal", Verdict::Fail, format!("{shown} cannot be read: {error}.")),
    })
}

/// Can the journal's database be written, durably?
fn database(url: &str) -> Finding {
    match journal::postgres::examine(url) {
        Ok(version) => finding("journal", Verdict::Ok, format!("PostgreSQL {version} answers and syncs every commit.")),
        Err(error) => finding("journal", Verdict::Fail, format!("The journal's database cannot be used: {error}.")),
    }
}

/// Are the tables up to date, and can they be reached?
async fn tables(places: &TablePlaces) -> Finding {
    let name = "tables";
    match places.pending().await {
        Err(failure) => finding(name, Verdict::Fail, failure.sentence().to_owned()),
        Ok(pending) => match pending.iter().map(|(_, steps)| steps).sum::<usize>() {
            0 => finding(name, Verdict::Ok, "Accounts, audit log and catalog are up to date.".to_owned()),
            steps => finding(
                name,
                Verdict::Ok,
                format!("{steps} steps bring the tables up to date; the next start makes them."),
            ),
        },
    }
}

/// Does the payment provider accept connections? Only a warning: it may be started later.
fn provider(url: &str) -> Finding {
    let name = "provider";
    let unreachable = |why: String| {
        let advice = "Without it nobody can pay; for a rehearsal, run `onsale sandbox-provider`";
        finding(name, Verdict::Warn, format!("{url} cannot be reached: {why}. {advice}."))
    };
    let Some(address) = host_and_port(url) else { return unreachable("it names no host".into()) };
    match address.to_socket_addrs().map(|mut addresses| addresses.next()) {
        Err(error) => unreachable(error.to_string()),
        Ok(None) => unreachable("its name has no address".into()),
        Ok(Some(address)) => match TcpStream::connect_timeout(&address, PROVIDER_PATIENCE) {
            Ok(_) => finding(name, Verdict::Ok, format!("{url} accepts connections.")),
            Err(error) => unreachable(error.to_string()),
        },
    }
}

/// The address behind an http URL.
fn host_and_port(url: &str) -> Option<(String, u16)> {
    let uri: http::Uri = url.parse().ok()?;
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
    // An IPv6 address stands in brackets in a URL, and without them elsewhere.
    Some((uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned(), port))
}

fn finding(name: &'static str, verdict: Verdict, sentence: String) -> Finding {
    Finding { name, verdict, sentence }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_a_provider_is_found() {
        let table = [
            ("http://127.0.0.1:8090", Some(("127.0.0.1", 8090))),
            ("https://pay.example/v2", Some(("pay.example", 443))),
            ("http://[::1]:81/", Some(("::1", 81))),
            ("", None),
        ];
        for (url, expected) in table {
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(host_and_port(url), expected, "{url}");
        }
    }
}
