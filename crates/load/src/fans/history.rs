//! What the clients saw: who sent what when, and what came back. The evidence against the server.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;

use super::wire::{Item, OrderStage};

/// How far the clocks may drift apart during a run, milliseconds.
const CLOCKS_APART_MS: i64 = 100;

/// What a fan asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A place in line.
    Join,
    /// Where do I stand.
    Poll,
    /// I am here.
    Enter,
    /// These seats.
    Hold,
    /// I leave.
    Leave,
    /// To the till.
    Order,
    /// Card on the provider's page.
    Pay,
    /// Is it paid.
    OrderPoll,
}

impl Step {
    /// The step as a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Poll => "poll",
            Self::Enter => "enter",
            Self::Hold => "hold",
            Self::Leave => "leave",
            Self::Order => "order",
            Self::Pay => "pay",
            Self::OrderPoll => "order_poll",
        }
    }
}

/// One request, in microseconds since the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub fan: u32,
    /// What.
    pub step: Step,
    /// When the fan wanted it.
    pub intended_us: u64,
    /// When the first byte left; 0 if none did.
    pub sent_us: u64,
    /// When the last byte came; 0 if there was no answer.
    pub received_us: u64,
    /// The answer's status; 0 if there was none.
    pub status: u16,
    /// The answer's error code, see [`History::code`]; 0 if it had none.
    pub code: u16,
}

/// A join the server acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JoinFact {
    /// When the first attempt was sent: from here on it may have taken effect.
    pub first_sent_us: u64,
    /// When it was acknowledged.
    pub received_us: u64,
    /// The place number.
    pub number: u32,
}

/// Seats that were certainly in this fan's hands from one instant to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldFact {
    /// Acknowledged here.
    pub from_us: u64,
    /// The fan asked for something else, or the announced deadline passed; `u64::MAX` once paid.
    pub until_us: u64,
    /// One item per ticket.
    pub items: Vec<Item>,
}

/// An order the server acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderFact {
    /// Its id.
    pub id: String,
    /// One item per ticket.
    pub items: Vec<Item>,
    /// The last stage the fan saw.
    pub stage: OrderStage,
    /// The tickets the fan was given.
    pub tickets: Vec<String>,
    /// The provider took a good card.
    pub paid_at_provider: bool,
}

/// How it ended for a fan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Has tickets.
    Bought,
    /// Left with seats in hand.
    LeftAtSelection,
    /// Was not heard of again, with seats in hand.
    VanishedAtSelection,
    /// Was not heard of again, before paying.
    VanishedAtPayment,
    /// There was nothing left.
    SoldOut,
    /// Took too long to come or to choose.
    TimedOut,
    /// The order was not paid in time, or was called off.
    OrderEnded,
    /// Paid, and got the money back.
    Refunded,
    /// The server would not let the line go on, for a reason fans do not know.
    Released,
    /// An answer nobody expected.
    Refused,
    /// No answer after many attempts.
    Unanswered,
    /// The run was over first.
    RunOver,
}

/// Everything one fan was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FanRecord {
    /// Index of the fan and of its session.
    pub fan: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// The place.
    pub join: Option<JoinFact>,
    /// The holds, in order.
    pub holds: Vec<HoldFact>,
    /// The order.
    pub order: Option<OrderFact>,
    /// Times the server said that nothing was held although something certainly was.
    pub holds_lost: u32,
    /// The answer that nobody expected.
    pub surprise: Option<String>,
}

impl FanRecord {
    /// A fan who has not done anything yet.
    pub fn new(fan: u32) -> Self {
        Self { fan, outcome: Outcome::RunOver, join: None, holds: vec![], order: None, holds_lost: 0, surprise: None }
    }
}

/// All requests of a run.
#[derive(Debug)]
pub struct History {
    began: Instant,
    began_ms: i64,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    entries: Vec<Entry>,
    codes: Vec<String>,
    code_index: HashMap<String, u16>,
}

impl History {
    /// An empty history that begins now; `now_ms` is the same instant in unix milliseconds.
    pub fn new(now: Instant, now_ms: i64) -> Self {
        Self { began: now, began_ms: now_ms, log: Mutex::default() }
    }

    /// Microseconds from the beginning to `at`; at least 1, since 0 means never.
    pub fn us(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.began).as_micros()).unwrap_or(u64::MAX).max(1)
    }

    /// Microseconds from the beginning to an instant of the server, rounded down; the clocks are taken to agree.
    pub fn us_of_ms(&self, unix_ms: i64) -> u64 {
        u64::try_from(unix_ms.saturating_sub(self.began_ms)).unwrap_or(0).saturating_mul(1_000)
    }

    /// Until when a fan can count on a deadline of the server, microseconds: a little earlier, since the wall clock
    /// may be slewed against this process's own during a run.
    pub fn certain_until_us(&self, deadline_ms: i64) -> u64 {
        self.us_of_ms(deadline_ms.saturating_sub(CLOCKS_APART_MS))
    }

    /// The instant `unix_ms` by this process's clock; now, if it is past the beginning.
    pub fn instant_of_ms(&self, unix_ms: i64) -> Instant {
        self.began + std::time::Duration::from_micros(self.us_of_ms(unix_ms))
    }

    /// Adds a request; `code` is the stable word of its error, or empty.
    pub fn add(&self, mut entry: Entry, code: &str) {
        let mut log = self.log();
        if !code.is_empty() {
            entry.code = log.intern(code);
        }
        log.entries.push(entry);
    }

    /// A copy of all requests so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.log().entries.clone()
    }

    /// The error code with this number.
    pub fn code(&self, number: u16) -> Option<String> {
        self.log().codes.get(usize::from(number).checked_sub(1)?).cloned()
    }

    /// Writes one JSON object per request.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let log = self.log();
        for entry in &log.entries {
            let code = usize::from(entry.code).checked_sub(1).and_then(|index| log.codes.get(index));
            let line = serde_json::json!({
                "fan": entry.fan, "step": entry.step, "intended_us": entry.intended_us, "sent_us": entry.sent_us,
                "received_us": entry.received_us, "status": entry.status, "code": code,
            });
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// A number for the code; codes are few, and beyond 65,534 they are not told apart.
    fn intern(&mut self, code: &str) -> u16 {
        if let Some(number) = self.code_index.get(code) {
            return *number;
        }
        let Ok(number) = u16::try_from(self.codes.len() + 1) else { return u16::MAX };
        self.codes.push(code.to_owned());
        self.code_index.insert(code.to_owned(), number);
        number
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_written_line_by_line_with_its_codes() {
        let history = History::new(Instant::now(), 1_000);
        let entry =
            Entry { fan: 3, step: Step::Hold, intended_us: 1, sent_us: 2, received_us: 3, status: 409, code: 0 };
        history.add(entry, "seat_taken");
        history.add(Entry { status: 200, ..entry }, "");
        let mut out = Vec::new();
        history.write_lines(&mut out).unwrap();
        let lines: Vec<serde_json::Value> = out
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        assert_eq!(
            (lines[0]["code"].as_str(), lines[1]["code"].as_str(), lines[0]["step"].as_str()),
            (Some("seat_taken"), None, Some("hold"))
        );
        assert_eq!(history.code(history.entries()[0].code).as_deref(), Some("seat_taken"));
        assert_eq!(history.us_of_ms(1_005), 5_000);
    }
}
