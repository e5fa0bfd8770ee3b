//! Checkout, payments on time, late, wrong, twice and never; refunds and tickets.

use crate::check;

#[test]
fn a_paid_order_becomes_tickets() {
    check(
        "
        hall 4 standing 2
        open
        join A B
        hold A 0 standing 2
        checkout A o1 -> paying until 31s
        stage A -> paying until 31s
        opened o1
        page o1 -> https://pay.example/o1
        declined o1
        order o1 -> paying until 31s
        pay o1
        order o1 -> paid tickets 1 2 3
        stage A -> done
        seat 0 -> sold
        money -> 9000 taken 0 refunded
        hold B 1
        checkout B o2
        pay o2
        order o2 -> paid tickets 4
        finished o2 -> true
    ",
    );
}

#[test]
fn there_is_no_way_back_from_paying_to_the_seats() {
    check(
        "
        open
        join A B
        hold A 0
        checkout A o1
        hold A 1 -> already_paying
        best A 1 -> already_paying
        release A -> already_paying
        enter A -> already_paying
        leave A -> already_paying
        checkout A o2 -> already_paying
        join A -> place 1
        hold B 1
        checkout B o1 -> order_exists
        cancel B o1 -> order_unknown
        cancel A o9 -> order_unknown
    ",
    );
}

#[test]
fn the_pay_time_over_frees_the_seats_and_lets_the_next_in() {
    check(
        "
        capacity 1
        open
        join A B
        hold A 0
        tick 50s
        checkout A o1 -> paying until 81s
        tick 29999ms
        order o1 -> paying until 81s
        stage B -> waiting 0 ahead
        tick 1ms
        order o1 -> expired
        finished o1 -> false
        stage A -> timed_out
        seat 0 -> free
        stage B -> admitted until 91s
        cancel A o1 -> order_not_open
        never-paid o1
        finished o1 -> true
    ",
    );
}

#[test]
fn a_cancelled_order_frees_its_seats_and_late_money_goes_back() {
    check(
        "
        open
        join A
        hold A 0 1
        checkout A o1
        cancel A o1 -> cancelled
        cancel A o1 -> cancelled
        stage A -> left
        stock -> 4 free 0 held 0 sold 0 blocked
        finished o1 -> false
        pay o1
        order o1 -> refund_pending
        seat 0 -> free
        money -> 10000 taken 0 refunded
        sent-back o1
        order o1 -> refunded
        money -> 10000 taken 10000 refunded
        sent-back o1 -> done
        money -> 10000 taken 10000 refunded
    ",
    );
}

#[test]
fn a_payment_that_the_provider_cancelled_ends_the_order() {
    check(
        "
        open
        join A
        hold A 0
        checkout A o1
        never-paid o1
        order o1 -> cancelled
        finished o1 -> true
        seat 0 -> free
        # Even then money may turn up: a provider's reports come out of order.
        pay o1
        order o1 -> refund_pending
    ",
    );
}

#[test]
fn late_money_buys_the_seats_if_they_are_still_free() {
    check(
        "
        open
        join A
        hold A 0 1
        checkout A o1
        tick 30s
        order o1 -> expired
        pay o1
        order o1 -> paid tickets 1 2
        seat 0 -> sold
        stage A -> timed_out
        money -> 10000 taken 0 refunded
    ",
    );
}

#[test]
fn late_money_goes_back_if_somebody_else_has_a_seat() {
    check(
        "
        open
        join A
        hold A 0 1
        checkout A o1
        tick 30s
        join B
        hold B 1
        pay o1
        order o1 -> refund_pending
        seat 0 -> free
        seat 1 -> held
    ",
    );
}

#[test]
fn late_money_never_lifts_a_buyer_above_the_limit() {
    check(
        "
        hall 9
        open
        join A
        hold A 0 1
        checkout A o1
        tick 30s
        join A
        hold A 2 3
        pay o1
        order o1 -> refund_pending
        holds A -> 2 3 for 10000 until 91s
    ",
    );
}

#[test]
fn a_payment_at_the_deadline_itself_is_late() {
    check(
        "
        open
        join A
        hold A 0
        checkout A o1
        tick 30s
        order o1 -> expired
        pay o1
        order o1 -> paid tickets 1
    ",
    );
}

#[test]
fn a_wrong_amount_buys_nothing_and_goes_back() {
    check(
        "
        capacity 1
        open
        join A B
        hold A 0
        checkout A o1
        pay o1 4999
        order o1 -> refund_pending
        seat 0 -> free
        stage A -> left
        stage B -> admitted until 11s
        money -> 4999 taken 0 refunded
        sent-back o1
        money -> 4999 taken 4999 refunded
    ",
    );
}

#[test]
fn reports_of_a_provider_that_come_twice_count_once() {
    check(
        "
        open
        join A
        hold A 0
        checkout A o1
        opened o1
        opened o1
        pay o1
        pay o1
        never-paid o1
        declined o1
        order o1 -> paid tickets 1
        money -> 5000 taken 0 refunded
        pay o9 -> order_unknown
        opened o9 -> order_unknown
        declined o9 -> order_unknown
        never-paid o9 -> order_unknown
        sent-back o9 -> order_unknown
        refund o9 -> order_unknown
    ",
    );
}

#[test]
fn tickets_whose_money_was_sent_back_at_the_provider_are_void() {
    check(
        "
        price 5000
        open
        join A
        hold A 0
        checkout A o1
        sent-back o1 -> order_not_paid
        opened o1
        pay o1
        order o1 -> paid tickets 1
        sent-back o1
        order o1 -> refunded
        ticket 1 -> void
        seat 0 -> free
        money -> 5000 taken 5000 refunded
        sent-back o1
        money -> 5000 taken 5000 refunded
    ",
    );
}

#[test]
fn free_tickets_need_no_provider() {
    check(
        "
        price 0
        open
        join A
        hold A 0 1
        checkout A o1 -> paid tickets 1 2
        stage A -> done
        refund o1 -> refunded
        ticket 1 -> void
        seat 0 -> free
        money -> 0 taken 0 refunded
    ",
    );
}

#[test]
fn a_refund_voids_the_tickets_and_frees_the_seats() {
    check(
        "
        open
        join A
        hold A 0 1
        checkout A o1
        refund o1 -> order_not_paid
        pay o1
        refund o1 -> refund_pending
        refund o1 -> refund_pending
        ticket 2 -> void
        check-in 2 -> ticket_void
        seat 1 -> free
        sent-back o1
        refund o1 -> refunded
        join A -> place 2
        hold A 1
        checkout A o2
        pay o2
        order o2 -> paid tickets 3
        money -> 15000 taken 10000 refunded
    ",
    );
}

#[test]
fn a_ticket_lets_its_holder_in_once() {
    check(
        "
        open
        join A
        hold A 0
        checkout A o1
        check-in 1 -> ticket_unknown
        pay o1
        ticket 1 -> valid
        check-in 0 -> ticket_unknown
        check-in 2 -> ticket_unknown
        check-in 1 -> done
        ticket 1 -> used
        restart
        check-in 1 -> ticket_already_used
    ",
    );
}
