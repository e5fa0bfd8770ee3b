//! Live updates over WebSocket: the state of the sale, one's own place, the seats.
//!
//! What is the same for everybody is written once by the sale's [`hub`] and shared; what is a fan's own is added. After
//! the [`handshake`] a connection is no task: all of a sale are in its `room`, where one thread (see the crate `crowd`)
//! looks after them, and where a fan who only waits is a few numbers (`member`). What takes time is asked by short
//! tasks, whose answers come by `post`. [`events`] are streams of server-sent events and still a task each.
//!
//! Nobody is sent a message per waiter per change: a place in line is computed from the shared view, at a rate that
//! grows as it nears the front, and the status goes round no faster than the process can send it to everybody.

pub mod events;
pub mod handshake;
mod host;
pub mod hub;
mod member;
mod messages;
mod own;
mod post;
mod room;
pub mod socket;
mod woken;
