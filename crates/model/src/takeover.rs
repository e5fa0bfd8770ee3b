//! Two writers of one sale: a lease that says who should write, and the journal's key that says who can.
//!
//! A writer that takes the lease reads the journal and then writes a mark at its end. Until the mark is durable it
//! answers nothing: a batch of its predecessor may still be on its way, and whoever sees that batch acknowledged must
//! not be told something older by the successor. After the mark the late batch finds its sequence taken.

use stateright::{Model, Property};

/// Batches in the journal, at most.
const BATCHES_MAX: usize = 5;

/// What is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// The journal takes a batch whatever its sequence.
    NoKey,
    /// A writer answers before its mark is durable.
    NoMark,
    /// What needs no commit is answered without looking at the lease.
    NoLease,
    /// A writer whose sequence is taken ends, also if it has the lease.
    EndsWhenDeposed,
}

/// The model, with how often something may go wrong.
#[derive(Debug, Clone, Copy)]
pub struct TakeOver {
    /// Pauses, of either writer.
    pub pauses: u8,
    /// Crashes, of either writer.
    pub crashes: u8,
    /// Broken on purpose.
    pub flaw: Option<Flaw>,
}

/// A batch in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    writer: usize,
    /// How many batches its writer knew when it decided this one.
    after: usize,
}

/// A writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Writer {
    /// How many batches it knows; `None` if it is down.
    known: Option<usize>,
    /// Its mark is durable.
    is_marked: bool,
    /// The number of the batch it waits for.
    waits_for: Option<u8>,
    is_paused: bool,
    /// It ended for good. Only as a flaw.
    has_ended: bool,
}

/// A batch on its way to the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flying {
    writer: usize,
    after: usize,
    number: u8,
}

/// Everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    journal: Vec<Entry>,
    lease: Option<usize>,
    writers: [Writer; 2],
    flying: Vec<Flying>,
    sent: u8,
    pauses: u8,
    crashes: u8,
    /// Somebody was told something older than what had been acknowledged.
    answered_stale: bool,
}

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A writer takes a lease that nobody has, and reads the journal.
    Acquire(usize),
    /// The lease of a writer that is not seen any more runs out.
    Expire,
    /// A writer decides and sends a batch.
    Send(usize),
    /// The journal comes to a batch.
    Commit(usize),
    /// A writer answers what needs no commit.
    Answer(usize),
    /// A writer is stopped for a while.
    Pause(usize),
    /// It goes on.
    Resume(usize),
    /// A writer ends; its batch is still on its way.
    Crash(usize),
}

impl TakeOver {
    fn commit(&self, state: &mut State, index: usize) {
        let batch = state.flying.remove(index);
        let fits = batch.after == state.journal.len() || self.flaw == Some(Flaw::NoKey);
        if fits {
            state.journal.push(Entry { writer: batch.writer, after: batch.after });
        }
        let has_lease = state.lease == Some(batch.writer);
        let length = state.journal.len();
        let writer = &mut state.writers[batch.writer];
        if writer.waits_for != Some(batch.number) {
            return;
        }
        writer.waits_for = None;
        if fits {
            (writer.known, writer.is_marked) = (Some(batch.after + 1), true);
        } else if has_lease && self.flaw != Some(Flaw::EndsWhenDeposed) {
            // A late batch of its predecessor took the sequence: it reads again and marks again.
            (writer.known, writer.is_marked) = (Some(length), false);
        } else {
            writer.known = None;
            writer.has_ended = self.flaw == Some(Flaw::EndsWhenDeposed);
        }
    }
}

impl Model for TakeOver {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let down = Writer { known: None, is_marked: false, waits_for: None, is_paused: false, has_ended: false };
        vec![State {
            journal: vec![],
            lease: None,
            writers: [down; 2],
            flying: vec![],
            sent: 0,
            pauses: self.pauses,
            crashes: self.crashes,
            answered_stale: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let away = |writer: &Writer| writer.is_paused || writer.known.is_none();
        if state.lease.is_some_and(|holder| away(&state.writers[holder])) {
            actions.push(Action::Expire);
        }
        actions.extend((0..state.flying.len()).map(Action::Commit));
        for (index, writer) in state.writers.iter().enumerate() {
            if writer.is_paused {
                actions.push(Action::Resume(index));
                continue;
            }
            if state.pauses > 0 && writer.known.is_some() {
                actions.push(Action::Pause(index));
            }
            if state.crashes > 0 && writer.known.is_some() {
                actions.push(Action::Crash(index));
            }
            // Also one that is up: it may have lost its lease while it was away.
            if state.lease.is_none() && writer.waits_for.is_none() && !writer.has_ended {
                actions.push(Action::Acquire(index));
            }
            if writer.known.is_some() && writer.waits_for.is_none() {
                // A mark is always possible, so that nobody gets stuck at the bound of the model.
                if state.journal.len() < BATCHES_MAX || !writer.is_marked {
                    actions.push(Action::Send(index));
                }
                actions.push(Action::Answer(index));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Acquire(index) => {
                state.lease = Some(index);
                let known = Some(state.journal.len());
                state.writers[index] = Writer { known, is_marked: false, waits_for: None, ..state.writers[index] };
            }
            Action::Expire => state.lease = None,
            Action::Send(index) => {
                let after = state.writers[index].known?;
                state.flying.push(Flying { writer: index, after, number: state.sent });
                state.writers[index].waits_for = Some(state.sent);
                state.sent += 1;
            }
            Action::Commit(index) => self.commit(&mut state, index),
            Action::Answer(index) => {
                let writer = &state.writers[index];
                let has_lease = state.lease == Some(index) || self.flaw == Some(Flaw::NoLease);
                let may = has_lease && (writer.is_marked || self.flaw == Some(Flaw::NoMark));
                state.answered_stale |= may && writer.known? < state.journal.len();
            }
            Action::Pause(index) => {
                state.pauses -= 1;
                state.writers[index].is_paused = true;
            }
            Action::Resume(index) => state.writers[index].is_paused = false,
            Action::Crash(index) => {
                state.crashes -= 1;
                let writer = &mut state.writers[index];
                (writer.known, writer.waits_for, writer.is_marked) = (None, None, false);
            }
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let builds_on_what_is_there =
            |_: &Self, state: &State| state.journal.iter().enumerate().all(|(index, entry)| entry.after == index);
        vec![
            Property::always("a deposed writer commits nothing", builds_on_what_is_there),
            Property::always("nobody is told less than was acknowledged", |_, state: &State| !state.answered_stale),
            Property::eventually("the sale has a writer that knows everything", |_, state: &State| {
                let writer = state.lease.map(|holder| state.writers[holder]);
                let knows = |writer: Writer| writer.is_marked && writer.known == Some(state.journal.len());
                writer.is_some_and(knows) && state.journal.len() >= BATCHES_MAX
            }),
            Property::sometimes("one takes over from the other", |_, state: &State| {
                state.journal.windows(2).any(|pair| pair[0].writer != pair[1].writer)
            }),
        ]
    }
}
