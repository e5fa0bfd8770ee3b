//! Very many WebSocket connections after their upgrade, in little memory and time.
//!
//! Somebody else does the handshake; [`Crowd::enter`] takes the socket. A few threads each keep a slab of members and
//! watch their sockets with one `epoll` (through `mio`, edge-triggered). A member that neither sends half a frame nor
//! reads too slowly owns nothing but its entry in the slab: no buffer, no task, no allocation. What is sent is encoded
//! once and written straight to the socket by the thread that decided to send it.
//!
//! What is said to whom, and when, is the [`Host`]'s business: it is asked when a text arrives and when a member is
//! due, on the member's own thread, so it must be quick and must not block.

mod client_frame;
mod counts;
mod crowd;
mod frame;
mod host;
mod inbox;
mod options;
mod outbox;
mod shard;
mod sweep;
mod wheel;

pub use counts::Counts;
pub use crowd::{Crowd, Refused};
pub use frame::{LatestFrame, SharedFrame};
pub use host::{Host, Leave, MemberId, Next};
pub use options::CrowdOptions;
pub use outbox::Outbox;

/// How many frames of a client stand at the beginning of these bytes: for the fuzz target in `crates/hostile`.
#[doc(hidden)]
pub fn count_frames(mut bytes: &mut [u8], frame_in_max: usize) -> usize {
    let mut count = 0;
    while let client_frame::Parsed::Whole(_, length) = client_frame::parse(bytes, frame_in_max) {
        count += 1;
        bytes = &mut std::mem::take(&mut bytes)[length..];
    }
    count
}
