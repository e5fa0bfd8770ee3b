//! The checkout saga: carries every order from its intent in the journal to tickets or a refund.

pub mod next_step;

pub use next_step::{Step, next_step};
