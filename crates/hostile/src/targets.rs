//! The targets: one function per kind of input.

use std::sync::LazyLock;

use domain::{AccountId, Duration, OrderId, SaleId, Timestamp};
use guard::KeyRing;
use link::protocol::{FromEngine, ToEngine};
use payments::Secret;
use payments::webhook::{TOLERANCE, sign, verify};
use platform::config::{ConfigFile, Sources, load};
use tickets::{TicketId, TicketKey, TicketPublicKey, TicketVerifier};

/// A parser, and what it is called in `fuzz/`.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The name of the target and of its corpus.
    pub name: &'static str,
    /// Gives it an input.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "ticket_codes", run: ticket_codes },
    Target { name: "ticket_keys", run: ticket_keys },
    Target { name: "tokens", run: tokens },
    Target { name: "headers", run: gateway::parsers::headers },
    Target { name: "webhooks", run: webhooks },
    Target { name: "plans", run: plans },
    Target { name: "events", run: events },
    Target { name: "link_frames", run: link_frames },
    Target { name: "socket_frames", run: socket_frames },
    Target { name: "forms", run: gateway::parsers::form },
    Target { name: "bodies", run: gateway::parsers::json },
    Target { name: "queries", run: |bytes| text(bytes, gateway::parsers::query) },
    Target { name: "cursors", run: cursors },
    Target { name: "ids", run: ids },
    Target { name: "config", run: config },
];

/// The instant at which everything is looked at.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_760_000_000_000);
pub(crate) const ACCOUNT: AccountId = AccountId::new(7);
pub(crate) const SALE: SaleId = SaleId::new(3);
pub(crate) const SESSION: [u8; 32] = [9; 32];
/// Bytes of one frame of a client.
const FRAME_IN_MAX: usize = 4_096;

pub(crate) static TICKET_KEY: LazyLock<TicketKey> = LazyLock::new(|| TicketKey::from_seed(&[5; 32]));
static VERIFIER: LazyLock<TicketVerifier> = LazyLock::new(|| TicketVerifier::new([TICKET_KEY.public_key()]));
pub(crate) static KEYS: LazyLock<KeyRing> =
    LazyLock::new(|| KeyRing::new([(Timestamp::from_millis(0), [3; 32])], Duration::from_mins(10)));
pub(crate) static SECRETS: LazyLock<[Secret; 1]> = LazyLock::new(|| [Secret::new("the shop's")]);

fn text(bytes: &[u8], read: impl FnOnce(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        read(text);
    }
}

fn ticket_codes(bytes: &[u8]) {
    text(bytes, |code| {
        let known = VERIFIER.verify(code);
        let unknown = TicketVerifier::default().verify(code);
        assert!(unknown.is_err(), "a verifier without keys accepted {known:?}");
    });
}

fn ticket_keys(bytes: &[u8]) {
    text(bytes, |key| {
        let _ = TicketPublicKey::from_pem(key);
        let _ = TicketPublicKey::from_base64(key.trim());
    });
}

fn tokens(bytes: &[u8]) {
    text(bytes, |token| {
        let _ = KEYS.verify_pass(token, ACCOUNT, SALE, &SESSION, NOW);
        let _ = KEYS.verify_wait(token, ACCOUNT, SALE, NOW);
        let (challenge, proof) = token.rsplit_once('.').unwrap_or((token, ""));
        let _ = KEYS.verify_work(challenge, proof, ACCOUNT, SALE, NOW);
    });
}

/// The first line is the header, what follows the body; then the body once more, well signed.
fn webhooks(bytes: &[u8]) {
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let body = bytes.get(line + 1..).unwrap_or_default();
    text(&bytes[..line], |header| {
        let _ = verify(&*SECRETS, header, body, NOW, TOLERANCE);
    });
    let header = sign(&SECRETS[0], body, NOW);
    if let Ok(event) = verify(&*SECRETS, &header, body, NOW, TOLERANCE) {
        let _ = payments::checkout::record::standing(&event.payment);
    }
}

fn plans(bytes: &[u8]) {
    if let Ok(imported) = catalog::pretix_plan::import(bytes, None) {
        assert!(imported.plan.validate().is_ok(), "a plan was taken that is not sound");
    }
}

/// An event of a journal that somebody hands over: read, and written back as the same bytes.
fn events(bytes: &[u8]) {
    let Ok((recorded, rest)) = postcard::take_from_bytes::<sale::Recorded>(bytes) else { return };
    let mut written = Vec::new();
    assert!(engine::encode::append_event(&recorded, &mut written).is_ok());
    assert!(written.len() <= bytes.len() - rest.len(), "an event grew when it was written back");
    let _ = sale::Sale::from_created(&recorded).map(|sale| sale.broken_invariant());
}

fn link_frames(bytes: &[u8]) {
    let _ = link::frame::decode::<ToEngine>(bytes);
    let _ = link::frame::decode::<link::hello::Hello>(bytes);
    let _ = link::frame::decode::<link::hello::Greeting>(bytes);
    if let Ok(FromEngine::Tick { sales, .. }) = link::frame::decode::<FromEngine>(bytes) {
        drop(sales);
    }
}

fn socket_frames(bytes: &[u8]) {
    // The same bytes in one piece and cut in two give the same frames.
    let whole = crowd::count_frames(&mut bytes.to_vec(), FRAME_IN_MAX);
    let half = crowd::count_frames(&mut bytes[..bytes.len() / 2].to_vec(), FRAME_IN_MAX);
    assert!(half <= whole, "{half} frames in the first half, {whole} in all");
}

fn cursors(bytes: &[u8]) {
    text(bytes, |cursor| {
        let _ = catalog::read_cursor(cursor);
    });
}

fn ids(bytes: &[u8]) {
    text(bytes, |id| {
        let ids = [
            id.parse::<AccountId>().map(|id| id.to_string()).ok(),
            id.parse::<OrderId>().map(|id| id.to_string()).ok(),
            id.parse::<SaleId>().map(|id| id.to_string()).ok(),
            id.parse::<TicketId>().map(|id| id.to_string()).ok(),
        ];
        for written in ids.into_iter().flatten() {
            assert_eq!(written, id, "an id has one way to be written");
        }
        let _ = id.parse::<domain::Currency>();
        let _ = catalog::time::parse_rfc3339(id, "/at");
    });
}

/// As a file, as a variable, and as a flag.
fn config(bytes: &[u8]) {
    let name = format!("onsale-hostile-{}-{:?}.toml", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    if std::fs::write(&path, bytes).is_ok() {
        let _ = load(&Sources { file: ConfigFile::Named(path.clone()), ..Sources::none() });
        let _ = std::fs::remove_file(&path);
    }
    text(bytes, |line| {
        let environment = line.split_once('=').map(|(name, value)| (name.into(), value.into()));
        let flags = vec![line.to_owned()];
        let _ = load(&Sources { environment: environment.into_iter().collect(), flags, ..Sources::none() });
    });
}
