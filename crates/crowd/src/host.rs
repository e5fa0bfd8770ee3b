//! What decides what is said to the members of a crowd.

use std::fmt;
use std::time::{Duration, Instant};

use crate::outbox::Outbox;

/// Says what is told to whom. Everything that concerns one member is called on that member's thread, one after the
/// other, and [`Host::on_leave`] last; so an index of members kept from these calls has no races.
pub trait Host: Send + Sync + 'static {
    /// What is known of a member. Kept once per connection, so keep it small.
    type Member: Send + 'static;

    /// A client said something.
    fn on_text(&self, id: MemberId, member: &mut Self::Member, text: &str, out: &mut Outbox);

    /// A member is due: it has just entered, its time has come, or it was woken. Returns when it is due again.
    ///
    /// While something waits for a member's socket it is not asked for; it is due as soon as that is through.
    fn on_due(&self, now: Instant, id: MemberId, member: &mut Self::Member, out: &mut Outbox) -> Next;

    /// A member is gone: nothing more is heard from it or sent to it.
    fn on_leave(&self, id: MemberId, member: &Self::Member, why: Leave);
}

/// When a member is due again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// After this long, to within 50 ms.
    In(Duration),
    /// Only when it is woken.
    Never,
}

/// One connection of one crowd. Never given twice for as long as anybody could remember it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemberId(u64);

impl MemberId {
    pub(crate) const GENERATION_MAX: u32 = 0xFF_FFFF;

    pub(crate) fn new(thread: u8, key: u32, generation: u32) -> Self {
        let generation = generation & Self::GENERATION_MAX;
        Self(u64::from(thread) << 56 | u64::from(generation) << 32 | u64::from(key))
    }

    pub(crate) fn thread(self) -> usize {
        (self.0 >> 56) as usize
    }

    pub(crate) fn key(self) -> u32 {
        (self.0 & u64::from(u32::MAX)) as u32
    }

    pub(crate) fn generation(self) -> u32 {
        (self.0 >> 32) as u32 & Self::GENERATION_MAX
    }
}

impl fmt::Debug for MemberId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "member {}/{}.{}", self.thread(), self.key(), self.generation())
    }
}

/// Why a member left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leave {
    /// The client said goodbye.
    Closed,
    /// The connection broke, or ended without a goodbye.
    Lost,
    /// Nothing was heard from it, not even a pong.
    Silent,
    /// Its socket took nothing for too long.
    Stuck,
    /// More was waiting for it than may wait.
    Behind,
    /// It said too much in too short a time.
    TooMany,
    /// It sent a frame longer than allowed.
    TooBig,
    /// It broke the protocol.
    Malformed,
    /// It sent a binary or a fragmented message.
    Unsupported,
    /// It sent a text that is not UTF-8.
    NotText,
    /// The host closed the connection.
    Dismissed,
    /// The crowd was stopped.
    Stopped,
}

impl Leave {
    pub(crate) const ALL: [Self; 12] = [
        Self::Closed,
        Self::Lost,
        Self::Silent,
        Self::Stuck,
        Self::Behind,
        Self::TooMany,
        Self::TooBig,
        Self::Malformed,
        Self::Unsupported,
        Self::NotText,
        Self::Dismissed,
        Self::Stopped,
    ];

    /// The reason as one word, for metrics and as the reason in a close frame.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Lost => "lost",
            Self::Silent => "silent",
            Self::Stuck => "stuck",
            Self::Behind => "behind",
            Self::TooMany => "too_many_messages",
            Self::TooBig => "too_big",
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
            Self::NotText => "not_text",
            Self::Dismissed => "dismissed",
            Self::Stopped => "going_away",
        }
    }

    /// The close code that tells the client, where it can still be told.
    pub(crate) fn code(self) -> Option<u16> {
        match self {
            Self::Closed | Self::Lost | Self::Silent | Self::Stuck | Self::Behind | Self::Dismissed => None,
            Self::TooMany => Some(1008),
            Self::TooBig => Some(1009),
            Self::Malformed => Some(1002),
            Self::Unsupported => Some(1003),
            Self::NotText => Some(1007),
            Self::Stopped => Some(1001),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_three_parts_apart() {
        let id = MemberId::new(255, u32::MAX, MemberId::GENERATION_MAX);
        assert_eq!((id.thread(), id.key(), id.generation()), (255, u32::MAX, MemberId::GENERATION_MAX));
        let id = MemberId::new(1, 2, 3);
        assert_eq!((id.thread(), id.key(), id.generation()), (1, 2, 3));
    }

    #[test]
    fn every_reason_has_its_own_counter() {
        for (index, why) in Leave::ALL.into_iter().enumerate() {
            assert_eq!(why as usize, index);
        }
    }
}
