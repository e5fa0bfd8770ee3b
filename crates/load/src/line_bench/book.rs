//! The sessions of a crowd: a million tokens in one piece of memory, and in a file for the client processes.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Tokens of one length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    bytes: Vec<u8>,
    width: usize,
}

impl Book {
    /// Adds tokens; false, and nothing added, if one differs in length from those before or is not ASCII.
    pub fn extend(&mut self, tokens: &[String]) -> bool {
        let width = if self.width == 0 { tokens.first().map_or(0, String::len) } else { self.width };
        if width == 0 || tokens.iter().any(|token| token.len() != width || !token.is_ascii()) {
            return tokens.is_empty();
        }
        self.width = width;
        tokens.iter().for_each(|token| self.bytes.extend_from_slice(token.as_bytes()));
        true
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.bytes.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// One of them; empty if there is no such.
    pub fn token(&self, index: usize) -> &str {
        let bytes = self.bytes.get(index * self.width..(index + 1) * self.width).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Writes those with these indexes, in this order, one a line, for the owner of the file only.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path, indexes: &[u32]) -> io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let mut out = BufWriter::new(file);
        for index in indexes {
            out.write_all(self.token(*index as usize).as_bytes())?;
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// Reads `count` tokens of such a file from the `first` on.
    ///
    /// # Errors
    /// If the file cannot be read or ends before.
    pub fn read(path: &Path, first: usize, count: usize) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut head = [0; 256];
        let read = file.read(&mut head)?;
        let width = head.iter().take(read).position(|byte| *byte == b'\n');
        let width = width.ok_or_else(|| io::Error::other("the file does not begin with a line of a token"))?;
        file.seek(SeekFrom::Start((first * (width + 1)) as u64))?;
        let mut lines = vec![0; count * (width + 1)];
        file.read_exact(&mut lines)?;
        let bytes = lines.chunks(width + 1).flat_map(|line| line.iter().take(width).copied()).collect();
        Ok(Self { bytes, width })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_file_is_read_in_its_order() {
        let mut book = Book::default();
        assert!(book.extend(&["aa".into(), "bb".into()]) && book.extend(&["cc".into(), "dd".into()]));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        book.write(&path, &[3, 1, 0]).unwrap();
        let read = Book::read(&path, 1, 2).unwrap();
        assert_eq!((read.len(), read.token(0), read.token(1), read.token(2)), (2, "bb", "aa", ""));
        assert!(Book::read(&path, 2, 2).is_err());
    }

    #[test]
    fn tokens_of_another_length_are_refused() {
        let mut book = Book::default();
        assert!(book.extend(&["aa".into()]) && !book.extend(&["bbb".into()]) && !book.extend(&["\u{e9}".into()]));
        assert_eq!(book.len(), 1);
    }
}
