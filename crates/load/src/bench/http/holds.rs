//! What is asked for in the HTTP rounds: each fan in turn holds one seat of its own.
//!
//! A fan has two seats and changes between them, so that every request changes the state durably for as long as a
//! round lasts, and so that afterwards exactly one of the two must be held.

use super::closed_loop::Source;
use crate::client::Request;

/// A fan with its two seats: `2 * index` and the one after it.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Index of the fan.
    pub index: u32,
    /// Its session token.
    pub session: String,
    /// Its admission pass.
    pub pass: String,
    /// Holds sent so far.
    turns: u32,
    /// The seat of the last acknowledged hold.
    pub held: Option<u32>,
}

impl Holder {
    /// A fan that holds nothing yet.
    pub fn new(index: u32, session: String, pass: String) -> Self {
        Self { index, session, pass, turns: 0, held: None }
    }
}

/// The fans of one connection, taking turns.
#[derive(Debug)]
pub struct Holds {
    path: String,
    fans: Vec<Holder>,
    at: usize,
    asked: u32,
    body: String,
}

impl Holds {
    /// These fans' holds of `sale`.
    pub fn new(sale: &str, fans: Vec<Holder>) -> Self {
        Self { path: format!("/v1/sales/{sale}/hold"), fans, at: 0, asked: 0, body: String::new() }
    }

    /// The fans again.
    pub fn into_fans(self) -> Vec<Holder> {
        self.fans
    }
}

impl Source for Holds {
    fn next(&mut self, authority: &str, out: &mut Vec<u8>) -> bool {
        let Some(fan) = self.fans.get_mut(self.at) else { return false };
        self.asked = 2 * fan.index + fan.turns % 2;
        fan.turns = fan.turns.wrapping_add(1);
        self.body.clear();
        self.body.push_str("{\"seats\":[");
        self.body.push_str(&self.asked.to_string());
        self.body.push_str("]}");
        let request = Request::new("PUT", &self.path).session(&fan.session).pass(Some(&fan.pass));
        request.json(self.body.as_bytes()).write(authority, out);
        true
    }

    fn take(&mut self, status: u16, _body: &[u8]) -> bool {
        let acknowledged = status == 200;
        if let Some(fan) = self.fans.get_mut(self.at)
            && acknowledged
        {
            fan.held = Some(self.asked);
        }
        self.at = (self.at + 1) % self.fans.len().max(1);
        acknowledged
    }
}

/// Shares `things` out over `connections`, as evenly as possible.
pub fn share_out<T>(things: Vec<T>, connections: usize) -> Vec<Vec<T>> {
    let mut shares: Vec<Vec<T>> = (0..connections.max(1)).map(|_| Vec::new()).collect();
    for (index, thing) in things.into_iter().enumerate() {
        let share = index % shares.len();
        shares[share].push(thing);
    }
    shares
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn fans_take_turns_and_change_between_their_seats() {
        let fans = vec![Holder::new(0, "a".into(), "p".into()), Holder::new(5, "b".into(), "q".into())];
        let mut holds = Holds::new("sale_1", fans);
        let mut bodies = Vec::new();
        for status in [200, 200, 409, 200] {
            let mut out = Vec::new();
            assert!(holds.next("h", &mut out));
            bodies.push(String::from_utf8(out).unwrap().split("\r\n\r\n").nth(1).unwrap().to_owned());
            assert_eq!(holds.take(status, b""), status == 200);
        }
        assert_eq!(bodies, ["{\"seats\":[0]}", "{\"seats\":[10]}", "{\"seats\":[1]}", "{\"seats\":[11]}"]);
        let held: Vec<_> = holds.into_fans().iter().map(|fan| fan.held).collect();
        assert_eq!(held, [Some(0), Some(11)]);
    }

    #[test]
    fn sharing_out_loses_nobody() {
        let shares = share_out((0..10).collect(), 4);
        assert_eq!(shares.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 2, 2]);
        assert_eq!(shares.into_iter().flatten().sum::<i32>(), 45);
    }
}
