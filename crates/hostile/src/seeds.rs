//! Where every corpus begins: inputs that are right, so that mutations of them get past the first check.

use domain::{Duration, OrderId, SeatIndex};
use guard::{PassFacts, TokenId, WaitFacts, WorkFacts};
use link::protocol::{Ask, Question, ToEngine};
use payments::webhook::sign;
use tickets::{TicketClaims, TicketId, TicketPlace};

use crate::targets::{ACCOUNT, KEYS, NOW, SALE, SECRETS, SESSION, TICKET_KEY};

/// The right inputs of a target.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    match name {
        "ticket_codes" => ticket_codes(),
        "ticket_keys" => vec![TICKET_KEY.public_key().to_pem().into(), TICKET_KEY.public_key().to_base64().into()],
        "tokens" => tokens(),
        "webhooks" => webhooks(),
        "plans" => texts(&[PLAN]),
        "events" => events(),
        "link_frames" => link_frames(),
        "socket_frames" => socket_frames(),
        "headers" => texts(&HEADERS),
        "forms" => texts(&["count=2&level=1", "email=a%40example.org&password=correct+horse+battery"]),
        "bodies" => texts(&BODIES),
        "queries" => texts(&["after=ZXZlbnRzOjQy&limit=50", "lang=ko", "text=hall&from_ms=1&city=Seoul"]),
        "cursors" => texts(&["ZXZlbnRzOjQy", ""]),
        "ids" => texts(&["acct_00000000000000000000000000000007", "EUR", "2026-11-26T19:30:00+09:00", &ids()]),
        "config" => texts(&CONFIG),
        _ => vec![],
    }
}

const PLAN: &str = r##"{"name":"Hall","categories":[{"name":"A","color":"#336699"}],"size":{"width":100,"height":50},
"zones":[{"name":"Stalls","zone_id":"z","position":{"x":0,"y":0},"areas":[{"shape":"rectangle","position":{"x":1,"y":2},
"rectangle":{"width":3,"height":4},"color":"#fff","border_color":"#000","rotation":0,"text":{"text":"Stage"}}],
"rows":[{"row_number":"1","row_id":"r","row_number_position":"both","position":{"x":0,"y":0},"seats":[
{"seat_guid":"g1","seat_number":"1","seat_id":"s1","category":"A","position":{"x":0,"y":0}},
{"seat_guid":"g2","seat_number":"2","seat_id":"s2","category":"A","position":{"x":20,"y":0}}]}]}]}"##;

const HEADERS: [&str; 3] = [
    "cookie: a=b; onsale_session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; c=d\nidempotency-key: one-1",
    "connection: keep-alive, Upgrade\nupgrade: websocket\nsec-websocket-version: 13\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    "x-forwarded-for: 198.51.100.1, ::ffff:10.0.0.2\nx-forwarded-for: 203.0.113.7",
];

const BODIES: [&str; 5] = [
    r#"{"email":"a@example.org","password":"correct horse battery","name":"A","locale":"ko"}"#,
    r#"{"seats":[1,2,3],"areas":[{"area":0,"count":2}]}"#,
    r#"{"best_available":{"count":2,"level":1,"adjacent":false}}"#,
    r#"{"capacity":100,"rate":{"count":10,"interval_ms":1000},"admissions_max":5000}"#,
    r#"{"text":"The doors open at seven."}"#,
];

const CONFIG: [&str; 3] = [
    "[server]\nlisten = \"127.0.0.1:8080\"\npublic_url = \"https://tickets.example.org\"\n[engine]\ninbox_commands_max = 4096\n",
    "ONSALE_SERVER__LISTEN=127.0.0.1:8080",
    "engine.inbox_commands_max=4096",
];

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn ids() -> String {
    OrderId::mint(SALE, NOW, 5).to_string()
}

fn ticket_codes() -> Vec<Vec<u8>> {
    let places =
        [TicketPlace::Seat(SeatIndex(12)), TicketPlace::Area { area: domain::AreaIndex(1), number: 4_000_000_000 }];
    let claims = |place| TicketClaims { ticket: TicketId { sale: SALE, serial: 9 }, place, starts_at_s: 1_760_000_000 };
    places.map(|place| TICKET_KEY.sign(&claims(place)).as_str().as_bytes().to_vec()).into()
}

fn tokens() -> Vec<Vec<u8>> {
    let (id, expires_at) = (TokenId::new(11), NOW + Duration::from_mins(5));
    let pass = KEYS.issue_pass(&PassFacts { id, account: ACCOUNT, sale: SALE, expires_at }, &SESSION, NOW);
    let wait = KEYS.issue_wait(WaitFacts { id, not_before: NOW, expires_at }, ACCOUNT, SALE, NOW);
    let work = KEYS.issue_challenge(WorkFacts { id, expires_at, difficulty: 0 }, ACCOUNT, SALE, NOW);
    let texts = [
        pass.map(|pass| pass.as_str().to_owned()),
        wait.map(|wait| wait.text),
        work.map(|work| format!("{}.{}", work.text, "A".repeat(guard::PROOF_CHARS))),
    ];
    texts.into_iter().flatten().map(String::into_bytes).collect()
}

fn webhooks() -> Vec<Vec<u8>> {
    let body = r#"{"id":"evt_1","kind":"captured","order":"ORDER","payment":{"id":"pay_1","order":"ORDER",
        "amount":{"amount":9900,"currency":"EUR"},"status":"captured","page_url":"http://127.0.0.1/pay/pay_1",
        "refunded":{"amount":0,"currency":"EUR"}},"created_at_ms":1760000000000}"#
        .replace("ORDER", &ids());
    let signed = format!("{}\n{body}", sign(&SECRETS[0], body.as_bytes(), NOW));
    vec![signed.into_bytes(), format!("t=1,v1=00\n{body}").into_bytes()]
}

fn events() -> Vec<Vec<u8>> {
    use sale::{Event, Items, Recorded};
    let place = domain::PlaceNumber(1);
    let items = Items { seats: vec![SeatIndex(1), SeatIndex(300)], areas: vec![(domain::AreaIndex(0), 2)] };
    let events = [
        Event::Joined { first: place, accounts: vec![ACCOUNT, domain::AccountId::new(u128::MAX)] },
        Event::SeatsHeld { place, hold: domain::HoldNumber(7), items },
        Event::PaymentOpened { order: OrderId::new(1), payment: "pay_1".into(), page_url: "https://pay/1".into() },
        Event::LineDrawn { seed: [7; 32] },
        Event::Announced { text: "The doors open at seven.".into() },
        Event::WriterChanged { term: 3 },
    ];
    let bytes = |event| {
        let mut bytes = Vec::new();
        let _ = engine::encode::append_event(&Recorded { at: NOW, key: None, event }, &mut bytes);
        bytes
    };
    events.map(bytes).into()
}

/// Frames without their length, as they are decoded.
fn link_frames() -> Vec<Vec<u8>> {
    let question = Question::Submit { sale: SALE, request: (None, sale::Command::Join { account: ACCOUNT }) };
    let ask = ToEngine::Ask(vec![Ask { id: 1, patience_ms: 5_000, question }]);
    let hello = link::hello::Hello { version: 1, gateway: "gate".into(), nonce: [1; 32], proof: [2; 32] };
    let (mut asked, mut said) = (Vec::new(), Vec::new());
    let _ = (link::frame::append(&ask, &mut asked), link::frame::append(&hello, &mut said));
    [asked, said].into_iter().filter_map(|frame| Some(frame.get(4..)?.to_vec())).collect()
}

/// A masked text, a ping and a close.
fn socket_frames() -> Vec<Vec<u8>> {
    let frame = |opcode: u8, payload: &[u8]| {
        let mut frame = vec![0x80 | opcode, 0x80 | payload.len() as u8, 1, 2, 3, 4];
        frame.extend(payload.iter().zip([1, 2, 3, 4].iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame
    };
    let all = [frame(1, br#"{"type":"ping"}"#), frame(9, b"?"), frame(8, &[3, 232])].concat();
    vec![all, frame(1, "자리".as_bytes())]
}
