//! What must be true, when it is looked at, and what was found.

pub(crate) mod finish;
pub(crate) mod history;
pub(crate) mod liveness;
pub(crate) mod steps;

/// Something that must be true of every evening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// No seat is sold twice, no area above its capacity, no buyer above the limit.
    Oversell,
    /// What a client was told is in the journal.
    Acknowledged,
    /// Captured money became tickets or went back.
    Captured,
    /// Money is taken at most once for an order, and no more given back than was taken.
    ChargedOnce,
    /// The provider's money is that of the paid orders.
    Money,
    /// Who came first, enters first.
    Order,
    /// No more inside, and no more per interval, than allowed.
    Bound,
    /// A ticket lets one person in.
    TicketOnce,
    /// Readers get every event, in order, without a gap.
    Feed,
    /// The same key, the same answer.
    SameAnswer,
    /// When the faults stop, everything comes to its end.
    Stuck,
    /// A writer that was replaced writes nothing.
    Fence,
    /// A replay gives the same state.
    Replay,
}

impl Invariant {
    /// All of them but I13, the audit chain: see [`NOT_SIMULATED`].
    pub const ALL: [Self; 13] = [
        Self::Oversell,
        Self::Acknowledged,
        Self::Captured,
        Self::ChargedOnce,
        Self::Money,
        Self::Order,
        Self::Bound,
        Self::TicketOnce,
        Self::Feed,
        Self::SameAnswer,
        Self::Stuck,
        Self::Fence,
        Self::Replay,
    ];

    /// Its number and name.
    pub const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Oversell => ("I1", "no seat sold twice, no buyer above the limit"),
            Self::Acknowledged => ("I2", "what a client was told is in the journal"),
            Self::Captured => ("I3", "captured money became tickets or went back"),
            Self::ChargedOnce => ("I4", "money is taken at most once for an order"),
            Self::Money => ("I5", "the provider's money is that of the paid orders"),
            Self::Order => ("I6", "who came first, enters first"),
            Self::Bound => ("I7", "no more inside, and no more per interval, than allowed"),
            Self::TicketOnce => ("I8", "a ticket lets one person in"),
            Self::Feed => ("I9", "readers get every event, in order, without a gap"),
            Self::SameAnswer => ("I10", "the same key, the same answer"),
            Self::Stuck => ("I11", "everything comes to its end"),
            Self::Fence => ("I12", "a replaced writer writes nothing"),
            Self::Replay => ("I14", "a replay gives the same state"),
        }
    }
}

/// The invariant that the simulator cannot look at, its name, and where it is looked at instead.
pub const NOT_SIMULATED: (&str, &str, &str) =
    ("I13", "staff's deeds are written down", "the gateway writes them: crates/server/tests and crates/accounts");

/// An invariant that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// How.
    pub what: String,
}

/// What was looked at, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    looked: [u64; Invariant::ALL.len()],
    /// What was found, the first thing first.
    pub(crate) violations: Vec<Violation>,
}

impl Tally {
    /// An invariant was looked at.
    pub(crate) fn looked(&mut self, invariant: Invariant) {
        self.looked[invariant as usize] += 1;
    }

    /// An invariant is broken.
    pub(crate) fn report(&mut self, invariant: Invariant, what: impl FnOnce() -> String) {
        self.violations.push(Violation { invariant, what: what() });
    }

    /// Looks at an invariant and reports it if it does not hold.
    pub(crate) fn require(&mut self, invariant: Invariant, holds: bool, what: impl FnOnce() -> String) {
        self.looked(invariant);
        if !holds {
            self.report(invariant, what);
        }
    }

    /// How often each was looked at.
    pub(crate) fn looks(&self) -> [u64; Invariant::ALL.len()] {
        self.looked
    }
}
