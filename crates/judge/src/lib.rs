//! The outside judge: records what clients sent and saw during a faulty run of the real processes, and compares it
//! afterwards with the books.
//!
//! **Invariant:** shares no code with the server. What it knows of it is the public API, the provider's ledger, and
//! what `onsale verify --dump` prints.

pub mod books;
pub mod client;
pub mod clock;
pub mod crowd;
pub mod fan;
pub mod faults;
pub mod history;
pub mod listen;
pub mod rules;
pub mod shop;
pub mod stand;

/// Why a run could not be carried out: a sentence for whoever started it.
#[derive(Debug)]
pub struct Failed(pub String);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failed {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self(text)
    }
}
