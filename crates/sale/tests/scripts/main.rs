//! The rules of a sale as readable scenarios: each line is something that happens, and what must come of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod draw;
mod floor;
mod keys;
mod line;
mod no_shows;
mod odds;
mod orders;
mod parse;
mod pauses;
mod play;
mod steering;
#[path = "../support/mod.rs"]
mod support;

/// Plays a scenario and fails at the first line that goes otherwise.
///
/// Setup lines come first: `hall 4 4 standing 5`, `limit 3`, `price 0`, `capacity 2`, `rate 2 per 10s`,
/// `admissions 3`. Seats are numbered from 0, accounts are letters, orders are `o1`, `o2`, …, keys `k1`, `k2`, ….
/// Unless set up otherwise the sale opens at 1 s, grace is 10 s, select time 60 s, pay time 30 s, and seats cost 50.00.
///
/// After every line the invariants are checked and that no wake-up lies in the past; at the end a replay and a
/// snapshot must give the same state.
pub fn check(script: &str) {
    let lines = parse::lines(script);
    let setup = lines.iter().take_while(|line| play::is_setup(line)).count();
    let mut play = play::Play::new(&lines[..setup]);
    for line in &lines[setup..] {
        play.line(line);
    }
    play.end();
}
