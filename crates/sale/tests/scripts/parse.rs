//! Reads the lines of a scenario.

use domain::{AccountId, AreaIndex, CommandId, Duration, OrderId, PriceLevelIndex, SeatIndex, Timestamp};
use sale::command::Places;
use sale::{BestAvailable, Choice, Command, Pace, Rate};

/// One line: what happens, under which key, and what must come of it.
pub struct Line {
    pub text: String,
    pub words: Vec<String>,
    pub key: Option<CommandId>,
    pub expected: Option<String>,
}

/// The lines of a scenario without comments and empty lines.
pub fn lines(script: &str) -> Vec<Line> {
    let lines = script.lines().map(|line| line.split('#').next().unwrap().trim());
    lines.filter(|line| !line.is_empty()).map(line).collect()
}

fn line(text: &str) -> Line {
    let (left, expected) = match text.split_once("->") {
        Some((left, right)) => (left, Some(right.trim().to_owned())),
        None => (text, None),
    };
    let mut words: Vec<String> = left.split_whitespace().map(str::to_owned).collect();
    let key = words.iter().position(|word| word == "key").map(|at| {
        let key = number(&words[at + 1][1..]);
        words.truncate(at);
        CommandId::new(u128::from(key))
    });
    Line { text: text.to_owned(), words, key, expected }
}

/// A whole number.
pub fn number(word: &str) -> u32 {
    word.parse().unwrap_or_else(|_| panic!("`{word}` is not a number"))
}

/// `A` is account 1.
pub fn account(word: &str) -> AccountId {
    assert_eq!(word.len(), 1, "`{word}` is not an account");
    AccountId::new(u128::from(word.as_bytes()[0] - b'A' + 1))
}

/// `o1` is order 1.
pub fn order(word: &str) -> OrderId {
    OrderId::new(u128::from(number(word.strip_prefix('o').unwrap())))
}

/// `21s` or `999ms`.
pub fn span(word: &str) -> Duration {
    match word.strip_suffix("ms") {
        Some(millis) => Duration::from_millis(number(millis)),
        None => Duration::from_secs(number(word.strip_suffix('s').unwrap())),
    }
}

/// `0 1 standing 2`: seats, and people in the area.
pub fn places(words: &[String]) -> Places {
    let at = words.iter().position(|word| word == "standing").unwrap_or(words.len());
    let seats = words[..at].iter().map(|word| SeatIndex(number(word))).collect();
    let areas = words.get(at + 1).map(|people| (AreaIndex(0), number(people))).into_iter().collect();
    Places { seats, areas }
}

/// `capacity 2 rate 2 per 10s admissions 3`, any of them.
pub fn pace(words: &[String]) -> Pace {
    let after = |name: &str| words.iter().position(|word| word == name).map(|at| &words[at + 1]);
    Pace {
        capacity: after("capacity").map(|word| number(word)),
        rate: after("rate").map(|count| Rate { count: number(count), interval: span(after("per").unwrap()) }),
        admissions_max: after("admissions").map(|word| number(word)),
    }
}

/// Seed 7 is 32 bytes of 7.
fn seed(word: &str) -> [u8; 32] {
    [number(word) as u8; 32]
}

fn after<'a>(words: &'a [String], name: &str) -> &'a String {
    &words[words.iter().position(|word| word == name).unwrap() + 1]
}

/// The command of a line, if it is one that needs nothing but its words.
pub fn command(words: &[String]) -> Option<Command> {
    let who = || account(&words[1]);
    Some(match words[0].as_str() {
        "join" if words.len() == 2 => Command::Join { account: who() },
        "join" => Command::JoinMany { accounts: words[1..].iter().map(|word| account(word)).collect() },
        "enter" => Command::Enter { account: who() },
        "leave" => Command::Leave { account: who() },
        "hold" => Command::PlaceHold { account: who(), choice: Choice::These(places(&words[2..])) },
        "best" => Command::PlaceHold { account: who(), choice: Choice::BestAvailable(wish(&words[2..])) },
        "release" => Command::ReleaseHold { account: who() },
        "checkout" => Command::BeginCheckout { account: who(), order: order(&words[2]) },
        "cancel" => Command::CancelOrder { account: who(), order: order(&words[2]) },
        "opened" => Command::RecordPaymentOpened {
            order: order(&words[1]),
            payment: format!("pay_{}", words[1]),
            page_url: format!("https://pay.example/{}", words[1]),
        },
        "declined" => Command::RecordPaymentDeclined { order: order(&words[1]) },
        "never-paid" => Command::RecordPaymentCancelled { order: order(&words[1]) },
        "sent-back" => Command::RecordRefund { order: order(&words[1]) },
        "refund" => Command::RefundOrder { order: order(&words[1]) },
        "block" => Command::Block { choice: places(&words[1..]) },
        "unblock" => Command::Unblock { choice: places(&words[1..]) },
        "pause" => Command::Pause,
        "resume" => Command::Resume,
        "close" => Command::Close,
        "pace" => Command::SetPace { pace: pace(&words[1..]) },
        "lobby" => Command::SetLobby {
            commitment: sale::line::draw::commit(&seed(&words[1])),
            gathers_from: Timestamp::from_millis(0) + span(after(words, "from")),
        },
        "draw" => Command::OpenDraw { seed: seed(&words[1]) },
        "throttle" => Command::Throttle { permille: number(&words[1]) as u16 },
        "no-shows" => Command::SetNoShowCorrection { on: words[1] == "on" },
        "announce" => Command::Announce { text: words[1..].join(" ") },
        "check-in" => Command::CheckIn { serial: number(&words[1]) },
        _ => return None,
    })
}

/// `2 adjacent level 0 wheelchairs 1`: how many, and the rest optional.
fn wish(words: &[String]) -> BestAvailable {
    let level = words.iter().position(|word| word == "level").map(|at| number(&words[at + 1]) as u8);
    let accessible = words.iter().position(|word| word == "wheelchairs").map_or(0, |at| number(&words[at + 1]));
    let adjacent = words.iter().any(|word| word == "adjacent");
    BestAvailable { count: number(&words[0]), level: level.map(PriceLevelIndex), adjacent, accessible }
}
