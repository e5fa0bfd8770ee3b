//! Many positions in one question: `GET /v1/sales/{sale}/positions`, as a display or another service asks.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use super::joins::Joined;
use super::pipeline::Questions;
use super::reads::{PositionSource, whole_answer};
use crate::client::{Origin, Request};

/// Places in one question.
pub const PLACES_ASKED: usize = 64;

/// Place after place, so many at a time.
#[derive(Debug)]
pub struct BatchedPositions {
    /// The server.
    pub origin: Origin,
    /// Whose line.
    pub sale: String,
    /// What was told when joining.
    pub joined: Arc<Vec<Joined>>,
}

/// The questions of one connection.
#[derive(Debug)]
pub struct BatchedQuestions {
    authority: String,
    path: String,
    joined: Arc<Vec<Joined>>,
    next: usize,
    step: usize,
    asked: VecDeque<Vec<u32>>,
    before_all: Option<u32>,
    wrong: u64,
}

impl PositionSource for BatchedPositions {
    type Questions = BatchedQuestions;

    fn questions(&self, number: usize, of: usize) -> (SocketAddr, BatchedQuestions) {
        let questions = BatchedQuestions {
            authority: self.origin.authority.clone(),
            path: format!("/v1/sales/{}/positions?numbers=", self.sale),
            joined: Arc::clone(&self.joined),
            next: number * PLACES_ASKED,
            step: of * PLACES_ASKED,
            asked: VecDeque::new(),
            before_all: None,
            wrong: 0,
        };
        (self.origin.address, questions)
    }

    fn wrong(asked: &BatchedQuestions) -> u64 {
        asked.wrong
    }
}

impl BatchedQuestions {
    /// While the line stands still, a number and those ahead of it differ by the same for everybody: those who were let
    /// in or left. Numbers that were let in have nobody ahead.
    fn check(&mut self, numbers: &[u32], body: &[u8]) -> bool {
        #[derive(serde::Deserialize)]
        struct Body {
            ahead: Vec<Option<u32>>,
        }
        let Ok(body) = serde_json::from_slice::<Body>(body) else { return false };
        let fits = body.ahead.iter().zip(numbers).all(|(ahead, number)| match ahead {
            None => false,
            Some(0) => true,
            Some(ahead) => *self.before_all.get_or_insert(number - ahead) == number - ahead,
        });
        fits && body.ahead.len() == numbers.len()
    }
}

impl Questions for BatchedQuestions {
    fn ask(&mut self, out: &mut Vec<u8>) -> bool {
        let length = self.joined.len();
        if length == 0 {
            return false;
        }
        let numbers: Vec<u32> = (self.next..self.next + PLACES_ASKED)
            .filter_map(|index| self.joined.get(index % length))
            .map(|join| join.number)
            .filter(|number| *number > 0)
            .collect();
        let mut path = self.path.clone();
        for (index, number) in numbers.iter().enumerate() {
            path.push_str(if index == 0 { "" } else { "," });
            path.push_str(&number.to_string());
        }
        Request::new("GET", &path).write(&self.authority, out);
        self.asked.push_back(numbers);
        self.next = (self.next + self.step) % length;
        true
    }

    fn answer(&mut self, bytes: &[u8]) -> Option<usize> {
        let Some((status, body, length)) = whole_answer(bytes)? else {
            self.wrong += 1;
            return Some(bytes.len().max(1));
        };
        let numbers = self.asked.pop_front().unwrap_or_default();
        let right = status == 200 && self.check(&numbers, body);
        self.wrong += u64::from(!right);
        Some(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_does_not_fit_the_others_is_counted() {
        let joined: Vec<Joined> = (1..=4).map(|number| Joined { number, ..Joined::default() }).collect();
        let source = BatchedPositions {
            origin: Origin::of_address(SocketAddr::from(([127, 0, 0, 1], 9))),
            sale: "sale_1".into(),
            joined: Arc::new(joined),
        };
        let (_, mut questions) = source.questions(0, 1);
        let mut out = Vec::new();
        for _ in 0..3 {
            assert!(questions.ask(&mut out));
        }
        let numbers = questions.asked[0].clone();
        assert_eq!(numbers[..5], [1, 2, 3, 4, 1]);
        let answer = |ahead: &dyn Fn(u32) -> String| {
            let list: Vec<String> = numbers.iter().map(|number| ahead(*number)).collect();
            let body = format!("{{\"ahead\":[{}]}}", list.join(","));
            format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        };
        let right = answer(&|number| (number - 1).to_string());
        let shifted = answer(&|number| number.saturating_sub(2).to_string());
        let unknown = answer(&|_| "null".into());
        for (text, wrong) in [(right, 0), (shifted, 1), (unknown, 2)] {
            assert_eq!(questions.answer(text.as_bytes()), Some(text.len()));
            assert_eq!(questions.wrong, wrong);
        }
    }
}
