//! Holds, choices, limits and blocked seats.

use crate::check;

#[test]
fn a_hold_takes_all_or_nothing_and_lists_the_taken_seats() {
    check(
        "
        hall 6
        open
        join A B
        hold A 1 3 -> held 1 3
        hold B 0 1 3 -> seat_taken 1 3
        holds B -> nothing
        seat 0 -> free
        stage B -> admitted until 11s
        hold B 0 2 -> held 0 2
        holds B -> 0 2 for 10000 until 61s
        stock -> 2 free 4 held 0 sold 0 blocked
    ",
    );
}

#[test]
fn a_refused_change_keeps_the_earlier_choice() {
    check(
        "
        hall 6
        open
        join A B
        hold A 0
        hold B 1 2
        hold B 0 1 -> seat_taken 0
        holds B -> 1 2 for 10000 until 61s
        hold B 2 3 4 -> held 2 3 4
        seat 1 -> free
        hold B 9 -> seat_unknown
        hold B 1 1 -> seat_unknown
        hold B -> nothing_chosen
        holds B -> 2 3 4 for 15000 until 61s
    ",
    );
}

#[test]
fn seats_given_back_are_free_at_once() {
    check(
        "
        open
        join A B
        hold A 0 1
        release A -> done
        seat 0 -> free
        release A -> nothing_held
        checkout A o1 -> nothing_held
        hold B 0 -> held 0
        hold A 1 -> held 1
    ",
    );
}

#[test]
fn an_area_is_never_above_its_capacity() {
    check(
        "
        hall 1 standing 4
        open
        join A B
        hold A standing 3 -> held standing 3
        hold B standing 2 -> area_full 1 free
        hold B 0 standing 1 -> held 0 standing 1
        holds B -> 0 standing 1 for 7000 until 61s
        # One's own places count as free when choosing anew.
        hold A standing 2 -> held standing 2
        hold A standing 3 -> held standing 3
        hold A standing 0 -> nothing_chosen
        stock -> 0 free 5 held 0 sold 0 blocked
    ",
    );
}

#[test]
fn the_limit_of_a_buyer_counts_over_all_orders() {
    check(
        "
        hall 9
        open
        join A
        hold A 0 1 2 3 -> buyer_limit_reached 0 bought
        best A 4 -> buyer_limit_reached 0 bought
        hold A 0 1
        checkout A o1
        pay o1
        join A -> place 2
        hold A 2 3 -> buyer_limit_reached 2 bought
        hold A 2 -> held 2
        checkout A o2
        pay o2
        join A -> buyer_limit_reached 3 bought
        refund o1
        join A -> place 3
        hold A 3 4 5 -> buyer_limit_reached 1 bought
        hold A 3 4 -> held 3 4
    ",
    );
}

#[test]
fn best_available_takes_neighbours_near_the_middle() {
    check(
        "
        hall 6 4 standing 2
        open
        join A B C D
        best A 2 adjacent level 0 -> held 2 3
        best B 3 adjacent level 0 -> held 6 7 8
        best C 2 adjacent level 0 -> held 0 1
        best D 2 level 1 -> held standing 2
        best D 3 level 0 -> held 4 5 9
        best D 3 adjacent level 1 -> not_enough_seats
        best D 1 level 7 -> seat_unknown
        best D 0 -> nothing_chosen
        holds D -> 4 5 9 for 15000 until 61s
    ",
    );
}

#[test]
fn best_available_tells_not_adjacent_from_not_enough() {
    check(
        "
        hall 4
        open
        join A B
        hold A 1 3
        best B 2 adjacent -> no_adjacent_seats
        best B 3 adjacent -> not_enough_seats
        best B 2 -> held 0 2
    ",
    );
}

#[test]
fn blocked_seats_are_out_of_the_sale_until_unblocked() {
    check(
        "
        hall 4 standing 3
        open
        join A
        hold A 0
        block 0 1 -> seat_taken 0
        seat 1 -> free
        block 1 2 standing 2 -> done
        stock -> 2 free 1 held 0 sold 4 blocked
        hold A 1 -> seat_taken 1
        hold A standing 2 -> area_full 1 free
        unblock 1 3 -> seat_unknown
        unblock 1 1 -> seat_unknown
        unblock standing 3 -> seat_unknown
        unblock -> nothing_chosen
        unblock 1 standing 1 -> done
        hold A 1 -> held 1
        stock -> 4 free 1 held 0 sold 2 blocked
    ",
    );
}

#[test]
fn blocking_what_is_left_sells_out_and_unblocking_reopens() {
    check(
        "
        hall 2
        capacity 1
        open
        join A B
        leave A
        leave B
        join C
        leave C
        block 0 1
        line -> sold_out
        join D -> sold_out
        unblock 1
        line -> open
        join D -> place 4
        stage D -> admitted until 11s
    ",
    );
}
