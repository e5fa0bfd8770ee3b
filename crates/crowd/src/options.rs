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
    /// Pings a thread sends in a second, at most. With so many members that asking each in [`Self::ping_every`] would take
    /// more, both times above grow alike: a large crowd must not be busy with asking whether it is there.
    pub pings_per_second: u32,
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
            pings_per_second: 5_000,
            stuck_after: Duration::from_secs(20),
            pending_max: 256 * 1_024,
            send_buffer: Some(64 * 1_024),
            linger: Duration::from_secs(2),
        }
    }
}

impl CrowdOptions {
    /// How much longer than set it takes to ask so many members of one thread; at least 1.
    pub(crate) fn ping_stretch(&self, members: usize) -> f64 {
        let asked = f64::from(self.pings_per_second.max(1)) * self.ping_every.as_secs_f64().max(1e-3);
        (members as f64 / asked).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_are_asked_in_time_and_very_many_within_the_budget() {
        let options = CrowdOptions { pings_per_second: 100, ..CrowdOptions::default() };
        assert_eq!((options.ping_stretch(0), options.ping_stretch(2_500)), (1.0, 1.0));
        assert_eq!(options.ping_stretch(19_000), 7.6);
    }
}
