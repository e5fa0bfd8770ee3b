//! What stands on a printed ticket, in the words of one language.

/// The tickets of one order as they are printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketPapers {
    /// The language of the words as a language tag: `en`, `ko`.
    pub language: String,
    /// The title of the file.
    pub title: String,
    /// A page each, in this order; as many as an order may have.
    pub tickets: Vec<TicketPaper>,
}

/// One ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketPaper {
    /// What is performed.
    pub event: String,
    /// When: day, time and zone.
    pub starts: String,
    /// When the doors open.
    pub doors: Option<String>,
    /// Where: venue and city.
    pub venue: String,
    /// A warning in a frame, as that nothing of it counts.
    pub notice: Option<String>,
    /// Where its holder sits or stands; printed large.
    pub place: Vec<Field>,
    /// What it cost.
    pub price: Vec<Field>,
    /// The signed text that the QR code shows.
    pub code: String,
    /// What a screen reader says instead of the QR code.
    pub code_words: String,
    /// The ticket's number, beneath the QR code.
    pub number: String,
    /// How it is checked, in a sentence or two.
    pub hint: String,
    /// At the foot of the page: the order, and which of its tickets this is.
    pub foot: String,
}

/// A value with its name above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// `Row`
    pub name: String,
    /// `12`
    pub value: String,
}

impl Field {
    /// A value with its name.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}
