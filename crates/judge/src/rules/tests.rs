//! Hand-made histories: a sound evening, and one change at a time that breaks exactly one rule.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Evidence, judge};
use crate::books::{Books, JournalOrder, Payment, Place, Ticket};
use crate::history::{Entry, What};
use crate::shop::Rules;

const SECOND: u64 = 1_000_000;

/// What client `client` was told at `at_s`; it asked 1 ms before.
fn entry(client: u32, what: What, at_s: f64, status: u16, told: Value) -> Entry {
    let answered = (at_s * SECOND as f64) as u64;
    Entry {
        client,
        call: answered,
        what,
        of: String::new(),
        sent_us: answered - 1_000,
        answered_us: Some(answered),
        status,
        code: told["code"].as_str().unwrap_or_default().to_owned(),
        asked: Value::Null,
        told,
    }
}

fn of(mut entry: Entry, of: &str) -> Entry {
    entry.of = of.to_owned();
    entry
}

fn place(number: u32, stage: &str, ahead: u32) -> Value {
    json!({ "place": { "number": number, "stage": stage, "ahead": ahead } })
}

fn seat_items(seats: &[u32]) -> Value {
    seats.iter().map(|seat| json!({ "seat": seat, "price": { "amount": 9_900, "currency": "EUR" } })).collect()
}

/// A hold of these seats for ten seconds.
fn hold(seats: &[u32]) -> Value {
    json!({ "hold": 1, "items": seat_items(seats), "total": { "amount": 9_900 * seats.len() }, "deadline_ms": 20_000, "server_time_ms": 10_000 })
}

fn order(id: &str, stage: &str, seats: &[u32]) -> Value {
    let tickets = if stage == "paid" { json!(["t1"]) } else { json!([]) };
    json!({ "id": id, "stage": stage, "items": seat_items(seats), "total": { "amount": 9_900 * seats.len() }, "tickets": tickets,
        "deadline_ms": 20_000, "server_time_ms": 10_000 })
}

/// Two fans: one buys seat 5 and is let in with the ticket, the other waits and leaves.
fn sound() -> Evidence {
    let entries = vec![
        entry(1, What::Me, 0.5, 200, json!({ "id": "acct_1" })),
        entry(2, What::Me, 0.5, 200, json!({ "id": "acct_2" })),
        entry(1, What::Join, 1.0, 201, place(1, "waiting", 0)),
        entry(2, What::Join, 1.5, 201, place(2, "waiting", 1)),
        entry(1, What::Enter, 2.0, 200, place(1, "selecting", 0)),
        of(entry(1, What::Hold, 3.0, 200, hold(&[5])), "hold-1"),
        entry(
            1,
            What::Look,
            3.5,
            200,
            json!({ "place": { "number": 1, "stage": "selecting", "ahead": 0, "hold": hold(&[5]) } }),
        ),
        entry(2, What::Look, 3.6, 200, place(2, "waiting", 0)),
        of(entry(1, What::Order, 4.0, 201, order("o1", "paying", &[5])), "order-1"),
        of(entry(1, What::OrderLook, 5.0, 200, order("o1", "paid", &[5])), "o1"),
        of(entry(9, What::CheckIn, 6.0, 200, json!({})), "t1"),
        of(entry(9, What::CheckIn, 6.5, 409, json!({ "code": "ticket_already_used" })), "t1"),
        entry(2, What::Leave, 7.0, 204, Value::Null),
        entry(8, What::Status, 3.0, 200, json!({ "version": 5, "line": { "active": 1 } })),
        entry(8, What::Status, 6.0, 200, json!({ "version": 9, "line": { "active": 0 } })),
    ];
    let place = |account: &str, stage: &str| Place { account: account.into(), stage: stage.into() };
    let books = Books {
        places: BTreeMap::from([(1, place("acct_1", "done")), (2, place("acct_2", "left"))]),
        orders: BTreeMap::from([("o1".into(), journal_order("acct_1", "paid", &[5], &["t1"]))]),
        tickets: BTreeMap::from([("t1".into(), ticket("o1", 5, "used"))]),
        verified: vec![],
        sound: true,
        stopped: None,
        hashes: Some(("aa".into(), "aa".into())),
        listed: BTreeMap::from([("o1".into(), order("o1", "paid", &[5]))]),
        status: json!({ "taken": { "amount": 9_900 }, "refunded": { "amount": 0 }, "stage": "open", "stock": [{ "free": 9 }] }),
        ledger: BTreeMap::from([("o1".into(), Payment { captures: 1, captured: 9_900, refunded: 0 })]),
        deeds: vec![],
    };
    Evidence {
        entries,
        books,
        rules: Rules { capacity: 1, ..Rules::default() },
        deadlines_unknown: false,
        deadlines_early_us: 0,
    }
}

fn journal_order(account: &str, stage: &str, seats: &[u32], tickets: &[&str]) -> JournalOrder {
    JournalOrder {
        account: account.into(),
        stage: stage.into(),
        seats: seats.to_vec(),
        areas: vec![],
        total: 9_900 * seats.len() as i64,
        tickets: tickets.iter().map(|ticket| (*ticket).to_owned()).collect(),
    }
}

fn ticket(order: &str, seat: u32, stage: &str) -> Ticket {
    Ticket { order: order.into(), seat: Some(seat), area: None, stage: stage.into() }
}

/// The rules found broken after a change.
fn accused(change: impl FnOnce(&mut Evidence)) -> Vec<&'static str> {
    let mut evidence = sound();
    change(&mut evidence);
    judge(&evidence).into_iter().filter(|finding| finding.broken > 0).map(|finding| finding.id).collect()
}

fn find(evidence: &mut Evidence, what: What, client: u32) -> &mut Entry {
    evidence.entries.iter_mut().find(|entry| entry.what == what && entry.client == client).unwrap()
}

#[test]
fn a_sound_evening_is_not_accused_and_every_rule_looked() {
    let findings = judge(&sound());
    for finding in &findings {
        assert_eq!(finding.accusations, Vec::<String>::new(), "{}", finding.id);
    }
    let idle: Vec<&str> = findings.iter().filter(|finding| finding.checked == 0).map(|finding| finding.id).collect();
    // Nothing was repeated, and nothing was refunded.
    assert_eq!(idle, ["I10", "I13"]);
}

#[test]
fn two_good_tickets_for_a_seat_are_an_oversell() {
    let found = accused(|evidence| {
        evidence.books.tickets.insert("t2".into(), ticket("o1", 5, "valid"));
    });
    assert!(found.contains(&"I1"), "{found:?}");
}

#[test]
fn two_who_hold_a_seat_at_the_same_time_are_an_oversell() {
    let found = accused(|evidence| evidence.entries.push(of(entry(3, What::Hold, 3.2, 200, hold(&[5])), "hold-3")));
    assert_eq!(found, ["I1"]);
}

#[test]
fn a_seat_may_be_held_by_another_after_its_release() {
    let found = accused(|evidence| {
        evidence.entries.retain(|entry| !matches!(entry.what, What::Order | What::OrderLook));
        evidence.entries.push(entry(1, What::Release, 4.0, 204, Value::Null));
        evidence.entries.push(of(entry(2, What::Hold, 4.1, 200, hold(&[5])), "hold-2"));
    });
    assert_eq!(found, Vec::<&str>::new());
}

#[test]
fn an_acknowledged_place_that_is_gone_or_anothers_is_lost() {
    assert_eq!(accused(|evidence| drop(evidence.books.places.remove(&2))), ["I2"]);
    assert_eq!(accused(|evidence| evidence.books.places.get_mut(&2).unwrap().account = "acct_7".into()), ["I2"]);
}

#[test]
fn an_acknowledged_order_that_is_gone_or_other_is_lost() {
    let gone = accused(|evidence| drop(evidence.books.orders.remove("o1")));
    assert!(gone.contains(&"I2"), "{gone:?}");
    let other = accused(|evidence| evidence.books.orders.get_mut("o1").unwrap().seats = vec![6]);
    assert_eq!(other, ["I2"]);
}

#[test]
fn a_hold_that_a_look_does_not_show_is_lost() {
    let found = accused(|evidence| find(evidence, What::Look, 1).told = place(1, "selecting", 0));
    assert_eq!(found, ["I2"]);
}

#[test]
fn a_capture_without_ticket_or_refund_is_lost_money() {
    let found = accused(|evidence| {
        evidence.books.orders.get_mut("o1").unwrap().stage = "expired".into();
        evidence.books.tickets.clear();
    });
    assert!(found.contains(&"I3") && found.contains(&"I5"), "{found:?}");
}

#[test]
fn two_captures_or_two_refunds_are_seen() {
    let pays = |captures, captured, refunded| {
        accused(move |evidence| {
            evidence.books.ledger.insert("o1".into(), Payment { captures, captured, refunded });
        })
    };
    let twice = pays(2, 19_800, 0);
    assert!(twice.contains(&"I4"), "{twice:?}");
    let refunds = pays(1, 9_900, 19_800);
    assert!(refunds.contains(&"I4"), "{refunds:?}");
}

#[test]
fn a_ticket_nobody_paid_for_is_seen() {
    let found = accused(|evidence| evidence.books.ledger.clear());
    assert_eq!(found, ["I5"]);
}

#[test]
fn a_wrong_price_is_seen() {
    let found = accused(|evidence| {
        evidence.books.orders.get_mut("o1").unwrap().total = 9_899;
        find(evidence, What::Order, 1).told["total"]["amount"] = json!(9_899);
        evidence.books.ledger.get_mut("o1").unwrap().captured = 9_899;
        evidence.books.status["taken"]["amount"] = json!(9_899);
    });
    assert_eq!(found, ["I5"]);
}

#[test]
fn a_lower_number_for_who_came_later_is_an_inversion() {
    let found = accused(|evidence| {
        find(evidence, What::Join, 1).told["place"]["number"] = json!(3);
        evidence.books.places.insert(3, Place { account: "acct_1".into(), stage: "done".into() });
    });
    assert_eq!(found, ["I6"]);
}

#[test]
fn joins_that_overlap_may_have_either_order() {
    let found = accused(|evidence| {
        find(evidence, What::Join, 2).sent_us = SECOND / 2;
        find(evidence, What::Join, 1).told["place"]["number"] = json!(3);
        evidence.books.places.insert(3, Place { account: "acct_1".into(), stage: "done".into() });
    });
    assert_eq!(found, Vec::<&str>::new());
}

#[test]
fn who_still_waits_behind_somebody_let_in_later_was_skipped() {
    let found = accused(|evidence| {
        evidence.books.places.get_mut(&2).unwrap().stage = "waiting".into();
        evidence.books.places.insert(3, Place { account: "acct_3".into(), stage: "done".into() });
    });
    assert_eq!(found, ["I6", "I11"]);
}

#[test]
fn two_inside_where_one_may_be_is_a_breach() {
    let found = accused(|evidence| {
        evidence.entries.retain(|entry| !(entry.client == 2 && entry.what == What::Look));
        evidence.entries.push(entry(2, What::Enter, 2.5, 200, place(2, "selecting", 0)));
        evidence.entries.push(entry(2, What::Look, 3.3, 200, place(2, "selecting", 0)));
    });
    assert_eq!(found, ["I7"]);
}

#[test]
fn a_ticket_that_lets_two_in_is_seen() {
    let found = accused(|evidence| evidence.entries.push(of(entry(9, What::CheckIn, 7.0, 200, json!({})), "t1")));
    assert_eq!(found, ["I8"]);
}

#[test]
fn a_version_that_goes_back_and_a_broken_journal_are_seen() {
    let back = accused(|evidence| evidence.entries.push(entry(8, What::Status, 7.0, 200, json!({ "version": 8 }))));
    assert_eq!(back, ["I9"]);
    let broken = accused(|evidence| evidence.books.stopped = Some("event 7 is missing".into()));
    assert_eq!(broken, ["I9"]);
    assert_eq!(accused(|evidence| evidence.books.sound = false), ["I14"]);
}

#[test]
fn another_answer_under_the_same_key_is_seen() {
    let found = accused(|evidence| {
        // The same key again, before anything else was chosen, with another hold.
        evidence.entries.push(of(entry(1, What::Order, 4.5, 201, order("o2", "paying", &[5])), "order-1"));
        evidence.books.orders.insert("o2".into(), journal_order("acct_1", "expired", &[5], &[]));
        evidence.books.listed.insert("o2".into(), order("o2", "expired", &[5]));
    });
    assert_eq!(found, ["I10"]);
}

#[test]
fn a_key_is_good_for_another_answer_only_while_it_is_not_ones_turn() {
    let refused = |at| of(entry(1, What::Hold, at, 409, json!({ "code": "not_admitted" })), "hold-1");
    assert_eq!(accused(|evidence| evidence.entries.insert(5, refused(2.5))), Vec::<&str>::new());
    assert_eq!(accused(|evidence| evidence.entries.push(refused(3.2))), ["I10"]);
}

#[test]
fn a_key_taken_for_another_request_is_seen_unless_it_is_refused() {
    let other = |status, code: &str| of(entry(1, What::HoldOther, 2.5, status, json!({ "code": code })), "hold-1");
    assert_eq!(accused(|evidence| evidence.entries.push(other(422, "idempotency_key_reused"))), Vec::<&str>::new());
    assert_eq!(accused(|evidence| evidence.entries.push(other(409, "seat_taken"))), ["I10"]);
}

#[test]
fn what_never_ends_is_stuck() {
    let found = accused(|evidence| evidence.books.places.get_mut(&2).unwrap().stage = "selecting".into());
    assert_eq!(found, ["I11"]);
}

#[test]
fn a_line_that_stands_still_is_seen() {
    let waits = |evidence: &mut Evidence| evidence.books.places.get_mut(&2).unwrap().stage = "waiting".into();
    assert_eq!(accused(waits), ["I11"]);
    let sold_out = |evidence: &mut Evidence| {
        waits(evidence);
        evidence.books.status["stock"] = json!([{ "free": 0 }]);
    };
    assert_eq!(accused(sold_out), Vec::<&str>::new());
}

#[test]
fn an_order_of_somebody_else_and_a_refund_that_was_forgotten_are_seen() {
    let other = |evidence: &mut Evidence| evidence.books.orders.get_mut("o1").unwrap().account = "acct_2".into();
    assert!(accused(other).contains(&"I2"));
    let promised = accused(|evidence| {
        evidence.entries.push(of(entry(9, What::Refund, 9.0, 200, json!({})), "o1"));
        evidence.books.deeds.push(("refund_order".into(), "o1".into()));
    });
    assert_eq!(promised, ["I2"]);
}

#[test]
fn an_answer_that_something_broke_is_seen() {
    assert_eq!(accused(|evidence| evidence.entries.push(entry(3, What::Look, 9.0, 500, Value::Null))), ["500"]);
}

/// The organiser refunds the order, and the money is back.
fn refunds(evidence: &mut Evidence, at: f64) {
    evidence.entries.push(of(entry(9, What::Refund, at, 200, json!({})), "o1"));
    let books = &mut evidence.books;
    books.orders.get_mut("o1").unwrap().stage = "refunded".into();
    books.listed.insert("o1".into(), order("o1", "refunded", &[5]));
    books.tickets.get_mut("t1").unwrap().stage = "void".into();
    books.ledger.get_mut("o1").unwrap().refunded = 9_900;
    books.status["refunded"]["amount"] = json!(9_900);
}

#[test]
fn a_deed_that_is_not_noted_is_seen() {
    assert_eq!(accused(|evidence| refunds(evidence, 9.0)), ["I13"]);
    let noted = accused(|evidence| {
        refunds(evidence, 9.0);
        evidence.books.deeds.push(("refund_order".into(), "o1".into()));
    });
    assert_eq!(noted, Vec::<&str>::new());
}

#[test]
fn another_state_by_replay_is_seen() {
    assert_eq!(accused(|evidence| evidence.books.hashes = Some(("aa".into(), "bb".into()))), ["I14"]);
}

#[test]
fn a_buyer_above_the_limit_is_seen() {
    let found = accused(|evidence| evidence.rules.limit = 0);
    assert_eq!(found, ["BL"]);
}

#[test]
fn a_position_that_grows_long_after_a_better_one_is_seen() {
    let grows =
        |at| accused(move |evidence| evidence.entries.push(entry(2, What::Look, at, 200, place(2, "waiting", 1))));
    // The shared picture may be a second old.
    assert_eq!(grows(4.0), Vec::<&str>::new());
    assert_eq!(grows(5.5), ["MR"]);
}

#[test]
fn an_order_that_goes_back_is_seen() {
    let found = accused(|evidence| {
        evidence.entries.push(of(entry(1, What::OrderLook, 5.5, 200, order("o1", "paying", &[5])), "o1"));
    });
    assert_eq!(found, ["MR"]);
}

#[test]
fn a_sold_seat_that_is_free_again_is_seen_unless_its_money_was_asked_for() {
    // Seat 5 is the second of the second byte.
    let seats = |at, packed| entry(8, What::Seats, at, 200, json!({ "seats": packed }));
    let both = move |evidence: &mut Evidence| evidence.entries.extend([seats(6.0, "AAg="), seats(8.0, "AAA=")]);
    assert_eq!(accused(both), ["MR"]);
    let refunded = accused(move |evidence| {
        both(evidence);
        refunds(evidence, 7.0);
        evidence.books.deeds.push(("refund_order".into(), "o1".into()));
    });
    assert_eq!(refunded, Vec::<&str>::new());
}
