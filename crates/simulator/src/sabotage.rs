//! Things broken on purpose. A check that has never failed proves nothing.

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Answers leave before their batch is durable.
    AnswerBeforeCommit,
    /// The disk forgets the last durable batch in a crash.
    ForgetDurableBatch,
    /// A deposed writer's late batch overwrites what its successor wrote.
    NoFence,
    /// The saga does not send captured money back.
    SkipRefunds,
    /// The saga does not cancel the payments of expired and cancelled orders.
    SkipCancels,
    /// The saga records refunds without asking the provider.
    RefundOnPaper,
    /// The provider takes the money again when the page's button is pressed twice.
    ChargeTwice,
    /// The provider ignores the idempotency keys of refunds.
    ForgetRefundKeys,
    /// A client uses a new idempotency key on a retry, and takes the answer for that of the first.
    NewKeyOnRetry,
    /// The writer swaps two who joined in the same batch.
    ReorderArrivals,
    /// The writer lets somebody in whenever it wakes, full or not.
    LetOneMoreIn,
    /// The gate lets people in with a used ticket.
    GateIgnoresRefusals,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::AnswerBeforeCommit,
        Self::ForgetDurableBatch,
        Self::NoFence,
        Self::SkipRefunds,
        Self::SkipCancels,
        Self::RefundOnPaper,
        Self::ChargeTwice,
        Self::ForgetRefundKeys,
        Self::NewKeyOnRetry,
        Self::ReorderArrivals,
        Self::LetOneMoreIn,
        Self::GateIgnoresRefusals,
    ];
}
