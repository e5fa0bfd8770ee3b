//! A list that only grows, in pieces that never move: growing copies nothing, and leaves no room behind that was too
//! small. A list in one piece of a million entries has left as much behind as it holds.

/// Entries of a piece.
const CHUNK: usize = 16_384;

/// The list.
#[derive(Debug, Clone)]
pub(crate) struct Chunks<T> {
    chunks: Vec<Vec<T>>,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T: Copy> Chunks<T> {
    /// How many entries.
    pub(crate) fn len(&self) -> usize {
        self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK + last.len())
    }

    /// An entry.
    pub(crate) fn get(&self, index: usize) -> Option<T> {
        self.chunks.get(index / CHUNK)?.get(index % CHUNK).copied()
    }

    /// Appends an entry.
    pub(crate) fn push(&mut self, entry: T) {
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => last.push(entry),
            // The first piece grows as it is needed: most lines are short.
            None => self.chunks.push(vec![entry]),
            Some(_) => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(entry);
                self.chunks.push(chunk);
            }
        }
    }

    /// All entries, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.chunks.iter().flatten().copied()
    }

    /// Bytes on the heap, those in reserve included.
    pub(crate) fn heap_bytes(&self) -> usize {
        let pieces: usize = self.chunks.iter().map(|chunk| chunk.capacity() * size_of::<T>()).sum();
        pieces + self.chunks.capacity() * size_of::<Vec<T>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_where_they_were_put_across_all_pieces() {
        let mut list = Chunks::default();
        assert_eq!((list.len(), list.get(0)), (0, None));
        let count = 2 * CHUNK + 3;
        (0..count).for_each(|entry| list.push(entry));
        assert_eq!(list.len(), count);
        for index in [0, CHUNK - 1, CHUNK, 2 * CHUNK - 1, 2 * CHUNK, count - 1] {
            assert_eq!(list.get(index), Some(index));
        }
        assert_eq!(list.get(count), None);
        assert!(list.iter().eq(0..count));
        assert!(list.heap_bytes() < (3 * CHUNK + 100) * size_of::<usize>());
    }
}
