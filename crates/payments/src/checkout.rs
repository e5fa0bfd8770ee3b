//! The checkout saga: carries every order from its intent in the journal to tickets or a refund.
//!
//! A process manager over the sale's own journal: it hears of every committed batch, and for each order that is not
//! finished it does the next step at the provider ([`next_step()`]) and records the answer as a command. It keeps
//! nothing of its own, so after a crash it starts by looking at the orders the sale has.
//!
//! Webhooks are a shortcut, not the truth: an order whose webhook is lost is found by asking the provider from time
//! to time.

pub mod call;
mod desk;
pub mod next_step;
mod pages;
pub mod record;

pub use call::{Call, Next, after};
pub use desk::{Checkout, CheckoutOptions};
pub use next_step::{Step, next_step};
pub use pages::ExpectedPage;
