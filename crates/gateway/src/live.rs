//! Live updates over WebSocket: the state of the sale, one's own place, the seats.
//!
//! What is the same for everybody is written once by the sale's [`hub`] and shared; a [`socket`] adds only what is its
//! own. Nobody is sent a message per waiter per change: a place in line is computed from the shared view, at a rate
//! that grows as it nears the front.

pub mod events;
pub mod hub;
mod messages;
mod own;
pub mod socket;
