//! Which step of the checkout an order needs next. Pure: the saga and the simulator share it.
//!
//! | order | step | undo of |
//! |---|---|---|
//! | paying, no page yet | open the payment | |
//! | paying, page known | watch: ask the provider, should its webhook be lost | |
//! | expired or cancelled, not settled | cancel the payment; if it turns out captured, record that | open |
//! | captured money that buys nothing | refund | capture |
//!
//! Every step is safe to repeat: the provider knows the order's idempotency keys, the sale ignores what it has
//! recorded. So a crash between any two lines costs nothing but a repetition.

use sale::{Order, OrderStage};

/// Something to do at the provider for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Have a payment page made.
    Open,
    /// Ask how the payment stands.
    Watch,
    /// See to it that no money is taken any more.
    Cancel,
    /// Send the money back.
    Refund,
}

/// The next step of an order; `None` if nothing is left to do.
pub fn next_step(order: &Order) -> Option<Step> {
    match order.stage {
        OrderStage::Paying if order.page_url.is_none() => Some(Step::Open),
        OrderStage::Paying => Some(Step::Watch),
        OrderStage::Expired | OrderStage::Cancelled if !order.settled => Some(Step::Cancel),
        OrderStage::RefundPending => Some(Step::Refund),
        _ => None,
    }
}
