//! Told early: what the sale says about those who wait.

use crate::check;

#[test]
fn few_buyers_say_little_and_nobody_is_called_hopeless() {
    check(
        "
        hall 10
        limit 1
        capacity 0
        open
        join A B C
        chance 0 -> 1000 Prior
        chance 200 -> 0 Prior
        hopeless -> unknown
    ",
    );
}

#[test]
fn thirty_buyers_of_one_ticket_each_make_it_sure() {
    let mut script = String::from("hall 40\nlimit 1\ncapacity 1\nopen\n");
    for buyer in 0..30 {
        // A refund lets the account buy again.
        let (seat, order) = (buyer, buyer + 1);
        let who = char::from(b'A' + (buyer % 20) as u8);
        if buyer >= 20 {
            script += &format!("refund o{}\nblock {}\n", buyer - 19, buyer - 20);
        }
        script += &format!("join {who}\nhold {who} {seat}\ncheckout {who} o{order}\npay o{order}\n");
        script += if buyer == 28 { "hopeless -> unknown\n" } else { "" };
    }
    script += "restart\nstock -> 10 free 0 held 20 sold 10 blocked\nchance 9 -> 1000 Measured\nchance 10 -> 0 Measured\nhopeless -> 10";
    check(&script);
}

#[test]
fn a_sold_out_floor_leaves_no_hope() {
    check("hall 1 \n open \n join A \n hold A 0 \n checkout A o1 \n pay o1 \n chance 0 -> 0 Prior \n hopeless -> 0");
}
