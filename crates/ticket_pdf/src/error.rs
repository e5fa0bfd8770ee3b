//! Why tickets were not printed.

use domain::limits::TICKETS_PER_BUYER_MAX;
use tickets::QrError;

/// Why there is no PDF.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketPdfError {
    /// None, or more than an order may have.
    #[error("A PDF has 1 to {TICKETS_PER_BUYER_MAX} tickets.")]
    Count,
    /// A code that cannot be drawn.
    #[error(transparent)]
    Code(#[from] QrError),
    /// The font that is built in cannot be read: a mistake of the build.
    #[error("The font cannot be read.")]
    Font,
    /// What was drawn cannot be written as PDF: a mistake of ours.
    #[error("The PDF cannot be written: {0}.")]
    Unwritten(String),
}
