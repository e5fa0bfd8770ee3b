//! The simulated disk: what was written to it, and how much of that would survive a power cut.

use super::dice::Dice;

/// Bytes that become lost or mangled together.
const SECTOR: usize = 512;

/// One file.
#[derive(Default)]
pub(crate) struct Device {
    bytes: Vec<u8>,
    synced: usize,
}

impl Device {
    /// What a reader finds.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends; nothing of it is safe yet.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Everything written is safe.
    pub(crate) fn sync(&mut self) {
        self.synced = self.bytes.len();
    }

    /// What was not synced is gone, or is there, or only its beginning is, the last sector of it perhaps mangled.
    pub(crate) fn power_cut(&mut self, dice: &mut Dice) {
        let unsynced = (self.bytes.len() - self.synced) as u32;
        let kept = match dice.below(3) {
            0 => 0,
            1 => unsynced,
            _ => dice.below(unsynced),
        };
        self.bytes.truncate(self.synced + kept as usize);
        if kept > 0 && dice.chance(500) {
            let from = self.bytes.len().saturating_sub(SECTOR).max(self.synced);
            let mangled = from + dice.below((self.bytes.len() - from) as u32) as usize;
            self.bytes[mangled..].iter_mut().for_each(|byte| *byte = dice.below(256) as u8);
        }
        self.synced = self.bytes.len();
    }

    /// Cuts off a torn end.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
        self.synced = self.synced.min(len);
    }

    /// One bit becomes another.
    pub(crate) fn flip(&mut self, bit: u64) {
        if let Some(byte) = self.bytes.get_mut((bit / 8) as usize) {
            *byte ^= 1 << (bit % 8);
        }
    }
}
