//! The lobby and the draw: who comes early draws, who comes later follows.

use crate::check;

#[test]
fn those_who_come_early_draw_and_later_arrivals_follow() {
    check(
        "
        hall 9
        capacity 0
        lobby 7 from 200ms -> done
        join A -> lobby_not_open
        tick 200ms
        join A -> in_lobby
        join B -> in_lobby
        join A -> in_lobby
        join C D -> places
        stage C -> in_lobby until 1s
        who -> 4
        wakeup -> none
        restart
        record -> none
        open
        sale -> scheduled
        draw 7 -> done
        sale -> open
        # The order of four by seed 7 is 3 2 1 0.
        stage D -> waiting 0 ahead
        stage C -> waiting 1 ahead
        stage A -> waiting 3 ahead
        join D -> place 1
        join E -> place 5
        record -> confirmed
        restart
        record -> confirmed
        pace capacity 1
        stage D -> admitted until 11s
    ",
    );
}

#[test]
fn who_comes_after_the_opening_and_before_the_draw_follows_the_lobby() {
    check(
        "
        capacity 0
        lobby 7 from 0s
        join A B C
        open
        join D -> in_lobby
        tick 2s
        join E -> in_lobby
        stage E -> in_lobby until 1s
        hold A 0 -> draw_pending
        enter A -> draw_pending
        restart
        draw 7
        stage B -> waiting 0 ahead
        stage A -> waiting 1 ahead
        stage C -> waiting 2 ahead
        stage D -> waiting 3 ahead
        stage E -> waiting 4 ahead
        record -> confirmed
    ",
    );
}

#[test]
fn who_leaves_the_lobby_does_not_draw_and_comes_back_as_a_new_arrival() {
    check(
        "
        capacity 0
        lobby 7 from 0s
        join A B C D
        leave A -> done
        leave A -> not_in_line
        stage A -> none
        join A -> in_lobby
        leave C
        restart
        open
        draw 7
        # Arrival: B D A; the order of three by seed 7 is 1 0 2.
        stage D -> waiting 0 ahead
        stage B -> waiting 1 ahead
        stage A -> waiting 2 ahead
        stage C -> none
        record -> confirmed
    ",
    );
}

#[test]
fn only_the_promised_seed_draws_and_only_once() {
    check(
        "
        lobby 7 from 0s
        join A B
        draw 7 -> sale_not_open
        open
        draw 8 -> seed_wrong
        sale -> scheduled
        draw 7 -> done
        draw 7 -> done
        draw 8 -> seed_wrong
        stage A -> admitted until 11s
    ",
    );
}

#[test]
fn without_its_seed_a_sale_stays_unopened_and_says_so() {
    check(
        "
        lobby 7 from 0s
        join A
        open
        tick 29999ms
        overdue -> false
        tick 1ms
        overdue -> true
        sale -> scheduled
        stage A -> in_lobby until 1s
        draw 7 -> done
        overdue -> false
        stage A -> admitted until 41s
    ",
    );
}

#[test]
fn what_was_promised_stands_from_the_first_arrival_on() {
    check(
        "
        lobby 7 from 1s -> lobby_time_wrong
        lobby 7 from 0s
        lobby 8 from 0s -> done
        join A
        lobby 8 from 0s -> done
        lobby 7 from 0s -> lobby_fixed
        open
        lobby 7 from 0s -> lobby_fixed
        draw 8
        lobby 7 from 0s -> lobby_fixed
        close
        lobby 7 from 0s -> sale_closed
    ",
    );
}

#[test]
fn a_sale_without_a_lobby_opens_by_itself_and_draws_nothing() {
    check(
        "
        draw 7 -> no_lobby
        open
        sale -> open
        lobby 7 from 0s -> lobby_fixed
        draw 7 -> no_lobby
        record -> none
    ",
    );
}

#[test]
fn an_empty_lobby_is_drawn_too_and_a_closed_one_never() {
    check("lobby 7 from 0s \n open \n draw 7 \n sale -> open \n record -> confirmed \n join A -> place 1");
    check(
        "lobby 7 from 0s \n join A \n close \n join B -> sale_closed \n open \n draw 7 -> sale_closed \n sale -> closed",
    );
}
