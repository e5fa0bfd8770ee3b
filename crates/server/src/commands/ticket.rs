//! `onsale ticket`: verifies ticket codes with public keys alone, without a network.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tickets::{PublishedKey, TicketClaims, TicketKey, TicketPlace, TicketVerifier};

use crate::data_folder::DataFolder;
use crate::failure::Failure;
use crate::output;
use crate::settings::SettingsArgs;

/// Bytes of a list of keys.
const KEYS_BYTES_MAX: u64 = 1024 * 1024;

/// What to do with tickets.
#[derive(Debug, Subcommand)]
pub enum TicketCommand {
    /// Tell what a ticket is for, or why it is refused (exit code 1).
    ///
    /// Whether it has let somebody in already is known to the server, not to its code.
    Verify {
        /// The code, as in the QR code: ONSALE1.…
        code: String,
        /// Public keys as `GET /v1/keys/tickets` serves them; `-` reads them from standard input. By default the key
        /// of the data folder.
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
    },
    /// Print the public keys, for gates: JSON as `GET /v1/keys/tickets` serves it.
    Keys {
        /// Print PEM instead, as OpenSSL reads it.
        #[arg(long)]
        pem: bool,
    },
}

/// The keys as the API serves them.
#[derive(Serialize, Deserialize)]
struct Keys {
    keys: Vec<PublishedKey>,
}

/// Carries out the command.
///
/// # Errors
/// The keys cannot be read, or the output cannot be written.
pub fn run(command: &TicketCommand, settings: &SettingsArgs) -> Result<ExitCode, Failure> {
    match command {
        TicketCommand::Verify { code, keys } => {
            let verifier = match keys {
                Some(path) => published(path)?,
                None => TicketVerifier::new([own_key(settings)?.public_key()]),
            };
            verify(code, &verifier)
        }
        TicketCommand::Keys { pem } => {
            let key = own_key(settings)?.public_key();
            let keys = Keys { keys: vec![key.publish()] };
            let json = serde_json::to_string_pretty(&keys).map_err(|error| Failure::new(error.to_string()))?;
            output::text(&if *pem { key.to_pem() } else { format!("{json}\n") })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn verify(code: &str, verifier: &TicketVerifier) -> Result<ExitCode, Failure> {
    match verifier.verify(code.trim()) {
        Ok(claims) => {
            output::text(&told(&claims))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refused) => Err(Failure::new(refused.to_string())),
    }
}

fn told(claims: &TicketClaims) -> String {
    let place = match claims.place {
        TicketPlace::Seat(seat) => format!("seat {} of the plan", seat.0),
        TicketPlace::Area { area, number } => format!("area {} of the plan, number {number}", area.0),
    };
    let starts_at = Timestamp::from_second(i64::from(claims.starts_at_s)).unwrap_or_default();
    format!("valid   {}\nplace   {place}\nstarts  {starts_at}\n", claims.ticket)
}

/// The signing key of the data folder; it is never made here, for a new one would refuse every ticket.
fn own_key(settings: &SettingsArgs) -> Result<TicketKey, Failure> {
    let folder = DataFolder::of(&settings.load()?);
    folder.require()?;
    Ok(TicketKey::load(&folder.ticket_key())?)
}

fn published(path: &Path) -> Result<TicketVerifier, Failure> {
    let unreadable =
        |why: &dyn std::fmt::Display| Failure::because(format!("The keys {} cannot be read.", path.display()), why);
    let mut json = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(KEYS_BYTES_MAX).read_to_end(&mut json)
    } else {
        File::open(path).and_then(|file| file.take(KEYS_BYTES_MAX).read_to_end(&mut json))
    };
    read.map_err(|error| unreadable(&error))?;
    let keys: Keys = serde_json::from_slice(&json).map_err(|error| unreadable(&error))?;
    if keys.keys.is_empty() {
        return Err(unreadable(&"there is no key in it"));
    }
    TicketVerifier::from_published(&keys.keys).map_err(|error| unreadable(&error))
}
