//! Why a connection between a gateway and the engine ended.

use std::io;

/// Why a connection ended. Both sides close it; the gateway connects again.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The network or the system.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The other side closed it.
    #[error("the other side closed the connection")]
    Closed,
    /// Nothing came, or nothing could be sent, for too long.
    #[error("the other side was silent for too long")]
    Silent,
    /// A frame is longer than the receiver takes.
    #[error("a frame of {bytes} bytes is longer than the {max} allowed")]
    TooLarge {
        /// As announced.
        bytes: usize,
        /// At most.
        max: usize,
    },
    /// A frame cannot be read or written.
    #[error("a frame is malformed: {0}")]
    Malformed(#[from] postcard::Error),
    /// The engine does not take this gateway.
    #[error("the engine refused the gateway: {0}")]
    Refused(String),
    /// A gateway was turned away.
    #[error("a gateway was turned away: {0}")]
    TurnedAway(&'static str),
    /// Whoever answered does not know the secret.
    #[error("whoever answered there is not our engine: it does not know the secret")]
    NotOurEngine,
    /// The other side broke a rule of the protocol.
    #[error("the other side broke the protocol: {0}")]
    Breach(&'static str),
    /// The system has no randomness.
    #[error("the system gave no randomness")]
    NoRandomness,
}
