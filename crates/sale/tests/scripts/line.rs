//! Who stands where, and who is let in.

use crate::check;

#[test]
fn places_are_handed_out_in_arrival_order() {
    check(
        "
        capacity 0
        open
        join A -> place 1
        join B -> place 2
        join C -> place 3
        stage C -> waiting 2 ahead
    ",
    );
}

#[test]
fn ten_seats_and_thirteen_fans_give_ten_tickets_in_request_order() {
    check(
        "
        hall 10
        limit 1
        open
        join A B C D E F G H I J K L M -> places 1 2 3 4 5 6 7 8 9 10 11 12 13
        stage J -> admitted until 11s
        stage K -> waiting 0 ahead
        stage M -> waiting 2 ahead
    ",
    );
}

#[test]
fn nobody_has_a_place_before_the_opening_instant() {
    check(
        "
        wakeup -> 1s
        join A -> sale_not_open
        join A B -> sale_not_open
        hold A 0 -> sale_not_open
        tick 999ms
        join A -> sale_not_open
        tick 1ms
        sale -> open
        join A -> place 1
    ",
    );
}

#[test]
fn an_account_has_one_place() {
    check(
        "
        capacity 0
        open
        join A -> place 1
        join B -> place 2
        join A -> place 1
        join C A C -> places 3 1 3
        leave A
        stage A -> left
        join A -> place 4
    ",
    );
}

#[test]
fn those_behind_move_up_when_somebody_leaves() {
    check(
        "
        capacity 0
        open
        join A B C D
        leave B
        stage C -> waiting 1 ahead
        stage D -> waiting 2 ahead
        leave B -> done
        leave E -> not_in_line
        pace capacity 2
        stage A -> admitted until 11s
        stage C -> admitted until 11s
        stage D -> waiting 0 ahead
        restart
        stage D -> waiting 0 ahead
    ",
    );
}

#[test]
fn leaving_while_selecting_frees_the_seats_and_lets_the_next_in() {
    check(
        "
        capacity 1
        open
        join A B
        hold A 0 1 -> held 0 1
        leave A -> done
        seat 0 -> free
        stage A -> left
        stage B -> admitted until 11s
        hold A 0 -> not_admitted
    ",
    );
}

#[test]
fn at_the_bank_counter_the_next_enters_as_one_leaves() {
    check(
        "
        hall 8
        capacity 2
        open
        join A B C D
        stage B -> admitted until 11s
        stage C -> waiting 0 ahead
        hold A 0
        checkout A o1
        stage C -> waiting 0 ahead
        pay o1
        stage A -> done
        stage C -> admitted until 11s
        leave B
        stage D -> admitted until 11s
    ",
    );
}

#[test]
fn in_the_theme_park_so_many_enter_per_interval() {
    check(
        "
        hall 9
        rate 2 per 10s
        open
        join A B C D E F
        stage B -> admitted until 11s
        stage C -> waiting 0 ahead
        wakeup -> 11s
        leave A
        stage C -> waiting 0 ahead
        tick 9999ms
        stage C -> waiting 0 ahead
        tick 1ms
        stage C -> admitted until 21s
        stage D -> admitted until 21s
        stage E -> waiting 0 ahead
        # Intervals are counted from the opening, and what one leaves over is lost.
        tick 35s
        stage F -> admitted until 56s
        join G -> place 7
        stage G -> waiting 0 ahead
        wakeup -> 51s
    ",
    );
}

#[test]
fn capacity_and_rate_hold_together() {
    check(
        "
        hall 9
        capacity 3
        rate 2 per 10s
        open
        join A B C D E
        stage B -> admitted until 11s
        stage C -> waiting 0 ahead
        hold A 0
        hold B 1
        tick 10s
        stage C -> admitted until 21s
        stage D -> waiting 0 ahead
        leave A
        stage D -> admitted until 21s
        leave B
        stage E -> waiting 0 ahead
        tick 10s
        stage E -> admitted until 31s
    ",
    );
}

#[test]
fn a_rate_of_nobody_wakes_nobody() {
    check(
        "
        rate 0 per 10s
        open
        join A
        wakeup -> none
        tick 60s
        stage A -> waiting 0 ahead
        pace rate 1 per 10s
        stage A -> admitted until 71s
    ",
    );
}

#[test]
fn a_new_rate_counts_from_its_beginning_and_an_equal_one_goes_on() {
    check(
        "
        hall 9
        open
        join A B
        pace rate 2 per 10s
        join C D E
        stage D -> admitted until 11s
        stage E -> waiting 0 ahead
        pace capacity 9 rate 2 per 10s
        stage E -> waiting 0 ahead
        tick 10s
        stage E -> admitted until 21s
    ",
    );
}

#[test]
fn admissions_end_at_their_limit_and_the_line_is_told_at_once() {
    check(
        "
        hall 9
        admissions 2
        open
        join A
        line -> open
        join B
        line -> admissions_reached
        join C -> admissions_reached
        leave A
        join A -> admissions_reached
        join B -> place 2
        pace admissions 3
        line -> open
        join C -> place 3
        stage C -> admitted until 11s
        line -> admissions_reached
    ",
    );
}

#[test]
fn the_absent_lose_their_turn_after_the_grace_time() {
    check(
        "
        capacity 1
        open
        join A B
        tick 9999ms
        stage A -> admitted until 11s
        tick 1ms
        stage A -> absent
        stage B -> admitted until 21s
        enter A -> not_admitted
        join A -> place 3
    ",
    );
}

#[test]
fn who_shows_up_has_the_select_time_once() {
    check(
        "
        capacity 1
        open
        join A B
        tick 5s
        enter B -> not_admitted
        enter A -> place 1
        stage A -> selecting until 66s
        tick 50s
        enter A -> place 1
        stage A -> selecting until 66s
        hold A 0
        stage A -> selecting until 66s
        tick 10s
        stage A -> timed_out
        seat 0 -> free
        stage B -> admitted until 76s
    ",
    );
}

#[test]
fn nobody_is_let_in_to_an_empty_floor() {
    check(
        "
        hall 1
        open
        join A B
        stage A -> admitted until 11s
        stage B -> waiting 0 ahead
        hold A 0
        stage B -> waiting 0 ahead
        line -> open
        release A
        stage B -> waiting 0 ahead
        leave A
        stage B -> admitted until 11s
    ",
    );
}

#[test]
fn each_one_inside_may_still_take_a_seat() {
    check(
        "
        hall 3
        limit 1
        open
        join A
        hold A 0
        checkout A o1
        pay o1
        join B C D
        stage C -> admitted until 11s
        stage D -> waiting 0 ahead
        hold B 1
        stage D -> waiting 0 ahead
        leave B
        stage D -> admitted until 11s
    ",
    );
}

#[test]
fn sold_out_releases_the_line_and_a_refund_reopens_its_head() {
    check(
        "
        hall 2
        capacity 1
        open
        join A B C
        hold A 0 1
        checkout A o1 -> paying until 31s
        line -> open
        pay o1
        line -> sold_out
        join D -> sold_out
        join B -> place 2
        stage B -> waiting 0 ahead
        refund o1 -> refund_pending
        line -> open
        seat 0 -> free
        stage B -> admitted until 11s
        stage C -> waiting 0 ahead
        join D -> place 4
    ",
    );
}

#[test]
fn the_reason_of_a_release_is_the_present_one() {
    check(
        "
        hall 1
        admissions 1
        open
        join A
        line -> admissions_reached
        hold A 0
        checkout A o1
        pay o1
        line -> sold_out
        refund o1
        line -> admissions_reached
        join B -> admissions_reached
    ",
    );
}
