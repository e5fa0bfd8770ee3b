//! The organiser's hand: pause, resume, close.

use crate::check;

#[test]
fn the_time_of_a_pause_is_given_back() {
    check(
        "
        capacity 1
        open
        join A B
        hold A 0
        tick 20s
        pause
        stage A -> selecting
        holds A -> 0 for 5000 until 61s
        tick 1000s
        seat 0 -> held
        hold A 1 -> sale_paused
        enter A -> sale_paused
        checkout A o1 -> sale_paused
        pause -> done
        restart
        resume -> done
        stage A -> selecting until 1061s
        hold A 1 -> held 1
        resume -> done
        tick 40s
        stage A -> timed_out
        stage B -> admitted until 1071s
    ",
    );
}

#[test]
fn in_a_pause_one_may_join_and_leave_and_nobody_enters() {
    check(
        "
        capacity 1
        open
        join A B
        pause
        join C -> place 3
        leave A
        stage B -> waiting 0 ahead
        tick 100s
        stage B -> waiting 0 ahead
        wakeup -> none
        resume
        stage B -> admitted until 111s
    ",
    );
}

#[test]
fn who_pays_may_finish_in_a_pause_and_must_pay_in_time() {
    check(
        "
        open
        join A B
        hold A 0
        hold B 1
        checkout A o1
        checkout B o2
        pause
        pay o1
        order o1 -> paid tickets 1
        tick 30s
        order o2 -> expired
    ",
    );
}

#[test]
fn a_closed_sale_lets_payers_finish_and_nobody_else() {
    check(
        "
        capacity 2
        open
        join A B C
        hold A 0
        hold B 1
        checkout A o1
        close
        sale -> closed
        stage B -> left
        seat 1 -> free
        stage C -> waiting 0 ahead
        hold C 1 -> sale_closed
        join D -> sale_closed
        pause -> sale_closed
        resume -> sale_closed
        pace capacity 9 -> sale_closed
        close -> done
        pay o1
        order o1 -> paid tickets 1
        check-in 1 -> done
    ",
    );
}

#[test]
fn late_money_for_a_closed_sale_goes_back() {
    check(
        "
        open
        join A
        hold A 0
        checkout A o1
        close
        tick 30s
        order o1 -> expired
        pay o1
        order o1 -> refund_pending
        sent-back o1
        finished o1 -> true
    ",
    );
}

#[test]
fn a_sale_closed_before_it_opens_never_opens() {
    check(
        "
        pause -> sale_not_open
        resume -> sale_not_open
        close
        wakeup -> none
        tick 10s
        sale -> closed
        join A -> sale_closed
    ",
    );
}

#[test]
fn a_sale_closed_in_a_pause_ends_every_turn() {
    check(
        "
        open
        join A
        hold A 0
        pause
        close
        stage A -> left
        seat 0 -> free
        wakeup -> none
    ",
    );
}
