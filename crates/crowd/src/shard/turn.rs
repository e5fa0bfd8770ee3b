//! What time brings: members that are due, broadcasts, pings, and those who are gone without a word.

use std::time::Duration;

use super::Shard;
use super::slot::Stage;
use crate::host::{Host, Leave, MemberId};
use crate::wheel::{NEVER, ticks};

/// Broadcasts under way at once; more wait in the inbox.
pub(super) const BROADCASTS_MAX: usize = 64;

/// Members looked after before sockets are read again: some milliseconds of work.
const STEP_MAX: u32 = 1_024;

impl<H: Host> Shard<H> {
    /// One step of everything that is not an event of a socket.
    pub(super) fn turn(&mut self) {
        self.busy = false;
        let Self { wheel, slots, ready, .. } = self;
        wheel.turn(self.tick, |key, tick| {
            // An entry that is not the armed one belongs to the past.
            if let Some(Some(slot)) = slots.get_mut(key as usize)
                && slot.armed == tick
            {
                slot.armed = NEVER;
                ready.push_back(key);
            }
        });
        self.walk_wakes();
        for _ in 0..STEP_MAX.min(self.ready.len() as u32) {
            if let Some(key) = self.ready.pop_front() {
                self.ask(key);
            }
        }
        self.walk_broadcasts();
        self.look_around();
        self.look_for_stuck();
        self.busy |= !self.ready.is_empty();
    }

    /// Makes a member due now.
    pub(super) fn wake(&mut self, key: u32) {
        let tick = self.tick;
        if let Some(slot) = self.slot(key)
            && slot.stage == Stage::Open
        {
            slot.due = tick;
            self.ready.push_back(key);
        }
    }

    /// Asks the host, if the member is due and its socket is free.
    pub(super) fn ask(&mut self, key: u32) {
        let Some(slot) = self.slots.get_mut(key as usize).and_then(Option::as_mut) else { return };
        if slot.due > self.tick {
            return self.arm(key);
        }
        match slot.stage {
            Stage::Leaving => self.free(key),
            // It stays due, and is asked for when the socket is through.
            Stage::Open if slot.waits => {}
            Stage::Open => {
                slot.due = NEVER;
                self.outbox.set_missed(!slot.quiet && std::mem::take(&mut slot.missed));
                let id = MemberId::new(self.inbox.thread(), key, slot.generation);
                let next = self.host.on_due(self.now, id, &mut slot.member, &mut self.outbox);
                self.schedule(key, next);
                let why = self.outbox.is_closing().then_some(Leave::Dismissed);
                self.settle(key, why);
            }
        }
    }

    fn walk_wakes(&mut self) {
        let keys = self.slots.len() as u32;
        let mut count = 0;
        for range in self.wakes.advance(keys, self.now, STEP_MAX) {
            count += range.len();
            range.for_each(|key| self.wake(key));
        }
        self.busy |= count as u32 == STEP_MAX;
    }

    /// Every broadcast goes as far as its time says, and as far as any later one wants to be: none is overtaken.
    fn walk_broadcasts(&mut self) {
        let mut broadcasts = std::mem::take(&mut self.broadcasts);
        let mut targets: Vec<u32> = broadcasts.iter().map(|(_, sweep)| sweep.target(self.now)).collect();
        for index in (1..targets.len()).rev() {
            targets[index - 1] = targets[index - 1].max(targets[index]);
        }
        let (mut most, mut limit) = (STEP_MAX, u32::MAX);
        for ((said, sweep), target) in broadcasts.iter_mut().zip(targets) {
            let keys = sweep.advance(target.min(limit), self.now, most);
            most -= keys.len() as u32;
            if !keys.is_empty() {
                let frame = said.now();
                keys.for_each(|key| self.tell(key, &frame));
            }
            if !sweep.is_over() {
                limit = limit.min(sweep.cursor());
            }
        }
        self.busy |= most == 0;
        broadcasts.retain(|(_, sweep)| !sweep.is_over());
        self.broadcasts = broadcasts;
    }

    /// Looks at everybody once per ping time: who was quiet is asked, who stayed quiet is cut.
    fn look_around(&mut self) {
        if self.stop.is_some() {
            return;
        }
        let keys = self.slots.len() as u32;
        if self.looks.is_over() && keys > 0 {
            self.ping_stretch = self.options.ping_stretch(self.held);
            self.looks.begin(keys, self.now, self.options.ping_every.mul_f64(self.ping_stretch));
        }
        let within = |time: Duration| ticks(time.mul_f64(self.ping_stretch));
        let (quiet, silent) = (within(self.options.ping_every / 2), within(self.options.silent_after));
        let ping = self.ping.clone();
        for range in self.looks.advance(keys, self.now, STEP_MAX) {
            for key in range {
                let tick = self.tick;
                let Some(slot) = self.slot(key).filter(|slot| slot.stage == Stage::Open) else { continue };
                let waits = slot.waits;
                match tick.saturating_sub(slot.heard) {
                    heard if heard >= silent => self.leave(key, Leave::Silent),
                    heard if heard >= quiet && !waits => self.pass_on(key, &ping),
                    _ => {}
                }
            }
        }
    }

    fn look_for_stuck(&mut self) {
        if self.tick < self.stuck_look {
            return;
        }
        self.stuck_look = self.tick + ticks(self.options.stuck_after / 8);
        for key in self.waiting.stuck(self.tick, ticks(self.options.stuck_after)) {
            self.leave(key, Leave::Stuck);
        }
    }
}
