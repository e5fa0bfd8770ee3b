//! What gateways and the engine know, and nobody else.

use std::fmt;
use std::sync::Arc;

/// Bytes of a secret, at least: fewer could be guessed from one recorded handshake.
const BYTES_MIN: usize = 16;

/// The shared secret of a cluster. It is never sent and never printed.
#[derive(Clone)]
pub struct Secret(Arc<[u8]>);

impl Secret {
    /// The secret with these bytes; `None` if there are fewer than 16.
    pub fn new(bytes: impl AsRef<[u8]>) -> Option<Self> {
        let bytes = bytes.as_ref();
        (bytes.len() >= BYTES_MIN).then(|| Self(Arc::from(bytes)))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_short_secret_is_none() {
        assert!(Secret::new("fifteen bytes..").is_none());
        assert!(Secret::new("sixteen bytes...").is_some());
    }

    #[test]
    fn a_secret_is_not_printed() {
        let printed = format!("{:?}", Secret::new("correct horse battery"));
        assert!(!printed.contains("horse"), "{printed}");
    }
}
