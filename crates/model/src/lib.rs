//! Two models, small enough to look at every state they can reach, with whatever happens in between in every order.
//!
//! - [`purchase`]: three buyers and two seats, with the real sale and the real decisions of the saga. Only the provider
//!   and time are models.
//! - [`takeover`]: two writers, a lease, and the journal's key, all abstract.
//!
//! Each can be given a flaw, to see that the properties notice it.

pub mod purchase;
pub mod takeover;
