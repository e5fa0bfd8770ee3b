//! Every state of both models is looked at, and every flaw is noticed.

use model::{purchase, takeover};
use purchase::Purchase;
use stateright::{Checker, Model};
use takeover::TakeOver;

fn purchase(buyers: u8, seats: u32, cancels: bool) {
    let checker = Purchase { buyers, seats, cancels, flaw: None }.checker().threads(2).spawn_bfs().join();
    let (all, different) = (checker.state_count(), checker.unique_state_count());
    println!("purchase: {buyers} buyers, {seats} seats: {all} states, {different} of them different");
    checker.assert_properties();
}

#[test]
fn two_seats_and_three_buyers_in_every_order() {
    purchase(3, 2, false);
}

#[test]
fn two_seats_and_two_buyers_who_may_give_up_in_every_order() {
    purchase(2, 2, true);
}

#[test]
fn two_writers_and_one_sale_in_every_order() {
    let checker = TakeOver { pauses: 2, crashes: 1, flaw: None }.checker().threads(2).spawn_bfs().join();
    println!("take-over: {} states, {} of them different", checker.state_count(), checker.unique_state_count());
    checker.assert_properties();
}

#[test]
fn a_flaw_of_the_purchase_is_noticed() {
    use purchase::Flaw;
    let flaws = [
        (Flaw::NoCancel, "an order that has ended takes no money"),
        (Flaw::NoRefund, "everything ends, in a ticket or with the money back"),
        (Flaw::RefundOnPaper, "everything ends, in a ticket or with the money back"),
        (Flaw::PaidWhenShown, "no ticket without captured money"),
    ];
    for (flaw, property) in flaws {
        // Two buyers and one seat are enough to notice it.
        let checker = Purchase { buyers: 2, seats: 1, cancels: true, flaw: Some(flaw) }.checker().spawn_bfs().join();
        assert!(checker.discovery(property).is_some(), "{flaw:?} breaks {property:?} and that was not noticed");
    }
}

#[test]
fn a_flaw_of_the_take_over_is_noticed() {
    use takeover::Flaw;
    let flaws = [
        (Flaw::NoKey, "a deposed writer commits nothing"),
        (Flaw::NoMark, "nobody is told less than was acknowledged"),
        (Flaw::NoLease, "nobody is told less than was acknowledged"),
        (Flaw::EndsWhenDeposed, "the sale has a writer that knows everything"),
    ];
    for (flaw, property) in flaws {
        let checker = TakeOver { pauses: 2, crashes: 1, flaw: Some(flaw) }.checker().spawn_bfs().join();
        assert!(checker.discovery(property).is_some(), "{flaw:?} breaks {property:?} and that was not noticed");
    }
}
