//! The same key with the same content gives the same answer; with other content it is an error.

use crate::check;

#[test]
fn a_repeated_request_gets_the_first_answer() {
    check(
        "
        open
        join A B
        hold A 0 key k1 -> held 0
        hold A 1 key k2 -> held 1
        hold A 0 key k1 -> held 0
        holds A -> 1 for 5000 until 61s
        checkout A o1 key k3 -> paying until 31s
        # The order id is the server's choice and not content.
        checkout A o2 key k3 -> paying until 31s
        pay o1
        checkout A o2 key k3 -> paying until 31s
        order o1 -> paid tickets 1
    ",
    );
}

#[test]
fn a_key_used_for_other_content_is_refused() {
    check(
        "
        open
        join A B
        hold A 0 key k1 -> held 0
        hold A 1 key k1 -> idempotency_key_reused
        release A key k1 -> idempotency_key_reused
        hold A 0 key k1 -> held 0
    ",
    );
}

#[test]
fn a_refusal_is_remembered() {
    check(
        "
        open
        join A B
        hold A 0
        hold B 0 key k1 -> seat_taken 0
        leave A
        hold B 0 key k1 -> seat_taken 0
        hold B 0 key k2 -> held 0
    ",
    );
}

#[test]
fn that_it_is_not_ones_turn_is_not_remembered() {
    check(
        "
        capacity 1
        hold A 0 key k1 -> sale_not_open
        open
        checkout A o1 key k2 -> not_in_line
        join A B
        hold B 1 key k3 -> not_admitted
        pause
        hold A 0 key k1 -> sale_paused
        remembered -> 0
        restart
        resume
        hold A 0 key k1 -> held 0
        hold A 0 key k1 -> held 0
        checkout A o1 key k2 -> paying until 31s
        remembered -> 2
        close
        hold A 0 key k1 -> held 0
        hold B 1 key k3 -> sale_closed
        remembered -> 2
    ",
    );
}

#[test]
fn keys_survive_a_restart() {
    check(
        "
        open
        join A B
        hold A 0 key k1 -> held 0
        hold B 0 key k2 -> seat_taken 0
        checkout A o1 key k3 -> paying until 31s
        cancel A o1 key k4 -> cancelled
        restart
        hold A 0 key k1 -> held 0
        hold B 0 key k2 -> seat_taken 0
        checkout A o7 key k3 -> paying until 31s
        cancel A o1 key k4 -> cancelled
        hold A 1 key k1 -> idempotency_key_reused
    ",
    );
}

#[test]
fn every_kind_of_answer_is_repeated_as_it_was() {
    check(
        "
        price 0
        open
        join A
        enter A key k1 -> place 1
        enter A key k1 -> place 1
        hold A 0
        checkout A o1 key k2 -> paid tickets 1
        checkout A o1 key k2 -> paid tickets 1
        refund o1 key k3 -> refunded
        refund o1 key k3 -> refunded
        restart
        enter A key k1 -> place 1
        refund o1 key k3 -> refunded
    ",
    );
}

#[test]
fn a_request_that_found_nothing_to_do_is_remembered_too() {
    check(
        "
        open
        join A
        leave A
        leave A key k1 -> done
        join A -> place 2
        # Were this carried out anew, a repetition that came late would cost the new place.
        leave A key k1 -> done
        stage A -> admitted until 11s
        enter A
        enter A key k2 -> place 2
        hold A 0 key k2 -> idempotency_key_reused
        restart
        leave A key k1 -> done
        enter A key k2 -> place 2
        stage A -> selecting until 61s
    ",
    );
}
