//! Writes answers and states the way scenarios read.

use domain::Timestamp;
use sale::event::Items;
use sale::idempotency::Outcome;
use sale::{Answer, OrderStage, OrderView, PlaceStage, PlaceView, Rejection};

/// What a command was told.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Ok(Answer::Place(view) | Answer::Joined(view)) if view.stage == PlaceStage::InLobby => "in_lobby".into(),
        Ok(Answer::Place(view) | Answer::Joined(view)) => format!("place {}", view.number.0),
        Ok(Answer::Places(numbers)) => numbers.iter().fold("places".into(), |text, it| format!("{text} {}", it.0)),
        Ok(Answer::Held(view)) => format!("held {}", items(&view.items)),
        Ok(Answer::Order(view)) => order(view),
        Ok(Answer::Done) => "done".into(),
        Err(rejection) => refusal(rejection),
    }
}

fn refusal(rejection: &Rejection) -> String {
    let code = rejection.code();
    match rejection {
        Rejection::SeatTaken { seats } => seats.iter().fold(code.into(), |text, seat| format!("{text} {}", seat.0)),
        Rejection::AreaFull { free } => format!("{code} {free} free"),
        Rejection::BuyerLimitReached { bought, .. } => format!("{code} {bought} bought"),
        _ => code.into(),
    }
}

/// `0 1 standing 2`.
pub fn items(items: &Items) -> String {
    let mut words: Vec<String> = items.seats.iter().map(|seat| seat.0.to_string()).collect();
    words.extend(items.areas.iter().map(|(_, people)| format!("standing {people}")));
    words.join(" ")
}

/// `paid tickets 1 2`.
pub fn order(view: &OrderView) -> String {
    let stage = match view.stage {
        OrderStage::Paying => format!("paying until {}", time(view.deadline.unwrap())),
        OrderStage::Paid => "paid".into(),
        OrderStage::Expired => "expired".into(),
        OrderStage::Cancelled => "cancelled".into(),
        OrderStage::RefundPending => "refund_pending".into(),
        OrderStage::Refunded => "refunded".into(),
    };
    match view.tickets.filter(|_| view.stage == OrderStage::Paid) {
        Some((first, count)) => {
            (first..first + count).fold(format!("{stage} tickets"), |text, it| format!("{text} {it}"))
        }
        None => stage,
    }
}

/// `waiting 2 ahead`, `selecting until 61s`.
pub fn place(view: &PlaceView) -> String {
    let word = match view.stage {
        PlaceStage::Waiting => return format!("waiting {} ahead", view.ahead),
        PlaceStage::Admitted => "admitted",
        PlaceStage::Selecting => "selecting",
        PlaceStage::Paying => "paying",
        PlaceStage::Done => "done",
        PlaceStage::Left => "left",
        PlaceStage::Absent => "absent",
        PlaceStage::TimedOut => "timed_out",
        PlaceStage::InLobby => "in_lobby",
    };
    view.deadline.map_or(word.into(), |deadline| format!("{word} until {}", time(deadline)))
}

/// `61s`, or `999ms`.
pub fn time(at: Timestamp) -> String {
    let millis = at.as_millis();
    if millis % 1_000 == 0 { format!("{}s", millis / 1_000) } else { format!("{millis}ms") }
}
