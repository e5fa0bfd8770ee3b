//! Solves a challenge, in the same order as the browser does. For virtual fans and tests.

use super::equihash::{ROUNDS, ROWS, Row, SOLUTION_ROWS, Seed, digit, row_pair, seed, xor};
use super::proof::Proof;

/// Rows of a later round: about as many as of the first are expected; what is beyond is dropped.
const ROWS_MAX: usize = (ROWS + ROWS / 8) as usize;
const NONE: u32 = u32::MAX;

/// The proof of a challenge, if one of the first nonces has one.
pub fn solve(challenge: &str, difficulty: u8, nonces_max: u32) -> Option<String> {
    let seed = seed(challenge);
    (0..nonces_max)
        .find_map(|nonce| {
            let found = solutions(&seed, nonce).into_iter().map(|rows| Proof { nonce, rows });
            found.filter(Proof::rows_are_distinct).find(|proof| proof.is_rare(&seed, difficulty))
        })
        .map(|proof| proof.write())
}

/// Wagner's algorithm: in each round, pairs of rows that agree in the next digit become the rows of the next round.
fn solutions(seed: &Seed, nonce: u32) -> Vec<[u32; SOLUTION_ROWS]> {
    let mut rows: Vec<Row> = (0..ROWS / 2).flat_map(|pair| row_pair(seed, nonce, pair)).collect();
    let mut rounds: Vec<Vec<[u32; 2]>> = Vec::new();
    for round in 0..ROUNDS - 1 {
        let (mut sums, mut pairs) = (Vec::with_capacity(ROWS_MAX), Vec::with_capacity(ROWS_MAX));
        each_pair(&rows, round, |one, other| {
            let sum = xor(&rows[one as usize], &rows[other as usize]);
            // Rows that are equal cancel out at once: they come from the same rows, and lead to nothing.
            if sum != [0; 3] && sums.len() < ROWS_MAX {
                sums.push(sum);
                pairs.push([one, other]);
            }
        });
        rounds.push(pairs);
        rows = sums;
    }
    let mut solutions = Vec::new();
    each_pair(&rows, ROUNDS - 1, |one, other| {
        if rows[one as usize] == rows[other as usize] {
            let indexes = ordered(expand(&rounds, one), expand(&rounds, other));
            solutions.extend(<[u32; SOLUTION_ROWS]>::try_from(indexes));
        }
    });
    solutions
}

/// Calls with every two rows that agree in this round's digit.
fn each_pair(rows: &[Row], round: usize, mut call: impl FnMut(u32, u32)) {
    let mut head = vec![NONE; 1 << 16];
    let mut next = vec![NONE; rows.len()];
    for (index, row) in (0_u32..).zip(rows) {
        let digit = digit(row, round) as usize;
        let mut earlier = head[digit];
        while earlier != NONE {
            call(earlier, index);
            earlier = next[earlier as usize];
        }
        next[index as usize] = head[digit];
        head[digit] = index;
    }
}

/// The rows of the first list that a later row is the sum of, in the order that a proof has.
fn expand(rounds: &[Vec<[u32; 2]>], index: u32) -> Vec<u32> {
    match rounds.split_last() {
        None => vec![index],
        Some((last, earlier)) => {
            let [one, other] = last[index as usize];
            ordered(expand(earlier, one), expand(earlier, other))
        }
    }
}

fn ordered(one: Vec<u32>, other: Vec<u32>) -> Vec<u32> {
    if one[0] < other[0] { [one, other].concat() } else { [other, one].concat() }
}
