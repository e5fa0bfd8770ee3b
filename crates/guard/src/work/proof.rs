//! A proof: a nonce and 32 row indexes, as 96 letters of base64url, and its verification.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::equihash::{INDEX_BITS, ROUNDS, SOLUTION_ROWS, Seed, digit, row_pair, xor};

const NONCE_BYTES: usize = 4;
const PROOF_BYTES: usize = NONCE_BYTES + SOLUTION_ROWS * INDEX_BITS / 8;
/// Letters of a proof; anything of another length is refused unread.
pub const PROOF_CHARS: usize = PROOF_BYTES * 4 / 3;

const _: () = assert!((SOLUTION_ROWS * INDEX_BITS).is_multiple_of(8) && PROOF_BYTES.is_multiple_of(3));

/// A claimed solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proof {
    pub(crate) nonce: u32,
    pub(crate) rows: [u32; SOLUTION_ROWS],
}

impl Proof {
    /// Reads a proof; `None` if it is not one. Every proof has exactly one spelling.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.len() != PROOF_CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, packed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let bit = |at: usize| Some(u32::from(packed.get(at / 8)? >> (7 - at % 8) & 1));
        let mut rows = [0; SOLUTION_ROWS];
        for (number, row) in rows.iter_mut().enumerate() {
            for at in number * INDEX_BITS..(number + 1) * INDEX_BITS {
                *row = *row << 1 | bit(at)?;
            }
        }
        Some(Self { nonce: u32::from_be_bytes(*nonce), rows })
    }

    /// The proof as text.
    pub(crate) fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }

    fn bytes(&self) -> [u8; PROOF_BYTES] {
        let mut bytes = [0; PROOF_BYTES];
        bytes[..NONCE_BYTES].copy_from_slice(&self.nonce.to_be_bytes());
        let bits = self.rows.iter().flat_map(|row| (0..INDEX_BITS).rev().map(move |at| row >> at & 1));
        for (at, bit) in bits.enumerate() {
            bytes[NONCE_BYTES + at / 8] |= (bit as u8) << (7 - at % 8);
        }
        bytes
    }

    /// Whether the rows cancel out as they should, and the proof is one of the rare ones that the difficulty asks for.
    pub(crate) fn solves(&self, seed: &Seed, difficulty: u8) -> bool {
        // Cheapest first: one hash, then a sort, then up to 32 hashes.
        self.is_rare(seed, difficulty) && self.rows_are_distinct() && self.rows_cancel_out(seed)
    }

    /// The hash of the proof begins with so many zero bits.
    pub(crate) fn is_rare(&self, seed: &Seed, difficulty: u8) -> bool {
        let hash: [u8; 32] = Sha256::new().chain_update(seed).chain_update(self.bytes()).finalize().into();
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]).leading_zeros() >= u32::from(difficulty)
    }

    pub(crate) fn rows_are_distinct(&self) -> bool {
        let mut rows = self.rows;
        rows.sort_unstable();
        rows.windows(2).all(|pair| pair[0] != pair[1])
    }

    fn rows_cancel_out(&self, seed: &Seed) -> bool {
        let row = |index: &u32| row_pair(seed, self.nonce, index / 2)[(index % 2) as usize];
        let mut sums = self.rows.map(|index| row(&index)).to_vec();
        let mut firsts = self.rows.to_vec();
        for round in 0..ROUNDS {
            let agree = sums.chunks_exact(2).all(|pair| digit(&pair[0], round) == digit(&pair[1], round));
            // One of the two orders of each pair is the right one, so that a proof cannot be respelled.
            let ordered = firsts.chunks_exact(2).all(|pair| pair[0] < pair[1]);
            if !agree || !ordered {
                return false;
            }
            sums = sums.chunks_exact(2).map(|pair| xor(&pair[0], &pair[1])).collect();
            firsts = firsts.chunks_exact(2).map(|pair| pair[0]).collect();
        }
        sums == [[0; 3]]
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::super::equihash::seed;
    use super::super::solver::solve;
    use super::*;

    #[test]
    fn a_proof_in_another_order_or_with_a_row_twice_is_none() {
        let seed = seed("a challenge");
        let proof = Proof::read(&solve("a challenge", 0, 64).unwrap()).unwrap();
        assert!(proof.solves(&seed, 0));
        let mut swapped = proof.clone();
        swapped.rows.rotate_left(SOLUTION_ROWS / 2);
        assert!(!swapped.solves(&seed, 0), "the halves exchanged");
        let mut swapped = proof.clone();
        swapped.rows.swap(30, 31);
        assert!(!swapped.solves(&seed, 0), "the last pair exchanged");
        // All together the rows cancel out in any order; the rounds are what costs memory to find.
        let mut sorted = proof.clone();
        sorted.rows.sort_unstable();
        assert!(!sorted.solves(&seed, 0), "rows that do not agree round by round");
        // Rows that come twice cancel out without any work.
        let half: Vec<u32> = (0..SOLUTION_ROWS as u32 / 2).collect();
        let rows = [half.clone(), half].concat().try_into().unwrap();
        assert!(!Proof { nonce: 0, rows }.solves(&seed, 0));
        let rows = std::array::from_fn(|at| at as u32);
        assert!(!Proof { nonce: 0, rows }.solves(&seed, 0), "rows that do not cancel out");
    }
}
