//! What goes wrong, how often in this seed, and how often it did.

use super::dice::Dice;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $word:literal, at most $most:literal;)*) => {
        /// Something that goes wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// Its name in reports.
            pub const fn word(self) -> &'static str { match self { $(Self::$name => $word,)* } }
            /// The highest rate, in a hundred thousand.
            const fn most(self) -> u32 { match self { $(Self::$name => $most,)* } }
        }
    };
}

faults! {
    /// A request never reaches the writer.
    RequestLost = "request_lost", at most 30_000;
    /// An answer never reaches its client.
    AnswerLost = "answer_lost", at most 30_000;
    /// A message takes seconds.
    MessageSlow = "message_slow", at most 10_000;
    /// A message is overtaken by later ones.
    MessageReordered = "message_reordered", at most 30_000;
    /// The network carries a request or an answer twice.
    MessageDuplicated = "message_duplicated", at most 20_000;
    /// A client sends twice.
    DoubleClick = "double_click", at most 20_000;
    /// Nothing gets through in one direction between a gateway and the engine.
    OneWayPartition = "one_way_partition", at most 300;
    /// Links are clogged one after the other, and freed in another order.
    SwizzleClog = "swizzle_clog", at most 60;
    /// A gateway goes on asking the writer before, long after there is another.
    GatewayStale = "gateway_stale", at most 30_000;
    /// A commit takes seconds.
    DiskSlow = "disk_slow", at most 3_000;
    /// No space: every commit fails for a while.
    DiskFull = "disk_full", at most 200;
    /// A sync fails; the batch may be there or not.
    SyncFails = "sync_fails", at most 300;
    /// The connection breaks in the commit: the batch is there, and nobody says so.
    CommitUnknown = "commit_unknown", at most 300;
    /// The power goes while a batch is written: its frame is there, torn, or not.
    PowerCut = "power_cut", at most 150;
    /// A bit of the journal flips.
    BitFlip = "bit_flip", at most 30;
    /// A snapshot is cut short.
    SnapshotTorn = "snapshot_torn", at most 50_000;
    /// The writer stops while it decides.
    CrashDeciding = "crash_deciding", at most 60;
    /// The writer stops before its batch gets to the journal.
    CrashLost = "crash_before_commit", at most 300;
    /// The writer stops after the commit, before the answers.
    CrashUnanswered = "crash_after_commit", at most 300;
    /// The writer stops and its batch arrives at the journal late.
    BatchLate = "batch_late", at most 2_000;
    /// The writer stops while it recovers.
    CrashRecovering = "crash_recovering", at most 30_000;
    /// The journal cannot be read.
    ReplayFails = "replay_fails", at most 30_000;
    /// The writer is paused; another takes over if that lasts, and then this one wakes up.
    WriterPaused = "writer_paused", at most 300;
    /// Somebody sets the wall clock.
    ClockJump = "clock_jump", at most 1_000;
    /// The saga misses a batch of the feed.
    FeedLagged = "feed_lagged", at most 3_000;
    /// The saga stops and forgets what it was doing.
    SagaCrash = "saga_crash", at most 1_000;
    /// A relay stops between delivering and keeping its cursor.
    RelayCrash = "relay_crash", at most 10_000;
    /// A delivery or its receipt is lost.
    DeliveryLost = "delivery_lost", at most 30_000;
    /// A delivery comes twice, the second time late.
    DeliveryDuplicated = "delivery_duplicated", at most 20_000;
    /// The provider takes up to a minute.
    ProviderSlow = "provider_slow", at most 20_000;
    /// The provider fails and nothing happened.
    ProviderFails = "provider_fails", at most 20_000;
    /// The provider has done it and the answer is lost.
    ProviderAnswerLost = "provider_answer_lost", at most 20_000;
    /// The provider refuses for good to open a payment.
    OpenRefused = "open_refused", at most 5_000;
    /// A webhook never comes.
    WebhookDropped = "webhook_dropped", at most 30_000;
    /// A webhook comes a hundred times.
    WebhookStorm = "webhook_storm", at most 2_000;
    /// A webhook comes twice.
    WebhookDuplicated = "webhook_duplicated", at most 30_000;
    /// A webhook comes up to a day late, after later ones.
    WebhookLate = "webhook_late", at most 30_000;
    /// A webhook comes before the answer to the call that caused it.
    WebhookEarly = "webhook_before_response", at most 50_000;
    /// A webhook tells of another amount than was captured.
    WebhookWrong = "webhook_wrong_amount", at most 5_000;
    /// Somebody else sends a webhook.
    WebhookForged = "webhook_forged", at most 5_000;
    /// The provider takes another amount than asked.
    WrongAmount = "wrong_amount", at most 5_000;
    /// The provider takes another currency than asked.
    WrongCurrency = "wrong_currency", at most 3_000;
    /// Money is sent back at the provider without asking here.
    RefundedElsewhere = "refunded_elsewhere", at most 10_000;
    /// The provider declines a card.
    Declined = "payment_declined", at most 20_000;
    /// A fan pays around or after the deadline.
    PaysLate = "pays_late", at most 20_000;
    /// The payment page takes money after its expiry.
    CapturesLate = "captures_late", at most 50_000;
}

impl Fault {
    /// The fault with this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.word() == word)
    }
}

/// A set of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultSet(u64);

impl FaultSet {
    /// This set and one more.
    #[must_use]
    pub const fn with(self, fault: Fault) -> Self {
        Self(self.0 | 1 << fault as u64)
    }

    /// Whether it is in the set.
    pub const fn has(self, fault: Fault) -> bool {
        self.0 >> fault as u64 & 1 == 1
    }

    /// Those in the set.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.iter().copied().filter(move |fault| self.has(*fault))
    }
}

/// Rates and counts of one evening.
pub(crate) struct Faults {
    rates: Vec<u32>,
    counts: Vec<u64>,
}

impl Faults {
    /// A third to nearly all of the faults, each with a rate of its own, mostly a low one.
    pub(crate) fn of_seed(dice: &mut Dice, without: FaultSet) -> Self {
        let share = dice.between(300, 900);
        let rate = |fault: &Fault| {
            let on = dice.chance(share);
            let most = if dice.chance(500) { fault.most() } else { fault.most() / 10 };
            let rate = dice.between(1, most.max(1));
            if on && !without.has(*fault) { rate } else { 0 }
        };
        Self { rates: Fault::ALL.iter().map(rate).collect(), counts: vec![0; Fault::ALL.len()] }
    }

    /// From now on nothing goes wrong.
    pub(crate) fn stop(&mut self) {
        self.rates.fill(0);
    }

    /// Whether it goes wrong this time.
    pub(crate) fn strikes(&mut self, fault: Fault, dice: &mut Dice) -> bool {
        let rate = self.rates[fault as usize];
        let strikes = rate > 0 && dice.below(100_000) < rate;
        self.counts[fault as usize] += u64::from(strikes);
        strikes
    }

    /// How often each went wrong, in the order of [`Fault::ALL`].
    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }
}
