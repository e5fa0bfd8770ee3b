//! The draw: an order of the lobby that nobody could choose and everybody can recompute.
//!
//! Before the lobby gathers, the commitment `SHA-256(seed)` is published. After the opening the seed is, together with
//! the lobby in the order of arrival. The order follows from both, in any language ([`ALGORITHM`]):
//!
//! 1. Random words: block `k` (from 0) is `SHA-256(seed || k as 8 bytes, big-endian)`, read as eight unsigned words of
//!    32 bits, big-endian; the blocks follow one another.
//! 2. A number from 0 to `bound - 1`: with `limit = 2^32 - (2^32 mod bound)`, words that are not below `limit` are
//!    skipped (so that no number is more likely than another); the first other word, modulo `bound`.
//! 3. Fisher and Yates (Knuth, The Art of Computer Programming, volume 2, algorithm P): `order` begins as 0, 1, …,
//!    n - 1; for `i` from n - 1 down to 1, swap `order[i]` and `order[j]`, `j` a number from 0 to `i` by step 2.
//!
//! `order[k]` is the arrival index (from 0) of who gets place `k + 1`. The seed decides alone: whoever knows it early
//! must be kept from adding to the lobby, and the list of entries should be published before the seed is.

use std::fmt;

use domain::{AccountId, SaleId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// The name of the algorithm above.
pub const ALGORITHM: &str = "onsale-draw-1: sha256-counter, rejection, fisher-yates";

/// The commitment to a seed: its SHA-256.
pub fn commit(seed: &[u8; 32]) -> [u8; 32] {
    Sha256::digest(seed).into()
}

/// The arrival index of who gets place 1, 2, …, of so many entries.
pub fn order(seed: &[u8; 32], count: u32) -> Vec<u32> {
    let mut words = Words { seed, block: 0, words: [0; 8], next: 8 };
    let mut order: Vec<u32> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last as usize, words.below(last + 1) as usize);
    }
    order
}

/// What is published of an entry: the first 16 bytes of `SHA-256(sale as 4 bytes || account as 16 bytes)`, both
/// big-endian. An account can find itself in the list, and nobody else can find out who it is.
pub fn token(sale: SaleId, account: AccountId) -> Hex<16> {
    let digest = Sha256::new().chain_update(sale.get().to_be_bytes()).chain_update(account.bits().to_be_bytes());
    let mut head = [0; 16];
    head.copy_from_slice(&digest.finalize()[..16]);
    Hex(head)
}

/// The words of step 1.
struct Words<'a> {
    seed: &'a [u8; 32],
    block: u64,
    words: [u32; 8],
    next: usize,
}

impl Words<'_> {
    fn word(&mut self) -> u32 {
        if self.next == self.words.len() {
            let digest = Sha256::new().chain_update(self.seed).chain_update(self.block.to_be_bytes()).finalize();
            for (word, bytes) in self.words.iter_mut().zip(digest.chunks_exact(4)) {
                *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
            }
            self.block += 1;
            self.next = 0;
        }
        self.next += 1;
        self.words[self.next - 1]
    }

    /// Step 2.
    fn below(&mut self, bound: u32) -> u32 {
        let limit = (1u64 << 32) - (1u64 << 32) % u64::from(bound);
        loop {
            let word = self.word();
            if u64::from(word) < limit {
                return word % bound;
            }
        }
    }
}

/// Bytes that are written in hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hex<const N: usize>(pub [u8; N]);

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> Serialize for Hex<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Hex<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; N];
        hex::decode_to_slice(&text, &mut bytes).map_err(de::Error::custom)?;
        Ok(Self(bytes))
    }
}

/// All that is needed to draw again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawRecord {
    /// Which sale.
    pub sale: SaleId,
    /// [`ALGORITHM`].
    pub algorithm: String,
    /// Published before the lobby gathered.
    pub commitment: Hex<32>,
    /// Published after the opening.
    pub seed: Hex<32>,
    /// The lobby in the order of arrival: the [`token`] of each entry.
    pub entries: Vec<Hex<16>>,
    /// The place that each entry drew, in the order of `entries`.
    pub places: Vec<u32>,
}

/// What is wrong with a draw.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DrawFault {
    /// Drawn in a way this program does not know.
    #[error("the order was drawn by `{0}`, this program knows `{ALGORITHM}`")]
    AlgorithmUnknown(String),
    /// The seed is not the one that was promised.
    #[error("the seed does not match the commitment: SHA-256 of the seed is {0}")]
    SeedChanged(Hex<32>),
    /// Entries and places do not belong together.
    #[error("there are {entries} entries and {places} places")]
    CountsDiffer {
        /// How many entries.
        entries: usize,
        /// How many places.
        places: usize,
    },
    /// An entry would have two chances.
    #[error("entry {0} is in the lobby twice")]
    EntryTwice(Hex<16>),
    /// An entry has another place than it drew.
    #[error("entry {entry} (number {arrival} to arrive) drew place {drawn}, the record says {recorded}")]
    PlaceChanged {
        /// Which entry.
        entry: Hex<16>,
        /// When it came, counted from 1.
        arrival: usize,
        /// The place it drew.
        drawn: u32,
        /// The place of the record.
        recorded: u32,
    },
}

impl DrawRecord {
    /// Draws again from what is published.
    ///
    /// # Errors
    /// What differs first.
    pub fn verify(&self) -> Result<(), DrawFault> {
        if self.algorithm != ALGORITHM {
            return Err(DrawFault::AlgorithmUnknown(self.algorithm.clone()));
        }
        let commitment = Hex(commit(&self.seed.0));
        if commitment != self.commitment {
            return Err(DrawFault::SeedChanged(commitment));
        }
        let (entries, places) = (self.entries.len(), self.places.len());
        let count = u32::try_from(entries).ok().filter(|_| entries == places);
        let count = count.ok_or(DrawFault::CountsDiffer { entries, places })?;
        let mut sorted = self.entries.clone();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(DrawFault::EntryTwice(pair[0]));
        }
        for (drawn, index) in (1..).zip(order(&self.seed.0, count)) {
            let index = index as usize;
            let (entry, recorded) = (self.entries[index], self.places[index]);
            if recorded != drawn {
                return Err(DrawFault::PlaceChanged { entry, arrival: index + 1, drawn, recorded });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "draw_tests.rs"]
mod tests;
