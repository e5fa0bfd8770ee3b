//! Things broken on purpose. A check that has never failed proves nothing.

macro_rules! sabotages {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What is broken.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Sabotage { $($(#[$doc])* $name,)* }

        impl Sabotage {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// Its name on the command line.
            pub const fn word(self) -> &'static str { match self { $(Self::$name => $word,)* } }
        }
    };
}

sabotages! {
    /// Answers leave before their batch is durable.
    AnswerBeforeCommit = "answer_before_commit";
    /// Nothing is ever synced; a power cut takes what it likes.
    NeverSync = "never_sync";
    /// A failed sync is tried again, and what that says is believed.
    RetrySync = "retry_sync";
    /// The journal takes a batch of a replaced writer.
    NoFence = "no_fence";
    /// A replaced writer answers what needs no commit.
    StaleAnswers = "stale_answers";
    /// A new writer answers before a late batch of its predecessor is kept out.
    AnswerUnmarked = "answer_unmarked";
    /// A replay passes over an event.
    SkipOnReplay = "skip_on_replay";
    /// A writer that starts with its clock behind lets time stand still.
    TimeStandsStill = "time_stands_still";
    /// The writer does not wake up when a hold runs out.
    SleepsOn = "sleeps_on";
    /// Who has too many tickets gets more.
    NoBuyerLimit = "no_buyer_limit";
    /// The saga does not send captured money back.
    SkipRefunds = "skip_refunds";
    /// The saga does not cancel the payments of expired and cancelled orders.
    SkipCancels = "skip_cancels";
    /// The saga records refunds without asking the provider.
    RefundOnPaper = "refund_on_paper";
    /// The provider takes the money again when the page's button is pressed twice.
    ChargeTwice = "charge_twice";
    /// The provider ignores the idempotency keys of refunds: what is repeated is refunded twice.
    ForgetRefundKeys = "double_refund";
    /// A webhook is believed whoever signed it.
    TrustForged = "trust_forged";
    /// A client uses a new idempotency key on a retry, and takes the answer for that of the first.
    NewKeyOnRetry = "new_key_on_retry";
    /// The writer swaps two who joined in the same batch.
    ReorderArrivals = "reorder_arrivals";
    /// The writer lets somebody in whenever it wakes, full or not.
    LetOneMoreIn = "let_one_more_in";
    /// The gate lets people in with a used ticket.
    GateIgnoresRefusals = "gate_ignores_refusals";
    /// A relay keeps its cursor before it has delivered.
    CursorFirst = "cursor_first";
}

impl Sabotage {
    /// The sabotage with this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|sabotage| sabotage.word() == word)
    }
}
