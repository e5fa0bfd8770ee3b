//! The bounds of a crowd.

use std::time::Duration;

/// How many, how large and how patient.
#[derive(Debug, Clone)]
pub struct CrowdOptions {
    /// Threads that hold members; at least one, at most 255.
    pub threads: usize,
    /// Members held at once; whoever comes after is refused.
    pub members_max: usize,
    /// Bytes of the longest frame a client may send, without its header.
    pub frame_in_max: usize,
    /// Frames, also pings and pongs, that a client may send within [`Self::messages_in_window`].
    pub messages_in_max: u16,
    /// The time over which a client's frames are counted.
    pub messages_in_window: Duration,
    /// A client from which nothing was heard for this long is asked with a ping.
    pub ping_every: Duration,
    /// A client from which nothing was heard for this long, not even a pong, is cut. It is noticed at the next look,
    /// so at most [`Self::ping_every`] later.
    pub silent_after: Duration,
    /// A client whose socket takes no byte for this long, though something waits for it, is cut.
    pub stuck_after: Duration,
    /// Bytes that may wait for one client's socket; beyond them it is cut.
    pub pending_max: usize,
    /// Bytes the kernel may keep for one client (`SO_SNDBUF`); none leaves it to the kernel, which allows megabytes.
    pub send_buffer: Option<usize>,
    /// After a close frame was sent, the client has this long to take it.
    pub linger: Duration,
}

impl Default for CrowdOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            members_max: 1_000_000,
            frame_in_max: 512,
            messages_in_max: 50,
            messages_in_window: Duration::from_secs(10),
            ping_every: Duration::from_secs(25),
            silent_after: Duration::from_secs(75),
            stuck_after: Duration::from_secs(20),
            pending_max: 256 * 1_024,
            send_buffer: Some(64 * 1_024),
            linger: Duration::from_secs(2),
        }
    }
}
