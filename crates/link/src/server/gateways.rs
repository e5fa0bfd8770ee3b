//! How many gateways are connected: a value of whoever takes them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use metrics::gauge;

/// Counts gateways while they are connected. Clones count the same ones.
#[derive(Debug, Clone, Default)]
pub struct Gateways {
    connected: Arc<AtomicU64>,
}

/// One gateway, as long as this lives.
pub(super) struct Counted(Gateways);

impl Gateways {
    /// How many are connected now.
    pub fn connected(&self) -> u64 {
        self.connected.load(Ordering::Relaxed)
    }

    pub(super) fn one(&self) -> Counted {
        self.connected.fetch_add(1, Ordering::Relaxed);
        gauge!("onsale_link_gateways").increment(1);
        Counted(self.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.connected.fetch_sub(1, Ordering::Relaxed);
        gauge!("onsale_link_gateways").decrement(1);
    }
}
