//! What a crowd counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use metrics::{Counter, Gauge, counter, gauge};

use crate::host::Leave;

/// What a crowd has done since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections held now, also those that are just leaving.
    pub members: usize,
    /// Frames given to sockets, or kept for them.
    pub frames: u64,
    /// Bytes that sockets took.
    pub bytes: u64,
}

/// Totals that all threads share.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) members: AtomicUsize,
    frames: AtomicU64,
    bytes: AtomicU64,
}

impl Totals {
    pub(crate) fn read(&self) -> Counts {
        Counts {
            members: self.members.load(Ordering::Relaxed),
            frames: self.frames.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

/// One thread's part, passed on once per turn, so that a frame costs no shared counter.
pub(crate) struct Tally {
    totals: Arc<Totals>,
    frames: u64,
    bytes: u64,
    connections: Gauge,
    frames_total: Counter,
    bytes_total: Counter,
    left_total: Vec<Counter>,
}

impl Tally {
    pub(crate) fn new(totals: Arc<Totals>) -> Self {
        let left = |why: Leave| counter!("onsale_crowd_left_total", "why" => why.as_str());
        Self {
            totals,
            frames: 0,
            bytes: 0,
            connections: gauge!("onsale_crowd_connections"),
            frames_total: counter!("onsale_crowd_frames_total"),
            bytes_total: counter!("onsale_crowd_bytes_total"),
            left_total: Leave::ALL.into_iter().map(left).collect(),
        }
    }

    pub(crate) fn entered(&self) {
        self.connections.increment(1);
    }

    pub(crate) fn left(&self, why: Leave) {
        self.left_total[why as usize].increment(1);
    }

    /// Connections whose socket was given back.
    pub(crate) fn freed(&self, sockets: usize) {
        self.totals.members.fetch_sub(sockets, Ordering::Relaxed);
        self.connections.decrement(sockets as f64);
    }

    /// Connections that never got as far as being held.
    pub(crate) fn turned_away(&self, sockets: usize) {
        self.totals.members.fetch_sub(sockets, Ordering::Relaxed);
    }

    pub(crate) fn frames(&mut self, frames: u32) {
        self.frames += u64::from(frames);
    }

    pub(crate) fn bytes(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    pub(crate) fn pass_on(&mut self) {
        if self.frames == 0 && self.bytes == 0 {
            return;
        }
        self.totals.frames.fetch_add(self.frames, Ordering::Relaxed);
        self.totals.bytes.fetch_add(self.bytes, Ordering::Relaxed);
        self.frames_total.increment(self.frames);
        self.bytes_total.increment(self.bytes);
        (self.frames, self.bytes) = (0, 0);
    }
}
