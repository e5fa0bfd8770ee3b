//! The rows of Equihash(96, 5) over SHA-256.
//!
//! Row `i` of a nonce is half of `SHA-256(seed, nonce, i / 2)`: 96 bits, which are 6 digits of 16 bits. A solution is
//! 32 rows that cancel out, found by 5 rounds of pairing rows that agree in the next digit.

use sha2::{Digest, Sha256};

/// Rounds of pairing.
pub(crate) const ROUNDS: usize = 5;
/// Rows of a solution.
pub(crate) const SOLUTION_ROWS: usize = 1 << ROUNDS;
/// Bits of the index of a row.
pub(crate) const INDEX_BITS: usize = 17;
/// Rows of a list.
pub(crate) const ROWS: u32 = 1 << INDEX_BITS;

/// 96 bits.
pub(crate) type Row = [u32; 3];
/// What the rows of a challenge are derived from.
pub(crate) type Seed = [u8; 32];

/// The seed of a challenge: of its whole text, with the signature, so that nobody can start before it was issued.
pub(crate) fn seed(challenge: &str) -> Seed {
    Sha256::digest(challenge.as_bytes()).into()
}

/// Two neighbouring rows: `2 * pair` and `2 * pair + 1`.
pub(crate) fn row_pair(seed: &Seed, nonce: u32, pair: u32) -> [Row; 2] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(seed)
        .chain_update(nonce.to_be_bytes())
        .chain_update(pair.to_be_bytes())
        .finalize()
        .into();
    let word = |at: usize| u32::from_be_bytes([hash[4 * at], hash[4 * at + 1], hash[4 * at + 2], hash[4 * at + 3]]);
    [[word(0), word(1), word(2)], [word(3), word(4), word(5)]]
}

/// The digit of a row that a round pairs by.
pub(crate) fn digit(row: &Row, round: usize) -> u32 {
    let word = row[round / 2];
    if round.is_multiple_of(2) { word >> 16 } else { word & 0xFFFF }
}

pub(crate) fn xor(one: &Row, other: &Row) -> Row {
    [one[0] ^ other[0], one[1] ^ other[1], one[2] ^ other[2]]
}
