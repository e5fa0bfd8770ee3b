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
            /// The highest rate, in a thousand.
            const fn most(self) -> u32 { match self { $(Self::$name => $most,)* } }
        }
    };
}

faults! {
    /// A request never reaches the writer.
    RequestLost = "request_lost", at most 60;
    /// An answer never reaches its client.
    AnswerLost = "answer_lost", at most 60;
    /// A message takes seconds.
    MessageSlow = "message_slow", at most 100;
    /// A client sends twice.
    DoubleClick = "double_click", at most 200;
    /// A commit takes seconds.
    DiskSlow = "disk_slow", at most 30;
    /// A commit fails.
    DiskError = "disk_error", at most 3;
    /// The writer stops; the batch being committed is lost.
    CrashLost = "crash_batch_lost", at most 4;
    /// The writer stops after the commit, before the answers.
    CrashUnanswered = "crash_after_commit", at most 4;
    /// The writer is replaced while it sleeps, and its batch arrives late.
    WriterDeposed = "writer_deposed", at most 4;
    /// The saga stops and forgets what it was doing.
    SagaCrash = "saga_crash", at most 10;
    /// The provider takes up to a minute.
    ProviderSlow = "provider_slow", at most 200;
    /// The provider fails and nothing happened.
    ProviderFails = "provider_fails", at most 200;
    /// The provider has done it and the answer is lost.
    ProviderAnswerLost = "provider_answer_lost", at most 200;
    /// A webhook never comes.
    WebhookDropped = "webhook_dropped", at most 300;
    /// A webhook comes twice.
    WebhookDuplicated = "webhook_duplicated", at most 300;
    /// A webhook comes minutes late, after later ones.
    WebhookLate = "webhook_late", at most 300;
    /// The provider takes another amount than asked.
    WrongAmount = "wrong_amount", at most 50;
    /// The provider declines a card.
    Declined = "payment_declined", at most 200;
    /// A fan pays around or after the deadline.
    PaysLate = "pays_late", at most 200;
}

/// Rates and counts of one evening.
pub(crate) struct Faults {
    rates: Vec<u32>,
    counts: Vec<u64>,
}

impl Faults {
    /// About half of the faults, each with a rate of its own.
    pub(crate) fn of_seed(dice: &mut Dice) -> Self {
        let rate = |fault: &Fault| if dice.chance(500) { dice.between(1, fault.most()) } else { 0 };
        Self { rates: Fault::ALL.iter().map(rate).collect(), counts: vec![0; Fault::ALL.len()] }
    }

    /// From now on nothing goes wrong.
    pub(crate) fn stop(&mut self) {
        self.rates.fill(0);
    }

    /// Whether it goes wrong this time.
    pub(crate) fn strikes(&mut self, fault: Fault, dice: &mut Dice) -> bool {
        let strikes = dice.chance(self.rates[fault as usize]);
        self.counts[fault as usize] += u64::from(strikes);
        strikes
    }

    /// How often each went wrong, in the order of [`Fault::ALL`].
    pub(crate) fn counts(&self) -> &[u64] {
        &self.counts
    }
}
