//! The hand on the line: throttle, messages.

use crate::check;

#[test]
fn a_throttle_lowers_capacity_and_rate_and_gives_them_back() {
    check(
        "
        hall 20
        capacity 4
        open
        throttle 500 -> done
        join A B C D
        stage B -> admitted until 11s
        stage C -> waiting 0 ahead
        throttle 1 -> done
        leave A
        leave B
        stage C -> admitted until 11s
        stage D -> waiting 0 ahead
        restart
        throttle 1000
        stage D -> admitted until 11s
        throttle 1001 -> throttle_invalid
    ",
    );
    check(
        "
        hall 20
        rate 10 per 10s
        open
        throttle 200
        join A B C D E
        stage B -> admitted until 11s
        stage C -> waiting 0 ahead
        wakeup -> 11s
        tick 10s
        stage D -> admitted until 21s
        stage E -> waiting 0 ahead
        throttle 300
        stage E -> admitted until 21s
    ",
    );
}

#[test]
fn at_no_thousandths_nobody_enters_whatever_the_pace() {
    check(
        "
        open
        throttle 0
        join A
        stage A -> waiting 0 ahead
        wakeup -> none
        pace rate 5 per 10s
        stage A -> waiting 0 ahead
        wakeup -> none
        throttle 1
        stage A -> admitted until 11s
        close
        throttle 5 -> sale_closed
    ",
    );
}

#[test]
fn the_latest_message_is_kept_and_can_be_taken_back() {
    check(
        "
        message -> none
        announce Doors open at seven. -> done
        message -> Doors open at seven. since 0s
        open
        announce The sale goes on at eight. key k1 -> done
        tick 5s
        announce The sale goes on at eight. -> done
        announce The sale goes on at eight. key k1 -> done
        restart
        message -> The sale goes on at eight. since 1s
        announce -> done
        message -> none
        close
        announce Thank you for coming. -> done
        message -> Thank you for coming. since 6s
    ",
    );
    let long = "x".repeat(501);
    check(&format!("announce {} -> done \n announce {long} -> announcement_too_long", &long[..500]));
}
