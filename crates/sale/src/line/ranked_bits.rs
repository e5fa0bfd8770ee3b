//! A growing bitmap that counts the set bits before any position in constant time.
//!
//! Bits are kept in words; every block of 64 words has the number of set bits before it. Setting a bit adds one to
//! the blocks after it (250 blocks at a million bits), counting reads one block count and at most 64 words.

const WORDS_PER_BLOCK: usize = 64;

/// A bitmap with ranks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RankedBits {
    words: Vec<u64>,
    before_block: Vec<u32>,
    ones: u32,
}

impl RankedBits {
    /// The bitmap with these words; counts are made anew.
    pub fn from_words(words: Vec<u64>) -> Self {
        let mut ones = 0;
        let blocks = words.chunks(WORDS_PER_BLOCK).map(|block| {
            let before = ones;
            ones += block.iter().map(|word| word.count_ones()).sum::<u32>();
            before
        });
        let before_block = blocks.collect();
        Self { words, before_block, ones }
    }

    /// The words, 64 bits each, the first bit lowest.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Makes room for `bits` bits; new ones are clear.
    pub fn grow_to(&mut self, bits: usize) {
        let words = bits.div_ceil(64);
        if self.words.len() < words {
            self.words.resize(words, 0);
            self.before_block.resize(words.div_ceil(WORDS_PER_BLOCK), self.ones);
        }
    }

    /// Sets a bit. A bit beyond the end is ignored.
    pub fn set(&mut self, bit: usize) {
        let Some(word) = self.words.get_mut(bit / 64) else { return };
        let mask = 1u64 << (bit % 64);
        if *word & mask != 0 {
            return;
        }
        *word |= mask;
        self.ones += 1;
        for count in self.before_block.iter_mut().skip(bit / 64 / WORDS_PER_BLOCK + 1) {
            *count += 1;
        }
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>() + self.before_block.capacity() * size_of::<u32>()
    }

    /// How many bits are set.
    pub fn ones(&self) -> u32 {
        self.ones
    }

    /// Whether a bit is set.
    pub fn get(&self, bit: usize) -> bool {
        self.words.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// How many bits below `bit` are set.
    pub fn rank(&self, bit: usize) -> u32 {
        let word = bit / 64;
        if word >= self.words.len() {
            return self.ones;
        }
        let block = word / WORDS_PER_BLOCK;
        let whole: u32 = self.words[block * WORDS_PER_BLOCK..word].iter().map(|word| word.count_ones()).sum();
        let part = (self.words[word] & ((1u64 << (bit % 64)) - 1)).count_ones();
        self.before_block[block] + whole + part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rank_counts_as_a_loop_does(size in 1usize..20_000, set in prop::collection::vec(0usize..20_000, 0..300), at in 0usize..21_000) {
            let mut bits = RankedBits::default();
            // Growing in two steps: block counts of new blocks must start at what is already set.
            bits.grow_to(size / 2);
            for bit in set.iter().filter(|bit| **bit < size / 2) { bits.set(*bit); }
            bits.grow_to(size);
            for bit in set.iter().filter(|bit| **bit < size) { bits.set(*bit); }
            let expected = (0..at).filter(|bit| bits.get(*bit)).count() as u32;
            prop_assert_eq!(bits.rank(at), expected);
            let distinct: std::collections::BTreeSet<_> = set.iter().filter(|bit| **bit < size).collect();
            prop_assert_eq!(bits.rank(usize::MAX / 2), distinct.len() as u32);
            prop_assert_eq!(RankedBits::from_words(bits.words().to_vec()), bits);
        }
    }
}
