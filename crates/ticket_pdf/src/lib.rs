//! The tickets of an order as a PDF to print: an A4 page for each.
//!
//! [`ticket_pdf`] is a pure function from words to bytes: the same [`TicketPapers`] give the same file, byte for byte.
//! What the words are, and in which language, whoever asks decides. The file is tagged for screen readers, and its
//! text can be searched and copied. The font is part of this crate (`font/`); a file holds only the letters it uses.
//!
//! **Invariant:** no I/O, no clock, no randomness. A letter that the font lacks is printed as a box, never an error.

mod document;
mod error;
mod face;
mod page;
mod paper;
mod sheet;
mod words;

pub use document::ticket_pdf;
pub use error::TicketPdfError;
pub use paper::{Field, TicketPaper, TicketPapers};
